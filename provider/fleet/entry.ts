import type { ClientEntry, ObservedClient } from "./model";
import type { ClientIndex } from "./match";
import { isInstalled, type Observation } from "./status";

/** Whether what is on the instance is this resource's. */
export function isOurs(entry: ClientEntry): boolean {
    return entry.owned !== false;
}

/** The entry of an instance, if what is on the instance is this resource's. */
export function ownOf(entry: ClientEntry | undefined): ClientEntry | undefined {
    return entry && isOurs(entry) ? entry : undefined;
}

/** The entry of an instance on which nothing is this resource's: it names no client, whatever is there. */
export function withoutClient(entry: ClientEntry): ClientEntry {
    const {
        clientId: _id,
        clientVersion: _version,
        networkType: _network,
        statusMessage: _message,
        drift: _drift,
        settingsNotTaken: _notTaken,
        ...rest
    } = entry;
    return { ...rest, installed: false, owned: false };
}

/** The entry for what the list shows of an instance; `pair` holds the declared cluster. */
export function entryOf(
    pair: { readonly instanceId: string; readonly clusterId?: string },
    client?: ObservedClient,
): ClientEntry {
    const status = client?.status ?? "NOT_INSTALLED";
    return {
        instanceId: pair.instanceId,
        ...(pair.clusterId !== undefined && { clusterId: pair.clusterId }),
        status,
        installed: isInstalled(status),
        ...(client && detailsOf(client)),
    };
}

/** Whether a client is this resource's: the one that the entry names. No other one of the pair is. */
export function isOwn(entry: ClientEntry, { clientId }: ObservedClient): boolean {
    return isOurs(entry) && clientId === entry.clientId;
}

/** This resource's client, if the list shows it. */
export function ownClient(entry: ClientEntry, index: ClientIndex): ObservedClient | undefined {
    return isOurs(entry) && entry.clientId !== undefined ? index.get(entry.clientId) : undefined;
}

/** The entry for what the list shows of this resource's client; it goes on naming one that is gone. */
export function ownEntryOf(entry: ClientEntry, client: ObservedClient | undefined): ClientEntry {
    const own = client && isOwn(entry, client) ? client : undefined;
    const clientId = own?.clientId ?? entry.clientId;
    return { ...entryOf(entry, own), ...(clientId !== undefined && { clientId }) };
}

function detailsOf(client: ObservedClient): Partial<ClientEntry> {
    const { clientId, clientVersion, instanceName, networkType, statusMessage } = client;
    return {
        clientId,
        ...(clientVersion !== undefined && { clientVersion }),
        ...(instanceName !== undefined && { instanceName }),
        ...(networkType !== undefined && { networkType }),
        ...(statusMessage !== undefined && { statusMessage }),
    };
}

/** What the list shows of an instance; in a preview, which reads no list, what the state holds. */
export function observationOf(
    entry: ClientEntry | undefined,
    client: ObservedClient | undefined,
    observed: ClientIndex | undefined,
): Observation {
    if (observed) return client?.status ?? "absent";
    return entry?.status ?? "absent";
}
