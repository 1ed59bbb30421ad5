import { DEFAULTS, pick } from "./arguments";
import {
    assertRegion,
    type ConfigReader,
    currentSettings,
    requireRegion,
    useConfig,
} from "./config/settings";
import { resourceLog } from "./engine";
import { entryOf, isOurs, ownClient, ownEntryOf, withoutClient } from "./fleet/entry";
import { ClientIndex, whatCounts } from "./fleet/match";
import type { ClientEntry, DeclaredInstance, FleetSpec, ObservedClient } from "./fleet/model";
import { isOpen, openTask, resolved } from "./fleet/installation";
import { isRemoved } from "./fleet/plan";
import { isInProgress } from "./fleet/status";
import { driftOf, isFilled, stillNotTaken } from "./fleet/differences";
import { HbrError } from "./hbr/errors";
import { listClients } from "./hbr/listClients";
import type { HbrApi, TaskRecord } from "./hbr/port";
import { LOOK_UP_PATIENCE_MS, reading } from "./reading";
import { describeError } from "./report";
import { ClientList } from "./run/clientList";
import { type KnownInputs, outputsOf, type RecordedOutputs, specOf, STATE_VERSION } from "./state";
import { faultOf, isExpected } from "./unexpected";

/** What a refresh reads from the service. */
export interface VaultSnapshot {
    readonly index: ClientIndex;
    /** The tasks of the unresolved installations in the state, by task ID. Those that cannot be read are missing. */
    readonly tasks: ReadonlyMap<string, Pick<TaskRecord, "state" | "results">>;
}

/** Reads the vault's clients, and the tasks of the installations whose clients the state cannot name yet. */
export async function readVault(
    api: HbrApi,
    outputs: RecordedOutputs,
    signal?: AbortSignal,
): Promise<VaultSnapshot> {
    const entries = Object.values(outputs.clients);
    const { vaultId } = outputs;
    const clients = await new ClientList(api, { vaultId }, entries).read(signal);
    const taskIds = new Set(entries.filter(isOpen).flatMap((entry) => openTask(entry) ?? []));
    const tasks = await Promise.all([...taskIds].map((taskId) => readTask(api, taskId, signal)));
    return {
        index: new ClientIndex(clients),
        tasks: new Map(tasks.flat().map((task) => [task.taskId, task])),
    };
}

/** Returns no task if it cannot be read: the next run queries it again. */
async function readTask(api: HbrApi, taskId: string, signal?: AbortSignal): Promise<readonly TaskRecord[]> {
    try {
        return [await api.describeTask(taskId, signal)];
    } catch (error) {
        if (error instanceof HbrError) return [];
        throw error;
    }
}

/**
 * The outputs with the status of every client as the service shows it. Pending work stays pending, and a failure keeps its
 * error, until the status shows otherwise.
 *
 * @returns undefined if no client is left
 */
export function refreshedOutputs(
    outputs: RecordedOutputs,
    snapshot: VaultSnapshot,
): RecordedOutputs | undefined {
    const spec = specOf(outputs);
    const { index } = snapshot;
    let found = false;
    const entries = new Map<string, ClientEntry>();
    for (const recorded of Object.values(outputs.clients)) {
        const entry = withTaskResult(recorded, snapshot);
        const client = index.match(entry);
        const declared = spec.instances.get(entry.instanceId);
        const isInstalling = isUnderWay(entry, client);
        const isGone = isOurs(entry) ? isRemoved(entry, spec.removal, index) : client === undefined;
        if (!declared && !isInstalling && isGone) continue;
        found ||= client !== undefined || isInstalling;
        entries.set(
            entry.instanceId,
            isOurs(entry)
                ? refreshedEntry(entry, declared, spec, ownClient(entry, index))
                : refreshedForeign(entry, client),
        );
    }
    if (!found) return undefined;
    const { clients: _clients, taskIds, failedInstanceIds: _failed, __rollout: rollout, ...inputs } = outputs;
    return outputsOf(inputs, entries, taskIds, rollout);
}

/** The entry of an unresolved installation, with the result of its task if that has ended. */
function withTaskResult(entry: ClientEntry, { index, tasks }: VaultSnapshot): ClientEntry {
    const task = isOpen(entry) ? tasks.get(openTask(entry) ?? "") : undefined;
    if (!task || task.state === "running") return entry;
    const now = resolved(entry, task.state, task.results, index);
    // The list may lag behind the task. The next run decides then.
    const isLate =
        now.clientId === undefined
            ? index.allOf(entry).some(({ status }) => isInProgress(status))
            : !ownClient(now, index);
    return isLate ? entry : now;
}

