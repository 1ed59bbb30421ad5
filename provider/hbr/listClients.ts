import type { ObservedClient } from "../fleet/model";
import { HbrError, OWN_CODES } from "./errors";
import type { CountedClientPage } from "./parse";
import type { HbrApi } from "./port";

/** The most that DescribeClients gives on one page. */
export const PAGE_SIZE = 99;
/** Readings, the first included, before we say that the list does not hold still. */
const ROUNDS = 4;

/** Whose clients to list. */
export interface ClientScope {
    readonly vaultId: string;
    readonly clusterId?: string;
}

/**
 * All clients of a vault, or of one cluster in it, each once: the first page, then the others at the same time.
 * A record that moves to an earlier page while we read (because others were deleted) would be missed, and its client
 * installed again; so a list with fewer clients than the service counts is read anew.
 */
export async function listClients(
    api: HbrApi,
    scope: ClientScope,
    signal?: AbortSignal,
): Promise<readonly ObservedClient[]> {
    for (let round = 1; round <= ROUNDS; round += 1) {
        const clients = await listOnce(api, scope, signal);
        if (clients !== undefined) return clients;
    }
    throw new HbrError(
        `DescribeClients failed: ${OWN_CODES.unreadable}: the list kept changing while it was read`,
        {
            operation: "DescribeClients",
            errorClass: "unavailable",
            code: OWN_CODES.unreadable,
        },
    );
}

/** One reading of the list; `undefined` where it is not complete. */
async function listOnce(
    api: HbrApi,
    scope: ClientScope,
    signal: AbortSignal | undefined,
): Promise<readonly ObservedClient[] | undefined> {
    const page = (pageNumber: number): Promise<CountedPage> =>
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
        // The highest: a count that fell while we read tells of a deletion, so of a record that may have moved.
        totalCount = Math.max(totalCount, counted);
    }
    return byId.size + ignored >= totalCount ? [...byId.values()] : undefined;
}

type CountedPage = Pick<CountedClientPage, "clients" | "totalCount"> & { readonly ignored?: number };
