import fs from "node:fs";
import path from "node:path";
import { Simulator } from "../../simulator";
import { configFor } from "../engine/harness/simulator";
import { COMMON_JS } from "./support/programs";
import { NAME, packed, repacked } from "./support/tarball";
import { Workspace } from "./support/workspace";

const NEXT = "0.2.0";

/** Prints which hook of the newer version runs. */
function announceHooks(folder: string): void {
    const file = path.join(folder, "dist", "provider", "hooks.js");
    const announce = ["read", "update", "delete"].map(
        (hook) => `
const ${hook}Before = exports.${hook};
exports.${hook} = (...args) => (console.log("version ${NEXT} runs ${hook}"), ${hook}Before(...args));`,
    );
    fs.appendFileSync(file, announce.join(""));
}

describe("two versions of the package, one after the other, on one stack", () => {
    const simulator = new Simulator({ installTime: 200 });
    let workspace: Workspace;

    beforeAll(async () => {
        workspace = await Workspace.create();
    });

    afterAll(async () => {
        workspace.remove();
        await simulator.close();
    });

    it("the new one makes no diff, and it is its code that refreshes and destroys", async () => {
        const first = await packed();
        const second = await repacked(first, NEXT, workspace.folder, announceHooks);
        await workspace.install("npm", { [NAME]: `file:${first}` });
        await workspace.project("program", configFor(await simulator.listen()), { "index.js": COMMON_JS });
        const { state } = await workspace.succeed("program", "up");

        await workspace.install("npm", { [NAME]: `file:${second}` });
        const manifest = path.join(workspace.installed, "package.json");
        expect(JSON.parse(fs.readFileSync(manifest, "utf8"))).toMatchObject({ version: NEXT });
        await workspace.succeed("program", "preview", "--expect-no-changes");
        const again = await workspace.succeed("program", "up", "--expect-no-changes");
        expect(again.state.equals(state)).toBe(true);

        const refreshed = await workspace.succeed("program", "refresh", "--expect-no-changes");
        expect(refreshed.output).toContain(`version ${NEXT} runs read`);
        const destroyed = await workspace.succeed("program", "destroy");
        expect(destroyed.output).toContain(`version ${NEXT} runs delete`);
        expect(destroyed.state.resources).toEqual([]);
        expect(simulator.requests().duplicateInstalls).toBe(0);
    });
});
