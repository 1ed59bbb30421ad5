import { seededRandom } from "../support/virtualClock";
import type { ObservedClient } from "../../provider/fleet/model";
import { listClients, PAGE_SIZE } from "../../provider/hbr/listClients";
import type { ClientPage, ClientQuery, HbrApi } from "../../provider/hbr/port";

function client(index: number): ObservedClient {
    return { clientId: `c-${index}`, instanceId: `i-${index}`, vaultId: "v-1", status: "ACTIVATED" };
}

/** Pages a list, which `between` may change after each page. */
function setUp(count: number, between: (list: ObservedClient[], call: number) => void = () => undefined) {
    const list = Array.from({ length: count }, (_, index) => client(index));
    const queries: ClientQuery[] = [];
    let underWay = 0;
    let most = 0;
    const api = {
        describeClients: async (query: ClientQuery): Promise<ClientPage> => {
            queries.push(query);
            underWay += 1;
            most = Math.max(most, underWay);
            await new Promise(setImmediate);
            const from = (query.pageNumber - 1) * query.pageSize;
            const page = { clients: list.slice(from, from + query.pageSize), totalCount: list.length };
            between(list, queries.length);
            underWay -= 1;
            return page;
        },
    } as unknown as HbrApi;
    return { api, list, queries, most: () => most };
}

test.each([0, 1, 98, 99, 100, 198, 199, 1_000])(
    "%i clients take ceil(N/99) calls, one at least",
    async (count) => {
        const { api, queries } = setUp(count);
        await expect(listClients(api, { vaultId: "v-1" })).resolves.toHaveLength(count);
        expect(queries).toHaveLength(Math.max(1, Math.ceil(count / PAGE_SIZE)));
        expect(queries.every(({ pageSize }) => pageSize === 99)).toBe(true);
    },
);

test("the first page comes alone, the others at the same time", async () => {
    const { api, queries, most } = setUp(990);
    await listClients(api, { vaultId: "v-1" });
    expect(queries[0]?.pageNumber).toBe(1);
    expect(most()).toBe(9);
});

test("the cluster is passed on, and only where it is given", async () => {
    const { api, queries } = setUp(1);
    await listClients(api, { vaultId: "v-1", clusterId: "cl-1" });
    await listClients(api, { vaultId: "v-1" });
    expect(queries[0]).toEqual({ vaultId: "v-1", clusterId: "cl-1", pageNumber: 1, pageSize: 99 });
    expect(queries[1]).toEqual({ vaultId: "v-1", pageNumber: 1, pageSize: 99 });
});

test("a client that moved to the page before is found by reading again", async () => {
    const { api, list, queries } = setUp(150, (clients, call) => {
        if (call === 1) clients.shift();
    });
    const ids = (await listClients(api, { vaultId: "v-1" })).map(({ clientId }) => clientId);
    expect(ids).toEqual(list.map(({ clientId }) => clientId));
    // Once more, because the second reading has found one.
    expect(queries).toHaveLength(6);
});

