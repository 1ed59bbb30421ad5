import path from "node:path";
import { expectOk } from "../../engine/harness";
import { planOf, saidOf, scenes, vaultsOf } from "../../engine/support";

const program = { file: path.join(__dirname, "..", "..", "..", "examples", "rollout", "index.ts") };
const CLUSTERS = { "cl-prd": ["i-1", "i-2", "i-3", "i-4"], "cl-qas": ["i-5", "i-6", "i-7", "i-8"] };
const IDS = Object.values(CLUSTERS).flat();
const WAVES = "in waves of 1, 2, 5, with a pause after the first";

const scene = scenes();

describe("the example of a rollout", () => {
    it("installs one client, waits for the next up, and upgrades in the same waves", async () => {
        const { stack, simulator } = await scene({
            world: vaultsOf("hana"),
            config: { "fleet:vaultId": "v-hana", "fleet:clusters": CLUSTERS, "fleet:soak": "100ms" },
        });
        const first = expectOk(await stack.up(program));
        expect(planOf(first, "hana")).toBe(`plan: install 8: ${IDS.join(", ")}; ${WAVES}`);
        expect(saidOf(first, "hana")).toContainEqual(
            expect.stringMatching(/^warning: paused after the first wave/),
        );
        expect(first.outputs).toEqual({
            versions: { "i-1": "2.10.3" },
            pending: Object.fromEntries(IDS.slice(1).map((id) => [id, "install"])),
            failedInstanceIds: [],
        });
        const rest = expectOk(await stack.up(program));
        expect(rest.outputs).toEqual({
            versions: Object.fromEntries(IDS.map((id) => [id, "2.10.3"])),
            pending: {},
            failedInstanceIds: [],
        });

        simulator.setSwitches({ latestVersion: "2.11.0" });
        const one = expectOk(await stack.up(program, { args: ["--refresh"] }));
        expect(planOf(one, "hana")).toBe(`plan: upgrade 8: ${IDS.join(", ")} (2.10.3 → 2.11.0); ${WAVES}`);
        expect(one.outputs).toMatchObject({
            versions: { "i-1": "2.11.0", "i-2": "2.10.3" },
            pending: Object.fromEntries(IDS.slice(1).map((id) => [id, "upgrade"])),
        });
        const all = expectOk(await stack.up(program));
        expect(all.outputs).toMatchObject({
            versions: Object.fromEntries(IDS.map((id) => [id, "2.11.0"])),
            pending: {},
        });
        expect(simulator.requests().duplicateInstalls).toBe(0);
    });
});
