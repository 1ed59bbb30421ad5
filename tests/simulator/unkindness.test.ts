import { once } from "node:events";
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import { Simulator } from "../../simulator";
import { acs3, clientInfo, inProcess, install, type Keys, listed, look, statuses, VAULT } from "./support";

/** 200 clients, and what the pages of their list show under some switches. */
function withList(switches: Parameters<ReturnType<typeof inProcess>["simulator"]["setSwitches"]>[0]) {
    const clients = Array.from({ length: 200 }, (_, index) => ({ vaultId: VAULT, instanceId: `i-${index}` }));
    const set = inProcess({ world: { clients } });
    set.simulator.setSwitches(switches);
    const page = async (PageNumber: number, filter = {}) => {
        const parameters = { VaultId: VAULT, ClientType: "ECS_AGENT", PageSize: 99, PageNumber, ...filter };
        const answer = await set.call("DescribeClients", parameters);
        const { Client } = answer["Clients"] as { Client: { InstanceId: string; ClientId: string }[] };
        return { count: answer["TotalCount"], rows: Client.map(({ InstanceId }) => InstanceId), Client };
    };
    return { ...set, page };
}

test("shuffleRows: each page is cut from another order, and the count stays", async () => {
    const { page } = withList({ shuffleRows: true });
    const [one, again, two, three] = [await page(1), await page(1), await page(2), await page(3)];
    expect(one.rows).not.toEqual(again.rows);
    expect(new Set(one.rows).size).toBe(99);
    expect([one.count, two.count, three.rows.length]).toEqual([200, 200, 2]);
    // Some rows are on two of the pages, and others on none.
    expect(new Set([...one.rows, ...two.rows, ...three.rows]).size).toBeLessThan(200);
});

test("listOrder: the newest come first, or the IDs of the instances are in order", async () => {
    const { page, simulator } = withList({ listOrder: "newest" });
    expect((await page(1)).rows.slice(0, 2)).toEqual(["i-199", "i-198"]);
    simulator.setSwitches({ listOrder: "instance" });
    const rows = [...(await page(1)).rows, ...(await page(2)).rows, ...(await page(3)).rows];
    expect(rows).toHaveLength(200);
    expect(rows).toEqual(rows.toSorted());
});

test("duplicateRows: the same share of the clients is listed twice and counted twice, page after page", async () => {
    const { page } = withList({ duplicateRows: 0.1 });
    const pages = [await page(1), await page(2), await page(3)];
    const rows = pages.flatMap((each) => each.rows);
    expect(rows.length).toBeGreaterThan(210);
    expect(rows.length).toBeLessThan(230);
    expect(new Set(rows).size).toBe(200);
    expect(pages.map(({ count }) => count)).toEqual(pages.map(() => rows.length));
    const [twice = ""] = rows.filter((row, index) => rows.indexOf(row) !== index);
    const ClientId = pages
        .flatMap(({ Client }) => Client)
        .find((each) => each.InstanceId === twice)?.ClientId;
    expect(await page(1, { ClientId })).toMatchObject({ count: 2, rows: [twice, twice] });
});

test("listLagJitter: a page may be older than the page before", async () => {
    const { page, simulator, clock } = withList({ listLagJitter: "10s" });
    for (let index = 0; index < 100; index += 1) {
        clock.time += 100;
        simulator.addClient({ vaultId: VAULT, instanceId: `i-new-${index}` });
    }
    const counts: unknown[] = [];
    for (let index = 0; index < 10; index += 1) counts.push((await page(1)).count);
    expect(new Set(counts).size).toBeGreaterThan(5);
    expect(counts).not.toEqual(counts.toSorted());
    clock.time += 10_000;
    expect((await page(1)).count).toBe(300);
});

test("taskLag: a new task is not found at first", async () => {
    const { simulator, call, clock } = inProcess();
    simulator.setSwitches({ taskLag: "5s" });
    const taskId = await install(call, "i-1");
    expect(await look(call, taskId)).toMatchObject({ code: "TaskNotFound" });
    clock.time += 5_000;
    expect(await look(call, taskId)).toMatchObject({ description: "created" });
});

