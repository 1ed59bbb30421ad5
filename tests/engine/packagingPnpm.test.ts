import { Simulator } from "../../simulator";
import { ES_MODULE } from "../packages/support/programs";
import { NAME, packed } from "../packages/support/tarball";
import { Workspace } from "../packages/support/workspace";
import { configFor } from "./harness";

/** The other managers and kinds of programs are tried by `npm run test:packages`. */
describe("the package, installed from its tarball with pnpm", () => {
    const simulator = new Simulator({ installTime: 200 });
    let workspace: Workspace;

    beforeAll(async () => {
        workspace = await Workspace.create();
        await workspace.install("pnpm", { [NAME]: `file:${await packed()}` });
    });

    afterAll(async () => {
        workspace.remove();
        await simulator.close();
    });

    it("serves an ES-module program that Pulumi's own runner loads", async () => {
        await workspace.project("program", configFor(await simulator.listen()), {
            "package.json": JSON.stringify({ name: "program", private: true, type: "module" }),
            "index.js": ES_MODULE,
        });
        const { state } = await workspace.succeed("program", "up");
        expect(state.stackOutputs).toEqual({ statuses: ["ACTIVATED", "ACTIVATED"] });
        const { inputs, outputs } = state.resource("hana");
        expect(inputs?.["__provider"]).toContain(`require("${NAME}/dynamicProvider")`);
        expect(outputs?.["__provider"]).toBe(inputs?.["__provider"]);
        expect(String(inputs?.["__provider"]).length).toBeLessThan(512);
        expect((await workspace.succeed("program", "destroy")).state.resources).toEqual([]);
    });
});
