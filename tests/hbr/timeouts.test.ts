import { type AddressInfo, createServer, type Server } from "node:net";

import { HbrClient } from "../../provider/hbr/client";
import { credentialFor } from "../../provider/config/credentials";
import type { HbrError } from "../../provider/hbr/errors";
import type { TransportSettings } from "../../provider/hbr/openapiTransport";
import { CALL_DEADLINE_MS } from "../../provider/hbr/retry";
import { resolveSettings } from "../../provider/config/settings";
import type { Transport } from "../../provider/hbr/transport";
import { implementations } from "./implementations";
import { Loopback } from "./loopback";

/*
 * How long a call waits, on real sockets and in real time, because what the HTTP library makes of its time-outs can be
 * seen nowhere else. All the waits are at the same time.
 */

/** How long the service takes for its answer (ms), by the task that is asked for. */
const LATENCIES = [
    ["t-12", 12_000],
    ["t-25", 25_000],
    ["t-35", 35_000],
] as const;

/** How a call ends: with the state of the task, or with its error. */
type Outcome = string | HbrError;

let service: Loopback;
let silent: Server;
/** In the order in which they came. */
const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
    service = new Loopback();
    service.handler = ({ url = "" }, response) => {
        const latency = LATENCIES.find(([taskId]) => url.includes(taskId))?.[1] ?? 0;
        const timer = setTimeout(() => {
            response.end(JSON.stringify({ Success: true, Description: "completed" }));
        }, latency);
        response.once("close", () => {
            clearTimeout(timer);
        });
    };
    const endpoint = await service.listen();
    // Takes every connection, and says nothing: no handshake of TLS ever ends.
    silent = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const deaf = `127.0.0.1:${(silent.address() as AddressInfo).port}`;

    const waits: Promise<void>[] = [];
    for (const [name, transportOf] of implementations) {
        const connect = (host: string, protocol: "HTTP" | "HTTPS") => clientOf(transportOf, host, protocol);
        const api = connect(endpoint, "HTTP");
        // Each of these leaves a connection that the next call takes over, with whatever timers are still on it.
        await Promise.all(LATENCIES.map(() => api.describeTask("t-now")));
        for (const [taskId] of LATENCIES) {
            waits.push(outcomeOf(`${name}, used again, ${taskId}`, api.describeTask(taskId)));
        }
        for (const [taskId] of LATENCIES) {
            waits.push(outcomeOf(`${name}, fresh, ${taskId}`, api.describeTask(taskId)));
        }
        waits.push(outcomeOf(`${name}, no handshake`, connect(deaf, "HTTPS").describeTask("t-now")));
    }
    await Promise.all(waits);
}, 60_000);

afterAll(async () => {
    await service.close();
    silent.close();
});

function clientOf(
    transportOf: (settings: TransportSettings) => Transport,
    endpoint: string,
    protocol: "HTTP" | "HTTPS",
): HbrClient {
    const config: Record<string, string> = { "alicloud:accessKey": "ak", "alicloud:secretKey": "sk" };
    const credential = credentialFor(resolveSettings((key) => config[key], {}));
    return new HbrClient(transportOf({ endpoint, protocol, credential: credential.client }));
}

async function outcomeOf(name: string, call: Promise<{ readonly state: string }>): Promise<void> {
    const outcome = await call.then(
        ({ state }) => state,
        (error: unknown) => error as HbrError,
    );
    outcomes.set(name, outcome);
}

describe.each(implementations)("%s", (name) => {
    test.each(["fresh", "used again"])(
        "on a connection that is %s, an answer may take 25 s",
        (connection) => {
            expect(outcomes.get(`${name}, ${connection}, t-12`)).toBe("completed");
            expect(outcomes.get(`${name}, ${connection}, t-25`)).toBe("completed");
        },
    );

    test.each(["fresh", "used again"])(
        "on a connection that is %s, one of 35 s is too late",
        (connection) => {
            expect(outcomes.get(`${name}, ${connection}, t-35`)).toMatchObject({
                code: "Timeout",
                errorClass: "unavailable",
            });
        },
    );

    test("a connection that does not come about is given up before a slow answer", () => {
        expect(outcomes.get(`${name}, no handshake`)).toMatchObject({ code: "Timeout" });
        const order = [...outcomes.keys()];
        expect(order.indexOf(`${name}, no handshake`)).toBeLessThan(order.indexOf(`${name}, fresh, t-25`));
    });
});

test("the connections were used again, and the own deadline comes after every other", () => {
    const ports = service.seen.map(({ request }) => request.socket.remotePort);
    expect(new Set(ports).size).toBeLessThan(ports.length);
    expect(CALL_DEADLINE_MS).toBe(45_000);
});
