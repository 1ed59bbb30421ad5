import { ClientIndex } from "../../fleet/match";
import type { ClientEntry, ObservedClient } from "../../fleet/model";
import { isOurs } from "../../fleet/entry";
import { isHealthy } from "../../fleet/status";
import { listClients } from "../../hbr/listClients";
import type { HbrApi } from "../../hbr/port";

/** So many clients are looked at one by one; where more are missing, the list is read once more. */
const MOST_LOOKS = 20;

/**
 * Looks again at what the state calls healthy and the list does not show. A record that moved to an earlier page while
 * the list was read (because another was deleted, and one more created) is missing from it although it is there; its
 * client would be installed again, or forgotten by a removal.
 */
export async function withMissing(
    api: HbrApi,
    vaultId: string,
    entries: Iterable<ClientEntry>,
    index: ClientIndex,
    signal: AbortSignal,
): Promise<ClientIndex> {
    const missing = [...entries].flatMap((entry) =>
        isOurs(entry) && isHealthy(entry.status) && entry.clientId !== undefined && !index.get(entry.clientId)
            ? [entry.clientId]
            : [],
    );
    if (missing.length === 0) return index;
    const found = await find(api, vaultId, missing, signal);
    return new ClientIndex([...index.clients, ...found.filter(({ clientId }) => !index.get(clientId))]);
}

async function find(
    api: HbrApi,
    vaultId: string,
    clientIds: readonly string[],
    signal: AbortSignal,
): Promise<readonly ObservedClient[]> {
    if (clientIds.length > MOST_LOOKS) return listClients(api, { vaultId }, signal);
    const pages = await Promise.all(
        clientIds.map((clientId) =>
            api.describeClients({ vaultId, clientId, pageNumber: 1, pageSize: 1 }, signal),
        ),
    );
    return pages.flatMap(({ clients }) => clients);
}
