import { entryOf, isOurs, isOwn, ownClient, ownEntryOf, ownOf, withoutClient } from "../fleet/entry";
import { type Failure, isOpen, openTask } from "../fleet/outcome";
import type { ClientIndex } from "../fleet/match";
import {
    type ClientEntry,
    type DeclaredInstance,
    type ObservedClient,
    type PendingAction,
    type ShownSettings,
} from "../fleet/model";
import { type PlannedAction } from "../fleet/plan";
import { areShown, isFilled } from "../fleet/differences";
import { isInstalled } from "../fleet/status";

/** How many instances a run has brought to which end; the words are those of the line of results. */
export type Counts = Record<
    | "installed"
    | "reinstalled"
    | "repaired"
    | "adopted"
    | "uninstalled and deleted"
    | "deleted"
    | "already gone"
    | "left alone"
    | "uninstalled",
    number
>;

/** How a client stands to its declared settings. */
export interface SettingsState {
    readonly drift?: ShownSettings;
    readonly settingsNotTaken?: ShownSettings;
}

/**
 * What a run knows of every instance, kept true at each moment: whenever the run ends, however it ends, this is what
 * goes into the state.
 */
export class FleetRecord {
    private readonly tasks: string[] = [];
    /** Instances that failed in this run, with the reason. */
    readonly failures = new Map<string, Failure>();
    private readonly byWord: Counts = {
        installed: 0,
        reinstalled: 0,
        repaired: 0,
        adopted: 0,
        "uninstalled and deleted": 0,
        deleted: 0,
        "already gone": 0,
        "left alone": 0,
        uninstalled: 0,
    };
    private readonly byInstance: Map<string, ClientEntry>;
    private readonly notTakenOver = new Set<string>();
    /** Instances for which a call may have acted, with what was known before. */
    private readonly uncertain = new Map<string, ClientEntry>();

    constructor(recorded: ReadonlyMap<string, ClientEntry>) {
        this.byInstance = new Map(recorded);
    }

    /** Tasks that this run has submitted. */
    get taskIds(): readonly string[] {
        return this.tasks;
    }

    taskSubmitted(taskId: string | undefined): void {
        if (taskId !== undefined) this.tasks.push(taskId);
    }

    get counts(): Readonly<Counts> {
        return this.byWord;
    }

    /** One more instance has come to that end. */
    count(word: keyof Counts): void {
        this.byWord[word] += 1;
    }

    /** How many instances have failed when something was tried on them; a client that is refused says nothing of others. */
    get attemptsFailed(): number {
        return this.failures.size - this.notTakenOver.size;
    }

    /** How many instances have work left to be done, beside those that failed. */
    get open(): number {
        return [...this.byInstance.values()].filter(
            ({ instanceId, pendingAction }) => pendingAction !== undefined && !this.failures.has(instanceId),
        ).length;
    }

    get entries(): ReadonlyMap<string, ClientEntry> {
        return this.byInstance;
    }

    /** A client that is this resource's and as it should be, but for what is pending. */
    healthy(
        declared: DeclaredInstance,
        client: ObservedClient,
        { drift, settingsNotTaken }: SettingsState = {},
        pendingAction?: PendingAction,
    ): void {
        this.put({
            ...entryOf(declared, client),
            ...(pendingAction && { pendingAction }),
            ...(drift && isFilled(drift) && { drift }),
            ...(settingsNotTaken && isFilled(settingsNotTaken) && { settingsNotTaken }),
        });
    }

    /**
     * Work on an instance is planned. What was seen there goes on record, with what the state knew of it; it becomes
     * this resource's only when something is submitted for it, or when it is taken over.
     *
     * @param differences the settings to be changed, with what the client shows, where it shows all of them
     */
    planned(action: PlannedAction, pendingAction: PendingAction, differences?: ShownSettings): void {
        const { instanceId, declared, client } = action;
        const entry = ownOf(action.entry);
        if (entry === undefined) {
            this.put({ ...entryOf(declared ?? { instanceId }, client), pendingAction, owned: false });
            return;
        }
        const { taskId, drift, settingsNotTaken } = entry;
        // What comes of an open installation is known once it is over.
        const isUnseen = isOpen(entry) || (client === undefined && openTask(entry) !== undefined);
        const seen = isUnseen
            ? { ...ownEntryOf(entry, undefined), status: entry.status }
            : ownEntryOf(entry, client);
        // A reinstallation that has another reason as well is not over with the drift.
        const shown = differences ?? (drift && areShown(action.reasons, drift) ? drift : undefined);
        this.put({
            ...seen,
            ...(taskId !== undefined && { taskId }),
            ...(shown && { drift: shown }),
            ...(settingsNotTaken && { settingsNotTaken }),
            pendingAction,
        });
    }

    /** Why the work on an instance is still to be done, should the run end before it is. */
    explained(instanceId: string, { code, message }: Failure): void {
        const before = this.byInstance.get(instanceId) ?? entryOf({ instanceId });
        this.put({ ...before, errorCode: code, errorMessage: message });
    }

