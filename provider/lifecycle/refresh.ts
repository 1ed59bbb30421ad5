import { entryOf, isOurs, ownEntryOf, withoutClient } from "../fleet/entry";
import { ClientIndex } from "../fleet/match";
import type { ClientEntry, DeclaredInstance, FleetSpec, ObservedClient } from "../fleet/model";
import { openTask } from "../fleet/openTask";
import { isRemoved } from "../fleet/removalPlan";
import { driftOf, isFilled, stillNotTaken } from "../fleet/settings";
import {
    type CanonicalInputs,
    DEFAULTS,
    outputsOf,
    type RecordedOutputs,
    specOf,
    STATE_VERSION,
} from "./state";

/**
 * What a refresh makes of the outputs: the status of every client as the service shows it. Work that is still to be
 * done stays pending, and so does the account of a failure, until the status says otherwise.
 *
 * @returns nothing where none of the clients is left
 */
export function refreshed(outputs: RecordedOutputs, index: ClientIndex): RecordedOutputs | undefined {
    const spec = specOf(outputs);
    let found = false;
    const entries = new Map<string, ClientEntry>();
    for (const entry of Object.values(outputs.clients)) {
        const client = index.match(entry);
        const declared = spec.instances.get(entry.instanceId);
        const isThere = client !== undefined || isUnderWay(entry, client);
        if (!declared && !isUnderWay(entry, client) && isRemoved(entry, spec.removal, index)) continue;
        found ||= isThere;
        entries.set(
            entry.instanceId,
            isOurs(entry) ? refreshedEntry(entry, declared, spec, client) : refreshedForeign(entry, client),
        );
    }
    if (!found) return undefined;
    const { clients: _clients, taskIds, failedInstanceIds: _failed, ...inputs } = outputs;
    return outputsOf(inputs, entries, taskIds);
}

function refreshedEntry(
    entry: ClientEntry,
    declared: DeclaredInstance | undefined,
    spec: FleetSpec,
    client: ObservedClient | undefined,
): ClientEntry {
    const seen = ownEntryOf(entry, client);
    const compared = declared && { declared, spec, recorded: spec, entry, client };
    const drift = compared && client ? driftOf(compared) : {};
    const settingsNotTaken = compared && client ? stillNotTaken(compared) : {};
    const pendingAction = pendingAfterRefresh(entry, seen, isFilled(drift));
    // An open reinstallation that has another reason as well is not over with the drift.
    const isDriftOnly = pendingAction === "reinstall" && (entry.pendingAction !== "reinstall" || entry.drift);
    return {
        ...seen,
        ...(isUnderWay(entry, client) && { status: entry.status }),
        ...(pendingAction && { pendingAction, ...accountOf(entry) }),
        ...(isDriftOnly && isFilled(drift) && { drift }),
        ...(isFilled(settingsNotTaken) && { settingsNotTaken }),
    };
}

/** What is there is not this resource's, and stays so: only its status is of interest. */
function refreshedForeign(entry: ClientEntry, client: ObservedClient | undefined): ClientEntry {
    const { pendingAction } = entry;
    return withoutClient({
        ...entryOf(entry, client),
        ...(pendingAction && { pendingAction }),
        ...accountOf(entry),
    });
}

function accountOf({ taskId, errorCode, errorMessage, validInstance }: ClientEntry): Partial<ClientEntry> {
    return {
        ...(taskId !== undefined && { taskId }),
        ...(errorCode !== undefined && { errorCode }),
        ...(errorMessage !== undefined && { errorMessage }),
        ...(validInstance !== undefined && { validInstance }),
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
    const isOver =
        seen.status === "ACTIVATED" &&
        (entry.pendingAction === "install" ||
            (entry.pendingAction === "reinstall" && entry.drift !== undefined));
    const open = isOver ? undefined : entry.pendingAction;
    return open ?? (drifted && seen.status === "ACTIVATED" ? "reinstall" : undefined);
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
        ...DEFAULTS,
        __version: STATE_VERSION,
    };
    return outputsOf(inputs, entries, []);
}

/** The client of an instance that says most, where it has one in several clusters: an activated one. */
function mostAlive(index: ClientIndex, instanceId: string): ObservedClient | undefined {
    const clients = index.ofInstance(instanceId);
    return clients.find((client) => client.status === "ACTIVATED") ?? clients[0];
}
