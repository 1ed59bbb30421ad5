import { entryOf, isOurs, isOwn, ownClient, ownEntryOf, ownOf, withoutClient } from "../fleet/entry";
import { type Failure } from "../fleet/outcome";
import { isOpen, openTask } from "../fleet/installation";
import type { ClientIndex } from "../fleet/match";
import {
    type ClientEntry,
    type DeclaredInstance,
    type NotTaken,
    type ObservedClient,
    type PendingAction,
    type ShownSettings,
} from "../fleet/model";
import { type PlannedAction } from "../fleet/plan";
import { areShown, isFilled } from "../fleet/differences";
import { isInstalled } from "../fleet/status";

/** What has been done with an instance: the words of the summary line, in their order. */
const RESULTS = [
    "installed",
    "reinstalled",
    "repaired",
    "upgraded",
    "not upgraded",
    "adopted",
    "uninstalled and deleted",
    "deleted",
    "already gone",
    "left alone",
    "uninstalled",
] as const;

export type ResultWord = (typeof RESULTS)[number];

/** How a client differs from its declared settings. */
export interface SettingsState {
    readonly drift?: ShownSettings;
    readonly settingsNotTaken?: NotTaken;
}

/** The result of every instance so far. It is valid at every moment: however the run ends, this goes into the state. */
export class FleetRecord {
    private readonly tasks: string[] = [];
    /** Instances that failed in this run, with the reason. */
    readonly failures = new Map<string, Failure>();
    /** What has been done with each instance, by instance ID. */
    private readonly results = new Map<string, ResultWord>();
    private readonly byInstance: Map<string, ClientEntry>;
    /** Instances whose failure predicts nothing about the others of a rollout. */
    private readonly notAttempted = new Set<string>();
    /** Instances that are pending only because nobody has watched their client to the end of the soak. */
    readonly unsoaked = new Set<string>();
    /** Instances for which a call may have taken effect, with their earlier entries. */
    private readonly uncertain = new Map<string, ClientEntry>();

    constructor(recorded: ReadonlyMap<string, ClientEntry>) {
        this.byInstance = new Map(recorded);
    }

    /** The IDs of the tasks that this run has started. */
    get taskIds(): readonly string[] {
        return this.tasks;
    }

    taskSubmitted(taskId: string | undefined): void {
        if (taskId !== undefined) this.tasks.push(taskId);
    }

    /** The number of instances by result. */
    get counts(): Readonly<Record<ResultWord, number>> {
        const words = [...this.results.values()];
        const counts = RESULTS.map((word) => [word, words.filter((each) => each === word).length]);
        return Object.fromEntries(counts) as Record<ResultWord, number>;
    }

    /** Counts an instance under its result. One that fails later counts as failed. */
    count(word: ResultWord, instanceId: string): void {
        this.results.set(instanceId, word);
    }

    /** The instances whose client this run has adopted. */
    get adopted(): readonly string[] {
        return [...this.results].flatMap(([instanceId, word]) => (word === "adopted" ? [instanceId] : []));
    }

    /** Whether this run has ended its work on an instance well. */
    isDone(instanceId: string): boolean {
        return this.results.has(instanceId);
    }

    /**
     * The number of failed attempts. Refused and unmoved clients and removals do not count, because they predict nothing about
     * others.
     */
    get attemptsFailed(): number {
        return this.failures.size - this.notAttempted.size;
    }

    /** The instances with work left, without the failed ones. */
    get pending(): readonly string[] {
        return [...this.byInstance.values()].flatMap(({ instanceId, pendingAction }) => {
            const isLeft = !this.failures.has(instanceId) && !this.unsoaked.has(instanceId);
            return pendingAction !== undefined && isLeft ? [instanceId] : [];
        });
    }

    get entries(): ReadonlyMap<string, ClientEntry> {
        return this.byInstance;
    }

    /** Records a healthy client of this resource, with its pending work if any. */
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
     * Records planned work. An existing client becomes this resource's only when an installation is submitted, or when it is
     * adopted.
     *
     * @param differences the settings to change, with the values that the client shows; only if it shows all of them
     */
    planned(action: PlannedAction, pendingAction: PendingAction, differences?: ShownSettings): void {
        const { instanceId, declared, client } = action;
        const entry = ownOf(action.entry);
        if (entry === undefined) {
            this.put({ ...entryOf(declared ?? { instanceId }, client), pendingAction, owned: false });
            return;
        }
        const { taskId, drift, settingsNotTaken } = entry;
        // The result of an unresolved installation is known only after it has ended.
        const isUnseen = isOpen(entry) || (client === undefined && openTask(entry) !== undefined);
        const seen = isUnseen
            ? { ...ownEntryOf(entry, undefined), status: entry.status }
            : ownEntryOf(entry, client);
        // A reinstallation that has another reason too does not end with the drift.
        const shown = differences ?? (drift && areShown(action.reasons, drift) ? drift : undefined);
        this.put({
            ...seen,
            ...(taskId !== undefined && { taskId }),
            ...(shown && { drift: shown }),
            ...(settingsNotTaken && { settingsNotTaken }),
            pendingAction,
        });
    }

    /** Records why work on an instance is left, in case the run ends before it is done. */
    explained(instanceId: string, { code, message }: Failure): void {
        const before = this.entry(instanceId);
        this.put({ ...before, errorCode: code, errorMessage: message });
    }

    /** Notes that a call may have taken effect: its result is this resource's, perhaps under another client ID. */
    mayHaveActed(declared: DeclaredInstance): void {
        const { instanceId } = declared;
        const before = this.entry(instanceId);
        if (!this.uncertain.has(instanceId)) this.uncertain.set(instanceId, before);
        this.put({ ...entryOf(declared), pendingAction: "install" });
    }

