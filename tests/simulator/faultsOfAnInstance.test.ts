import type { FaultInput } from "../../simulator";
import { clientInfo, inProcess, install, listed, VAULT } from "./support";

const CLIENTS = ["1", "2"].flatMap((number) => [
    { vaultId: VAULT, instanceId: `i-${number}`, clusterId: "cl-1", clientId: `c-${number}` },
    { clientType: "ECS_CLIENT" as const, instanceId: `i-${number}`, clientId: `f-${number}` },
]);

/** A simulator where every request that names i-1 fails, and what becomes of a request. */
function faultOnFirst(fault: Partial<FaultInput> = {}) {
    const { simulator, call, clock } = inProcess({ world: { clients: CLIENTS } });
    simulator.addFault({
        action: "*",
        kind: "status",
        code: "Struck",
        instanceId: "i-1",
        times: "always",
        ...fault,
    });
    const codeOf = async (...request: Parameters<typeof call>): Promise<unknown> =>
        (await call(...request))["Code"];
    return { simulator, call, clock, codeOf };
}

describe("a fault of one instance strikes only what names it", () => {
    const LIST = { VaultId: VAULT, ClientType: "ECS_AGENT" };
    const FILES = { ClientType: "ECS_CLIENT" };

    test.each([
        ["CreateClients", { VaultId: VAULT, ClientInfo: clientInfo("i-2", "i-1") }],
        ["DescribeClients", { ...LIST, ClientId: "c-1" }],
        ["UpgradeClient", { ClientId: "c-1" }],
        ["UninstallClient", { ClientId: "c-1" }],
        ["DeleteClient", { ClientId: "c-1" }],
        ["InstallBackupClients", { InstanceIds: ["i-2", "i-1"] }],
        ["UninstallBackupClients", { InstanceIds: ["i-1"] }],
        ["UninstallBackupClients", { ClientIds: ["f-2", "f-1"] }],
        ["DescribeBackupClients", { ...FILES, InstanceIds: ["i-1"] }],
        ["DescribeBackupClients", { ...FILES, ClientIds: ["f-1"] }],
        ["DeleteBackupClient", { ClientId: "f-1" }],
    ])("%s %j: struck", async (action, parameters) => {
        expect(await faultOnFirst().codeOf(action, parameters)).toBe("Struck");
    });

    test.each([
        ["CreateClients", { VaultId: VAULT, ClientInfo: clientInfo("i-2") }],
        ["CreateClients", { VaultId: VAULT }],
        ["DescribeClients", LIST],
        ["DescribeClients", { ...LIST, ClientId: "c-2" }],
        ["DescribeClients", { ...LIST, ClientId: "c-none" }],
        ["UninstallClient", { ClientId: "c-2" }],
        ["InstallBackupClients", { InstanceIds: ["i-2"] }],
        ["UninstallBackupClients", { ClientIds: ["f-2"] }],
        ["DescribeBackupClients", FILES],
        ["DescribeVaults", {}],
    ])("%s %j: let pass", async (action, parameters) => {
        expect(await faultOnFirst().codeOf(action, parameters)).toBe("200");
    });

    test("DescribeTask, if the task has a part on the instance", async () => {
        const { simulator, call, codeOf } = faultOnFirst({ action: "DescribeTask" });
        const [both, other] = [await install(call, "i-1", "i-2"), await install(call, "i-2")];
        expect(await codeOf("DescribeTask", { TaskId: both })).toBe("Struck");
        expect(await codeOf("DescribeTask", { TaskId: other })).toBe("200");
        expect(await codeOf("DescribeTask", { TaskId: "t-none" })).toBe("TaskNotFound");
        expect(simulator.faults()).toHaveLength(1);
    });

    test("a client that is just gone, too: the read that confirms it", async () => {
        const { simulator, codeOf } = faultOnFirst();
        simulator.deleteClient("c-1");
        expect(await codeOf("DescribeClients", { ...LIST, ClientId: "c-1" })).toBe("Struck");
        expect(await codeOf("DeleteClient", { ClientId: "c-1" })).toBe("Struck");
    });

    test("what cannot be read is for the operation to refuse", async () => {
        const { codeOf } = faultOnFirst();
        expect(await codeOf("CreateClients", { VaultId: "v-none", ClientInfo: "[" })).toBe("VaultNotExist");
        expect(await codeOf("DescribeTask")).toBe("MissingParameter");
    });

    test("requests that do not name it count neither towards after nor towards times", async () => {
        const { call, codeOf } = faultOnFirst({ action: "CreateClients", after: 1, times: 1 });
        const codes = [];
        for (const instanceId of ["i-2", "i-1", "i-2", "i-1", "i-1"]) {
            codes.push(await codeOf("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo(instanceId) }));
        }
        expect(codes).toEqual(["200", "200", "200", "Struck", "200"]);
        expect(await listed(call)).toHaveLength(2);
    });

    test.each(["DescribeVaults", "DescribeHanaInstances", "CheckRole", "DescribeRegions"])(
        "%s can name none, so the fault is refused",
        (action) => {
            expect(() => faultOnFirst({ action })).toThrow(`instanceId: ${action} never names an instance`);
        },
    );

    test("an empty id is refused", () => {
        expect(() => faultOnFirst({ instanceId: "" })).toThrow(/^instanceId: /);
    });
});
