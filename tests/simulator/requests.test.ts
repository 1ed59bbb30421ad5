import { clientInfo, inProcess, VAULT } from "./support";

describe("requests", () => {
    test("are counted and logged, secrets masked", async () => {
        const { simulator, call, clock } = inProcess();
        const secret = [{ instanceId: "i-1", accessKeyId: "LEAK-id", accessKeySecret: "LEAK-secret" }];
        await call("CreateClients", {
            VaultId: VAULT,
            ClientInfo: secret,
            SecurityToken: "LEAK-token",
            Signature: "LEAK",
            AccessKeyId: "LEAK-id",
        });
        await call("CreateClients", { VaultId: VAULT, ClientInfo: '[{"accessKeySecret":"LEAK"' });
        await call("CreateHanaInstance", { UserName: "SYSTEM", Password: "LEAK" });
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
                {
                    status: 404,
                    code: "InvalidApi.NotFound",
                    parameters: { UserName: "SYSTEM", Password: "***" },
                },
            ],
        });
        simulator.resetRequests();
        expect(simulator.requests()).toEqual({
            total: 0,
            byAction: {},
            installs: {},
            duplicateInstalls: 0,
            upgrades: {},
            writesTo: {},
            strikes: {},
            log: [],
        });
    });

    test("that a fault struck are counted by action and kind", async () => {
        const { simulator } = inProcess();
        simulator.addFault({ action: "*", kind: "throttle", times: 2 });
        simulator.addFault({ action: "DescribeRegions", kind: "empty-body", after: 1 });
        for (const action of ["DescribeRegions", "DescribeVaults", "DescribeRegions", "DescribeRegions"])
            await simulator.call(action);
        expect(simulator.requests().strikes).toEqual({
            DescribeRegions: { throttle: 1, "empty-body": 1 },
            DescribeVaults: { throttle: 1 },
        });
    });

    describe("writesTo", () => {
        const clients = ["i-1", "i-2", "i-3"].flatMap((instanceId) => [
            { vaultId: VAULT, instanceId, clusterId: "cl-1", clientId: `c-${instanceId}` },
            { clientType: "ECS_CLIENT" as const, instanceId, clientId: `f-${instanceId}` },
        ]);
        const instances = ["i-1", "i-2", "i-3"].map((instanceId) => ({ instanceId }));
        const ready = () => inProcess({ world: { strict: true, instances, clients } });

        test("counts each call that took effect on an instance", async () => {
            const { simulator, call } = ready();
            await call("UpgradeClient", { ClientId: "c-i-1" });
            await call("UninstallClient", { ClientId: "c-i-1" });
            simulator.patchClient("c-i-1", { status: "NOT_INSTALLED" });
            await call("UninstallClient", { ClientId: "c-i-1" });
            await call("DeleteClient", { ClientId: "c-i-1" });
            await call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo("i-1", "i-2") });
            expect(simulator.requests().writesTo).toEqual({ "i-1": 5, "i-2": 1 });
        });

        test("counts file clients, too", async () => {
            const { simulator, call } = ready();
            await call("UninstallBackupClients", { ClientIds: ["f-i-1"], InstanceIds: ["i-2"] });
            simulator.patchClient("f-i-1", { status: "NOT_INSTALLED" });
            await call("DeleteBackupClient", { ClientId: "f-i-1" });
            await call("InstallBackupClients", { InstanceIds: ["i-1"] });
            await call("UpdateClientSettings", { ClientId: "f-i-2", UseHttps: true });
            expect(simulator.requests().writesTo).toEqual({ "i-1": 3, "i-2": 2 });
        });

        test("counts what was done although the answer was lost", async () => {
            const { simulator, call } = ready();
            simulator.addFault({ action: "UninstallClient", kind: "reset-after" });
            await expect(call("UninstallClient", { ClientId: "c-i-1" })).rejects.toThrow();
            expect(simulator.requests().writesTo).toEqual({ "i-1": 1 });
        });

        test("leaves out reads, refusals, unfit instances and changes from outside", async () => {
            const { simulator, call } = ready();
            simulator.setSwitches({ deleteActive: "refuse" });
            await call("DescribeClients", { VaultId: VAULT, ClientType: "ECS_AGENT", ClientId: "c-i-1" });
            await call("DeleteClient", { ClientId: "c-i-1" });
            await call("UpgradeClient", { ClientId: "c-none" });
            simulator.addFault({ action: "UninstallClient", kind: "status" });
            await call("UninstallClient", { ClientId: "c-i-1" });
            await call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo("i-none", "i-2") });
            simulator.deleteClient("c-i-3");
            expect(simulator.requests().writesTo).toEqual({ "i-2": 1 });
        });
    });

    test("are told to a hook before they are handled", async () => {
        const { simulator, call } = inProcess();
        const told: unknown[] = [];
        simulator.onRequest((action, parameters) => {
            told.push([action, parameters, simulator.requests().total]);
        });
        await call("DescribeTask", { TaskId: "t-1" });
        await call("NoSuchThing");
        simulator.onRequest(undefined);
        await call("DescribeRegions");
        expect(told).toEqual([
            ["DescribeTask", { TaskId: "t-1" }, 0],
            ["NoSuchThing", {}, 1],
        ]);
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
