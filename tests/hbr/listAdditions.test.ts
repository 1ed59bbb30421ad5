import fc from "fast-check";
import type { ObservedClient } from "../../provider/fleet/model";
import { listAdditions } from "../../provider/hbr/listClients";
import type { ClientPage, ClientQuery, HbrApi } from "../../provider/hbr/port";

function client(id: number | string, createdTime?: number): ObservedClient {
    const created = createdTime === undefined ? {} : { createdTime };
    return { clientId: `c-${id}`, instanceId: `i-${id}`, vaultId: "v-1", status: "ACTIVATED", ...created };
}

function clients(count: number, from = 0): ObservedClient[] {
    // Some are created in the same second.
    return Array.from({ length: count }, (_, index) => client(from + index, Math.floor((from + index) / 20)));
}

/** A service with this list; `change` may change each page. */
function serviceOf(list: readonly ObservedClient[], change = (page: ClientPage): ClientPage => page) {
    const queries: ClientQuery[] = [];
    const api = {
        describeClients: (query: ClientQuery): Promise<ClientPage> => {
            queries.push(query);
            const from = (query.pageNumber - 1) * query.pageSize;
            const page = { clients: list.slice(from, from + query.pageSize), totalCount: list.length };
            return Promise.resolve(change(page));
        },
    } as unknown as HbrApi;
    return { api, queries, pages: () => queries.map(({ pageNumber }) => pageNumber) };
}

const SCOPE = { vaultId: "v-1", clusterId: "cl-1" };

test.each([
    [250, 0, [3]],
    [250, 47, [3]],
    [250, 48, [3, 4]],
    [297, 0, [3]],
    [297, 1, [3, 4]],
    [298, 1, [4]],
    [0, 0, [1]],
    [0, 100, [1, 2]],
])("after %i clients, %i more are read from the pages %j", async (known, added, pages) => {
    const service = serviceOf(clients(known + added));
    expect(await listAdditions(service.api, SCOPE, clients(known))).toEqual(clients(added, known));
    expect(service.pages()).toEqual(pages);
    expect(service.queries[0]).toEqual({ ...SCOPE, pageNumber: pages[0], pageSize: 99 });
});

test("whatever changes before the last clients, or at them, is not overlooked", async () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    await fc.assert(
        fc.asyncProperty(
            fc.integer({ min: 1, max: 320 }),
            place,
            fc.boolean(),
            async (count, where, isAdded) => {
                const known = clients(count);
                const at = Math.floor(where * count);
                const list = isAdded
                    ? known.toSpliced(at, 0, client("new", Math.floor(at / 20)))
                    : known.toSpliced(at, 1);
                expect(await listAdditions(serviceOf(list).api, SCOPE, known)).toBeUndefined();
            },
        ),
    );
});

test("a list in another order than that of creation, or in an unknown one, is not asked for its last pages", async () => {
    const sorted = clients(250);
    const untold = sorted.with(100, client(100));
    for (const known of [sorted.toReversed(), sorted.with(10, client("new", 60)), untold]) {
        const service = serviceOf(known);
        expect(await listAdditions(service.api, SCOPE, known)).toBeUndefined();
        expect(service.pages()).toEqual([]);
    }
    const added = serviceOf([...sorted, client("older", 3)]);
    expect(await listAdditions(added.api, SCOPE, sorted)).toBeUndefined();
});

test("a page that was counted at another time, or hides rows, is no answer", async () => {
    const list = clients(330);
    let calls = 0;
    const later = serviceOf(list, (page) => ({ ...page, totalCount: page.totalCount + calls++ }));
    expect(await listAdditions(later.api, SCOPE, clients(250))).toBeUndefined();
    const hiding = serviceOf(list, (page) => ({ ...page, clients: page.clients.slice(0, 98) }));
    expect(await listAdditions(hiding.api, SCOPE, clients(290))).toBeUndefined();
});
