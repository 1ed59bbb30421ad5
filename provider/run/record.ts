import { entryOf, isOurs, isOwn, ownClient, ownEntryOf, ownOf, withoutClient } from "../fleet/entry";
import { type Failure } from "../fleet/outcome";
import { isOpen, openTask } from "../fleet/installation";
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

/** How many instances a run has brought to each end; the words are those of the line of results. */
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

/** What a run knows of every instance. It is true at every moment: however the run ends, this goes into the state. */
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
    /** Instances for which a call may have acted, with their entries from before. */
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

    /** How many attempts have failed. Clients that are refused do not count: they say nothing about others. */
    get attemptsFailed(): number {
        return this.failures.size - this.notTakenOver.size;
    }

    /** How many instances have work left, besides those that failed. */
    get pendingCount(): number {
        return [...this.byInstance.values()].filter(
            ({ instanceId, pendingAction }) => pendingAction !== undefined && !this.failures.has(instanceId),
        ).length;
    }

    get entries(): ReadonlyMap<string, ClientEntry> {
        return this.byInstance;
    }

    /** A client is this resource's and in order, except for what is pending. */
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
     * Work on an instance is planned. What is there becomes this resource's only when an installation is submitted, or when
     * it is adopted.
     *
     * @param differences the settings to change, with the values that the client shows, if it shows all of them
     */
    planned(action: PlannedAction, pendingAction: PendingAction, differences?: ShownSettings): void {
        const { instanceId, declared, client } = action;
        const entry = ownOf(action.entry);
        if (entry === undefined) {
            this.put({ ...entryOf(declared ?? { instanceId }, client), pendingAction, owned: false });
            return;
        }
        const { taskId, drift, settingsNotTaken } = entry;
        // What has come of an open installation is known only when it is over.
        const isUnseen = isOpen(entry) || (client === undefined && openTask(entry) !== undefined);
        const seen = isUnseen
            ? { ...ownEntryOf(entry, undefined), status: entry.status }
            : ownEntryOf(entry, client);
        // A reinstallation for another reason as well does not end with the drift.
        const shown = differences ?? (drift && areShown(action.reasons, drift) ? drift : undefined);
        this.put({
            ...seen,
            ...(taskId !== undefined && { taskId }),
            ...(shown && { drift: shown }),
            ...(settingsNotTaken && { settingsNotTaken }),
            pendingAction,
        });
    }

    /** Why the work on an instance is left, if the run ends before it is done. */
    explained(instanceId: string, { code, message }: Failure): void {
        const before = this.entry(instanceId);
        this.put({ ...before, errorCode: code, errorMessage: message });
    }

    /** A call may have acted: what comes of it is this resource's, perhaps under another client id. */
    mayHaveActed(declared: DeclaredInstance): void {
        const { instanceId } = declared;
        const before = this.entry(instanceId);
        if (!this.uncertain.has(instanceId)) this.uncertain.set(instanceId, before);
        this.put({ ...entryOf(declared), pendingAction: "install" });
    }

    /** The call has not acted after all: a client that appears later is not this resource's. */
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

    /** An open installation is over; work that is left stays pending. */
    resolved(entry: ClientEntry, index: ClientIndex): void {
        const { pendingAction } = entry;
        const seen = ownEntryOf(entry, ownClient(entry, index));
        this.put(isOurs(entry) ? { ...seen, ...(pendingAction && { pendingAction }) } : entry);
    }

    /**
     * An installation has failed.
     *
     * @param madeId the client that has come of it all the same
     */
    installFailed(
        instanceId: string,
        failure: Failure,
        client: ObservedClient | undefined,
        madeId: string | undefined,
    ): void {
        const before = this.entry(instanceId);
        // First the name, since `failed` takes what is named for this resource's.
        if (madeId !== undefined) this.put({ ...before, clientId: madeId });
        this.failed(instanceId, failure, "install", client);
    }

    /**
     * The agent of an instance is uninstalled, and another one will be installed.
     *
     * @param client the record that is still this resource's, if any
     */
    cleared(declared: DeclaredInstance, client: ObservedClient | undefined): void {
        this.put({
            ...entryOf(declared),
            ...(client ? { clientId: client.clientId } : { owned: false }),
            pendingAction: "install",
        });
    }

    /** A client that is there is not adopted. */
    refused(declared: DeclaredInstance, failure: Failure, client: ObservedClient | undefined): void {
        this.put({ ...entryOf(declared, client), owned: false });
        this.failed(declared.instanceId, failure, "install", client);
        this.notTakenOver.add(declared.instanceId);
    }

    /** Neither task nor list tells what has come of an open installation: it stays open. */
    undecided(instanceId: string, failure: Failure): void {
        this.failures.set(instanceId, failure);
    }

    /** An instance is not moved, because of its new cluster: nothing was tried on it. */
    stays(
        instanceId: string,
        failure: Failure,
        pendingAction: PendingAction | undefined,
        client: ObservedClient | undefined,
    ): void {
        this.failed(instanceId, failure, pendingAction, client);
        this.notTakenOver.add(instanceId);
    }

    /** An instance has failed in this run; work that is left stays pending. */
    failed(
        instanceId: string,
        failure: Failure,
        pendingAction: PendingAction | undefined,
        client?: ObservedClient,
        validInstance?: boolean,
    ): void {
        const before = this.entry(instanceId);
        // An entry that names another client says nothing about this one.
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
        // No client has come of it: one that appears later is not this resource's.
        this.put(entry.clientId === undefined ? { ...entry, owned: false } : entry);
        this.failures.set(instanceId, failure);
    }

    /** How far the removal of an agent is; the rest stays pending. */
    removing(instanceId: string, status: "UNINSTALLING" | "NOT_INSTALLED"): void {
        const before = this.entry(instanceId);
        this.put({ ...before, status, installed: isInstalled(status) });
    }

    /** The instance leaves the state. */
    gone(instanceId: string): void {
        this.byInstance.delete(instanceId);
    }

    /** The instance leaves the state, and what is on it stays as it is. */
    leftAlone(instanceId: string): void {
        this.gone(instanceId);
        this.count("left alone");
    }

    private entry(instanceId: string): ClientEntry {
        return this.byInstance.get(instanceId) ?? entryOf({ instanceId });
    }

    private put(entry: ClientEntry): void {
        this.byInstance.set(entry.instanceId, entry.owned === false ? withoutClient(entry) : entry);
    }
}