    /** A call may have acted, so what comes of it is this resource's; it may have another client id than before. */
    mayHaveActed(declared: DeclaredInstance): void {
        const { instanceId } = declared;
        const before = this.byInstance.get(instanceId) ?? entryOf({ instanceId });
        if (!this.uncertain.has(instanceId)) this.uncertain.set(instanceId, before);
        this.put({ ...entryOf(declared), pendingAction: "install" });
    }

    /** Nothing has come of the call after all, so what somebody puts there later is not this resource's. */
    hasNotActed({ instanceId }: DeclaredInstance): void {
        const before = this.uncertain.get(instanceId);
        this.uncertain.delete(instanceId);
        if (before) this.put(before);
    }

    /** An installation has been submitted. */
    submitted(declared: DeclaredInstance, taskId: string | undefined): void {
        this.uncertain.delete(declared.instanceId);
        this.put({
            ...entryOf(declared),
            status: "INSTALLING",
            ...(taskId !== undefined && { taskId }),
            pendingAction: "install",
        });
    }

    /** What has come of an installation that was open; what is still to be done stays pending. */
    resolved(entry: ClientEntry, index: ClientIndex): void {
        const { pendingAction } = entry;
        const seen = ownEntryOf(entry, ownClient(entry, index));
        this.put(isOurs(entry) ? { ...seen, ...(pendingAction && { pendingAction }) } : entry);
    }

    /** The client that has come of an installation, whatever it has come to. */
    named(instanceId: string, clientId: string): void {
        const before = this.byInstance.get(instanceId) ?? entryOf({ instanceId });
        this.put({ ...before, clientId });
    }

    /**
     * The agent of an instance is uninstalled, and another one is to be installed.
     *
     * @param client the record that is this resource's still, if any
     */
    cleared(declared: DeclaredInstance, client: ObservedClient | undefined): void {
        this.put({
            ...entryOf(declared),
            ...(client ? { clientId: client.clientId } : { owned: false }),
            pendingAction: "install",
        });
    }

    /** A client that is there is not taken over. */
    refused(declared: DeclaredInstance, failure: Failure, client: ObservedClient | undefined): void {
        this.put({ ...entryOf(declared, client), owned: false });
        this.failed(declared.instanceId, failure, "install", client);
        this.notTakenOver.add(declared.instanceId);
    }

    /** Nobody can say what has come of an installation that is open: it stays so. */
    undecided(instanceId: string, failure: Failure): void {
        this.failures.set(instanceId, failure);
    }

    /** An instance is not moved, because of what is in its new cluster: nothing was tried on it. */
    stays(
        instanceId: string,
        failure: Failure,
        pendingAction: PendingAction | undefined,
        client: ObservedClient | undefined,
    ): void {
        this.failed(instanceId, failure, pendingAction, client);
        this.notTakenOver.add(instanceId);
    }

    /** An instance has failed in this run; what is still to be done stays pending. */
    failed(
        instanceId: string,
        failure: Failure,
        pendingAction: PendingAction | undefined,
        client?: ObservedClient,
        validInstance?: boolean,
    ): void {
        const before = this.byInstance.get(instanceId) ?? entryOf({ instanceId });
        // Whose client it was before counts: of one that is somebody else's, our entry says nothing.
        const seen = client && (isOwn(before, client) || !isOurs(before)) ? client : undefined;
        const status = seen?.status ?? (before.status === "INSTALLING" ? "INSTALL_FAILED" : before.status);
        const { pendingAction: _pending, ...known } = before;
        const entry: ClientEntry = {
            ...known,
            ...(seen && ownEntryOf(before, seen)),
            ...(before.taskId !== undefined && { taskId: before.taskId }),
            status,
            installed: isInstalled(status),
            ...(validInstance !== undefined && { validInstance }),
            errorCode: failure.code,
            errorMessage: failure.message,
            ...(pendingAction && { pendingAction }),
        };
        // Nothing has come of it, so nothing that is put there later is this resource's.
        this.put(entry.clientId === undefined ? { ...entry, owned: false } : entry);
        this.failures.set(instanceId, failure);
    }

    /** How far the removal of an agent is; what is still to be done stays pending. */
    removing(instanceId: string, status: "UNINSTALLING" | "NOT_INSTALLED"): void {
        const before = this.byInstance.get(instanceId) ?? entryOf({ instanceId });
        this.put({ ...before, status, installed: isInstalled(status) });
    }

    /** Nothing of the instance is left that this resource looks after. */
    gone(instanceId: string): void {
        this.byInstance.delete(instanceId);
    }

    /** The instance leaves the state, and what is on it stays as it is. */
    leftAlone(instanceId: string): void {
        this.gone(instanceId);
        this.count("left alone");
    }

    private put(entry: ClientEntry): void {
        this.byInstance.set(entry.instanceId, entry.owned === false ? withoutClient(entry) : entry);
    }
}
