import { HbrClient } from "../../provider/hbr/client";
import { credentialFor } from "../../provider/config/credentials";
import { adviceFor, type HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import { officialTransport } from "../../provider/hbr/officialTransport";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
import { resilient } from "../../provider/hbr/retry";
import { resolveSettings } from "../../provider/config/settings";
import { VirtualClock } from "../support/virtualClock";
import { implementations } from "./implementations";
import { answer, Loopback } from "./loopback";
import { loadStandIn } from "./standInSdk";

/*
 * Answers of which the official SDK tells less than the built-in client, or nothing.
 */

let service: Loopback;

beforeEach(() => {
    service = new Loopback();
});

afterEach(() => service.close());

type TransportOf = (typeof implementations)[number][1];

async function connect(transportOf: TransportOf): Promise<HbrApi> {
    const config: Record<string, string> = { "alicloud:accessKey": "ak", "alicloud:secretKey": "sk" };
    const { client } = credentialFor(resolveSettings((key) => config[key], {}));
    const endpoint = await service.listen();
    return new HbrClient(transportOf({ endpoint, protocol: "HTTP", credential: client }));
}

/** With all retries, on a clock that never gets to the second attempt. */
function withRetries(api: HbrApi): HbrApi {
    const clock = new VirtualClock({ auto: false });
    const random = () => 0;
    return resilient(api, { limiter: new RateLimiter(clock, random), clock, random });
}

const failure = (call: Promise<unknown>): Promise<HbrError> =>
    call.then(
        () => {
            throw new Error("the call did not fail");
        },
        (error: unknown) => error as HbrError,
    );

const list = (client: unknown) => ({
    Success: true,
    Code: "200",
    RequestId: "R-1",
    TotalCount: 1,
    Clients: { Client: [client, { ClientId: "c-2", InstanceId: "i-2", Status: "ACTIVATED" }] },
});
const firstPage = (api: HbrApi) => api.describeClients({ vaultId: "v-1", pageNumber: 1, pageSize: 99 });
const client1 = { ClientId: "c-1", InstanceId: "i-1", Status: "ACTIVATED" };

const REFUSED: [string, object, string][] = [
    ["an empty text for UseHttps", list({ ...client1, UseHttps: "" }), "type of useHttps is mismatch"],
    ["a null among the clients", list(null), "can not cast to Map"],
    [
        "an ISO time",
        list({ ...client1, CreatedTime: "2026-01-01T00:00:00Z" }),
        "type of createdTime is mismatch",
    ],
    ["Success as Python writes it", { ...list(client1), Success: "True" }, "type of success is mismatch"],
];

describe.each(implementations)("%s", (name, transportOf) => {
    const isOfficial = name.startsWith("official");

    const refusedOrRead = isOfficial
        ? "refused as a whole, once, and builtin is advised"
        : "read all the same";
    test.each(REFUSED)(`an answer with %s is ${refusedOrRead}`, async (_name, body, words) => {
        service.handler = answer(200, body, { "x-acs-request-id": "R-header" });
        const api = withRetries(await connect(transportOf));
        if (!isOfficial) {
            const { clients } = await firstPage(api);
            expect(clients.map(({ clientId }) => clientId)).toContain("c-2");
            return;
        }
        const error = await failure(firstPage(api));
        expect(error).toMatchObject({ code: "AnswerRefusedBySdk", statusCode: 200, requestId: "R-header" });
        expect(error.message).toContain(words);
        expect(adviceFor(error.code)).toBe(
            "set alicloud-hbr:client to builtin, which reads what the official SDK refuses",
        );
        expect(service.seen).toHaveLength(1);
    });

    test.each<[object, string]>([
        [{ Success: "true", TotalCount: "2" }, "the texts of a boolean and of a number"],
        [{ Success: 1 }, "1 for true"],
        [{ Code: 200 }, "a number for the code"],
    ])("%j is read: %s", async (fields) => {
        service.handler = answer(200, { ...list(client1), ...fields });
        const { clients } = await firstPage(await connect(transportOf));
        expect(clients.map(({ clientId }) => clientId)).toEqual(["c-1", "c-2"]);
    });

    test("HTTP status, request id and Retry-After come from the header where the body has none", async () => {
        service.handler = (request, response, body) => {
            const headers = { "x-acs-request-id": "R-header", "x-acs-retry-after": "1500" };
            answer(400, { Code: "Rejected.Quota", Message: "slow down" }, headers)(request, response, body);
        };
        const error = await failure(firstPage(await connect(transportOf)));
        expect(error).toMatchObject({ statusCode: 400, requestId: "R-header", retryAfterMs: 1500 });
        expect(error.message).toBe(
            "DescribeClients failed: Rejected.Quota: slow down (HTTP 400, request id R-header)",
        );
    });

    test("nothing is called undefined where the service gives no request id and no message", async () => {
        service.handler = answer(400, { Code: "BadRequest" });
        const error = await failure(firstPage(await connect(transportOf)));
        expect(error.message).toBe("DescribeClients failed: BadRequest (HTTP 400)");
        expect(error.requestId).toBeUndefined();
    });

    test("an error without a code and a message is unreadable, with its HTTP status", async () => {
        service.handler = answer(404, { Reason: "none" });
        const error = await failure(firstPage(await connect(transportOf)));
        expect(error).toMatchObject({ code: "UnreadableAnswer", statusCode: 404 });
        expect(error.message).not.toContain("undefined");
    });
});

test("a write whose answer the official SDK refuses may have acted", async () => {
    service.handler = answer(200, { Success: true, TaskId: { odd: true } });
    const api = await connect((settings) => officialTransport(settings, loadStandIn));
    const error = await failure(api.uninstallClient({ vaultId: "v-1", clientId: "c-1" }));
    expect(error).toMatchObject({ code: "AnswerRefusedBySdk", errorClass: "unavailable" });
});
