import type { Client, ClientType } from "./client";
import { isPassing } from "./lifecycle";

/** The longest lag of a list, and therefore how long a deleted record is remembered. */
export const LONGEST_LAG_MS = 10 * 60_000;

/** The filter of a list of clients. */
export interface ClientQuery {
    readonly clientType: ClientType;
    readonly vaultId: string;
    readonly clusterId?: string | undefined;
}

/** The target of an installation. At most one client is active for each pair. */
export interface ClientPair extends ClientQuery {
    readonly instanceId: string;
    readonly clusterId: string;
}

/** All client records, indexed by ID, vault, cluster and instance. */
export class ClientRegistry {
    readonly #byId = new Map<string, Client>();
    readonly #indexes = new Map<string, Set<Client>>();
    readonly #vanished: Client[] = [];

    /** Whether an ID is or was in use. */
    knows(clientId: string): boolean {
        return this.#byId.has(clientId);
    }

    add(client: Client): void {
        this.#byId.set(client.identity.clientId, client);
        for (const key of keysOf(client)) {
            const index = this.#indexes.get(key);
            if (index === undefined) this.#indexes.set(key, new Set([client]));
            else index.add(client);
        }
    }

    find(clientId: string, now: number): Client | undefined {
        const client = this.#byId.get(clientId);
        return client?.isListed(now) === true ? client : undefined;
    }

    /** Finds recently deleted records too, because a late request still names their instance. */
    instanceOf(clientId: string): string | undefined {
        return this.#byId.get(clientId)?.identity.instanceId;
    }

    /** Deletes the record. Lists that lag still show it until their lag is over. */
    remove(client: Client, now: number): void {
        client.interrupt(now);
        client.goneAt = now;
        this.#vanished.push(client);
        this.#forgetVanished(now - LONGEST_LAG_MS);
    }

    all(now: number): Client[] {
        return [...this.#byId.values()].filter((client) => client.isListed(now));
    }

    list(query: ClientQuery, time: number): Client[] {
        const key =
            query.clusterId === undefined
                ? vaultKey(query.clientType, query.vaultId)
                : clusterKey(query.clientType, query.vaultId, query.clusterId);
        return this.#listed(key, time);
    }

    ofInstance(instanceId: string, time: number): Client[] {
        return this.#listed(instanceKey(instanceId), time);
    }

    /** The effective client of a pair: a healthy one, else one in progress, else the newest. */
    forPair(pair: ClientPair, now: number): Client | undefined {
        const { clientType, vaultId, instanceId, clusterId } = pair;
        const clients = this.#listed(pairKey(clientType, vaultId, instanceId, clusterId), now);
        return (
            clients.find((client) => client.stateAt(now).status === "ACTIVATED") ??
            clients.find((client) => isPassing(client.stateAt(now).status)) ??
            clients.sort((one, other) => other.identity.createdAt - one.identity.createdAt)[0]
        );
    }

    #listed(key: string, time: number): Client[] {
        const listed: Client[] = [];
        for (const client of this.#indexes.get(key) ?? []) if (client.isListed(time)) listed.push(client);
        return listed;
    }

    #forgetVanished(before: number): void {
        for (
            let [oldest] = this.#vanished;
            oldest !== undefined && oldest.goneAt < before;
            [oldest] = this.#vanished
        ) {
            this.#vanished.shift();
            this.#byId.delete(oldest.identity.clientId);
            for (const key of keysOf(oldest)) {
                const index = this.#indexes.get(key);
                index?.delete(oldest);
                if (index?.size === 0) this.#indexes.delete(key);
            }
        }
    }
}

function keysOf({ identity }: Client): string[] {
    const { clientType, vaultId, instanceId, clusterId } = identity;
    return [
        vaultKey(clientType, vaultId),
        clusterKey(clientType, vaultId, clusterId),
        pairKey(clientType, vaultId, instanceId, clusterId),
        instanceKey(instanceId),
    ];
}

// JSON keeps the keys distinct whatever characters the IDs contain.
function vaultKey(clientType: ClientType, vaultId: string): string {
    return JSON.stringify(["vault", clientType, vaultId]);
}

function clusterKey(clientType: ClientType, vaultId: string, clusterId: string): string {
    return JSON.stringify(["cluster", clientType, vaultId, clusterId]);
}

function pairKey(clientType: ClientType, vaultId: string, instanceId: string, clusterId: string): string {
    return JSON.stringify(["pair", clientType, vaultId, instanceId, clusterId]);
}

function instanceKey(instanceId: string): string {
    return JSON.stringify(["instance", instanceId]);
}
