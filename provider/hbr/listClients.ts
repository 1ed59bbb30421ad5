import type { ObservedClient } from "../fleet/model";
import { unreadable } from "./parse";
import type { ClientPage, HbrApi } from "./port";

/** Largest page of DescribeClients. */
export const PAGE_SIZE = 99;
/** From this reading on, a complete list counts although it has just shown a client for the first time. */
const READINGS = 4;
/** How often a list that has no lasting order is read, and after how many readings without a new client it is complete. */
const MOST_READINGS = 25;
const READINGS_WITHOUT_NEWS = 10;
/** After how many further readings, all alike, a list that holds fewer rows than it counts is unreadable. */
const READINGS_ALIKE = 3;

/** Whose clients to list. */
export interface ClientScope {
    readonly vaultId: string;
    readonly clusterId?: string;
}

/** All pages of a list, in their order, read one after the other. */
interface Reading {
    readonly pages: readonly ClientPage[];
    /** How many rows the list has, as the page that was read last counts them. */
    readonly count: number;
}

/**
 * Lists all clients of a vault, or of one cluster in it: the first page, then the others concurrently.
 *
 * When records are deleted meanwhile, others move to earlier pages and can be missed; their clients would be installed
 * again. So if the pages show fewer clients than the service counts, the list is read again page by page from its end: a
 * record that moves to an earlier page is then seen there. One that moves to a later page, because another was created, is
 * missed with a count that may look right; so a reading that shows any client for the first time is followed by another.
 *
 * Rows may have another order at each reading. Each then shows some of the clients, and readings add up. Or some rows may
 * be there twice, and counted twice. They are then on the same pages at each reading.
 *
 * @throws HbrError with the code UnreadableAnswer if clients are still missing after all that
 */
export async function listClients(
    api: Pick<HbrApi, "describeClients">,
    scope: ClientScope,
    signal?: AbortSignal,
): Promise<readonly ObservedClient[]> {
    const read = pageReader(api, scope, signal);
    const seen = new Set<string>();
    let reading = await readAtOnce(read);
    let added: readonly Reading[] = [];
    let order = "";
    let alike = 0;
    let withoutNews = 0;
    for (let number = 1; ; number += 1) {
        added = [...(addUp(added.at(-1), reading) ? added : []), reading];
        const { clients, rows } = sumOf(added);
        const missing = reading.count - rows - ignoredIn(reading);
        const hasNews = [...clients.keys()].some((clientId) => !seen.has(clientId));
        if (missing <= 0 && (number === 1 || number >= READINGS || !hasNews)) return [...clients.values()];
        alike = orderOf(reading) === order ? alike + 1 : 0;
        withoutNews = hasNews || added.length === 1 ? 0 : withoutNews + 1;
        const isSettled = alike > 0 || withoutNews >= READINGS_WITHOUT_NEWS;
        if (isSettled && isFull(reading)) return [...clients.values()];
        if (alike >= READINGS_ALIKE || number >= MOST_READINGS)
            throw unreadable("DescribeClients", "the list holds fewer clients than it counts");
        order = orderOf(reading);
        for (const clientId of clients.keys()) seen.add(clientId);
        reading = await readFromEnd(read, reading.count);
    }
}

/**
 * Lists the clients that have been added to a list, by its last pages only. That takes a list in the order of creation: in any
 * other, a new client may stand on an earlier page while another record goes, and the last pages look the same.
 *
 * @param known all that the list had before, in its order
 * @returns undefined if the known clients are not in the order of their creation, which takes no call, or not where they were:
 *   records were deleted, or added before others
 */
