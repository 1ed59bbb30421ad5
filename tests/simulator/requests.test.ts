import { inProcess, VAULT } from "./support";

describe("requests", () => {
    test("are counted and logged, secrets masked", async () => {
        const { simulator, call, clock } = inProcess();
        const secret = [{ instanceId: "i-1", accessKeyId: "LEAK-id", accessKeySecret: "LEAK-secret" }];
        await call("CreateClients", {
            VaultId: VAULT,
            ClientInfo: secret,
            SecurityToken: "LEAK-token",
            Signature: "LEAK",
        });
        await call("CreateClients", { VaultId: VAULT, ClientInfo: '[{"accessKeySecret":"LEAK"' });
        await call("NoSuchThing");
        const report = simulator.requests();
        expect(JSON.stringify(report)).not.toContain("LEAK");
        expect(report).toMatchObject({
            total: 3,
            byAction: { CreateClients: 2, "(unknown)": 1 },
            installs: { "i-1": 1 },
            duplicateInstalls: 0,
            log: [
                {
                    at: clock.time,
                    action: "CreateClients",
                    status: 200,
                    code: "200",
                    parameters: { VaultId: VAULT },
                },
                { status: 400, code: "InvalidParameter" },
                { status: 404, code: "InvalidApi.NotFound" },
            ],
        });
        simulator.resetRequests();
        expect(simulator.requests()).toEqual({
            total: 0,
            byAction: {},
            installs: {},
            duplicateInstalls: 0,
            log: [],
        });
    });

    test("fill a log with a bound", async () => {
        const { simulator } = inProcess();
        for (let call = 0; call < 10_050; call += 1)
            await simulator.call("DescribeTask", { TaskId: `t-${call}` });
        const { total, log } = simulator.requests();
        expect(total).toBe(10_050);
        expect(log).toHaveLength(10_000);
        expect(log[0]?.parameters).toEqual({ TaskId: "t-50" });
        const long = "x".repeat(1_000_000);
        for (let call = 0; call < 40; call += 1) await simulator.call("DescribeTask", { TaskId: long });
        expect(simulator.requests().log).toHaveLength(31);
    });
});
