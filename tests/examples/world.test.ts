import fs from "node:fs";
import path from "node:path";
import { Simulator } from "../../simulator";

const examples = path.join(__dirname, "..", "..", "examples");

describe("the world of the examples", () => {
    const world: unknown = JSON.parse(fs.readFileSync(path.join(examples, "world.json"), "utf8"));
    const simulator = new Simulator();
    simulator.setWorld(world as Parameters<Simulator["setWorld"]>[0]);
    const vaultIds = new Set(simulator.world().vaults.map(({ vaultId }) => vaultId));

    it.each(fs.globSync("*/Pulumi.dev.yaml", { cwd: examples }))("has the vaults of %s", (file) => {
        const config = fs.readFileSync(path.join(examples, file), "utf8");
        const named = [...config.matchAll(/\bvaultId: (\S+)/g)].map(([, vaultId = ""]) => vaultId);
        expect(named).not.toEqual([]);
        expect(named.filter((vaultId) => !vaultIds.has(vaultId))).toEqual([]);
    });
});
