import fs from "node:fs";
import path from "node:path";
import { Simulator, type Listening } from "../../simulator";
import { configFor } from "../engine/harness/simulator";
import { repository } from "../engine/harness/package";
import { COMMON_JS, ES_MODULE, TYPE_SCRIPT } from "./support/programs";
import { NAME, packed } from "./support/tarball";
import { Workspace } from "./support/workspace";

/** Every text of the provider that was met in a state. */
const providers = new Set<unknown>();

describe.each(["npm", "pnpm", "yarn"] as const)("installed with %s", (manager) => {
    const simulator = new Simulator({ installTime: 200 });
    let listening: Listening;
    let workspace: Workspace;

    beforeAll(async () => {
        workspace = await Workspace.create();
        await workspace.install(manager, { [NAME]: `file:${await packed()}` });
        listening = await simulator.listen();
    });

    afterAll(async () => {
        workspace.remove();
        await simulator.close();
    });

    async function expectToWork(project: string, files: Record<string, string>): Promise<void> {
        simulator.setWorld({ vaults: ["v-simulator"] });
        await workspace.project(project, configFor(listening), files);
        const { state } = await workspace.succeed(project, "up");
        expect(state.stackOutputs).toEqual({ statuses: ["ACTIVATED", "ACTIVATED"] });
        const { inputs, outputs } = state.resource("hana");
        expect(inputs?.["__provider"]).toBe(outputs?.["__provider"]);
        providers.add(inputs?.["__provider"]);
        expect((await workspace.succeed(project, "destroy")).state.resources).toEqual([]);
        expect(simulator.requests().duplicateInstalls).toBe(0);
    }

    it("serves a CommonJS program", () => expectToWork("common-js", { "index.js": COMMON_JS }));

    it("serves an ES-module program", () =>
        expectToWork("es-module", {
            "package.json": JSON.stringify({ name: "es-module", private: true, type: "module" }),
            "index.js": ES_MODULE,
        }));

    it("serves a TypeScript program with the loader and the compiler that Pulumi brings", () =>
        expectToWork("loaded", { "index.ts": TYPE_SCRIPT }));

    it("serves a TypeScript program that was compiled, to either kind of module", async () => {
        const compiler = path.join(repository, "node_modules", "typescript", "bin", "tsc");
        for (const [project, type] of [
            ["compiled", "commonjs"],
            ["compiled-module", "module"],
        ] as const) {
            workspace.write(`${project}/source/index.ts`, TYPE_SCRIPT);
            const manifest = JSON.stringify({ name: project, private: true, type, main: "bin/index.js" });
            workspace.write(`${project}/package.json`, manifest);
            const options = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "node16"];
            const types = ["--types", "node", "--typeRoots", path.join(repository, "node_modules", "@types")];
            const places = ["--outDir", `${project}/bin`, "--rootDir", `${project}/source`];
            await workspace.execute(
                process.execPath,
                compiler,
                ...options,
                ...types,
                ...places,
                `${project}/source/index.ts`,
            );
            await expectToWork(project, { "package.json": manifest });
        }
    });

    it("is a folder of its own, not a link out of node_modules", () => {
        expect(fs.realpathSync(workspace.installed)).toContain(`${path.sep}node_modules${path.sep}`);
    });
});

test("the state holds the same short reference everywhere, and no code", () => {
    expect(providers.size).toBe(1);
    const [text] = providers;
    expect(text).toContain(`require("${NAME}/dynamicProvider")`);
    expect(String(text).length).toBeLessThan(512);
});
