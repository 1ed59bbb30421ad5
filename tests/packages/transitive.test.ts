import fs from "node:fs";
import path from "node:path";
import { Simulator, type Listening } from "../../simulator";
import { configFor } from "../engine/harness/simulator";
import { execute } from "./support/execute";
import { NAME, packed } from "./support/tarball";
import { Workspace, type Manager } from "./support/workspace";

const COMPONENT = `
const pulumi = require("@pulumi/pulumi");
const hbr = require("pulumi-alicloud-hbr");
exports.Databases = class extends pulumi.ComponentResource {
    constructor(name, options) {
        super("acme:index:Databases", name, {}, options);
        const instances = [{ instanceId: "i-1", clusterId: "cl-1" }];
        this.fleet = new hbr.BackupClients("hana", { vaultId: "v-simulator", instances }, { parent: this });
        this.registerOutputs();
    }
};
`;
const PROGRAM = `
const { Databases } = require("acme-databases");
exports.failed = new Databases("prod").fleet.failedInstanceIds;
`;

/** The program depends on a component package, and only that one on ours. */
describe("as a dependency of a component package", () => {
    const simulator = new Simulator({ installTime: 200 });
    const workspaces: Workspace[] = [];
    let listening: Listening;

    beforeAll(async () => {
        listening = await simulator.listen();
    });

    afterAll(async () => {
        for (const workspace of workspaces) workspace.remove();
        await simulator.close();
    });

    async function workspaceWith(manager: Manager): Promise<{ workspace: Workspace; component: string }> {
        const workspace = await Workspace.create();
        workspaces.push(workspace);
        const manifest = {
            name: "acme-databases",
            version: "1.0.0",
            main: "index.js",
            dependencies: { [NAME]: `file:${await packed()}` },
            peerDependencies: { "@pulumi/pulumi": "^3" },
        };
        workspace.write("component/package.json", JSON.stringify(manifest));
        workspace.write("component/index.js", COMPONENT);
        const folder = path.join(workspace.folder, "component");
        await execute("npm", ["pack", folder, "--pack-destination", workspace.folder]);
        fs.rmSync(folder, { recursive: true });
        const component = `file:${path.join(workspace.folder, "acme-databases-1.0.0.tgz")}`;
        await workspace.install(manager, { "acme-databases": component });
        await workspace.project("program", configFor(listening), { "index.js": PROGRAM });
        simulator.setWorld({ vaults: ["v-simulator"] });
        return { workspace, component };
    }

    it("works with npm", async () => {
        const { workspace } = await workspaceWith("npm");
        expect((await workspace.succeed("program", "up")).state.stackOutputs).toEqual({ failed: [] });
        await workspace.succeed("program", "destroy");
    });

    it("says with pnpm what to add where, and works when that is done", async () => {
        const { workspace, component } = await workspaceWith("pnpm");
        const advice = `Pulumi runs the provider in ${path.join(workspace.folder, "program")} and does not find ${NAME} there`;
        for (const operation of ["preview", "up"] as const) {
            const { ok, output } = await workspace.pulumi("program", operation);
            expect(ok).toBe(false);
            expect(output).toContain(advice);
            expect(output).not.toContain("construct.js");
        }

        await workspace.install("pnpm", { "acme-databases": component, [NAME]: `file:${await packed()}` });
        expect((await workspace.succeed("program", "up")).state.stackOutputs).toEqual({ failed: [] });

        // A destroy does not run the program, so it is Pulumi's own error, and it keeps the state; the docs say more.
        await workspace.install("pnpm", { "acme-databases": component });
        const failed = await workspace.pulumi("program", "destroy");
        expect(failed.ok).toBe(false);
        expect(failed.output).toContain(`Cannot find module '${NAME}/dynamicProvider'`);
        expect(failed.state.find("hana")).toBeDefined();
    });

    it("a destroy without node_modules is refused by Pulumi, and the state is kept", async () => {
        const { workspace } = await workspaceWith("npm");
        await workspace.succeed("program", "up");
        fs.renameSync(path.join(workspace.folder, "node_modules"), path.join(workspace.folder, "gone"));
        const failed = await workspace.pulumi("program", "destroy");
        expect(failed.ok).toBe(false);
        // The second one where some folder further up happens to have Pulumi's SDK.
        const module = `(@pulumi/pulumi/cmd/dynamic-provider|${NAME}/dynamicProvider)`;
        expect(failed.output).toMatch(new RegExp(`Cannot find module '${module}'`));
        expect(failed.state.find("hana")).toBeDefined();
    });
});
