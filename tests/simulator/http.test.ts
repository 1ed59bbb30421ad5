import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Simulator, type Listening } from "../../simulator";
import { acs3, clientInfo, control, send, sendBytes, statuses, VAULT, verdict, type Answer } from "./support";

const simulator = new Simulator({ installTime: 60_000 });
let keys: Listening;

beforeAll(async () => {
    keys = await simulator.listen();
});

beforeEach(() => {
    simulator.setWorld({});
    simulator.clearFaults();
    simulator.setLimits({});
    simulator.resetRequests();
});

afterAll(() => simulator.close());

const call = async (action: string, parameters = {}) =>
    JSON.parse((await simulator.call(action, parameters)).body) as Answer;
const create = () =>
    acs3(keys, "CreateClients", { query: { VaultId: VAULT, ClientInfo: JSON.stringify(clientInfo("i-1")) } });

describe("the control side", () => {
    test("reads and replaces the world", async () => {
        const world = {
            strict: true,
            vaults: ["v-1"],
            instances: [{ instanceId: "i-1", installTime: "5s" }],
        };
        expect(await control(keys.endpoint, "PUT", "/world", world)).toMatchObject({
            status: 200,
            answer: { strict: true },
        });
        expect((await control(keys.endpoint, "GET", "/world")).answer).toMatchObject({
            vaults: [{ vaultId: "v-1" }],
            instances: [{ instanceId: "i-1", state: "Running", cloudAssistant: true, installTime: 5000 }],
            clients: [],
            tasks: [],
        });
    });

    test("changes instances and clients", async () => {
        await send(create());
        expect(
            (await control(keys.endpoint, "PATCH", "/instances/i-1", { state: "Stopped" })).answer,
        ).toMatchObject({ state: "Stopped" });
        const health = { failUpgrade: "X", fallOverAfter: "1m", heartbeat: false };
        const reset = { failUpgrade: null, fallOverAfter: null, heartbeat: true };
        expect((await control(keys.endpoint, "PATCH", "/instances/i-1", health)).answer).toMatchObject({
            ...health,
            fallOverAfter: 60_000,
        });
        expect((await control(keys.endpoint, "PATCH", "/instances/i-1", reset)).answer).toEqual({
            instanceId: "i-1",
            state: "Stopped",
            cloudAssistant: true,
        });
        const [client] = simulator.world().clients;
        const path = `/clients/${client?.clientId ?? ""}`;
        expect((await control(keys.endpoint, "PATCH", path, { status: "STOPPED" })).answer).toMatchObject({
            status: "STOPPED",
        });
        expect(await statuses(call)).toEqual(["i-1 STOPPED"]);
        expect(await control(keys.endpoint, "DELETE", path)).toEqual({ status: 200, answer: {} });
        expect((await control(keys.endpoint, "DELETE", path)).status).toBe(404);
        const added = { vaultId: VAULT, instanceId: "i-1", clusterId: "cl-1", clientId: "c-new" };
        expect(await control(keys.endpoint, "POST", "/clients", added)).toMatchObject({
            status: 200,
            answer: { ...added, status: "ACTIVATED" },
        });
        expect(await control(keys.endpoint, "POST", "/clients", added)).toMatchObject({ status: 400 });
        expect((await control(keys.endpoint, "GET", "/world")).answer).toMatchObject({
            tasks: [{ name: "InstallClientsTask" }],
        });
    });

    test("reports and resets the requests; its own calls do not count", async () => {
        await send(create());
        await verdict(acs3(keys, "DescribeRegions", { secret: "wrong" }));
        expect((await control(keys.endpoint, "GET", "/requests")).answer).toMatchObject({
            total: 2,
            byAction: { CreateClients: 1, DescribeRegions: 1 },
            installs: { "i-1": 1 },
            duplicateInstalls: 0,
            log: [{ status: 200 }, { status: 400, code: "SignatureDoesNotMatch" }],
        });
        await control(keys.endpoint, "DELETE", "/requests");
        expect((await control(keys.endpoint, "GET", "/requests")).answer).toMatchObject({ total: 0 });
    });

    test("adds and removes faults, one or several", async () => {
        const two = [
            { action: "*", kind: "status", status: 503, code: "Busy" },
            { action: "CreateClients", kind: "hang", ms: 5 },
        ];
        expect((await control(keys.endpoint, "POST", "/faults", two[0])).answer).toMatchObject([
            { kind: "status" },
        ]);
        expect((await control(keys.endpoint, "POST", "/faults", two)).answer).toHaveLength(3);
        expect(await verdict(acs3(keys, "DescribeRegions"))).toBe("503 Busy");
        expect((await control(keys.endpoint, "GET", "/faults")).answer).toHaveLength(2);
        await control(keys.endpoint, "DELETE", "/faults");
        expect(await verdict(acs3(keys, "DescribeRegions"))).toBe("200 200");
    });

    test("sets limits and switches", async () => {
        await control(keys.endpoint, "PUT", "/limits", { DescribeRegions: { perSecond: 0.001 } });
        expect((await control(keys.endpoint, "GET", "/limits")).answer).toEqual({
            DescribeRegions: { perSecond: 0.001 },
        });
        expect(await verdict(acs3(keys, "DescribeRegions"))).toBe("200 200");
        expect(await verdict(acs3(keys, "DescribeRegions"))).toBe("400 Throttling.Api");
        expect((await control(keys.endpoint, "PUT", "/switches", { listLag: "1s" })).answer).toMatchObject({
            listLag: 1000,
            keepClientId: true,
        });
        await control(keys.endpoint, "PUT", "/switches", { listLag: 0 });
        const health = { latestVersion: "2.11.0", fallOverAfter: "1m", heartbeatInterval: "30s" };
        expect((await control(keys.endpoint, "PUT", "/switches", health)).answer).toMatchObject({
            ...health,
            fallOverAfter: 60_000,
            heartbeatInterval: 30_000,
        });
        const reset = { latestVersion: "2.10.3", fallOverAfter: null, heartbeatInterval: "1s" };
        expect((await control(keys.endpoint, "PUT", "/switches", reset)).answer).toMatchObject({
            fallOverAfter: null,
        });
        expect((await control(keys.endpoint, "GET", "/switches")).answer).toEqual(simulator.switches());
    });

    test.each([
        ["PUT", "/world", "{", 400, /not JSON/],
        ["PUT", "/world", undefined, 400, /Expected Object/],
        ["PUT", "/world", { vault: 1 }, 400, /^vault: /],
        ["POST", "/faults", { action: "*", kind: "boom" }, 400, /^kind: /],
        ["POST", "/faults", [{ action: "*", kind: "hang" }, 5], 400, /Expected Object/],
        ["PUT", "/limits", { Any: { perSecond: 1 } }, 400, /^Any: /],
        ["PUT", "/switches", { deleteActive: "maybe" }, 400, /^deleteActive: /],
        ["POST", "/kill-after", { requests: 1, pid: 1 }, 400, /^pid: /],
        ["POST", "/kill-after", { requests: 0, pid: 1000 }, 400, /^requests: /],
        ["PATCH", "/clients/c-none", {}, 404, /c-none/],
        ["PATCH", "/vaults/v-none", { status: "CREATED" }, 404, /v-none/],
        ["PATCH", "/vaults/v-simulator", { status: "OPEN" }, 400, /^status: /],
        ["PATCH", "/instances/%", {}, 400, /no id/],
        ["PATCH", "/instances/i-1", { state: 5 }, 400, /^state: /],
        ["PATCH", "/instances/i-1", { heartbeat: "weak" }, 400, /^heartbeat: /],
        ["PUT", "/switches", { fallOverAfter: "soon" }, 400, /^fallOverAfter: a duration/],
        ["GET", "/nothing", undefined, 404, /nothing/],
        ["GET", "", undefined, 404, /no/],
        ["POST", "/world", {}, 405, /GET, PUT/],
    ])("%s %s %j: %d with a reason", async (method, path, input, status, reason) => {
        const { answer, ...response } = await control(keys.endpoint, method, path, input);
        expect(response.status).toBe(status);
        expect(answer["error"]).toMatch(reason);
    });

    test("is closed to web pages", async () => {
        const { status } = await control(keys.endpoint, "GET", "/world", undefined, {
            origin: "http://example.com",
        });
        expect(status).toBe(403);
        expect(
            await sendBytes(keys.endpoint, "GET /_simulator/world HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        ).toMatch(/^HTTP\/1.1 403 /);
    });
});

describe("faults on the wire", () => {
    test("reset-before, reset-after and hang cut the connection", async () => {
        for (const fault of [
            { kind: "reset-before" },
            { kind: "hang", ms: 10 },
            { kind: "reset-after" },
        ] as const) {
            expect(await statuses(call)).toEqual([]);
            simulator.addFault({ action: "CreateClients", ...fault });
            await expect(send(create())).rejects.toThrow("fetch failed");
        }
        expect(await statuses(call)).toEqual(["i-1 INSTALLING"]);
    });

    test("slow-body: the body comes in pieces", async () => {
        simulator.addFault({ action: "DescribeRegions", kind: "slow-body", ms: 100 });
        const { url, headers } = acs3(keys, "DescribeRegions");
        const response = await fetch(url, { method: "POST", headers });
        let pieces = 0;
        for await (const piece of response.body ?? []) if ((piece as Uint8Array).length > 0) pieces += 1;
        expect(pieces).toBeGreaterThan(1);
    });

    test("a client that goes away during a slow body does no harm", async () => {
        simulator.addFault({ action: "DescribeRegions", kind: "slow-body", ms: 200 });
        const { url, headers } = acs3(keys, "DescribeRegions");
        const response = await fetch(url, { method: "POST", headers });
        await response.body?.cancel();
        expect(await verdict(acs3(keys, "DescribeRegions"))).toBe("200 200");
    });

    test("throttle sends x-acs-retry-after", async () => {
        simulator.addFault({ action: "*", kind: "throttle", retryAfterMs: 700, code: "Throttling" });
        const { status, headers, answer } = await send(create());
        expect([status, answer["Code"], headers.get("x-acs-retry-after")]).toEqual([
            400,
            "Throttling",
            "700",
        ]);
    });

    test("empty-body and not-json", async () => {
        simulator.addFault({ action: "*", kind: "empty-body" });
        simulator.addFault({ action: "*", kind: "not-json", after: 1 });
        await expect(send(create())).rejects.toMatchObject({ name: "SyntaxError" });
        await expect(send(create())).rejects.toMatchObject({ name: "SyntaxError" });
    });
});

describe("kill-after", () => {
    test.each([
        ["before", []],
        ["after", ["i-1 INSTALLING"]],
    ] as const)(
        "kills a process at the second request, %s its effect, and answers nothing",
        async (effect, expected) => {
            const victim = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
            const killed = once(victim, "exit");
            await control(keys.endpoint, "POST", "/kill-after", { requests: 2, pid: victim.pid, effect });
            expect(await verdict(acs3(keys, "DescribeRegions"))).toBe("200 200");
            await expect(send(create())).rejects.toThrow("fetch failed");
            expect(await killed).toEqual([null, "SIGKILL"]);
            expect(await statuses(call)).toEqual(expected);
        },
    );

    test("a process that is gone already is no trouble, in process either", async () => {
        const victim = spawn(process.execPath, ["-e", ""]);
        await once(victim, "exit");
        simulator.killAfter({ requests: 1, pid: victim.pid ?? 0 });
        await expect(simulator.call("DescribeRegions")).rejects.toMatchObject({ code: "ECONNRESET" });
        expect(await call("DescribeRegions")).toMatchObject({ Success: true });
    });
});

describe("garbage", () => {
    afterEach(async () => {
        expect(await verdict(acs3(keys, "DescribeRegions"))).toBe("200 200");
    });

    test("random bytes", async () => {
        await Promise.all(Array.from({ length: 50 }, () => sendBytes(keys.endpoint, randomBytes(2000), 50)));
    });

    test.each([
        ["giant headers", `POST / HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(300_000)}\r\n\r\n`, "431"],
        ["no HTTP", "HELO simulator\r\n\r\n", "400"],
        ["a URL that cannot be decoded", "GET /?a=%ff%zz&%&=& HTTP/1.1\r\nHost: x\r\n\r\n", "404"],
        [
            "parameters named like parts of the language",
            "GET /?__proto__=1&constructor=2&Version=2017-09-08 HTTP/1.1\r\nHost: x\r\n\r\n",
            "400",
        ],
        [
            "a body of the wrong type",
            "POST /?Version=2017-09-08 HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\nabc",
            "400",
        ],
        ["an absolute URL", "GET http://elsewhere/?Version=2017-09-08 HTTP/1.1\r\nHost: x\r\n\r\n", "404"],
    ])("%s", async (_, bytes, status) => {
        expect(await sendBytes(keys.endpoint, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    });

    test.each([
        ["half a request line", "POST /"],
        ["half the headers", "POST / HTTP/1.1\r\nHost: x\r\nContent-Le"],
        ["half a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"],
        ["half a chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"],
        ["CONNECT", "CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n"],
    ])("%s, and then the client goes away", async (_, bytes) => {
        expect(await sendBytes(keys.endpoint, bytes, 50)).toBe("");
    });

    test("a body without end is refused, not kept", async () => {
        const request = acs3(keys, "DescribeVaults", { body: `VaultId=${"x".repeat(5_000_000)}` });
        expect(await verdict(request)).toBe("413 RequestEntityTooLarge");
    });

    test("1,000 idle connections keep nobody from being served", async () => {
        const idle = await Promise.all(
            Array.from({ length: 1000 }, async (): Promise<Socket> => {
                const [host = "", port = ""] = keys.endpoint.split(":");
                const socket = connect(Number(port), host);
                socket.on("error", () => socket.destroy());
                await once(socket, "connect");
                return socket;
            }),
        );
        expect(await verdict(acs3(keys, "DescribeRegions"))).toBe("200 200");
        for (const socket of idle) socket.destroy();
    });
});

describe("closing", () => {
    test("ends every connection and every wait at once", async () => {
        const other = new Simulator({ latency: 3_600_000 });
        const otherKeys = await other.listen();
        const asked = send(acs3(otherKeys, "DescribeRegions")).catch((error: unknown) => error);
        const called = other.call("DescribeRegions");
        while (other.requests().total < 2) await new Promise((resolve) => setImmediate(resolve));
        await other.close();
        expect(await asked).toMatchObject({ name: "TypeError" });
        expect(await called).toMatchObject({ status: 200 });
        await other.close();
    });

    test("a port in use is an error", async () => {
        const other = new Simulator();
        await expect(other.listen(Number(keys.endpoint.split(":")[1]))).rejects.toMatchObject({
            code: "EADDRINUSE",
        });
        await other.close();
    });
});
