import { clientInfo, inProcess, install, listed, look, statuses, VAULT } from "./support";

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
