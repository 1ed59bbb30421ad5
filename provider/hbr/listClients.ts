import type { ObservedClient } from "../fleet/model";
import { unreadable } from "./parse";
import type { ClientPage, HbrApi } from "./port";

/** Largest page of DescribeClients. */
export const PAGE_SIZE = 99;
/** Further readings of a list that stays as long as it was, before it counts as unreadable. */
const MOST_REPEATS = 3;

/** Whose clients to list. */
export interface ClientScope {
    readonly vaultId: string;
    readonly clusterId?: string;
}

/**
 * All clients of a vault, or of one cluster in it, each once: the first page, then the others at the same time.
 *
 * A record that moves to an earlier page during the reading (because others were deleted) would be missed, and its client
 * installed again. So the list is read again while fewer clients were seen than the service counts; what one reading has
 * missed, another may have seen. A list that becomes shorter is read as often as it takes: other resources are deleting.
 *
 * @throws HbrError of class `unavailable` for a list that goes on counting more clients than it shows
 */
export async function listClients(
    api: HbrApi,
    scope: ClientScope,
    signal?: AbortSignal,
): Promise<readonly ObservedClient[]> {
    const seen = new Map<string, ObservedClient>();
    let highestCount = 0;
    let lastCount = Infinity;
    for (let repeats = 0; repeats <= MOST_REPEATS; repeats += 1) {
        const { byId, ignored, totalCount } = await readOnce(api, scope, signal);
        if (byId.size + ignored >= totalCount) return [...byId.values()];
        for (const [clientId, client] of byId) seen.set(clientId, client);
        highestCount = Math.max(highestCount, totalCount);
        if (seen.size + ignored >= highestCount) return [...seen.values()];
        if (totalCount < lastCount) repeats = 0;
        lastCount = totalCount;
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