export async function listAdditions(
    api: Pick<HbrApi, "describeClients">,
    scope: ClientScope,
    known: readonly ObservedClient[],
    signal?: AbortSignal,
): Promise<readonly ObservedClient[] | undefined> {
    if (!areByCreation(known)) return undefined;
    const read = pageReader(api, scope, signal);
    const number = pagesOf(known.length);
    const pages = await readFrom(read, number);
    const rows = pages.flatMap(({ clients }) => clients);
    const before = PAGE_SIZE * (number - 1);
    const last = known.slice(before);
    const isWhole = pages.every(({ totalCount }) => totalCount === before + rows.length);
    const isAsBefore = last.every(({ clientId }, row) => rows[row]?.clientId === clientId);
    return isWhole && isAsBefore && areByCreation(rows) ? rows.slice(last.length) : undefined;
}

/** Whether the clients are in the order in which they were created. One without a time is in no order. */
function areByCreation(clients: readonly ObservedClient[]): boolean {
    return clients.every(({ createdTime = NaN }, row) => createdTime >= (clients[row - 1]?.createdTime ?? 0));
}

type Read = (pageNumber: number) => Promise<ClientPage>;

/** Reads single pages of a list. */
export function pageReader(
    api: Pick<HbrApi, "describeClients">,
    scope: ClientScope,
    signal?: AbortSignal,
): Read {
    return (pageNumber) => api.describeClients({ ...scope, pageNumber, pageSize: PAGE_SIZE }, signal);
}

/** Reads a page, then all after it concurrently. */
async function readFrom(read: Read, pageNumber: number): Promise<readonly ClientPage[]> {
    const page = await read(pageNumber);
    return [page, ...(await Promise.all(pageNumbers(page.totalCount).slice(pageNumber).map(read)))];
}

async function readAtOnce(read: Read): Promise<Reading> {
    const pages = await readFrom(read, 1);
    // The highest, because a count that falls meanwhile means a deletion, and so a record that may have moved.
    return { pages, count: Math.max(...pages.map(({ totalCount }) => totalCount)) };
}

async function readFromEnd(read: Read, count: number): Promise<Reading> {
    const pages: ClientPage[] = [];
    for (const pageNumber of pageNumbers(count).reverse()) pages.unshift(await read(pageNumber));
    return { pages, count: pages[0]?.totalCount ?? 0 };
}

/** The number of pages of so many records; there is always a first one. */
export function pagesOf(totalCount: number): number {
    return Math.max(1, Math.ceil(totalCount / PAGE_SIZE));
}

function pageNumbers(totalCount: number): number[] {
    return Array.from({ length: pagesOf(totalCount) }, (_, index) => index + 1);
}

/**
 * Whether readings add up: the count has stayed the same. After a deletion, a client that an earlier reading has shown may
 * be gone, and would stand for one that no reading has shown.
 */
function addUp(earlier: Reading | undefined, { pages, count }: Reading): boolean {
    return [...(earlier?.pages ?? []), ...pages].every(({ totalCount }) => totalCount === count);
}

/** The clients of several readings, and in how many rows at least they are: as many as a single page shows. */
function sumOf(readings: readonly Reading[]): {
    readonly clients: ReadonlyMap<string, ObservedClient>;
    readonly rows: number;
} {
    const clients = new Map<string, ObservedClient>();
    const rows = new Map<string, number>();
    for (const page of readings.flatMap(({ pages }) => pages)) {
        for (const client of page.clients) clients.set(client.clientId, client);
        for (const [clientId, { length }] of Map.groupBy(page.clients, ({ clientId }) => clientId))
            rows.set(clientId, Math.max(length, rows.get(clientId) ?? 0));
    }
    return { clients, rows: [...rows.values()].reduce((sum, times) => sum + times, 0) };
}

function ignoredIn({ pages }: Reading): number {
    return pages.reduce((sum, { ignored = 0 }) => sum + ignored, 0);
}

/** Whether the pages hold as many rows as the list counts. */
function isFull(reading: Reading): boolean {
    const rows = reading.pages.reduce((sum, { clients }) => sum + clients.length, 0);
    return rows + ignoredIn(reading) >= reading.count;
}

function orderOf({ pages }: Reading): string {
    return JSON.stringify(pages.map(({ clients }) => clients.map(({ clientId }) => clientId)));
}
