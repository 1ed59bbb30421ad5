import type { ObservedClient } from "../fleet/model";
import { unreadable } from "./parse";
import type { ClientPage, HbrApi } from "./port";

/** Largest page of DescribeClients. */
export const PAGE_SIZE = 99;
/** How often the list is read before it counts as unreadable. */
const ROUNDS = 4;

/** Whose clients to list. */
export interface ClientScope {
    readonly vaultId: string;
    readonly clusterId?: string;
}

/**
 * Lists all clients of a vault, or of one cluster in it: the first page, then the others concurrently.
 *
 * When records are deleted meanwhile, others move to earlier pages and can be missed; their clients would be installed
 * again. So the list is read again while it shows fewer clients than the service counts. The readings are combined,
 * because a vault in which other resources delete never holds still.
 *
 * @throws HbrError with the code UnreadableAnswer if clients are still missing after {@link ROUNDS} readings
 */
export async function listClients(
    api: HbrApi,
    scope: ClientScope,
    signal?: AbortSignal,
): Promise<readonly ObservedClient[]> {
    const seen = new Map<string, ObservedClient>();
    let highestCount = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
        const { byId, ignored, totalCount } = await readOnce(api, scope, signal);
        if (byId.size + ignored >= totalCount) return [...byId.values()];
        for (const [clientId, client] of byId) seen.set(clientId, client);
        highestCount = Math.max(highestCount, totalCount);
        if (seen.size + ignored >= highestCount) return [...seen.values()];
    }
    throw unreadable("DescribeClients", "the list holds fewer clients than it counts");
}

/** Reads the list once; `totalCount` is the highest that a page shows. */
async function readOnce(api: HbrApi, scope: ClientScope, signal: AbortSignal | undefined): Promise<Reading> {
    const page = (pageNumber: number): Promise<ClientPage> =>
        api.describeClients({ ...scope, pageNumber, pageSize: PAGE_SIZE }, signal);
    const first = await page(1);
    const pageCount = Math.ceil(first.totalCount / PAGE_SIZE);
    const others = Array.from({ length: Math.max(0, pageCount - 1) }, (_, index) => page(index + 2));
    const pages = [first, ...(await Promise.all(others))];

    const byId = new Map<string, ObservedClient>();
    let ignored = 0;
    let totalCount = 0;
    for (const { clients, totalCount: counted, ignored: left = 0 } of pages) {
        for (const client of clients) byId.set(client.clientId, client);
        ignored += left;
        // The highest, because a count that falls meanwhile means a deletion, and so a record that may have moved.
        totalCount = Math.max(totalCount, counted);
    }
    return { byId, ignored, totalCount };
}

interface Reading {
    readonly byId: ReadonlyMap<string, ObservedClient>;
    /** Records that name no client. */
    readonly ignored: number;
    readonly totalCount: number;
}
