import { clientInfo, inProcess, install, listed, look, statuses, VAULT } from "./support";

const STRICT = {
    strict: true,
    instances: [
        { instanceId: "i-1", installTime: "100s" },
        { instanceId: "i-2", installTime: "50s" },
        { instanceId: "i-stopped", state: "Stopped" as const },
        { instanceId: "i-deaf", cloudAssistant: false },
        { instanceId: "i-broken", failInstall: "EcsClientError", installTime: "10s" },
    ],
};

describe("CreateClients", () => {
    test("answers with a task and a wrapped list without error codes", async () => {
        const { call } = inProcess();
        expect(await call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo("i-1", "i-2") })).toEqual(
            {
                RequestId: expect.stringMatching(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/) as string,
                Success: true,
                Code: "200",
                Message: "successful",
                TaskId: expect.stringMatching(/^t-[0-9a-z]{20}$/) as string,
                InstanceStatuses: {
                    InstanceStatus: [
                        { InstanceId: "i-1", ValidInstance: true },
                        { InstanceId: "i-2", ValidInstance: true },
                    ],
                },
            },
        );
    });

    test("installs: INSTALLING, REGISTERED, ACTIVATED, and the task shows each instance meanwhile", async () => {
        const { call, clock } = inProcess({ world: STRICT });
        const taskId = await install(call, "i-1", "i-2");
        expect(await statuses(call)).toEqual(["i-1 INSTALLING", "i-2 INSTALLING"]);
        expect(await look(call, taskId)).toMatchObject({ description: "created", progress: 0 });
        clock.time += 45_000;
        expect(await statuses(call)).toEqual(["i-1 INSTALLING", "i-2 REGISTERED"]);
        clock.time += 10_000;
        expect(await look(call, taskId)).toMatchObject({
            description: "created",
            progress: 77,
            result: [
                { clientStatus: "INSTALLING" },
                { instanceId: "i-2", clientStatus: "ACTIVATED", errorCode: "" },
            ],
        });
        clock.time += 45_000;
        expect(await look(call, taskId)).toMatchObject({ description: "completed", progress: 100 });
        expect(await statuses(call)).toEqual(["i-1 ACTIVATED", "i-2 ACTIVATED"]);
    });

    test("lists the unfit among several, and starts a task for the others", async () => {
        const { call } = inProcess({ world: STRICT });
        const ids = ["i-1", "i-none", "i-stopped", "i-deaf"];
        const answer = await call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo(...ids) });
        expect(answer["InstanceStatuses"]).toEqual({
            InstanceStatus: ids.map((InstanceId) => ({ InstanceId, ValidInstance: InstanceId === "i-1" })),
        });
        expect((await look(call, answer["TaskId"])).result).toMatchObject([{ instanceId: "i-1" }]);
        expect(await statuses(call)).toEqual(["i-1 INSTALLING"]);
    });

    test("starts nothing where all are unfit", async () => {
        const { simulator, call } = inProcess({ world: STRICT });
        const answer = await call("CreateClients", {
            VaultId: VAULT,
            ClientInfo: clientInfo("i-none", "i-deaf"),
        });
        expect(answer).toMatchObject({ Success: true });
        expect(answer).not.toHaveProperty("TaskId");
        expect(simulator.requests().installs).toEqual({});
    });

    test.each([
        ["i-none", 404, "InstanceNotExists"],
        ["i-stopped", 400, "InstanceNotRunning"],
        ["i-deaf", 400, "CloudAssistNotRunningOnInstance"],
    ])("one unfit instance alone, %s, is an error of the call: %d %s", async (instanceId, status, code) => {
        const { simulator } = inProcess({ world: STRICT });
        const reply = await simulator.call("CreateClients", {
            VaultId: VAULT,
            ClientInfo: clientInfo(instanceId),
        });
        expect(reply.status).toBe(status);
        expect(JSON.parse(reply.body)).toEqual({
            RequestId: expect.any(String) as string,
            HostId: expect.any(String) as string,
            Code: code,
            Message: expect.stringContaining(instanceId) as string,
            Recommend: expect.any(String) as string,
        });
    });

    test("an installation that fails ends as INSTALL_FAILED with its error code", async () => {
        const { call, clock } = inProcess({ world: STRICT });
        const taskId = await install(call, "i-broken");
        clock.time += 10_000;
        expect(await look(call, taskId)).toMatchObject({
            description: "completed",
            progress: 100,
            result: [{ instanceId: "i-broken", clientStatus: "INSTALL_FAILED", errorCode: "EcsClientError" }],
        });
        expect(await listed(call)).toMatchObject([
            { Status: "INSTALL_FAILED", StatusMessage: "EcsClientError" },
        ]);
    });

    test("a task that takes more than 15 minutes expires, and its clients fail", async () => {
        const { call, clock } = inProcess({
            world: { instances: [{ instanceId: "i-1", installTime: "16m" }] },
        });
        const taskId = await install(call, "i-1");
        clock.time += 15 * 60_000;
        expect(await look(call, taskId)).toMatchObject({ description: "expired", progress: 99 });
        expect(await statuses(call)).toEqual(["i-1 INSTALL_FAILED"]);
    });

    test("a task of exactly 15 minutes completes", async () => {
        const { call, clock } = inProcess({
            world: { instances: [{ instanceId: "i-1", installTime: "15m" }] },
        });
        const taskId = await install(call, "i-1");
        clock.time += 15 * 60_000;
        expect(await look(call, taskId)).toMatchObject({ description: "completed", progress: 100 });
    });

    test.each([
        [{}, "MissingParameter"],
        [{ VaultId: "" }, "MissingParameter"],
        [{ VaultId: "v-none" }, "VaultNotExist"],
        [{ VaultId: VAULT, ClientInfo: "[" }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientInfo: '{"instanceId":"i-1"}' }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientInfo: '[{"InstanceId":"i-1"}]' }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientInfo: '[{"instanceId":"i-1","sourceTypes":"HANA"}]' }, "InvalidParameter"],
        [{ VaultId: VAULT, AlertSetting: "NEVER" }, "InvalidParameter"],
        [{ VaultId: VAULT, UseHttps: "yes" }, "InvalidParameter"],
        [{ VaultId: VAULT, CrossAccountType: "OTHER" }, "InvalidParameter"],
        [{ VaultId: VAULT, CrossAccountUserId: "me" }, "InvalidParameter"],
        [{ VaultId: VAULT, CrossAccountType: "CROSS_ACCOUNT" }, "MissingParameter"],
    ])("refuses %j: %s", async (parameters, code) => {
        const { call } = inProcess();
        expect(await call("CreateClients", parameters)).toMatchObject({ Code: code });
    });

    test("without ClientInfo it starts nothing", async () => {
        const { call } = inProcess();
        const answer = await call("CreateClients", { VaultId: VAULT });
        expect(answer).toMatchObject({ Success: true, InstanceStatuses: { InstanceStatus: [] } });
        expect(answer).not.toHaveProperty("TaskId");
    });

    test("UseHttps, AlertSetting and sourceTypes show in the list; True is true", async () => {
        const { call } = inProcess();
        const settings = { UseHttps: "True", AlertSetting: "INHERITED", CrossAccountType: "SELF_ACCOUNT" };
        const ClientInfo = [{ instanceId: "i-1", sourceTypes: ["OTHER"] }];
        await call("CreateClients", { VaultId: VAULT, ClientInfo, ...settings });
        expect(await listed(call)).toMatchObject([
            { UseHttps: true, AlertSetting: "INHERITED", ClusterId: "" },
        ]);
        expect(await listed(call, { SourceType: "HANA" })).toEqual([]);
        expect(await listed(call, { SourceType: "OTHER" })).toHaveLength(1);
    });

    test("a reinstall takes the record of an uninstalled client over", async () => {
        const { simulator, call } = inProcess({
            world: {
                clients: [
                    {
                        vaultId: VAULT,
                        instanceId: "i-1",
                        clusterId: "cl-1",
                        clientId: "c-old",
                        status: "NOT_INSTALLED",
                    },
                ],
            },
        });
        await install(call, "i-1");
        expect(await listed(call)).toMatchObject([{ ClientId: "c-old", Status: "INSTALLING" }]);
        expect(simulator.requests()).toMatchObject({ installs: { "i-1": 1 }, duplicateInstalls: 0 });
    });

    test("the same instance in another cluster is another client", async () => {
        const { simulator, call } = inProcess();
        const ClientInfo = [
            { instanceId: "i-1", clusterId: "cl-1" },
            { instanceId: "i-1", clusterId: "cl-2" },
        ];
        await call("CreateClients", { VaultId: VAULT, ClientInfo });
        expect(await listed(call)).toMatchObject([{ ClusterId: "cl-1" }, { ClusterId: "cl-2" }]);
        expect(simulator.requests()).toMatchObject({ installs: { "i-1": 2 }, duplicateInstalls: 0 });
    });
});

