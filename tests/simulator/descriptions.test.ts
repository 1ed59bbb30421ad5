import type { WorldInput } from "../../simulator";
import { inProcess } from "./support";

describe("the other operations", () => {
    test("DescribeTask knows its tasks only", async () => {
        const { call } = inProcess();
        expect(await call("DescribeTask", { TaskId: "t-none" })).toMatchObject({ Code: "TaskNotFound" });
        expect(await call("DescribeTask")).toMatchObject({ Code: "MissingParameter" });
    });

    test("DescribeVaults lists and filters", async () => {
        const { call } = inProcess({
            world: {
                vaults: [
                    "v-1",
                    { vaultId: "v-2", vaultName: "second", status: "INITIALIZING", vaultType: "OTS_BACKUP" },
                ],
            },
        });
        expect(await call("DescribeVaults")).toMatchObject({
            TotalCount: 2,
            Vaults: {
                Vault: [
                    { VaultId: "v-1", Status: "CREATED", VaultType: "STANDARD" },
                    { VaultId: "v-2", VaultName: "second", Status: "INITIALIZING" },
                ],
            },
        });
        for (const filter of [
            { VaultId: "v-2" },
            { VaultName: "second" },
            { Status: "INITIALIZING" },
            { VaultType: "OTS_BACKUP" },
        ]) {
            expect(await call("DescribeVaults", filter)).toMatchObject({
                Vaults: { Vault: [{ VaultId: "v-2" }] },
            });
        }
        expect(await call("DescribeVaults", { "Tag.1.Key": "team" })).toMatchObject({ TotalCount: 0 });
    });

    test("DescribeVaults gives a vault the fields of the SDKs' model, all of its types", async () => {
        const { call, clock } = inProcess();
        const { Vaults } = await call("DescribeVaults");
        const hourAgo = clock.time / 1000 - 3600;
        const plans = [
            ...["Archive", "CommonFileSystem", "CommonNas", "Cpfs", "Csg", "EcsFile", "EcsHana", "Isilon"],
            ...["LocalFile", "LocalVm", "MySql", "Nas", "Oracle", "Oss", "Ots", "SqlServer"],
        ];
        expect(Vaults).toEqual({
            Vault: [
                {
                    ArchiveBytesDone: 0,
                    ArchiveStorageSize: 0,
                    BackupPlanStatistics: Object.fromEntries(plans.map((plan) => [plan, 0])),
                    BucketName: "",
                    BytesDone: 0,
                    ChargeType: "FREE",
                    ChargedStorageSize: 0,
                    CompressionAlgorithm: "ZSTD",
                    CreatedTime: hourAgo,
                    Dedup: true,
                    Description: "",
                    EncryptType: "HBR_PRIVATE",
                    IndexAvailable: true,
                    IndexLevel: "OFF",
                    IndexUpdateTime: 0,
                    LatestReplicationTime: 0,
                    RedundancyType: "LRS",
                    Replication: false,
                    ReplicationSourceRegionId: "",
                    ReplicationSourceVault: false,
                    ReplicationSourceVaultId: "",
                    ReplicationTargetRegionId: "",
                    ResourceGroupId: "",
                    Retention: 0,
                    SearchEnabled: false,
                    SnapshotCount: 0,
                    SourceTypes: { SourceType: [] },
                    Status: "CREATED",
                    StorageSize: 0,
                    Tags: { Tag: [] },
                    UpdatedTime: hourAgo,
                    VaultId: "v-simulator",
                    VaultName: "v-simulator",
                    VaultRegionId: "cn-hangzhou",
                    VaultStatusMessage: "",
                    VaultStorageClass: "STANDARD",
                    VaultType: "STANDARD",
                    WormEnabled: false,
                },
            ],
        });
    });

    test("DescribeHanaInstances gives an instance the fields of the SDKs' model, all of its types", async () => {
        const { call } = inProcess();
        const { Hanas } = await call("DescribeHanaInstances", { ClusterId: "cl-1" });
        expect(Hanas).toEqual({
            Hana: [
                {
                    AlertSetting: "INHERITED",
                    ClusterId: "cl-1",
                    CrossAccountType: "SELF_ACCOUNT",
                    HanaName: "cl-1",
                    Host: "192.168.0.1",
                    InstanceNumber: 0,
                    ResourceGroupId: "",
                    Status: 0,
                    StatusMessage: "",
                    Tags: { Tag: [] },
                    UseSsl: false,
                    UserName: "SYSTEM",
                    ValidateCertificate: false,
                    VaultId: "v-simulator",
                },
            ],
        });
    });

    test("DescribeHanaInstances lists and filters", async () => {
        const hanaInstances = ["cl-1", "cl-2"].map((clusterId) => ({
            vaultId: "v-simulator",
            clusterId,
            hanaName: `HANA ${clusterId}`,
        }));
        const { call } = inProcess({ world: { hanaInstances } });
        expect(await call("DescribeHanaInstances", { VaultId: "v-simulator" })).toMatchObject({
            TotalCount: 2,
        });
        expect(await call("DescribeHanaInstances", { ClusterId: "cl-2" })).toMatchObject({
            Hanas: { Hana: [{ ClusterId: "cl-2", HanaName: "HANA cl-2", Status: 0, Tags: { Tag: [] } }] },
        });
        expect(await call("DescribeHanaInstances", { VaultId: "v-none" })).toMatchObject({
            Code: "VaultNotExist",
        });
    });

    describe("DescribeHanaInstances asked for one that is not listed", () => {
        const VAULT = "v-simulator";
        const ANY = { ClusterId: "cl-any" };
        const found = (vaultId: string) => ({
            TotalCount: 1,
            Hanas: { Hana: [{ ClusterId: "cl-any", VaultId: vaultId }] },
        });

        test("finds it, in the vault that is asked for or the first one", async () => {
            const { call } = inProcess({ world: { vaults: [VAULT, "v-2"] } });
            expect(await call("DescribeHanaInstances", { ...ANY, VaultId: "v-2" })).toMatchObject(
                found("v-2"),
            );
            expect(await call("DescribeHanaInstances", ANY)).toMatchObject(found(VAULT));
            expect(await call("DescribeHanaInstances", { ...ANY, VaultId: "v-none" })).toMatchObject({
                Code: "VaultNotExist",
            });
        });

        test("also in a world that was read and put back", async () => {
            const { simulator, call } = inProcess();
            simulator.setWorld(JSON.parse(JSON.stringify(simulator.world())) as WorldInput);
            expect(await call("DescribeHanaInstances", ANY)).toMatchObject(found(VAULT));
        });

        test.each([
            ["of a strict world", { strict: true }],
            ["of a world with a list", { hanaInstances: [{ vaultId: VAULT, clusterId: "cl-1" }] }],
            ["of a world without vaults", { vaults: [] }],
        ])("finds none %s", async (_, world) => {
            const { call } = inProcess({ world });
            expect(await call("DescribeHanaInstances", ANY)).toMatchObject({ TotalCount: 0 });
        });

        test("finds none by a tag, and lists none without an id", async () => {
            const { call } = inProcess();
            expect(await call("DescribeHanaInstances", { ...ANY, "Tag.1.Key": "team" })).toMatchObject({
                TotalCount: 0,
            });
            expect(await call("DescribeHanaInstances", { VaultId: VAULT })).toMatchObject({ TotalCount: 0 });
        });
    });

    test("CheckRole checks what it is asked", async () => {
        const { call } = inProcess();
        expect(await call("CheckRole", { CheckRoleType: "EcsRole" })).toMatchObject({ Success: true });
        expect(
            await call("CheckRole", {
                CheckRoleType: "CrossAccountRole",
                CrossAccountUserId: "1234567890123456",
                CrossAccountRoleName: "any",
            }),
        ).toMatchObject({ Success: true });
        expect(await call("CheckRole")).toMatchObject({ Code: "MissingParameter" });
        expect(await call("CheckRole", { CheckRoleType: "Boss" })).toMatchObject({
            Code: "InvalidParameter",
        });
        expect(await call("CheckRole", { CheckRoleType: "CrossAccountRole" })).toMatchObject({
            Code: "MissingParameter",
        });
    });

    describe("in a world that lists roles", () => {
        const OTHER = { CrossAccountUserId: "1234567890123456", CrossAccountRoleName: "backup" };
        const roles = [{ crossAccountUserId: "1234567890123456", crossAccountRoleName: "backup" }];
        const UNKNOWN = [
            { ...OTHER, CrossAccountRoleName: "other" },
            { ...OTHER, CrossAccountUserId: "6543210987654321" },
        ];

        test("CheckRole finds those only", async () => {
            const { simulator, call } = inProcess({ world: { roles } });
            const CheckRoleType = "CrossAccountRole";
            expect(await call("CheckRole", { CheckRoleType, ...OTHER })).toMatchObject({ Success: true });
            for (const unknown of UNKNOWN) {
                const { status, body } = await simulator.call("CheckRole", { CheckRoleType, ...unknown });
                expect([status, JSON.parse(body)]).toMatchObject([
                    404,
                    { Code: "RoleNotExist", Message: "The role does not exist." },
                ]);
            }
            expect(await call("CheckRole", { CheckRoleType: "EcsRole" })).toMatchObject({ Success: true });
        });

        test.each([
            ["CreateClients", { VaultId: "v-simulator" }],
            ["InstallBackupClients", { InstanceIds: ["i-1"] }],
            ["DescribeBackupClients", { ClientType: "ECS_CLIENT" }],
        ])("%s across accounts needs one of them", async (action, parameters) => {
            const { call } = inProcess({ world: { roles } });
            const across = { ...parameters, CrossAccountType: "CROSS_ACCOUNT" };
            expect(await call(action, { ...across, ...OTHER })).toMatchObject({ Success: true });
            for (const unknown of UNKNOWN) {
                expect(await call(action, { ...across, ...unknown })).toMatchObject({ Code: "RoleNotExist" });
            }
        });
    });

    test("DescribeRegions names regions", async () => {
        const { call } = inProcess();
        const { Regions } = await call("DescribeRegions");
        expect((Regions as { Region: unknown[] }).Region).toContainEqual({
            RegionId: "cn-hangzhou",
            LocalName: "China (Hangzhou)",
        });
    });

    test("an action that does not exist", async () => {
        const { simulator } = inProcess();
        const { status, body } = await simulator.call("CreateHanaInstance");
        expect(status).toBe(404);
        expect(JSON.parse(body)).toMatchObject({ Code: "InvalidApi.NotFound" });
    });
});
