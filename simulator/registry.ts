import type { Client, ClientType } from "./client";
import { isPassing } from "./lifecycle";

/** How far a list may lag behind, and so how long a vanished record is remembered. */
export const LONGEST_LAG_MS = 10 * 60_000;

/** What a list of clients is asked for. */
export interface ClientQuery {
    readonly clientType: ClientType;
    readonly vaultId: string;
    readonly clusterId?: string | undefined;
}

/** What an installation is for: at most one client is alive for it. */
export interface ClientPair extends ClientQuery {
    readonly instanceId: string;
    readonly clusterId: string;
}

/** All client records, found by id, by vault, by cluster and by instance without a scan. */
export class ClientRegistry {
    readonly #byId = new Map<string, Client>();
    readonly #indexes = new Map<string, Set<Client>>();
    readonly #vanished: Client[] = [];

    /** Whether an id is or was in use. */
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

    /** Also of a record that has just vanished: a request that comes too late still names its instance. */
    instanceOf(clientId: string): string | undefined {
        return this.#byId.get(clientId)?.identity.instanceId;
    }

    /** The record vanishes now; lists that lag behind go on showing it for their lag. */
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

    /** The client that counts for a pair: a healthy one, else one in progress, else the newest. */
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

// JSON keeps keys apart whatever characters the ids are made of.
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
