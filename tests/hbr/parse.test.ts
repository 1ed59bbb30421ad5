import { CLIENT_STATUSES } from "../../provider/fleet/status";
import { HbrError } from "../../provider/hbr/errors";
import {
    parseCheckRole,
    parseClientPage,
    parseCreateClients,
    parseEnvelope,
    parseHanaInstances,
    parseStartedTask,
} from "../../provider/hbr/parse";
import { hiding } from "./hiding";

const ok = { Success: true, Code: "200", Message: "successful", RequestId: "R-1" };

function errorOf(run: () => unknown): HbrError {
    try {
        run();
    } catch (error) {
        if (error instanceof HbrError) return error;
        throw error;
    }
    throw new Error("no error");
}

describe("the frame of an answer", () => {
    test.each([
        { Success: true, Code: "200" },
        { Success: true, Code: 200 },
        { Success: "true", Code: "200" },
        { Success: "True" },
        { Code: "200" },
        { Code: 200 },
        { Code: "OK" },
        { Success: true, Code: "" },
        { Success: true, Code: "Odd" },
        {},
    ])("%j is a success", (body) => {
        expect(() => parseEnvelope("DescribeTask", body)).not.toThrow();
    });

    test.each([
        [{ Success: false, Code: "VaultNotExist", Message: "no vault" }, "VaultNotExist", "notFound"],
        [{ Success: "false", Code: "InDebt" }, "InDebt", "account"],
        [{ Code: "Throttling.User" }, "Throttling.User", "throttled"],
        [{ Success: false, Code: 500 }, "500", "unavailable"],
        [{ Success: false, Code: "InternalError" }, "InternalError", "unavailable"],
        [{ Success: false, Code: "200" }, "UnreadableAnswer", "unavailable"],
        [{ Success: false }, "UnreadableAnswer", "unavailable"],
    ])("%j is an error", (body, code, errorClass) => {
        expect(errorOf(() => parseEnvelope("DescribeTask", { RequestId: "R-1", ...body }))).toMatchObject({
            code,
            errorClass,
            requestId: "R-1",
        });
    });

    test.each([null, undefined, "text", 3, true, [], [{}]])("%j is unreadable", (body) => {
        expect(errorOf(() => parseEnvelope("DescribeTask", body))).toMatchObject({
            code: "UnreadableAnswer",
            errorClass: "unavailable",
        });
    });

    test("the service's message is redacted", () => {
        const body = {
            Success: false,
            Code: "BadRequest",
            Message: 'bad ClientInfo=[{"accessKeySecret":"hunter22"}] or s3cr3tKey',
        };
        const { message } = errorOf(() => parseEnvelope("CreateClients", body, hiding("s3cr3tKey")));
        expect(message).not.toMatch(/hunter22|s3cr3tKey/);
    });
});

describe("CreateClients", () => {
    const statuses = [
        { InstanceId: "i-1", ValidInstance: true },
        { InstanceId: "i-2", ValidInstance: false, ErrorCode: "InstanceNotRunning" },
    ];
    const expected = {
        taskId: "t-1",
        requestId: "R-1",
        instanceStatuses: [
            { instanceId: "i-1", valid: true },
            { instanceId: "i-2", valid: false, errorCode: "InstanceNotRunning" },
        ],
    };

    test("the documented answer, its list wrapped", () => {
        const body = { ...ok, TaskId: "t-1", InstanceStatuses: { InstanceStatus: statuses } };
        expect(parseCreateClients(body)).toEqual(expected);
    });

    test("a flat list", () => {
        expect(parseCreateClients({ ...ok, TaskId: "t-1", InstanceStatuses: statuses })).toEqual(expected);
    });

    test("booleans as text, in any case", () => {
        const asText = statuses.map((status) => ({
            ...status,
            ValidInstance: status.ValidInstance ? "True" : "false",
        }));
        expect(parseCreateClients({ ...ok, TaskId: "t-1", InstanceStatuses: asText })).toEqual(expected);
    });

    test("no task, no list", () => {
        expect(parseCreateClients(ok)).toEqual({ requestId: "R-1", instanceStatuses: [] });
        expect(parseCreateClients({ ...ok, TaskId: "", InstanceStatuses: {} })).toEqual({
            requestId: "R-1",
            instanceStatuses: [],
        });
    });

    test("a list of one that came as the element itself", () => {
        const body = { ...ok, InstanceStatuses: { InstanceStatus: statuses[0] } };
        expect(parseCreateClients(body).instanceStatuses).toEqual([{ instanceId: "i-1", valid: true }]);
    });

    test("without a verdict an instance is unfit only where a reason is given", () => {
        const body = {
            ...ok,
            InstanceStatuses: [{ InstanceId: "i-1" }, { InstanceId: "i-2", ErrorCode: "X" }],
        };
        expect(parseCreateClients(body).instanceStatuses).toEqual([
            { instanceId: "i-1", valid: true },
            { instanceId: "i-2", valid: false, errorCode: "X" },
        ]);
    });
});

