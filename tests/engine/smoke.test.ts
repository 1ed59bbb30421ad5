import { Simulator, type Listening } from "../../simulator";
import { configFor, expectOk, startEngine, type Engine } from "./harness";
import { agentsIn } from "./support";

const fleet = {
    vaultId: "v-simulator",
    instances: [
        { instanceId: "i-1", clusterId: "cl-1" },
        { instanceId: "i-2", clusterId: "cl-1" },
    ],
};

describe("a fleet on the real engine", () => {
    const simulator = new Simulator({ installTime: 300 });
    let listening: Listening;
    let engine: Engine;

    beforeAll(async () => {
        [listening, engine] = await Promise.all([simulator.listen(), startEngine()]);
    });

    afterAll(async () => {
        await engine.stop();
        await simulator.close();
    });

    it("is previewed, installed, read and uninstalled", async () => {
        const stack = await engine.stack({ config: configFor(listening) });
        const program = [{ name: "hana", args: fleet }];

        expect(expectOk(await stack.preview(program)).stdout).toContain("plan: install 2: i-1, i-2");
        expect(simulator.requests().total).toBe(0);

        const up = expectOk(await stack.up(program));
        expect(up.outputs).toMatchObject({
            hana: {
                id: "v-simulator",
                clients: { "i-1": { status: "ACTIVATED" }, "i-2": { status: "ACTIVATED" } },
                failedInstanceIds: [],
            },
        });
        expect(String(up.state.resource("hana").inputs?.__provider).length).toBeLessThan(512);
        expect(simulator.requests().installs).toEqual({ "i-1": 1, "i-2": 1 });

        expect(expectOk(await stack.refresh()).state.resource("hana").outputs?.clients).toEqual(
            up.state.resource("hana").outputs?.clients,
        );
        expect(expectOk(await stack.destroy()).state.resources).toEqual([]);
        expect(agentsIn(simulator)).toEqual([]);
    });
});
