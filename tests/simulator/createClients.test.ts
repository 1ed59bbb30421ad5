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

    test("says why an instance is unfit where a switch asks for it", async () => {
        const { simulator, call } = inProcess({ world: STRICT });
        simulator.setSwitches({ namesUnfitness: true });
        const answer = await call("CreateClients", {
            VaultId: VAULT,
            ClientInfo: clientInfo("i-1", "i-deaf"),
        });
        expect(answer["InstanceStatuses"]).toEqual({
            InstanceStatus: [
                { InstanceId: "i-1", ValidInstance: true },
                {
                    InstanceId: "i-deaf",
                    ValidInstance: false,
                    ErrorCode: "CloudAssistNotRunningOnInstance",
                },
            ],
        });
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
