import type { ClientEntry, ObservedClient } from "./model";
import type { ClientIndex } from "./match";
import { isInstalled, type Observation } from "./status";
import { isBehind } from "./version";

/** Whether the client on the instance is this resource's. */
export function isOurs(entry: ClientEntry): boolean {
    return entry.owned !== false;
}

/** The entry, if the client on the instance is this resource's; undefined otherwise. */
export function ownOf(entry: ClientEntry | undefined): ClientEntry | undefined {
    return entry && isOurs(entry) ? entry : undefined;
}

/** The entry of an instance without a client of this resource. It names no client, even if there is one. */
export function withoutClient(entry: ClientEntry): ClientEntry {
    const {
        clientId: _id,
        clientVersion: _version,
        latestVersion: _latest,
        networkType: _network,
        statusMessage: _message,
        drift: _drift,
        settingsNotTaken: _notTaken,
        ...rest
    } = entry;
    return { ...rest, installed: false, owned: false };
}

/** The entry for an instance as the list shows it. `pair` holds the declared cluster. */
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

/** Whether a client is this resource's, which only the one named by the entry is. */
export function isOwn(entry: ClientEntry, { clientId }: ObservedClient): boolean {
    return isOurs(entry) && clientId === entry.clientId;
}

/** This resource's client, if the list shows it. */
export function ownClient(entry: ClientEntry, index: ClientIndex): ObservedClient | undefined {
    return isOurs(entry) && entry.clientId !== undefined ? index.get(entry.clientId) : undefined;
}

/** The entry for this resource's client as the list shows it. It still names a client that is gone. */
export function ownEntryOf(entry: ClientEntry, client: ObservedClient | undefined): ClientEntry {
    const own = client && isOwn(entry, client) ? client : undefined;
    const clientId = own?.clientId ?? entry.clientId;
    return { ...entryOf(entry, own), ...(clientId !== undefined && { clientId }) };
}

function detailsOf(client: ObservedClient): Partial<ClientEntry> {
    const { clientId, clientVersion, maxVersion, instanceName, networkType, statusMessage } = client;
    return {
        clientId,
        ...(clientVersion !== undefined && { clientVersion }),
        ...(maxVersion !== undefined && isBehind(clientVersion, maxVersion) && { latestVersion: maxVersion }),
        ...(instanceName !== undefined && { instanceName }),
        ...(networkType !== undefined && { networkType }),
        ...(statusMessage !== undefined && { statusMessage }),
    };
}

/** The status of an instance in the list. A preview reads no list and uses the state. */
export function observationOf(
    entry: ClientEntry | undefined,
    client: ObservedClient | undefined,
    observed: ClientIndex | undefined,
): Observation {
    if (observed) return client?.status ?? "absent";
    return entry?.status ?? "absent";
}