test("late-effect: cut at once, and done some time later, unless the world is another one by then", async () => {
    const { simulator, call, clock } = inProcess();
    const create = { VaultId: VAULT, ClientInfo: clientInfo("i-1") };
    simulator.addFault({ action: "CreateClients", kind: "late-effect", ms: 20_000 });
    await expect(simulator.call("CreateClients", create)).rejects.toMatchObject({ code: "ECONNRESET" });
    clock.time += 19_999;
    expect(await listed(call)).toEqual([]);
    expect(simulator.requests().installs).toEqual({});
    clock.time += 1;
    expect(simulator.requests()).toMatchObject({ installs: { "i-1": 1 }, log: [{ status: 0 }, {}] });
    clock.time += 100_000;
    expect(await statuses(call)).toEqual(["i-1 ACTIVATED"]);

    simulator.setSwitches({ deleteActive: "refuse" });
    simulator.addFault({ action: "DeleteClient", kind: "late-effect" });
    const [client] = await listed(call);
    const { ClientId } = client as { ClientId: string };
    simulator.addFault({ action: "UninstallClient", kind: "late-effect" });
    await expect(simulator.call("UninstallClient", { ClientId })).rejects.toThrow();
    await expect(simulator.call("DeleteClient", { ClientId })).rejects.toThrow();
    clock.time += 5_000;
    // The deletion is refused, which no caller hears of.
    expect(await statuses(call)).toEqual(["i-1 UNINSTALLING"]);
    simulator.addFault({ action: "CreateClients", kind: "late-effect" });
    await expect(simulator.call("CreateClients", create)).rejects.toThrow();
    simulator.setWorld({});
    clock.time += 5_000;
    expect(await listed(call)).toEqual([]);
});

test.each([
    ["inactive", 400, "InvalidAccessKeyId.Inactive"],
    ["deleted", 404, "InvalidAccessKeyId.NotFound"],
    ["expired", 400, "InvalidSecurityToken.Expired"],
] as const)(
    "accessKey %s: every request is refused, and none has an effect",
    async (accessKey, status, Code) => {
        const { simulator } = inProcess();
        simulator.setSwitches({ accessKey });
        const answer = await simulator.call("CreateClients", {
            VaultId: VAULT,
            ClientInfo: clientInfo("i-1"),
        });
        expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { Code }]);
        expect(simulator.requests().installs).toEqual({});
    },
);

test("clockSkew: the times are those of the service's clock, and beyond 15 minutes every request is refused", async () => {
    const { simulator, call, clock } = inProcess();
    const taskId = await install(call, "i-1");
    const now = clock.time / 1000;
    simulator.setSwitches({ clockSkew: "15m" });
    expect(await listed(call)).toMatchObject([{ CreatedTime: now + 900, HeartBeatTime: now + 900 }]);
    simulator.setSwitches({ clockSkew: "-10m" });
    expect(await call("DescribeTask", { TaskId: taskId })).toMatchObject({ CreatedTime: now - 600 });
    for (const clockSkew of ["16m", "-16m"]) {
        simulator.setSwitches({ clockSkew });
        expect(await call("DescribeRegions")).toMatchObject({ Code: "InvalidTimeStamp.Expired" });
    }
});

test("not-json: a gateway gives the time to wait in seconds", async () => {
    const { simulator } = inProcess();
    simulator.addFault({ action: "*", kind: "not-json", status: 503, retryAfterMs: 1_500 });
    const { status, headers } = await simulator.call("DescribeRegions");
    expect([status, headers]).toEqual([503, { "content-type": "text/html", "retry-after": "2" }]);
});

describe("over HTTP", () => {
    let simulator: Simulator;
    let keys: Keys;
    beforeEach(async () => {
        simulator = new Simulator();
        keys = await simulator.listen();
    });
    afterEach(() => simulator.close());

    test.each([
        [undefined, "gzip"],
        ["br, gzip", "gzip"],
        ["identity", undefined],
    ])("gzip: what accepts %s gets %s", async (accepted, coding) => {
        simulator.addFault({ action: "*", kind: "gzip" });
        const { headers, body } = await exchange(keys, accepted);
        expect(headers["content-encoding"]).toBe(coding);
        const text = coding === undefined ? body : gunzipSync(body);
        expect(JSON.parse(text.toString())).toMatchObject({ Success: true });
    });

    test("chunked: without a length", async () => {
        simulator.addFault({ action: "*", kind: "chunked" });
        const { headers, body } = await exchange(keys);
        expect(headers).toMatchObject({ "transfer-encoding": "chunked" });
        expect(headers).not.toHaveProperty("content-length");
        expect(JSON.parse(body.toString())).toMatchObject({ Success: true });
    });

    test("close-next: the answer is whole, and the next request over the connection gets none", async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        simulator.addFault({ action: "*", kind: "close-next" });
        const { headers } = await exchange(keys, undefined, agent);
        expect(headers.connection).toBe("keep-alive");
        await expect(exchange(keys, undefined, agent)).rejects.toMatchObject({ code: "ECONNRESET" });
        await exchange(keys, undefined, agent);
        expect(simulator.requests().total).toBe(2);
        agent.destroy();
    });
});

