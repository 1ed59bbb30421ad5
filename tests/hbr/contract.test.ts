import { HbrClient } from "../../provider/hbr/client";
import { credentialFor } from "../../provider/config/credentials";
import { adviceFor, HbrError } from "../../provider/hbr/errors";
import { listClients } from "../../provider/hbr/listClients";
import type { HbrApi } from "../../provider/hbr/port";
import { endpointFor, resolveSettings } from "../../provider/config/settings";
import { Simulator } from "../../simulator";
import { implementations, sdk } from "./implementations";
import { answer, Loopback } from "./loopback";

/*
 * One suite for every implementation of the port that can be had here.
 */

const VAULT = "v-contract";

process.stdout.write(
    `Contract of the port, run against: ${implementations.map(([name]) => name).join("; ")}\n`,
);

test("a folder that is named with HBR_CONTRACT_SDK holds the SDK", () => {
    expect(process.env["HBR_CONTRACT_SDK"] === undefined || sdk !== undefined).toBe(true);
});

describe.each(implementations)("%s", (name, transportOf) => {
    let simulator: Simulator;
    let endpoint: string;
    let api: HbrApi;

    beforeEach(async () => {
        simulator = new Simulator({ installTime: 40, world: { vaults: [VAULT] } });
        ({ endpoint } = await simulator.listen());
        api = connectTo(endpoint, simulator.accessKeyId, simulator.accessKeySecret);
    });

    afterEach(() => simulator.close());

    function connectTo(host: string, accessKey: string, secretKey: string, token?: string): HbrApi {
        const config: Record<string, string | undefined> = {
            "alicloud:accessKey": accessKey,
            "alicloud:secretKey": secretKey,
            "alicloud:securityToken": token,
            "alicloud:protocol": "HTTP",
            "alicloud:endpoints": JSON.stringify([{ hbr: host }]),
        };
        const settings = resolveSettings((key) => config[key], {});
        const credential = credentialFor(settings);
        const transport = transportOf({
            endpoint: endpointFor(settings, "cn-hangzhou"),
            protocol: settings.protocol,
            credential: credential.client,
        });
        return new HbrClient(transport, credential.secrets);
    }

    const target = (instanceId: string) => ({ instanceId, clusterId: "cl-1", sourceTypes: ["HANA"] });

    async function installed(...instanceIds: string[]): Promise<string> {
        const { taskId = "" } = await api.createClients({ vaultId: VAULT, targets: instanceIds.map(target) });
        await ended(taskId);
        return taskId;
    }

    async function ended(taskId: string) {
        for (let look = 0; look < 200; look += 1) {
            const task = await api.describeTask(taskId);
            if (task.state !== "running") return task;
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
        throw new Error("the task did not end");
    }

    async function failure(call: Promise<unknown>): Promise<HbrError> {
        const error = await call.then(
            () => undefined,
            (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(HbrError);
        return error as HbrError;
    }

    test("installs, lists, uninstalls and deletes", async () => {
        const created = await api.createClients({
            vaultId: VAULT,
            useHttps: true,
            targets: ["i-1", "i-2"].map(target),
        });
        expect(created.taskId).toMatch(/^t-/);
        expect(created.requestId).toEqual(expect.any(String));
        const task = await ended(created.taskId ?? "");
        expect(task).toMatchObject({ taskId: created.taskId, state: "completed", progress: 100 });
        expect(task.results.map(({ instanceId }) => instanceId).sort()).toEqual(["i-1", "i-2"]);
        expect(task.results.every(({ clientStatus }) => clientStatus === "ACTIVATED")).toBe(true);

        const [first, second] = await listClients(api, { vaultId: VAULT, clusterId: "cl-1" });
        expect(first).toMatchObject({
            vaultId: VAULT,
            clusterId: "cl-1",
            status: "ACTIVATED",
            useHttps: true,
        });
        expect(first?.createdTime).toBeGreaterThan(Date.now() - 60_000);
        expect([first?.instanceId, second?.instanceId].sort()).toEqual(["i-1", "i-2"]);

        const reference = { vaultId: VAULT, clientId: first?.clientId ?? "" };
        const { taskId } = await api.uninstallClient(reference);
        expect((await ended(taskId ?? "")).state).toBe("completed");
        await api.deleteClient(reference);
        const left = await listClients(api, { vaultId: VAULT });
        expect(left.map(({ clientId }) => clientId)).toEqual([second?.clientId]);
    });

    test("upgrades a client that is behind, and lists its versions and its last heartbeat", async () => {
        const created = await api.createClients({ vaultId: VAULT, targets: [target("i-1")] });
        await ended(created.taskId ?? "");
        simulator.setSwitches({ latestVersion: "2.11.0" });
        const [client] = await listClients(api, { vaultId: VAULT });
        expect(client).toMatchObject({ clientVersion: "2.10.3", maxVersion: "2.11.0" });
        expect(client?.heartbeatTime).toBeGreaterThan(Date.now() - 60_000);

        const upgrade = await api.upgradeClient({ vaultId: VAULT, clientId: client?.clientId ?? "" });
        expect(upgrade.requestId).toEqual(expect.any(String));
        expect((await ended(upgrade.taskId ?? "")).state).toBe("completed");
        const [upgraded] = await listClients(api, { vaultId: VAULT });
        expect(upgraded).toMatchObject({ status: "ACTIVATED", clientVersion: "2.11.0" });
        const unknown = api.upgradeClient({ vaultId: VAULT, clientId: "c-none" });
        expect(await failure(unknown)).toMatchObject({ operation: "UpgradeClient", errorClass: "notFound" });
    });

    test("a task under way says so", async () => {
        simulator.patchInstance("i-1", { installTime: "10s" });
        const { taskId = "" } = await api.createClients({ vaultId: VAULT, targets: [target("i-1")] });
        expect((await api.describeTask(taskId)).state).toBe("running");
        const [client] = await listClients(api, { vaultId: VAULT });
        expect(client).toMatchObject({ instanceId: "i-1", status: "INSTALLING" });
    });

    test("all pages, and one client by its id", async () => {
        const clients = Array.from({ length: 250 }, (_, index) => ({
            vaultId: VAULT,
            instanceId: `i-${index}`,
            clusterId: "cl-1",
            status: "ACTIVATED" as const,
        }));
        simulator.setWorld({ vaults: [VAULT], clients });
        const listed = await listClients(api, { vaultId: VAULT });
        expect(new Set(listed.map(({ instanceId }) => instanceId)).size).toBe(250);
        expect(simulator.requests().byAction["DescribeClients"]).toBe(3);
        const clientId = listed[7]?.clientId ?? "";
        const page = await api.describeClients({ vaultId: VAULT, clientId, pageNumber: 1, pageSize: 10 });
        expect(page.clients.map((client) => client.clientId)).toEqual([clientId]);
        expect(await listClients(api, { vaultId: VAULT, clusterId: "cl-none" })).toEqual([]);
    });

    test("a client of other source types is found again", async () => {
        const { taskId = "" } = await api.createClients({
            vaultId: VAULT,
            targets: [{ ...target("i-1"), sourceTypes: ["OTHER"] }],
        });
        await ended(taskId);
        const listed = await listClients(api, { vaultId: VAULT, clusterId: "cl-1" });
        expect(listed).toMatchObject([{ instanceId: "i-1", status: "ACTIVATED" }]);
    });

    const role = { crossAccountUserId: "1234567890123456", crossAccountRoleName: "backup" };

    test("a role of another account, checked: its id and its name arrive as they are", async () => {
        await expect(api.checkRole(role)).resolves.toEqual({ requestId: expect.any(String) as string });
        expect(simulator.requests().log.at(-1)).toMatchObject({
            action: "CheckRole",
            parameters: {
                CheckRoleType: "CrossAccountRole",
                CrossAccountUserId: "1234567890123456",
                CrossAccountRoleName: "backup",
            },
        });
        simulator.addFault({ action: "CheckRole", kind: "status", status: 404, code: "RoleNotExist" });
        expect(await failure(api.checkRole(role))).toMatchObject({
            code: "RoleNotExist",
            operation: "CheckRole",
        });
    });

    test("the SAP HANA instances of a vault, by id", async () => {
        const hanaInstances = ["cl-1", "cl-2"].map((clusterId) => ({ vaultId: VAULT, clusterId }));
        simulator.setWorld({ vaults: [VAULT], hanaInstances });
        const found = await api.describeHanaInstances({ vaultId: VAULT, clusterId: "cl-2" });
        expect(found).toEqual({ clusterIds: ["cl-2"], requestId: expect.any(String) as string });
        expect(simulator.requests().log.at(-1)?.parameters).toMatchObject({
            PageNumber: "1",
            PageSize: "10",
        });
        const none = await api.describeHanaInstances({ vaultId: VAULT, clusterId: "cl-9" });
        expect(none.clusterIds).toEqual([]);
        expect(
            await failure(api.describeHanaInstances({ vaultId: "v-none", clusterId: "cl-1" })),
        ).toMatchObject({ code: "VaultNotExist", errorClass: "notFound" });
    });

    test("access keys of a client arrive, and are left out where there are none", async () => {
        // The simulator shows no secrets.
        const service = new Loopback();
        service.handler = answer(200, { Success: true, TaskId: "t-1" });
        const credential = { accessKeyId: "LTAI-client", accessKeySecret: "client-secret" };
        const targets = [{ ...target("i-1"), credential }, target("i-2")];
        await connectTo(await service.listen(), "ak", "sk").createClients({ vaultId: VAULT, targets });
        const sent: unknown = JSON.parse(service.seen[0]?.query.get("ClientInfo") ?? "");
        expect(sent).toEqual([{ ...target("i-1"), ...credential }, target("i-2")]);
        await service.close();
    });

    test("unfit instances among others are reported one by one", async () => {
        simulator.patchInstance("i-1", { state: "Stopped" });
        const targets = ["i-1", "i-2"].map(target);
        const { instanceStatuses } = await api.createClients({ vaultId: VAULT, targets });
        expect(instanceStatuses).toContainEqual(expect.objectContaining({ instanceId: "i-1", valid: false }));
        expect(instanceStatuses.filter(({ valid }) => !valid)).toHaveLength(1);
    });

    test("one unfit instance alone is an error", async () => {
        simulator.patchInstance("i-1", { cloudAssistant: false });
        expect(await failure(api.createClients({ vaultId: VAULT, targets: [target("i-1")] }))).toMatchObject({
            code: "CloudAssistNotRunningOnInstance",
            errorClass: "booting",
            operation: "CreateClients",
        });
    });

    test("no such vault, no such task", async () => {
        const query = { vaultId: "v-none", pageNumber: 1, pageSize: 10 };
        expect(await failure(api.describeClients(query))).toMatchObject({
            code: "VaultNotExist",
            errorClass: "notFound",
        });
        expect(await failure(api.describeTask("t-none"))).toMatchObject({
            code: "TaskNotFound",
            errorClass: "notFound",
        });
    });

    test("wrong keys are the account's matter", async () => {
        for (const [id, secret] of [
            [simulator.accessKeyId, "wrong-secret"],
            ["LTAI-unknown", simulator.accessKeySecret],
        ] as const) {
            const error = await failure(connectTo(endpoint, id, secret).describeTask("t-1"));
            expect(error.errorClass).toBe("account");
            expect(error.message).not.toMatch(/wrong-secret|LTAI-unknown/);
        }
    });

    test.each([
        ["without its token", undefined, "MissingSecurityToken"],
        ["with the token of another", "another", "InvalidSecurityToken.MismatchWithAccessKey"],
    ])("a temporary key %s: the advice names alicloud:securityToken", async (_name, token, code) => {
        const temporary = new Simulator({ securityToken: "its-token" });
        const { endpoint: host, accessKeyId, accessKeySecret } = await temporary.listen();
        const error = await failure(connectTo(host, accessKeyId, accessKeySecret, token).describeTask("t-1"));
        expect(error).toMatchObject({ code, errorClass: "account" });
        expect(adviceFor(error.code)).toContain("alicloud:securityToken");
        await temporary.close();
    });

    test.each([
        ["throttle", "throttled"],
        ["status", "unavailable"],
        ["reset-before", "unavailable"],
        ["reset-after", "unavailable"],
        ["not-json", "unavailable"],
        ["empty-body", "unavailable"],
    ] as const)("fault %s is %s, for every call", async (kind, errorClass) => {
        const taskId = await installed("i-1", "i-3");
        const clients = await listClients(api, { vaultId: VAULT });
        const [first, second] = clients.map(({ clientId }) => ({ vaultId: VAULT, clientId }));
        if (first === undefined || second === undefined) throw new Error("two clients are expected");
        const status = kind === "status" ? { status: 503, code: "ServiceUnavailable" } : {};
        simulator.addFault({ action: "*", kind, times: "always", ...status });
        const calls = [
            () => api.createClients({ vaultId: VAULT, targets: [target("i-2")] }),
            () => api.describeTask(taskId),
            () => api.describeClients({ vaultId: VAULT, pageNumber: 1, pageSize: 10 }),
            () => api.checkRole(role),
            () => api.describeHanaInstances({ vaultId: VAULT, clusterId: "cl-1" }),
            () => api.upgradeClient(first),
            () => api.uninstallClient(first),
            () => api.deleteClient(second),
        ];
        for (const call of calls) expect(await failure(call())).toMatchObject({ errorClass });
    });

    test("the wait that the service asks for, and the HTTP status of an answer that is no JSON, are known", async () => {
        simulator.addFault({ action: "DescribeTask", kind: "throttle", retryAfterMs: 1_500 });
        expect(await failure(api.describeTask("t-1"))).toMatchObject({ retryAfterMs: 1_500 });
        simulator.addFault({ action: "DescribeTask", kind: "not-json" });
        expect((await failure(api.describeTask("t-1"))).statusCode).toEqual(expect.any(Number));
    });

    test("Success: false is an error", async () => {
        simulator.addFault({ action: "DescribeClients", kind: "success-false" });
        const query = { vaultId: VAULT, pageNumber: 1, pageSize: 10 };
        expect(await failure(api.describeClients(query))).toMatchObject({ operation: "DescribeClients" });
    });

    test("no secret in any message, whatever the fault", async () => {
        const credential = { accessKeyId: "LTAI-client", accessKeySecret: "client/secret+" };
        for (const kind of ["status", "reset-before", "not-json", "throttle", "success-false"] as const) {
            simulator.addFault({ action: "CreateClients", kind });
            const call = api.createClients({ vaultId: VAULT, targets: [{ ...target("i-1"), credential }] });
            const { message, stack } = await failure(call);
            expect(`${message}\n${String(stack)}`).not.toMatch(
                /LTAI-client|client\/secret|client%2Fsecret|ClientInfo=%/,
            );
        }
    });

    test("a failed, an expired and a cancelled task", async () => {
        for (const state of ["failed", "expired", "cancelled"] as const) {
            simulator.addFault({ action: "CreateClients", kind: `task-${state}` });
            const { taskId = "" } = await api.createClients({
                vaultId: VAULT,
                targets: [target(`i-${state}`)],
            });
            expect((await ended(taskId)).state).toBe(state);
        }
    });

    test("every shape of a task's Result, Code as a number", async () => {
        simulator.setSwitches({ numericCode: true });
        for (const resultShape of ["array", "object", "empty", "absent"] as const) {
            simulator.setSwitches({ resultShape });
            const { taskId = "" } = await api.createClients({
                vaultId: VAULT,
                targets: [target(`i-${resultShape}`)],
            });
            const { state, results } = await ended(taskId);
            expect(state).toBe("completed");
            expect(results).toHaveLength(resultShape === "array" ? 1 : 0);
        }
    });

    test("a flat list is read, or refused as unreadable; never taken for an empty one", async () => {
        await installed("i-1");
        simulator.addFault({ action: "DescribeClients", kind: "flat-list", times: "always" });
        const listed = await listClients(api, { vaultId: VAULT }).catch((error: unknown) => error);
        if (name.startsWith("builtin")) expect(listed).toMatchObject([{ instanceId: "i-1" }]);
        else expect(listed).toMatchObject({ errorClass: "unavailable" });
    });

    test("an aborted call ends at once with the signal's reason", async () => {
        simulator.addFault({ action: "DescribeTask", kind: "hang", ms: 60_000 });
        const controller = new AbortController();
        const reason = new Error("enough");
        setTimeout(() => {
            controller.abort(reason);
        }, 30);
        await expect(api.describeTask("t-1", controller.signal)).rejects.toBe(reason);
    });
});
