import path from "node:path";
import { Simulator } from "../../../simulator";
import { configFor, expectOk, startEngine, type Engine } from "../../engine/harness";

const program = { file: path.join(__dirname, "..", "..", "..", "examples", "hana-fleet", "index.ts") };

describe("the example of a fleet", () => {
    const simulator = new Simulator({ installTime: 200 });
    let engine: Engine;

    beforeAll(async () => {
        engine = await startEngine();
    });

    afterAll(async () => {
        await engine.stop();
        await simulator.close();
    });

    it("installs the instances of every configured cluster, and exports how each of them is", async () => {
        const stack = await engine.stack({
            project: "hana-fleet",
            config: {
                ...configFor(await simulator.listen()),
                "hana-fleet:vaultId": "v-simulator",
                "hana-fleet:clusters": { "cl-prd": ["i-1", "i-2"], "cl-qas": ["i-3"] },
            },
        });
        const { outputs } = expectOk(await stack.up(program));
        expect(outputs).toEqual({
            statuses: { "i-1": "ACTIVATED", "i-2": "ACTIVATED", "i-3": "ACTIVATED" },
            behind: {},
            failedInstanceIds: [],
        });
        expect(simulator.world().clients.map(({ clusterId, instanceId }) => [clusterId, instanceId])).toEqual(
            [
                ["cl-prd", "i-1"],
                ["cl-prd", "i-2"],
                ["cl-qas", "i-3"],
            ],
        );
    });
});
