import type { ObservedClient } from "../../provider/fleet/model";
import { listClients } from "../../provider/hbr/listClients";
import type { ClientPage, ClientQuery, HbrApi } from "../../provider/hbr/port";

const row = (index: number): ObservedClient => ({
    clientId: `c-${index}`,
    instanceId: `i-${index}`,
    vaultId: "v-1",
    status: "ACTIVATED",
});

/** A list that is read in two pages. `read` gives the pages of the reading with this number, from 1. */
function pagedBy(read: (reading: number) => readonly [Partial<ClientPage>, Partial<ClientPage>]) {
    const calls = new Map<number, number>();
    const describeClients = ({ pageNumber }: ClientQuery): Promise<ClientPage> => {
        const reading = (calls.get(pageNumber) ?? 0) + 1;
        calls.set(pageNumber, reading);
        const page = read(reading)[pageNumber - 1];
        if (page === undefined) throw new Error(`no page ${pageNumber}`);
        return Promise.resolve({ clients: [], totalCount: 101, ...page });
    };
    return {
        api: { describeClients } as unknown as HbrApi,
        readings: () => Math.max(...calls.values()),
    };
}

/** So many rows of one page, in another order at each reading. */
function turned(reading: number, length = 99): ObservedClient[] {
    return Array.from({ length }, (_, index) => row((index + reading) % length));
}

const VAULT = { vaultId: "v-1" };

test("a list of which no reading shows a client that it counts is unreadable after 25, each in another order", async () => {
    const { api, readings } = pagedBy((reading) => [{ clients: turned(reading) }, { clients: [row(99)] }]);
    await expect(listClients(api, VAULT)).rejects.toMatchObject({
        code: "UnreadableAnswer",
        message: "DescribeClients failed: UnreadableAnswer: the list holds fewer clients than it counts",
    });
    expect(readings()).toBe(25);
});

// The row 0 is there twice, on two pages, so that its clients could also be others that no page has shown.
const twice = (reading: number): [Partial<ClientPage>, Partial<ClientPage>] => [
    { clients: turned(reading) },
    { clients: [row(99), row(0)] },
];

test("a list with as many rows as it counts is complete after ten readings that show nothing new", async () => {
    const { api, readings } = pagedBy(twice);
    expect(await listClients(api, VAULT)).toHaveLength(100);
    expect(readings()).toBe(11);
});

test("what shows nothing new is counted from the last client that was new", async () => {
    const { api, readings } = pagedBy((reading) =>
        reading < 6 ? twice(reading) : [{ clients: turned(reading) }, { clients: [row(100), row(0)] }],
    );
    expect(await listClients(api, VAULT)).toHaveLength(101);
    // By then they show together as many as the list counts.
    expect(readings()).toBe(6);
    const fewer = pagedBy((reading) =>
        reading < 6
            ? [{ clients: turned(reading, 98) }, { clients: [row(0), row(1), row(2)] }]
            : [{ clients: turned(reading, 98) }, { clients: [row(99), row(1), row(2)] }],
    );
    expect(await listClients(fewer.api, VAULT)).toHaveLength(99);
    expect(fewer.readings()).toBe(16);
});

test("what shows nothing new is counted anew where the list counts otherwise", async () => {
    const { api, readings } = pagedBy((reading) => {
        const totalCount = reading < 6 ? 101 : 102;
        const [first, last] = twice(reading);
        const more = reading < 6 ? [] : [row(1)];
        return [
            { ...first, totalCount },
            { clients: [...(last.clients ?? []), ...more], totalCount },
        ];
    });
    expect(await listClients(api, VAULT)).toHaveLength(100);
    expect(readings()).toBe(16);
});

test("rows that name no client count as rows", async () => {
    const complete = pagedBy((reading) => [{ clients: turned(reading) }, { clients: [row(99)], ignored: 1 }]);
    expect(await listClients(complete.api, VAULT)).toHaveLength(100);
    expect(complete.readings()).toBe(1);
    const doubled = pagedBy((reading) => [
        { clients: turned(reading, 98), ignored: 1 },
        { clients: [row(98), row(0)] },
    ]);
    expect(await listClients(doubled.api, VAULT)).toHaveLength(99);
    expect(doubled.readings()).toBe(11);
});