describe("DescribeClients", () => {
    const clients = Array.from({ length: 25 }, (_, index) => ({
        vaultId: index < 20 ? VAULT : "v-2",
        instanceId: `i-${index}`,
        clusterId: `cl-${index % 2}`,
        clientId: `c-${index}`,
    }));
    const world = { vaults: [VAULT, "v-2"], clients };

    test("gives pages, 10 by default, with the total", async () => {
        const { call } = inProcess({ world });
        const first = await call("DescribeClients", { VaultId: VAULT, ClientType: "ECS_AGENT" });
        expect(first).toMatchObject({ PageNumber: 1, PageSize: 10, TotalCount: 20 });
        expect((first["Clients"] as { Client: unknown[] }).Client).toHaveLength(10);
        const last = await call("DescribeClients", {
            VaultId: VAULT,
            ClientType: "ECS_AGENT",
            PageNumber: 3,
            PageSize: 9,
        });
        expect((last["Clients"] as { Client: unknown[] }).Client).toHaveLength(2);
        expect(await listed(call, { PageNumber: 4 })).toEqual([]);
    });

    test("filters by cluster and by client", async () => {
        const { call } = inProcess({ world });
        expect(await listed(call, { ClusterId: "cl-1" })).toHaveLength(10);
        expect(await listed(call, { ClientId: "c-7" })).toMatchObject([{ InstanceId: "i-7" }]);
        expect(await listed(call, { ClientId: "c-none" })).toEqual([]);
    });

    test("has every field of the service", async () => {
        const { call, clock } = inProcess();
        await install(call, "i-1");
        const created = clock.time / 1000;
        clock.time += 200_000;
        expect(await listed(call)).toEqual([
            {
                ClientId: expect.stringMatching(/^c-[0-9a-z]{20}$/) as string,
                ClientName: "client-i-1",
                ClientType: "ECS_AGENT",
                ClientVersion: "2.10.3",
                MaxVersion: "2.10.3",
                ClusterId: "cl-1",
                VaultId: VAULT,
                InstanceId: "i-1",
                InstanceName: "i-1",
                AlertSetting: "INHERITED",
                UseHttps: false,
                NetworkType: "VPC",
                Status: "ACTIVATED",
                StatusMessage: "",
                CreatedTime: created,
                UpdatedTime: created + 100,
                HeartBeatTime: created + 200,
            },
        ]);
    });

    test.each([
        [{ ClientType: "ECS_AGENT" }, "MissingParameter"],
        [{ VaultId: VAULT }, "MissingParameter"],
        [{ VaultId: "v-none", ClientType: "ECS_AGENT" }, "VaultNotExist"],
        [{ VaultId: VAULT, ClientType: "ECS_CLIENT" }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientType: "ECS_AGENT", PageSize: 100 }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientType: "ECS_AGENT", PageSize: 0 }, "InvalidParameter"],
        [{ VaultId: VAULT, ClientType: "ECS_AGENT", PageNumber: "x" }, "InvalidParameter"],
    ])("refuses %j: %s", async (parameters, code) => {
        const { call } = inProcess();
        expect(await call("DescribeClients", parameters)).toMatchObject({ Code: code });
    });
});

