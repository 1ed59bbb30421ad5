import type { ObservedClient } from "./model";
import { isInProgress } from "./status";

/** What identifies the client that is meant: HBR keeps one for each pair of instance and cluster. */
export interface Pair {
    readonly instanceId: string;
    readonly clusterId?: string | undefined;
    /** The client that the state recorded for the pair, if any. */
    readonly clientId?: string | undefined;
}

/** The clients of a vault, looked up by client and by instance. */
export class ClientIndex {
    private readonly byInstance: ReadonlyMap<string, readonly ObservedClient[]>;
    private readonly byId: ReadonlyMap<string, ObservedClient>;

    constructor(clients: readonly ObservedClient[]) {
        this.byInstance = Map.groupBy(clients, (client) => client.instanceId);
        this.byId = new Map(clients.map((client) => [client.clientId, client]));
    }

    /** The client of that id. */
    get(clientId: string): ObservedClient | undefined {
        return this.byId.get(clientId);
    }

    /** Every client of an instance. */
    ofInstance(instanceId: string): readonly ObservedClient[] {
        return this.byInstance.get(instanceId) ?? [];
    }

    /**
     * The one record that speaks for a pair. Without a cluster it is the recorded client or a record of the instance
     * that names no cluster. Where several are left (an old NOT_INSTALLED one beside a new one), ACTIVATED wins, then
     * one in progress, then the newest.
     */
    match(pair: Pair): ObservedClient | undefined {
        return speaksFirst(this.allOf(pair));
    }

    /** Every record of a pair. */
    allOf({ instanceId, clusterId, clientId }: Pair): readonly ObservedClient[] {
        return this.ofInstance(instanceId).filter(
            (client) =>
                client.clusterId === clusterId || (clusterId === undefined && client.clientId === clientId),
        );
    }
}

function speaksFirst(clients: readonly ObservedClient[]): ObservedClient | undefined {
    return clients.reduce<ObservedClient | undefined>(
        (best, client) => (best === undefined || outranks(client, best) ? client : best),
        undefined,
    );
}

function outranks(client: ObservedClient, other: ObservedClient): boolean {
    const difference = rank(client) - rank(other);
    if (difference !== 0) return difference > 0;
    return (client.createdTime ?? 0) > (other.createdTime ?? 0);
}

function rank(client: ObservedClient): number {
    if (client.status === "ACTIVATED") return 2;
    return isInProgress(client.status) ? 1 : 0;
}