/** Makes a signed call of DescribeRegions. */
async function exchange(keys: Keys, accepted?: string, agent?: Agent) {
    const { method, headers } = acs3(keys, "DescribeRegions");
    const coding = accepted === undefined ? {} : { "accept-encoding": accepted };
    const request = httpRequest(`http://${keys.endpoint}/`, {
        method,
        headers: { ...headers, ...coding },
        ...(agent && { agent }),
    });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
    return { headers: response.headers, body: Buffer.concat(pieces) };
}

test("maxClientInfo: a call with more elements is refused", async () => {
    const { simulator, call } = inProcess();
    simulator.setSwitches({ maxClientInfo: 2 });
    const create = (...ids: string[]) =>
        call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo(...ids) });
    expect(await create("i-1", "i-2", "i-3")).toMatchObject({
        Code: "InvalidParameter",
        Message: expect.stringContaining("ClientInfo") as string,
    });
    expect(simulator.requests().installs).toEqual({});
    expect(await create("i-1", "i-2")).toMatchObject({ Success: true });
});

test.each([
    ["InitVaultError", 500],
    ["VaultNotExist", 404],
    ["VaultNotReady", 400],
])("initializingVault: %s while the vault is INITIALIZING", async (initializingVault, status) => {
    const { simulator } = inProcess({ world: { vaults: [{ vaultId: VAULT, status: "INITIALIZING" }] } });
    const create = () => simulator.call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo("i-1") });
    simulator.setSwitches({ initializingVault });
    const answer = await create();
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { Code: initializingVault }]);
    expect(simulator.patchVault(VAULT, { status: "CREATED" })).toMatchObject({ status: "CREATED" });
    expect((await create()).status).toBe(200);
    simulator.patchVault(VAULT, { status: "INITIALIZING" });
    simulator.setSwitches({ initializingVault: null });
    expect((await create()).status).toBe(200);
    expect(() => simulator.patchVault("v-none", { status: "CREATED" })).toThrow("there is no vault v-none");
    expect(() => simulator.patchVault(VAULT, { status: "OPEN" } as never)).toThrow(/^status: /);
});

test("stuckUninstalling: the task expires, and the client stays UNINSTALLING", async () => {
    const clients = ["c-1", "c-2"].map((clientId) => ({ vaultId: VAULT, instanceId: "i-1", clientId }));
    const { simulator, call, clock } = inProcess({ world: { clients } });
    simulator.setSwitches({ stuckUninstalling: true });
    const { TaskId } = await call("UninstallClient", { ClientId: "c-1" });
    simulator.patchClient("c-2", { status: "UNINSTALLING" });
    clock.time += 15 * 60_000;
    expect(await look(call, TaskId)).toMatchObject({ description: "expired" });
    clock.time += 3_600_000;
    expect(await statuses(call)).toEqual(["i-1 UNINSTALLING", "i-1 UNINSTALLING"]);
});

test.each(["INSTALLING", "REGISTERED"] as const)(
    "uninstallWhileInstalling refuse: a client that is %s",
    async (status) => {
        const agent = { vaultId: VAULT, instanceId: "i-1", clientId: "c-1", status };
        const file = { clientType: "ECS_CLIENT", instanceId: "i-2", clientId: "c-2", status } as const;
        const { simulator, call } = inProcess({ world: { clients: [agent, file] } });
        simulator.setSwitches({ uninstallWhileInstalling: "refuse" });
        const refused = { Code: "ClientIsBusy", Message: expect.stringContaining(status) as string };
        expect(await call("UninstallClient", { ClientId: "c-1" })).toMatchObject(refused);
        expect(await call("UninstallBackupClients", { ClientIds: ["c-2"] })).toMatchObject(refused);
        expect(simulator.requests().writesTo).toEqual({});
        simulator.patchClient("c-1", { status: "ACTIVATED" });
        expect(await call("UninstallClient", { ClientId: "c-1" })).toMatchObject({ Success: true });
    },
);

test("latencyTail: most answers come as before, and few take much longer", async () => {
    const { simulator, call, clock } = inProcess();
    simulator.setSwitches({ latencyTail: "100s" });
    const times: number[] = [];
    for (let index = 0; index < 300; index += 1) {
        const before = clock.time;
        await call("DescribeRegions");
        times.push(clock.time - before);
    }
    expect(times.filter((time) => time < 1_000).length).toBeGreaterThan(240);
    expect(times.filter((time) => time > 50_000).length).toBeGreaterThan(0);
    expect(Math.max(...times)).toBeLessThan(100_000);
});