describe("UninstallClient, DeleteClient, UpgradeClient", () => {
    const client = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-1" };
    const instances = [
        { instanceId: "i-1", installTime: "100s" },
        { instanceId: "i-stopped", state: "Stopped" as const },
    ];

    test("uninstalling takes half the install time; the record stays until it is deleted", async () => {
        const { call, clock } = inProcess({ world: { instances, clients: [client] } });
        const { TaskId } = await call("UninstallClient", { VaultId: VAULT, ClientId: "c-1" });
        expect(await statuses(call)).toEqual(["i-1 UNINSTALLING"]);
        clock.time += 50_000;
        expect(await look(call, TaskId)).toMatchObject({
            description: "completed",
            result: [{ instanceId: "i-1", clientId: "c-1", clientStatus: "NOT_INSTALLED", errorCode: "" }],
        });
        expect(await statuses(call)).toEqual(["i-1 NOT_INSTALLED"]);
        expect(await call("DeleteClient", { VaultId: VAULT, ClientId: "c-1" })).toMatchObject({
            Success: true,
        });
        expect(await listed(call)).toEqual([]);
    });

    test.each([
        ["i-stopped", "InstanceNotRunning"],
        ["i-none", "InstanceNotExists"],
    ])("uninstalling on %s fails with %s", async (instanceId, errorCode) => {
        const { call, clock } = inProcess({
            world: { strict: true, instances, clients: [{ ...client, instanceId }] },
        });
        const { TaskId } = await call("UninstallClient", { ClientId: "c-1" });
        clock.time += 1_000_000;
        expect((await look(call, TaskId)).result).toMatchObject([
            { clientStatus: "UNINSTALL_FAILED", errorCode },
        ]);
        // The machine is down, so nothing speaks against removing the record.
        expect(await call("DeleteClient", { ClientId: "c-1" })).toMatchObject({ Success: true });
    });

    test("a client that is not installed is uninstalled at once", async () => {
        const { call } = inProcess({ world: { clients: [{ ...client, status: "NOT_INSTALLED" }] } });
        const { TaskId } = await call("UninstallClient", { ClientId: "c-1" });
        expect(await look(call, TaskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "NOT_INSTALLED" }],
        });
    });

    test("a second uninstallation follows the first", async () => {
        const { call, clock } = inProcess({ world: { instances, clients: [client] } });
        const first = await call("UninstallClient", { ClientId: "c-1" });
        clock.time += 20_000;
        const second = await call("UninstallClient", { ClientId: "c-1" });
        clock.time += 30_000;
        expect(await look(call, first["TaskId"])).toMatchObject({ description: "completed" });
        expect(await look(call, second["TaskId"])).toMatchObject({ description: "completed" });
    });

    test("uninstalling interrupts an installation under way", async () => {
        const { call, clock } = inProcess();
        const installing = await install(call, "i-1");
        clock.time += 10_000;
        const [{ ClientId } = {}] = await listed(call);
        await call("UninstallClient", { ClientId: ClientId as string });
        expect((await look(call, installing)).result).toMatchObject([
            { clientStatus: "INSTALL_FAILED", errorCode: "Interrupted" },
        ]);
        expect(await statuses(call)).toEqual(["i-1 UNINSTALLING"]);
    });

    test.each(["UninstallClient", "DeleteClient", "UpgradeClient"])(
        "%s wants a client that exists",
        async (action) => {
            const { call } = inProcess({ world: { vaults: [VAULT, "v-2"], clients: [client] } });
            expect(await call(action, {})).toMatchObject({ Code: "MissingParameter" });
            expect(await call(action, { ClientId: "c-none" })).toMatchObject({ Code: "ResourceNotFound" });
            expect(await call(action, { VaultId: "v-none", ClientId: "c-1" })).toMatchObject({
                Code: "VaultNotExist",
            });
            expect(await call(action, { VaultId: "v-2", ClientId: "c-1" })).toMatchObject({
                Code: "ResourceNotFound",
            });
        },
    );

    test.each([
        ["ACTIVATED", "ClientIsActive"],
        ["INSTALLING", "ClientIsActive"],
        ["UNINSTALL_FAILED", "ClientIsActive"],
        ["NOT_INSTALLED", "200"],
        ["INSTALL_FAILED", "200"],
        ["UNKNOWN", "200"],
    ] as const)("deleting a client that is %s: %s", async (status, code) => {
        const { call } = inProcess({ world: { clients: [{ ...client, status }] } });
        expect(await call("DeleteClient", { ClientId: "c-1" })).toMatchObject({ Code: code });
    });

    test("upgrades an active client, and no other", async () => {
        const { call, clock } = inProcess({
            world: { instances, clients: [{ ...client, clientVersion: "1.0.0" }] },
        });
        expect(await listed(call)).toMatchObject([{ ClientVersion: "1.0.0", MaxVersion: "2.10.3" }]);
        const { TaskId } = await call("UpgradeClient", { VaultId: VAULT, ClientId: "c-1" });
        expect(await statuses(call)).toEqual(["i-1 UPGRADING"]);
        expect(await call("UpgradeClient", { ClientId: "c-1" })).toMatchObject({ Code: "ClientIsNotActive" });
        clock.time += 50_000;
        expect(await look(call, TaskId)).toMatchObject({
            description: "completed",
            result: [{ clientStatus: "ACTIVATED" }],
        });
        expect(await listed(call)).toMatchObject([{ ClientVersion: "2.10.3", Status: "ACTIVATED" }]);
    });
});
