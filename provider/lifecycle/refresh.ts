import { ClientIndex } from "../fleet/match";
import type { ClientEntry, DeclaredInstance, ObservedClient } from "../fleet/model";
import { openTask } from "../fleet/openTask";
import { isOurs } from "../fleet/plan";
import { driftedSettings } from "../fleet/settings";
import { entryOf } from "./run/ledger";
import { type CanonicalInputs, outputsOf, type RecordedOutputs, specOf, STATE_VERSION } from "./state";

/**
 * What a refresh makes of the outputs: the status of every client as the service shows it. Work that is still to be
 * done stays pending, and so does the account of a failure, until the status says otherwise.
 *
 * @returns nothing where none of the clients is left
 */
export function refreshed(
    outputs: RecordedOutputs,
    clients: readonly ObservedClient[],
): RecordedOutputs | undefined {
    const index = new ClientIndex(clients);
    const spec = specOf(outputs);
    let found = false;
    const entries = new Map<string, ClientEntry>();
    for (const entry of Object.values(outputs.clients)) {
        const client = index.match(entry);
        const isThere = client !== undefined || isUnderWay(entry, client);
        found ||= isThere;
        if (!isThere && !Object.hasOwn(outputs.instances, entry.instanceId)) continue;
        entries.set(
            entry.instanceId,
            refreshedEntry(entry, client, client ? driftedSettings(spec, client).length > 0 : false),
        );
    }
    if (!found) return undefined;
    const { clients: _clients, taskIds, failedInstanceIds: _failed, ...inputs } = outputs;
    return outputsOf(inputs, entries, taskIds);
}

function refreshedEntry(
    entry: ClientEntry,
    client: ObservedClient | undefined,
    drifted: boolean,
): ClientEntry {
    const seen = entryOf(entry, client);
    const { taskId, errorCode, errorMessage, validInstance } = entry;
    const pendingAction = pendingAfterRefresh(entry, seen, drifted);
    return {
        ...seen,
        ...(isUnderWay(entry, client) && { status: entry.status }),
        ...(pendingAction && {
            pendingAction,
            ...(taskId !== undefined && { taskId }),
            ...(errorCode !== undefined && { errorCode }),
            ...(errorMessage !== undefined && { errorMessage }),
            ...(validInstance !== undefined && { validInstance }),
        }),
    };
}

/** An installation that the list does not show yet is still on its way: its task knows. */
function isUnderWay(entry: ClientEntry, client: ObservedClient | undefined): boolean {
    const isUnseen = client === undefined || client.status === "NOT_INSTALLED";
    return isUnseen && entry.status === "INSTALLING" && openTask(entry) !== undefined;
}

function pendingAfterRefresh(
    entry: ClientEntry,
    seen: ClientEntry,
    drifted: boolean,
): ClientEntry["pendingAction"] {
    if (!isOurs(entry)) return entry.pendingAction;
    if (entry.pendingAction === "install" && seen.status === "ACTIVATED")
        return drifted ? "reinstall" : undefined;
    return entry.pendingAction ?? (drifted && seen.status === "ACTIVATED" ? "reinstall" : undefined);
}

/** The outputs of a resource that is only read (`BackupClients.get`): every client of the vault, or of one cluster in it. */
export function readOnlyOutputs(
    scope: { readonly vaultId: string; readonly region: string },
    clients: readonly ObservedClient[],
): RecordedOutputs {
    const index = new ClientIndex(clients);
    const instances = new Map<string, DeclaredInstance>();
    const entries = new Map<string, ClientEntry>();
    for (const { instanceId } of clients) {
        const client = mostAlive(index, instanceId);
        if (!client) continue;
        const pair = { instanceId, ...(client.clusterId !== undefined && { clusterId: client.clusterId }) };
        instances.set(instanceId, { ...pair, sourceTypes: ["HANA"] });
        entries.set(instanceId, entryOf(pair, client));
    }
    const inputs: CanonicalInputs = {
        ...scope,
        instances: Object.fromEntries(instances),
        rollout: { batchSize: 20, parallelism: 4 },
        removal: "UninstallAndDelete",
        adoptExisting: true,
        __version: STATE_VERSION,
    };
    return outputsOf(inputs, entries, []);
}

/** The client of an instance that says most, where it has one in several clusters: an activated one. */
function mostAlive(index: ClientIndex, instanceId: string): ObservedClient | undefined {
    const clients = index.ofInstance(instanceId);
    return clients.find((client) => client.status === "ACTIVATED") ?? clients[0];
}