    /** Notes that the call has not taken effect: a client that appears later is not this resource's. */
    hasNotActed({ instanceId }: DeclaredInstance): void {
        const before = this.uncertain.get(instanceId);
        this.uncertain.delete(instanceId);
        if (before) this.put(before);
    }

    /** Records a submitted installation. */
    submitted(declared: DeclaredInstance, taskId: string | undefined): void {
        this.uncertain.delete(declared.instanceId);
        this.put({
            ...entryOf(declared),
            status: "INSTALLING",
            ...(taskId !== undefined && { taskId }),
            pendingAction: "install",
        });
    }

    /** Records the entry after an unresolved installation has ended. Remaining work stays pending. */
    resolved(entry: ClientEntry, index: ClientIndex): void {
        const { pendingAction } = entry;
        const seen = ownEntryOf(entry, ownClient(entry, index));
        this.put(isOurs(entry) ? { ...seen, ...(pendingAction && { pendingAction }) } : entry);
    }

    /**
     * Records a failed installation.
     *
     * @param madeId the client that the installation produced all the same
     */
    installFailed(
        instanceId: string,
        failure: Failure,
        client: ObservedClient | undefined,
        madeId: string | undefined,
    ): void {
        const before = this.entry(instanceId);
        // Name the client first: `failed` treats an unnamed one as not this resource's.
        if (madeId !== undefined) this.put({ ...before, clientId: madeId });
        this.failed(instanceId, failure, "install", client);
    }

    /**
     * Records that the agent of an instance is uninstalled and will be replaced.
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

    /** Records an existing client that is not adopted. */
    refused(declared: DeclaredInstance, failure: Failure, client: ObservedClient | undefined): void {
        this.put({ ...entryOf(declared, client), owned: false });
        this.failed(declared.instanceId, failure, "install", client);
        this.notAttempted.add(declared.instanceId);
    }

    /**
     * Notes that neither task nor list shows the result of an installation. Its entry stays as it is, with its pending work.
     */
    undecided(instanceId: string, failure: Failure): void {
        this.failures.set(instanceId, failure);
    }

    /**
     * Records an instance that stays as it is because its move or adoption is ruled out. It does not count as a failed
     * attempt.
     */
    stays(
        instanceId: string,
        failure: Failure,
        pendingAction: PendingAction | undefined,
        client: ObservedClient | undefined,
    ): void {
        this.failed(instanceId, failure, pendingAction, client);
        this.notAttempted.add(instanceId);
    }

    /** Records a failed instance. Remaining work stays pending. */
    failed(
        instanceId: string,
        failure: Failure,
        pendingAction: PendingAction | undefined,
        client?: ObservedClient,
        validInstance?: boolean,
    ): void {
        const before = this.entry(instanceId);
        // The entry describes the client that it names, so the status of another client does not apply.
        const seen = client && (isOwn(before, client) || !isOurs(before)) ? client : undefined;
        const status = seen?.status ?? (before.status === "INSTALLING" ? "INSTALL_FAILED" : before.status);
        const { pendingAction: _pending, ...known } = before;
        // The list shows these only where they apply.
        const { latestVersion: _latest, statusMessage: _message, ...lasting } = known;
        const entry: ClientEntry = {
            ...(seen ? lasting : known),
            ...(seen && ownEntryOf(before, seen)),
            status,
            installed: isInstalled(status),
            ...(validInstance !== undefined && { validInstance }),
            errorCode: failure.code,
            errorMessage: failure.message,
            ...(pendingAction && { pendingAction }),
        };
        // The attempt produced no client: one that appears later is not this resource's.
        this.put(entry.clientId === undefined ? { ...entry, owned: false } : entry);
        this.failures.set(instanceId, failure);
        this.results.delete(instanceId);
    }

    /** Records the failed removal of a client that is no longer declared. */
    removalFailed(instanceId: string, failure: Failure, client: ObservedClient | undefined): void {
        this.failed(instanceId, failure, "uninstall", client);
        this.notAttempted.add(instanceId);
    }

    /** Notes that the run has ended before the soak of a healthy client: the next one has to see it healthy. */
    soakMissed(instanceId: string): void {
        const { pendingAction, ...entry } = this.entry(instanceId);
        this.put({ ...entry, pendingAction: pendingAction ?? "install" });
        if (pendingAction === undefined) this.unsoaked.add(instanceId);
    }

    /** Records a submitted upgrade. */
    upgrading(instanceId: string, taskId: string | undefined): void {
        this.put({
            ...this.entry(instanceId),
            status: "UPGRADING",
            ...(taskId !== undefined && { taskId }),
            pendingAction: "upgrade",
        });
    }

    /** Records the progress of a removal. The rest stays pending. */
    removing(instanceId: string, status: "UNINSTALLING" | "NOT_INSTALLED"): void {
        const before = this.entry(instanceId);
        this.put({ ...before, status, installed: isInstalled(status) });
    }

    /** Drops the instance from the state. */
    gone(instanceId: string): void {
        this.byInstance.delete(instanceId);
    }

    /** Drops the instance from the state. Its client stays as it is. */
    leftAlone(instanceId: string): void {
        this.gone(instanceId);
        this.count("left alone", instanceId);
    }

    private entry(instanceId: string): ClientEntry {
        return this.byInstance.get(instanceId) ?? entryOf({ instanceId });
    }

    private put(entry: ClientEntry): void {
        this.byInstance.set(entry.instanceId, entry.owned === false ? withoutClient(entry) : entry);
    }
}
