import { setTimeout as sleep } from "node:timers/promises";
import { plainClient } from "../../provider/hbr/client";
import { HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import { resolveSettings } from "../../provider/config/settings";
import { answer, Loopback } from "./loopback";

const SECRET = "TheProviderSecret/+=";
let loopback: Loopback;
let endpoint: string;
let api: HbrApi;

beforeEach(async () => {
    loopback = new Loopback();
    endpoint = await loopback.listen();
    const config: Record<string, string> = {
        "alicloud:region": "cn-hangzhou",
        "alicloud:accessKey": "LTAI-provider",
        "alicloud:secretKey": SECRET,
        "alicloud:protocol": "HTTP",
        "alicloud:endpoints": JSON.stringify([{ hbr: endpoint }]),
    };
    api = plainClient(
        resolveSettings((key) => config[key], {}),
        "cn-hangzhou",
    );
});

afterEach(() => loopback.close());

async function failure(call: Promise<unknown>): Promise<HbrError> {
    const error = await call.then(
        () => undefined,
        (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(HbrError);
    return error as HbrError;
}

const request = {
    vaultId: "v-1",
    useHttps: true,
    targets: [
        {
            instanceId: "i-1",
            clusterId: "cl-1",
            sourceTypes: ["HANA"],
            credential: { accessKeyId: "LTAI-client", accessKeySecret: "client-secret" },
        },
        { instanceId: "i-2", sourceTypes: ["HANA"] },
    ],
};

test("CreateClients sends its parameters in the query, ClientInfo as JSON in camelCase", async () => {
    loopback.handler = answer(200, { Success: true, Code: "200", TaskId: "t-1", RequestId: "R-1" });
    await expect(api.createClients(request)).resolves.toEqual({
        taskId: "t-1",
        instanceStatuses: [],
        requestId: "R-1",
    });
    const { query, request: sent } = loopback.seen[0] ?? fail();
    expect(sent.headers["x-acs-action"]).toBe("CreateClients");
    expect(sent.method).toBe("POST");
    expect(sent.headers["x-acs-version"]).toBe("2017-09-08");
    expect(String(sent.headers.authorization)).toMatch(/^ACS3-HMAC-SHA256 Credential=LTAI-provider,/);
    expect(Object.fromEntries(query)).toEqual({
        VaultId: "v-1",
        UseHttps: "true",
        ClientInfo: JSON.stringify([
            {
                instanceId: "i-1",
                clusterId: "cl-1",
                sourceTypes: ["HANA"],
                accessKeyId: "LTAI-client",
                accessKeySecret: "client-secret",
            },
            { instanceId: "i-2", sourceTypes: ["HANA"] },
        ]),
    });
});

test("DescribeClients always sends ClientType, and leaves no client out by its SourceType", async () => {
    loopback.handler = answer(200, { Success: true, TotalCount: 0, Clients: { Client: [] } });
    await api.describeClients({ vaultId: "v-1", pageNumber: 2, pageSize: 99 });
    expect(Object.fromEntries(loopback.seen[0]?.query ?? [])).toEqual({
        VaultId: "v-1",
        ClientType: "ECS_AGENT",
        PageNumber: "2",
        PageSize: "99",
    });
});

test("the wait that the service asks for in x-acs-retry-after reaches the error", async () => {
    loopback.handler = answer(
        400,
        { Code: "Throttling", Message: "slow down", RequestId: "R-2" },
        { "x-acs-retry-after": "1500" },
    );
    expect(await failure(api.describeTask("t-1"))).toMatchObject({
        errorClass: "throttled",
        code: "Throttling",
        requestId: "R-2",
        statusCode: 400,
        retryAfterMs: 1500,
    });
});

test.each([
    [502, "ServiceUnavailable"],
    [200, "UnreadableAnswer"],
])("an answer that is no JSON, with the status %i, is %s", async (statusCode, code) => {
    loopback.handler = answer(statusCode, "<html>Bad gateway</html>");
    const error = await failure(api.describeTask("t-1"));
    expect(error).toMatchObject({ errorClass: "unavailable", code, statusCode });
});

test("an empty answer is unreadable", async () => {
    loopback.handler = answer(200, "");
    expect(await failure(api.describeTask("t-1"))).toMatchObject({
        errorClass: "unavailable",
        code: "UnreadableAnswer",
    });
});

test("Success: false with HTTP 200 is an error", async () => {
    loopback.handler = answer(200, {
        Success: false,
        Code: "VaultNotExist",
        Message: "no vault",
        RequestId: "R-3",
    });
    expect(await failure(api.createClients(request))).toMatchObject({
        errorClass: "notFound",
        code: "VaultNotExist",
        requestId: "R-3",
    });
});

test("a cut connection is unavailable, and its message says Node's code and the host, and nothing of the URL", async () => {
    loopback.handler = (sent) => sent.socket.destroy();
    const error = await failure(api.createClients(request));
    expect(error).toMatchObject({ errorClass: "unavailable", code: "ConnectionFailed" });
    expect(error.message).toBe(`CreateClients failed: ConnectionFailed: ECONNRESET (${endpoint})`);
});

test("an aborted call ends at once, with the signal's reason, and cuts the connection", async () => {
    const closed = new Promise<string>((resolve) => {
        loopback.handler = (sent) =>
            sent.socket.once("close", () => {
                resolve("cut");
            });
    });
    const controller = new AbortController();
    const call = api.describeTask("t-1", controller.signal);
    const reason = new Error("enough");
    setTimeout(() => {
        controller.abort(reason);
    }, 50);
    await expect(call).rejects.toBe(reason);
    // The library would close it too, 30 s later.
    const later = sleep(10_000, "open", { ref: false });
    await expect(Promise.race([closed, later])).resolves.toBe("cut");
});

function fail(): never {
    throw new Error("nothing was sent");
}
