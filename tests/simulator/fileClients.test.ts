import { inProcess, look, type Answer } from "./support";

const WORLD = {
    strict: true,
    instances: [
        { instanceId: "i-1", installTime: "100s" },
        { instanceId: "i-2", installTime: "100s" },
        { instanceId: "i-stopped", state: "Stopped" as const },
        { instanceId: "i-deaf", cloudAssistant: false },
    ],
};

type Call = ReturnType<typeof inProcess>["call"];

async function backupClients(call: Call, filter: Record<string, string | string[]> = {}): Promise<Answer[]> {
    return (await call("DescribeBackupClients", { ClientType: "ECS_CLIENT", ...filter }))[
        "Clients"
    ] as Answer[];
}

describe("file clients", () => {
    test("are installed, listed flat, uninstalled and deleted", async () => {
        const { call, clock } = inProcess({ world: WORLD });
        const installed = await call("InstallBackupClients", { InstanceIds: ["i-1", "i-2"] });
        expect(installed["InstanceStatuses"]).toEqual([
            { InstanceId: "i-1", ValidInstance: true, ErrorCode: "" },
            { InstanceId: "i-2", ValidInstance: true, ErrorCode: "" },
        ]);
        clock.time += 100_000;
        expect(await look(call, installed["TaskId"])).toMatchObject({
            description: "completed",
            progress: 100,
        });
        const [first, second] = await backupClients(call);
        expect(first).toMatchObject({
            InstanceId: "i-1",
            Status: "ACTIVATED",
            Settings: { UseHttps: false },
        });
        const uninstalled = await call("UninstallBackupClients", {
            ClientIds: [first?.["ClientId"]],
            InstanceIds: ["i-2"],
        });
        expect(uninstalled["InstanceStatuses"]).toHaveLength(2);
        clock.time += 50_000;
        expect((await look(call, uninstalled["TaskId"])).result).toMatchObject([
            { instanceId: "i-1", clientStatus: "NOT_INSTALLED" },
            { instanceId: "i-2", clientStatus: "NOT_INSTALLED" },
        ]);
        await call("DeleteBackupClient", { ClientId: first?.["ClientId"] as string });
        expect(await backupClients(call)).toMatchObject([{ ClientId: second?.["ClientId"] }]);
    });

    test("have the fields of the SDKs' model, all of its types", async () => {
        const { call } = inProcess({
            world: { clients: [{ clientType: "ECS_CLIENT", instanceId: "i-1", clientId: "c-1" }] },
        });
        const seconds = expect.any(Number) as number;
        expect(await backupClients(call)).toEqual([
            {
                Appliance: false,
                ArchType: "amd64",
                BackupStatus: "UNPROTECTED",
                ClientId: "c-1",
                ClientType: "ECS_CLIENT",
                ClientVersion: "2.10.3",
                CreatedTime: seconds,
                Hostname: "i-1",
                InstanceId: "i-1",
                InstanceName: "i-1",
                LastHeartBeatTime: seconds,
                MaxClientVersion: "2.10.3",
                OsType: "linux",
                PrivateIpV4: "192.168.0.1",
                Settings: expect.objectContaining({
                    MaxCpuCore: "0",
                    MaxWorker: "0",
                    UseHttps: false,
                }) as unknown,
                Status: "ACTIVATED",
                Tags: [],
                UpdatedTime: seconds,
                ZoneId: "cn-hangzhou-h",
            },
        ]);
    });

    test("say why an instance is unfit", async () => {
        const { call } = inProcess({ world: WORLD });
        const InstanceIds = ["i-1", "i-none", "i-stopped", "i-deaf"];
        expect((await call("InstallBackupClients", { InstanceIds }))["InstanceStatuses"]).toEqual([
            { InstanceId: "i-1", ValidInstance: true, ErrorCode: "" },
            { InstanceId: "i-none", ValidInstance: false, ErrorCode: "InstanceNotExists" },
            { InstanceId: "i-stopped", ValidInstance: false, ErrorCode: "InstanceNotRunning" },
            { InstanceId: "i-deaf", ValidInstance: false, ErrorCode: "CloudAssistNotRunningOnInstance" },
        ]);
        expect(await call("InstallBackupClients", { InstanceIds: ["i-deaf"] })).toMatchObject({
            Code: "CloudAssistNotRunningOnInstance",
        });
        expect(await call("UninstallBackupClients", { InstanceIds: ["i-2"] })).toMatchObject({
            Code: "InstanceNotExists",
        });
    });

    test("are another family than the agents of SAP HANA nodes", async () => {
        const { call, clock } = inProcess({ world: WORLD });
        await call("InstallBackupClients", { InstanceIds: ["i-1"] });
        clock.time += 100_000;
        const [client] = await backupClients(call);
        const ClientId = client?.["ClientId"] as string;
        expect(await call("UninstallClient", { ClientId })).toMatchObject({ Code: "ResourceNotFound" });
        expect(await call("DeleteBackupClient", { ClientId })).toMatchObject({ Code: "ClientIsActive" });
        expect(
            await call("DescribeClients", { VaultId: "v-simulator", ClientType: "ECS_AGENT" }),
        ).toMatchObject({
            TotalCount: 0,
        });
    });

    test("are found by instance and by client; none has a tag, none is of another type", async () => {
        const { call } = inProcess({ world: WORLD });
        await call("InstallBackupClients", { InstanceIds: ["i-1", "i-2"] });
        const [, second] = await backupClients(call);
        expect(await backupClients(call, { InstanceIds: ["i-2", "i-9"] })).toHaveLength(1);
        expect(await backupClients(call, { ClientIds: [second?.["ClientId"] as string] })).toMatchObject([
            { InstanceId: "i-2" },
        ]);
        expect(await backupClients(call, { "Tag.1.Key": "team" })).toEqual([]);
        expect(await backupClients(call, { ClusterId: "cl-1" })).toEqual([]);
        expect(await backupClients(call, { ClientType: "CONTAINER_CLIENT" })).toEqual([]);
    });

    test.each([
        ["InstallBackupClients", {}, "MissingParameter"],
        ["InstallBackupClients", { InstanceIds: [] }, "MissingParameter"],
        ["InstallBackupClients", { InstanceIds: "i-1" }, "InvalidParameter"],
        ["InstallBackupClients", { InstanceIds: [1] }, "InvalidParameter"],
        [
            "InstallBackupClients",
            { InstanceIds: Array.from({ length: 21 }, (_, n) => `i-${n}`) },
            "InvalidParameter",
        ],
        ["UninstallBackupClients", {}, "MissingParameter"],
        ["UninstallBackupClients", { ClientIds: ["c-none"] }, "ResourceNotFound"],
        ["DescribeBackupClients", {}, "MissingParameter"],
        ["DescribeBackupClients", { ClientType: "ECS_AGENT" }, "InvalidParameter"],
        ["DescribeBackupClients", { ClientType: "ECS_CLIENT", PageSize: 100 }, "InvalidParameter"],
        ["DeleteBackupClient", {}, "MissingParameter"],
        ["DeleteBackupClient", { ClientId: "c-none" }, "ResourceNotFound"],
    ])("%s refuses %j: %s", async (action, parameters, code) => {
        const { call } = inProcess();
        expect(await call(action, parameters)).toMatchObject({ Code: code });
    });
});