describe("DescribeClients", () => {
    const record = {
        ClientId: "c-1",
        ClientName: "client-20211224-101226",
        ClientType: "ECS_AGENT",
        ClientVersion: "1.11.16",
        MaxVersion: "1.12.0",
        ClusterId: "cl-1",
        VaultId: "v-1",
        InstanceId: "i-1",
        InstanceName: "hana-1",
        AlertSetting: "INHERITED",
        UseHttps: false,
        NetworkType: "VPC",
        Status: "ACTIVATED",
        StatusMessage: "HANA_NOT_SUPPORT",
        CreatedTime: "1640000000",
        HeartBeatTime: 1_640_000_002,
    };
    const client = {
        clientId: "c-1",
        clientVersion: "1.11.16",
        maxVersion: "1.12.0",
        clusterId: "cl-1",
        vaultId: "v-1",
        instanceId: "i-1",
        instanceName: "hana-1",
        alertSetting: "INHERITED",
        useHttps: false,
        networkType: "VPC",
        status: "ACTIVATED",
        statusMessage: "HANA_NOT_SUPPORT",
        createdTime: 1_640_000_000_000,
        heartbeatTime: 1_640_000_002_000,
    };
    const page = (clients: unknown, more: object = {}) =>
        parseClientPage({ ...ok, TotalCount: 1, Clients: clients, ...more }, "v-1");

    test("the documented answer, its list wrapped", () => {
        expect(page({ Client: [record] })).toEqual({
            clients: [client],
            totalCount: 1,
            ignored: 0,
            requestId: "R-1",
        });
    });

    test("a flat list, a list of one as the element itself, and a count as text", () => {
        expect(page([record]).clients).toEqual([client]);
        expect(page({ Client: record }).clients).toEqual([client]);
        expect(page([record], { TotalCount: "7" }).totalCount).toBe(7);
    });

    test.each(CLIENT_STATUSES)("status %s", (status) => {
        expect(page([{ ...record, Status: status }]).clients[0]?.status).toBe(status);
        expect(page([{ ...record, Status: status.toLowerCase() }]).clients[0]?.status).toBe(status);
    });

    test.each(["INSTALLED", "", undefined, 3, "__proto__"])("status %j is read as UNKNOWN", (status) => {
        expect(page([{ ...record, Status: status }]).clients[0]?.status).toBe("UNKNOWN");
    });

    test("a record that names no client or no instance is left out, and counted", () => {
        const strange = [
            { ...record, ClientId: "" },
            { ...record, InstanceId: undefined },
            { ...record, ClientId: {} },
            null,
            "x",
            3,
        ];
        expect(page([record, ...strange])).toMatchObject({ clients: [client], ignored: strange.length });
    });

    test("a describing field of the wrong type is left out", () => {
        const strange = {
            ...record,
            ClientVersion: 3,
            UseHttps: "perhaps",
            CreatedTime: -1,
            MaxVersion: 3,
            HeartBeatTime: "now",
            ClusterId: "",
        };
        expect(page([strange]).clients[0]).toEqual({
            clientId: "c-1",
            vaultId: "v-1",
            instanceId: "i-1",
            instanceName: "hana-1",
            alertSetting: "INHERITED",
            networkType: "VPC",
            status: "ACTIVATED",
            statusMessage: "HANA_NOT_SUPPORT",
        });
    });

    test("times in milliseconds stay", () => {
        expect(page([{ ...record, CreatedTime: 1_640_000_000_000 }]).clients[0]?.createdTime).toBe(
            1_640_000_000_000,
        );
    });

    test("an empty list", () => {
        for (const clients of [[], {}, { Client: [] }, undefined, null]) {
            expect(page(clients, { TotalCount: 0 })).toMatchObject({ clients: [], totalCount: 0 });
        }
    });

    test.each([
        { TotalCount: undefined },
        { TotalCount: "many" },
        { TotalCount: -1 },
        { TotalCount: 1.5 },
        { Clients: undefined },
        { Clients: "x" },
        { Clients: { Clients: [] } },
        { Clients: { Client: "x" } },
    ])("%j is unreadable, not an empty list", (more) => {
        expect(errorOf(() => page([record], more))).toMatchObject({
            errorClass: "unavailable",
            code: "UnreadableAnswer",
            requestId: "R-1",
        });
    });
});

test("UninstallClient", () => {
    expect(parseStartedTask("UninstallClient", { ...ok, TaskId: "t-9" })).toEqual({
        taskId: "t-9",
        requestId: "R-1",
    });
    expect(parseStartedTask("UpgradeClient", { Success: true })).toEqual({});
});

test("CheckRole", () => {
    expect(parseCheckRole(ok)).toEqual({ requestId: "R-1" });
    expect(errorOf(() => parseCheckRole({ Success: false, Code: "AssumeRoleFail" }))).toMatchObject({
        operation: "CheckRole",
        code: "AssumeRoleFail",
    });
});

describe("DescribeHanaInstances", () => {
    const hana = { ClusterId: "cl-1", VaultId: "v-1", HanaName: "hana", Status: 0 };

    test.each<[string, unknown, string[]]>([
        ["the documented list, wrapped", { Hana: [hana, { ...hana, ClusterId: "cl-2" }] }, ["cl-1", "cl-2"]],
        ["a flat list", [hana], ["cl-1"]],
        ["a list of one as the element itself", { Hana: hana }, ["cl-1"]],
        ["an empty list", { Hana: [] }, []],
        ["an empty wrapping", {}, []],
        ["elements that name no instance", { Hana: [hana, null, { ClusterId: "" }, "x"] }, ["cl-1"]],
    ])("%s", (_, hanas, clusterIds) => {
        expect(parseHanaInstances({ ...ok, Hanas: hanas })).toEqual({ clusterIds, requestId: "R-1" });
    });

    test("no list at all, where the count says so", () => {
        for (const hanas of [undefined, null])
            expect(parseHanaInstances({ Hanas: hanas, TotalCount: "0" })).toEqual({ clusterIds: [] });
    });

    test.each([undefined, null, "x", { Hanas: [] }, { Hana: "x" }])(
        "Hanas %j is unreadable, not an empty list",
        (hanas) => {
            expect(errorOf(() => parseHanaInstances({ ...ok, Hanas: hanas }))).toMatchObject({
                operation: "DescribeHanaInstances",
                code: "UnreadableAnswer",
                requestId: "R-1",
            });
        },
    );
});