test("a client that is seen on two pages is listed once", async () => {
    const { api } = setUp(150, (clients, call) => {
        if (call === 1) clients.unshift(client(1_000));
    });
    const ids = (await listClients(api, { vaultId: "v-1" })).map(({ clientId }) => clientId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(151);
});

test("a list that never holds still has no gaps", async () => {
    const { api, list, queries } = setUp(400, (clients, call) => {
        if (call % 2 === 1) clients.shift();
    });
    const ids = (await listClients(api, { vaultId: "v-1" })).map(({ clientId }) => clientId);
    expect(ids).toEqual(expect.arrayContaining(list.map(({ clientId }) => clientId)));
    expect(queries.length).toBeLessThanOrEqual(4 * 5);
});

test("records that are deleted before they are read make no list unreadable", async () => {
    const { api, list, queries } = setUp(400, (clients) => clients.pop());
    const ids = (await listClients(api, { vaultId: "v-1" })).map(({ clientId }) => clientId);
    expect(ids).toEqual(expect.arrayContaining(list.map(({ clientId }) => clientId)));
    // All at once, and then from the end.
    expect(queries.map(({ pageNumber }) => pageNumber)).toEqual([1, 2, 3, 4, 5, 5, 4, 3, 2, 1]);
});

test("a client that moves to a later page while the list is read from its end is not missed", async () => {
    const { api, list } = setUp(150, (clients, call) => {
        if (call === 1) clients.splice(5, 1);
        if (call !== 3) return;
        // The count stays the same, as if nothing had happened.
        clients.splice(140, 1);
        clients.unshift(client(1_000));
    });
    const ids = (await listClients(api, { vaultId: "v-1" })).map(({ clientId }) => clientId);
    expect(ids).toEqual(expect.arrayContaining(list.map(({ clientId }) => clientId)));
});

test("a list with fewer clients than it counts is an error after 3 more readings, never a list with gaps", async () => {
    const page = { clients: [client(1)], totalCount: 2 };
    const calls: unknown[] = [];
    const describeClients = (query: unknown): Promise<ClientPage> => {
        calls.push(query);
        return Promise.resolve(page);
    };
    const api = { describeClients } as unknown as HbrApi;
    await expect(listClients(api, { vaultId: "v-1" })).rejects.toMatchObject({ errorClass: "unavailable" });
    expect(calls).toHaveLength(4);
});

test("records that name no client count as seen", async () => {
    const page = { clients: [client(1)], totalCount: 2, ignored: 1 };
    const api = { describeClients: () => Promise.resolve(page) } as unknown as HbrApi;
    await expect(listClients(api, { vaultId: "v-1" })).resolves.toEqual([client(1)]);
});

/** Pages rows that may be there twice, from another order for each call if they are shuffled. */
function unkind(rows: readonly ObservedClient[], isShuffled: boolean) {
    const random = seededRandom(rows.length);
    let calls = 0;
    const describeClients = ({ pageNumber, pageSize }: ClientQuery): Promise<ClientPage> => {
        calls += 1;
        const order = rows.map((row) => ({ row, place: isShuffled ? random() : 0 }));
        const sorted = order.sort((one, other) => one.place - other.place).map(({ row }) => row);
        const clients = sorted.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
        return Promise.resolve({ clients, totalCount: rows.length });
    };
    return { api: { describeClients } as unknown as HbrApi, calls: () => calls };
}

const rowsOf = (count: number): ObservedClient[] =>
    Array.from({ length: count }, (_, index) => client(index));

test.each([
    // One page: nothing can be missed.
    [90, 1],
    [150, 20],
    [300, 48],
    [1_000, 200],
])("%i rows that have another order on each page are all found, in %i calls at most", async (count, most) => {
    const { api, calls } = unkind(rowsOf(count), true);
    expect(await listClients(api, { vaultId: "v-1" })).toHaveLength(count);
    expect(calls()).toBeLessThanOrEqual(most);
});

test.each([
    ["on one page", (rows: ObservedClient[]) => [client(0), ...rows], 2],
    ["on one page, many of them", (rows: ObservedClient[]) => rows.flatMap((row) => [row, row]), 8],
    // 198 is the last of one page and the first of the next; the second reading shows that it stays there.
    ["across two pages", (rows: ObservedClient[]) => [...rows.slice(0, 99), ...rows.slice(98)], 4],
    ["far apart", (rows: ObservedClient[]) => [...rows, client(0)], 4],
])("a client that is there twice, and counted twice, is listed once: %s", async (_where, twice, most) => {
    const { api, calls } = unkind(twice(rowsOf(150)), false);
    expect(await listClients(api, { vaultId: "v-1" })).toHaveLength(150);
    expect(calls()).toBeLessThanOrEqual(most);
});

test("rows that are there twice, and have another order on each page, are found too", async () => {
    const { api, calls } = unkind([...rowsOf(300), ...rowsOf(20)], true);
    expect(await listClients(api, { vaultId: "v-1" })).toHaveLength(300);
    expect(calls()).toBeLessThanOrEqual(25 * 4);
});
