import type { ObservedClient } from "../fleet/model";
import { unreadable } from "./parse";
import type { ClientPage, HbrApi } from "./port";

/** Largest page of DescribeClients. */
export const PAGE_SIZE = 99;
/** How often the list is read before it counts as unreadable. */
const READINGS = 4;

/** Whose clients to list. */
export interface ClientScope {
    readonly vaultId: string;
    readonly clusterId?: string;
}

/**
 * Lists all clients of a vault, or of one cluster in it: the first page, then the others concurrently.
 *
 * When records are deleted meanwhile, others move to earlier pages and can be missed; their clients would be installed
 * again. So if the pages show fewer clients than the service counts, the list is read again page by page from its end: a
 * record that moves to an earlier page is then seen there. One that moves to a later page, because another was created, is
 * missed with a count that may look right; so a reading that shows any client for the first time is followed by another.
 *
 * @throws HbrError with the code UnreadableAnswer if clients are still missing after {@link READINGS} readings
 */
export async function listClients(
    api: HbrApi,
    scope: ClientScope,
    signal?: AbortSignal,
): Promise<readonly ObservedClient[]> {
    const read = (pageNumber: number): Promise<ClientPage> =>
        api.describeClients({ ...scope, pageNumber, pageSize: PAGE_SIZE }, signal);
    const first = await read(1);
    let pages = [first, ...(await Promise.all(pageNumbers(first.totalCount).slice(1).map(read)))];
    // The highest, because a count that falls meanwhile means a deletion, and so a record that may have moved.
    let expected = Math.max(...pages.map(({ totalCount }) => totalCount));
    const seen = new Set<string>();
    for (let reading = 1; ; reading += 1) {
        const clients = new Map(
            pages.flatMap((page) => page.clients.map((client) => [client.clientId, client] as const)),
        );
        const ignored = pages.reduce((sum, page) => sum + (page.ignored ?? 0), 0);
        const isComplete = clients.size + ignored >= expected;
        const hasNew = [...clients.keys()].some((clientId) => !seen.has(clientId));
        if (isComplete && (reading === 1 || reading === READINGS || !hasNew)) return [...clients.values()];
        if (reading === READINGS)
            throw unreadable("DescribeClients", "the list holds fewer clients than it counts");
        for (const clientId of clients.keys()) seen.add(clientId);
        pages = [];
        for (const pageNumber of pageNumbers(expected).reverse()) pages.unshift(await read(pageNumber));
        // The count of the page that was read last.
        expected = pages[0]?.totalCount ?? 0;
    }
}

/** The numbers of the pages of so many records; there is always a first one. */
function pageNumbers(totalCount: number): number[] {
    return Array.from({ length: Math.max(1, Math.ceil(totalCount / PAGE_SIZE)) }, (_, index) => index + 1);
}