function refreshedEntry(
    entry: ClientEntry,
    declared: DeclaredInstance | undefined,
    spec: FleetSpec,
    client: ObservedClient | undefined,
): ClientEntry {
    const shown = ownEntryOf(entry, client);
    const compared = declared && { declared, spec, recorded: spec, entry, client };
    const drift = compared && client ? driftOf(compared) : {};
    const settingsNotTaken = compared && client ? stillNotTaken(compared) : {};
    const pendingAction = pendingAfterRefresh(entry, shown, isFilled(drift));
    // A pending reinstallation with another reason does not end with the drift.
    const isDriftOnly = pendingAction === "reinstall" && (entry.pendingAction !== "reinstall" || entry.drift);
    // The task of an upgrade says nothing about a version that has come since.
    const isOfEarlierUpgrade = pendingAction === "upgrade" && entry.latestVersion !== shown.latestVersion;
    // What the upgrade has come to is judged by the version that it began with.
    const isUpgrading = pendingAction === "upgrade" && isInProgress(shown.status);
    return {
        ...shown,
        ...(isUpgrading && pick(entry, ["clientVersion"])),
        ...(isUnderWay(entry, client) && { status: entry.status }),
        ...(pendingAction && { pendingAction, ...pick(entry, isOfEarlierUpgrade ? REASON : FAILURE) }),
        ...(isDriftOnly && isFilled(drift) && { drift }),
        ...(isFilled(settingsNotTaken) && { settingsNotTaken }),
    };
}

/** Refreshes an entry without a client of this resource. Only the status of an existing client is recorded. */
function refreshedForeign(entry: ClientEntry, client: ObservedClient | undefined): ClientEntry {
    const { pendingAction } = entry;
    return withoutClient({
        ...entryOf(entry, client),
        ...(pendingAction && { pendingAction }),
        ...pick(entry, FAILURE),
    });
}

/** The properties of an entry that describe a failure. A refresh keeps them while work is pending. */
const REASON = ["errorCode", "errorMessage", "validInstance"] as const;
const FAILURE = ["taskId", ...REASON] as const;

/** Whether an installation may still be running that the list does not show yet. Its task or the next run decides. */
function isUnderWay(entry: ClientEntry, client: ObservedClient | undefined): boolean {
    if (isOpen(entry)) return true;
    const isUnseen = client === undefined || client.status === "NOT_INSTALLED";
    return isUnseen && entry.status === "INSTALLING" && openTask(entry) !== undefined;
}

function pendingAfterRefresh(
    entry: ClientEntry,
    { status, clientVersion, latestVersion }: ClientEntry,
    hasDrift: boolean,
): ClientEntry["pendingAction"] {
    const isOver =
        status === "ACTIVATED" &&
        (entry.pendingAction === "install" ||
            (entry.pendingAction === "upgrade" &&
                (latestVersion === undefined || clientVersion !== entry.clientVersion)) ||
            (entry.pendingAction === "reinstall" && entry.drift !== undefined));
    const open = isOver ? undefined : entry.pendingAction;
    return open ?? (hasDrift && status === "ACTIVATED" ? "reinstall" : undefined);
}

/** What `BackupClients.get` and `getBackupClients` read. */
export interface ReadScope {
    readonly vaultId: string;
    /** All clusters of the vault if it is left out. */
    readonly clusterId?: string | undefined;
    readonly region: string;
}

/**
 * Reads every client of a vault, or of one cluster in it, as the outputs of a resource that is only read. Of several
 * clients of an instance, in several clusters or beside an old record, the one that {@link whatCounts} is shown.
 */
export async function readClients(
    api: HbrApi,
    { vaultId, clusterId, region }: ReadScope,
    signal?: AbortSignal,
): Promise<RecordedOutputs> {
    const scope = { vaultId, ...(clusterId !== undefined && { clusterId }) };
    const clients = await listClients(api, scope, signal);
    const instances: Record<string, DeclaredInstance> = {};
    const entries = new Map<string, ClientEntry>();
    const several = Map.groupBy(clients, (client) => client.instanceId).values();
    for (const client of [...several].flatMap((each) => whatCounts(each) ?? [])) {
        const { instanceId } = client;
        const pair = { instanceId, ...(client.clusterId !== undefined && { clusterId: client.clusterId }) };
        instances[instanceId] = { ...pair, sourceTypes: ["HANA"] };
        entries.set(instanceId, entryOf(pair, client));
    }
    const inputs: KnownInputs = { vaultId, region, instances, ...DEFAULTS, __version: STATE_VERSION };
    return outputsOf(inputs, entries, []);
}

/** Reads clients for `getBackupClients`, which a program calls outside of any resource. */
export async function lookUp(
    { vaultId, clusterId, region }: Pick<ReadScope, "vaultId" | "clusterId"> & { readonly region?: string },
    config: ConfigReader,
): Promise<RecordedOutputs> {
    try {
        useConfig(config);
        if (region !== undefined) assertRegion(region, "region");
        const scope = { vaultId, clusterId, region: region ?? requireRegion(currentSettings()) };
        const settings = { log: resourceLog(undefined), patienceMs: LOOK_UP_PATIENCE_MS };
        return await reading(settings, (apiOf, signal) => readClients(apiOf(scope.region), scope, signal));
    } catch (error) {
        throw errorInProgram(error);
    }
}

/** Unlike a hook's error, this one is thrown in the program, which shows its stack and cause. */
function errorInProgram(error: unknown): Error {
    if (isExpected(error)) return new Error(describeError(error), { cause: error });
    const { sentence, stack } = faultOf(error);
    return new Error(sentence, { cause: stack });
}
