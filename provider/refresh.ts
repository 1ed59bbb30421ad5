import { DEFAULTS } from "./arguments";
import { entryOf, isOurs, ownClient, ownEntryOf, withoutClient } from "./fleet/entry";
import { ClientIndex } from "./fleet/match";
import type { ClientEntry, DeclaredInstance, FleetSpec, ObservedClient } from "./fleet/model";
import { isOpen, openTask, resolved } from "./fleet/outcome";
import { isRemoved } from "./fleet/plan";
import { driftOf, isFilled, stillNotTaken } from "./fleet/differences";
import { HbrError } from "./hbr/errors";
import type { HbrApi, TaskRecord } from "./hbr/port";
import { ClientList } from "./run/vault";
import { type KnownInputs, outputsOf, type RecordedOutputs, specOf, STATE_VERSION } from "./state";

/** What a refresh has looked at. */
export interface Seen {
    readonly index: ClientIndex;
    /** Tasks of open installations that are over, by their ids. */
    readonly tasks: ReadonlyMap<string, Pick<TaskRecord, "state" | "results">>;
}

/** Reads the vault's clients, and the tasks of installations whose clients the state cannot name yet. */
export async function lookAround(api: HbrApi, outputs: RecordedOutputs, signal?: AbortSignal): Promise<Seen> {
    const entries = Object.values(outputs.clients);
    const { vaultId } = outputs;
    const clients = await new ClientList(api, { vaultId }, entries).read(signal);
    const taskIds = new Set(entries.filter(isOpen).flatMap((entry) => openTask(entry) ?? []));
    const tasks = await Promise.all([...taskIds].map((taskId) => taskOf(api, taskId, signal)));
    return {
        index: new ClientIndex(clients),
        tasks: new Map(tasks.flat().map((task) => [task.taskId, task])),
    };
}

/** Nothing where it cannot be asked: then the next run finds out. */
async function taskOf(api: HbrApi, taskId: string, signal?: AbortSignal): Promise<readonly TaskRecord[]> {
    try {
        return [await api.describeTask(taskId, signal)];
    } catch (error) {
        if (error instanceof HbrError) return [];
        throw error;
    }
}

/** An open installation whose task is over, with what has come of it. */
function withClient(entry: ClientEntry, { index, tasks }: Seen): ClientEntry {
    const task = isOpen(entry) ? tasks.get(openTask(entry) ?? "") : undefined;
    if (!task || task.state === "running") return entry;
    const now = resolved(entry, task.state, task.results, index);
    // The list may be behind the task: then the next run finds out.
    return now.clientId !== undefined && !ownClient(now, index) ? entry : now;
}

/**
 * What a refresh makes of the outputs: the status of every client as the service shows it. Work that is still to be
 * done stays pending, and so does the account of a failure, until the status says otherwise.
 *
 * @returns nothing where none of the clients is left
 */
export function refreshed(outputs: RecordedOutputs, seen: Seen): RecordedOutputs | undefined {
    const spec = specOf(outputs);
    const { index } = seen;
    let found = false;
    const entries = new Map<string, ClientEntry>();
    for (const recorded of Object.values(outputs.clients)) {
        const entry = withClient(recorded, seen);
        const client = index.match(entry);
        const declared = spec.instances.get(entry.instanceId);
        const isThere = client !== undefined || isUnderWay(entry, client);
        const isOver = isOurs(entry) ? isRemoved(entry, spec.removal, index) : client === undefined;
        if (!declared && !isUnderWay(entry, client) && isOver) continue;
        found ||= isThere;
        entries.set(
            entry.instanceId,
            isOurs(entry)
                ? refreshedEntry(entry, declared, spec, ownClient(entry, index))
                : refreshedForeign(entry, client),
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

/** An installation that the list does not show yet is still on its way: its task knows, or the next run. */
function isUnderWay(entry: ClientEntry, client: ObservedClient | undefined): boolean {
    if (isOpen(entry)) return true;
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
    const inputs: KnownInputs = {
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
