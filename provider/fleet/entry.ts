import type { ClientEntry, ObservedClient } from "./model";
import type { ClientIndex } from "./match";
import { isInstalled, mayHaveAgent, type Observation } from "./status";

/** Whether what the state holds of an instance is this resource's own. */
export function isOurs(entry: ClientEntry): boolean {
    return entry.owned !== false;
}

/** What the state holds of an instance, as far as it is this resource's own. */
export function ownOf(entry: ClientEntry | undefined): ClientEntry | undefined {
    return entry && isOurs(entry) ? entry : undefined;
}

/** The entry of an instance on which nothing is this resource's: it names no client, whatever was seen there. */
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

/** The entry for what the service shows of an instance; the cluster is the declared one. */
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

/**
 * The entry for what the service shows of an instance whose client is this resource's. A record without an agent that
 * the state does not name is not: an earlier removal may have kept it, and naming it would let a later one delete it.
 */
export function ownEntryOf(entry: ClientEntry, client: ObservedClient | undefined): ClientEntry {
    const { clientId: shown, ...seen } = entryOf(entry, client);
    const clientId = client && isMeant(entry, client) ? shown : entry.clientId;
    return { ...seen, ...(clientId !== undefined && { clientId }) };
}

function isMeant(entry: ClientEntry, { status }: ObservedClient): boolean {
    const isOfOurTask = entry.clientId === undefined && entry.taskId !== undefined;
    return mayHaveAgent(status) || (isOfOurTask && status === "INSTALL_FAILED");
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

/** What is seen of an instance; in a preview, which asks nobody, what the state holds. */
export function observationOf(
    entry: ClientEntry | undefined,
    client: ObservedClient | undefined,
    observed: ClientIndex | undefined,
): Observation {
    if (observed) return client?.status ?? "absent";
    return entry?.status ?? "absent";
}
