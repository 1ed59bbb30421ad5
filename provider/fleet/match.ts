import type { Unknown } from "../unknown";
import type { ObservedClient } from "./model";
import { isInProgress } from "./status";

/** Identifies a client: HBR keeps one for each pair of instance and cluster. */
export interface Pair<U extends Unknown = never> {
    readonly instanceId: string;
    /** One that is not known yet matches no client. */
    readonly clusterId?: string | U | undefined;
    /** The client that the state names for the pair, if any. */
    readonly clientId?: string | undefined;
}

/** The clients of a vault, looked up by client and by instance. */
export class ClientIndex {
    private readonly byInstance: ReadonlyMap<string, readonly ObservedClient[]>;
    /** The place of each client in the list, by its ID. */
    private readonly rows: ReadonlyMap<string, number>;

    /** @param clients in the order of the list */
    constructor(readonly clients: readonly ObservedClient[]) {
        this.byInstance = Map.groupBy(clients, (client) => client.instanceId);
        this.rows = new Map(clients.map(({ clientId }, row) => [clientId, row]));
    }

    get(clientId: string): ObservedClient | undefined {
        const row = this.rows.get(clientId);
        return row === undefined ? undefined : this.clients[row];
    }

    /** How many clients the list shows before this one; undefined if it does not show it. */
    row(clientId: string): number | undefined {
        return this.rows.get(clientId);
    }

    /** The clients of an instance in all clusters. */
    ofInstance(instanceId: string): readonly ObservedClient[] {
        return this.byInstance.get(instanceId) ?? [];
    }

    /**
     * The record that counts for a pair. There may be several if an earlier removal kept one beside a new one; see
     * {@link whatCounts}.
     */
    match(pair: Pair<Unknown>): ObservedClient | undefined {
        return whatCounts(this.allOf(pair), pair.clientId);
    }

    /** Every record of a pair. A pair without a cluster has the records without one, and the one that the state names. */
    allOf({ instanceId, clusterId, clientId }: Pair<Unknown>): readonly ObservedClient[] {
        return this.ofInstance(instanceId).filter(
            (client) =>
                client.clusterId === clusterId || (clusterId === undefined && client.clientId === clientId),
        );
    }
}

/**
 * The client that counts among several; undefined if there is none. An ACTIVATED one wins, then one in progress, then the
 * one that the state names, then the newest.
 */
export function whatCounts(
    clients: readonly ObservedClient[],
    recordedId?: string,
): ObservedClient | undefined {
    return clients.reduce<ObservedClient | undefined>(
        (best, client) => (best === undefined || outranks(client, best, recordedId) ? client : best),
        undefined,
    );
}

function outranks(client: ObservedClient, other: ObservedClient, recordedId: string | undefined): boolean {
    const difference = rank(client) - rank(other);
    if (difference !== 0) return difference > 0;
    if (client.clientId === recordedId || other.clientId === recordedId)
        return client.clientId === recordedId;
    return (client.createdTime ?? 0) > (other.createdTime ?? 0);
}

function rank(client: ObservedClient): number {
    if (client.status === "ACTIVATED") return 2;
    return isInProgress(client.status) ? 1 : 0;
}
