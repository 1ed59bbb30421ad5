import { Simulator } from "../../simulator";
import { rpcForm, send, VAULT, type Answer, type Keys } from "./support";

/*
 * What Terraform's provider sends for its resources and data sources, in its order: POST, all parameters in the form
 * body, the older RPC signature. It wants an answer without an error to each of them, and reads the fields named here.
 */

describe("Terraform's provider", () => {
    const simulator = new Simulator({ installTime: 0 });
    let keys: Keys;

    beforeAll(async () => {
        keys = await simulator.listen();
    });

    afterAll(() => simulator.close());

    async function call(action: string, parameters: Record<string, string> = {}): Promise<Answer> {
        const { status, answer } = await send(rpcForm(keys, action, parameters));
        expect([action, status, answer["Success"]]).toEqual([action, 200, true]);
        return answer;
    }

    /** The first element of a task's result, as it decodes it. */
    async function resultOf({ TaskId }: Answer): Promise<Answer> {
        const task = await call("DescribeTask", { TaskId: TaskId as string });
        const [first] = JSON.parse(task["Result"] as string) as Answer[];
        return first ?? {};
    }

    async function backupClient(ClientId: string): Promise<Answer | undefined> {
        const list = await call("DescribeBackupClients", {
            ClientType: "ECS_CLIENT",
            ClientIds: JSON.stringify([ClientId]),
            PageNumber: "1",
            PageSize: "20",
        });
        return (list["Clients"] as Answer[])[0];
    }

    test("installs a file client, sets its settings, reads them back, and destroys it", async () => {
        const { clientId, clientStatus } = await resultOf(
            await call("InstallBackupClients", { InstanceIds: '["i-1"]' }),
        );
        expect(clientStatus).toBe("ACTIVATED");
        const ClientId = clientId as string;
        const given = { UseHttps: "false", MaxCpuCore: "2", ProxyPort: "3128", ProxyPassword: "LEAK" };
        await call("UpdateClientSettings", { ClientId, ...given });
        expect((await backupClient(ClientId))?.["Settings"]).toMatchObject({
            UseHttps: false,
            MaxCpuCore: "2",
            MaxWorker: "0",
            ProxyPort: 3128,
            ProxyPassword: "LEAK",
        });
        const names = { ClientIds: JSON.stringify([ClientId]), InstanceIds: '["i-1"]' };
        expect(await resultOf(await call("UninstallBackupClients", names))).toMatchObject({
            clientStatus: "NOT_INSTALLED",
        });
        await call("DeleteBackupClient", { ClientId });
        expect(await backupClient(ClientId)).toBeUndefined();
    });

    test("installs a SAP HANA client, and deletes it without uninstalling it", async () => {
        const ClientInfo = JSON.stringify([{ instanceId: "i-2", clusterId: "cl-1", sourceTypes: ["HANA"] }]);
        const { clientId } = await resultOf(await call("CreateClients", { VaultId: VAULT, ClientInfo }));
        const ClientId = clientId as string;
        const query = { VaultId: VAULT, ClientId, ClientType: "ECS_AGENT", PageNumber: "1", PageSize: "50" };
        expect(await call("DescribeClients", query)).toMatchObject({
            Clients: { Client: [{ ClientId, Status: "ACTIVATED" }] },
        });
        await call("DeleteClient", { VaultId: VAULT, ClientId });
        expect(await call("DescribeClients", query)).toMatchObject({ Clients: { Client: [] } });
    });

    test("lists the vaults, and finds source types in each", async () => {
        const { Vaults } = await call("DescribeVaults", {
            RegionId: "cn-hangzhou",
            PageNumber: "1",
            PageSize: "50",
        });
        expect(Vaults).toMatchObject({ Vault: [{ VaultId: VAULT, SourceTypes: { SourceType: [] } }] });
    });

    test("leaves neither its access key ID nor a proxy's password in the log", async () => {
        simulator.addClient({ clientType: "ECS_CLIENT", instanceId: "i-3", clientId: "c-3" });
        await call("UpdateClientSettings", { ClientId: "c-3", ProxyUser: "user", ProxyPassword: "LEAK" });
        const [entry] = simulator.requests().log.slice(-1);
        expect(entry).toMatchObject({
            action: "UpdateClientSettings",
            parameters: { AccessKeyId: "***", ProxyUser: "user", ProxyPassword: "***" },
        });
        expect(JSON.stringify(entry)).not.toMatch(new RegExp(`LEAK|${keys.accessKeyId}`));
    });
});
