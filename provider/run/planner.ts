import { OUTCOME_CODES } from "../fleet/codes";
import { isOwn, ownClient, ownOf } from "../fleet/entry";
import { areShown, type Compared, driftOf, isFilled, stillNotTaken, upgradeStep } from "../fleet/differences";
import type { ClientIndex } from "../fleet/match";
import type {
    ClientEntry,
    DeclaredInstance,
    ObservedClient,
    PendingAction,
    ShownSettings,
    UnfinishedRollout,
} from "../fleet/model";
import type { Failure } from "../fleet/outcome";
import {
    adopted,
    type Plan,
    planFleet,
    planInstance,
    type PlannedAction,
    type Promised,
    promisedBy,
} from "../fleet/plan";
import { isUpgradable, mayHaveAgent } from "../fleet/status";
import { isInWaves, rolloutLeft } from "../fleet/waves";
import type { RunContext } from "./context";

/** Plans the fleet of a run, as often as needed, and records the plan. */
export class Planner {
    /** The recorded clients, updated with what this run finds, without those it has removed for a reinstallation. */
    private readonly known: Map<string, ClientEntry>;
    /** What the preview has shown for healthy clients. */
    private readonly promised: Promised;
    /** The rollout before this run, which goes on with it. */
    readonly rolloutBefore: UnfinishedRollout;
    /** The instances that earlier attempts of an operation that the engine repeats have done in its first wave, or adopted. */
    private readonly doneBefore: readonly string[];

    constructor(private readonly run: RunContext) {
        const { declared, recorded, previewed, rollout, isReplacement } = run.goal;
        this.known = new Map(recorded.clients);
        const preview = planFleet(declared, previewed);
        this.promised = promisedBy(preview);
        const open = rollout.waves ? planFleet(declared, recorded) : [];
        const left = rollout.waves && rolloutLeft(open, recorded);
        this.rolloutBefore = left ?? { wavesDone: 0, ...(isReplacement && { isReplacement }) };
        const isOpen = new Set(open.filter(isInWaves).map(({ instanceId }) => instanceId));
        const shown = this.rolloutBefore.wavesDone === 0 ? preview.filter(isInWaves) : [];
        // What was refused is not open either.
        const isDone = (instanceId: string): boolean =>
            !isOpen.has(instanceId) && ownOf(recorded.clients.get(instanceId)) !== undefined;
        this.doneBefore = shown.flatMap(({ instanceId }) => (isDone(instanceId) ? instanceId : []));
    }

    /** Whether the run ends after the first wave. In a replacement it does not: the old fleet is gone. */
    get pausesAfterFirst(): boolean {
        return this.run.goal.pausesAfterFirst && !this.rolloutBefore.isReplacement;
    }

    /**
     * The instances that count towards the first wave although they need no work: what earlier attempts of the same operation
     * have done, and before the pause of a create what is adopted, because that may be the wave of one that was killed. Otherwise, what
     * was adopted is no work of the wave.
     */
    get countedInFirstWave(): readonly string[] {
        const { goal, record } = this.run;
        const { adopted = [] } = goal.earlier ?? {};
        if (this.pausesAfterFirst && goal.previewed.clients.size === 0)
            return [...new Set([...this.doneBefore, ...record.adopted])];
        return this.doneBefore.filter((instanceId) => !adopted.includes(instanceId));
    }

    plan(index: ClientIndex): Plan {
        return planFleet(this.run.goal.declared, this.recorded, index, this.promised);
    }

    planInstance(declared: DeclaredInstance, index: ClientIndex): PlannedAction | undefined {
        const spec = this.run.goal.declared;
        return spec && planInstance(declared, spec, this.recorded, index, this.promised);
    }

    /** Notes the entry after an unresolved installation has ended. */
    resolved(entry: ClientEntry): void {
        this.known.set(entry.instanceId, entry);
    }

    /** Notes the end of an upgrade that an earlier run has begun. It may have left the version as it was. */
    upgradeEnded(entry: ClientEntry, client: ObservedClient | undefined): void {
        const { latestVersion } = entry;
        if (client?.status !== "ACTIVATED" || client.clientVersion !== entry.clientVersion) return;
        if (latestVersion === undefined) return;
        const settingsNotTaken = { ...entry.settingsNotTaken, latestVersion };
        this.known.set(entry.instanceId, { ...entry, settingsNotTaken });
        this.run.reporter.notUpgraded(client, latestVersion);
    }

    /** Forgets the removed client of an instance. */
    cleared(instanceId: string): void {
        this.known.delete(instanceId);
    }

    private get recorded(): RunContext["goal"]["recorded"] {
        return { spec: this.run.goal.recorded.spec, clients: this.known };
    }

    /**
     * Records a plan, so that an early end leaves it pending. Actions without a call are completed here, except removals
     * with nothing left to remove.
     */
    apply(plan: Plan): void {
        for (const action of plan) this.recordOne(action);
    }

    private recordOne(action: PlannedAction): void {
        const { record, reporter } = this.run;
        const { instanceId } = action;
        switch (action.kind) {
            case "keep":
            case "adopt":
                this.takeOver(action);
                break;
            case "conflict":
                this.refuse(action);
                break;
            case "leave":
                reporter.remark(
                    "info",
                    instanceId,
                    "left alone: this resource has neither installed nor adopted a client there",
                );
                record.leftAlone(instanceId);
                break;
            case "retain":
                record.leftAlone(instanceId);
                break;
            case "install":
            case "wait":
            case "grace":
                record.planned(action, pendingIn(action));
                if (action.kind === "grace" && action.client && isNew(action))
                    record.explained(instanceId, notTakenOver(action.client));
                break;
            case "reinstall":
                record.planned(action, action.kind, this.shownDifferences(action));
                break;
            case "upgrade":
            case "uninstall":
                record.planned(action, action.kind);
                break;
            case "done":
                break;
        }
    }

    /** The differences that a client is reinstalled for, if it shows all of them: reverting the change is then enough. */
    private shownDifferences(action: PlannedAction): ShownSettings | undefined {
        const { client, entry, reasons, clusterChanged } = action;
        const compared = this.compared({ ...action, entry: ownOf(entry) });
        if (!compared || !client || clusterChanged) return undefined;
        const shown = driftOf(compared);
        return isFilled(shown) && areShown(reasons, shown) ? shown : undefined;
    }

    /** What an action compares: the declared instance with the recorded one; undefined if it is not declared. */
    compared({ declared, entry, client }: PlannedAction): Compared | undefined {
        const { declared: spec, recorded } = this.run.goal;
        return declared && spec && { declared, spec, recorded: recorded.spec, entry, client };
    }

    /** Records a client that is kept or adopted. A difference that no preview has shown is deferred to the next. */
    private takeOver(action: PlannedAction): void {
        const { record, reporter } = this.run;
        const { declared, client, entry, kind, deferred } = action;
        const seen = this.compared(action);
        if (!declared || !client || !seen) return;
        const compared = kind === "adopt" ? adopted(seen) : seen;
        const own = ownOf(compared.entry);
        const shown = driftOf(compared);
        // A difference that the client does not show keeps the reinstallation pending, whatever the client shows of the
        // others.
        const isAll = areShown(deferred, shown);
        const isOpen = own?.pendingAction === "reinstall" && own.drift === undefined;
        const { instanceId } = declared;
        const upgraded = this.endOfUpgrade(action, client);
        record.healthy(
            declared,
            client,
            { settingsNotTaken: stillNotTaken(compared), ...(isAll && !isOpen && { drift: shown }) },
            deferred.length > 0 ? "reinstall" : undefined,
        );
        if (kind === "adopt") record.count("adopted", instanceId);
        else if (entry?.pendingAction === "install" && entry.status !== "ACTIVATED")
            record.count("installed", instanceId);
        else if (upgraded) record.count(upgraded, instanceId);
        if (deferred.length === 0) {
            this.sayBehind(compared, client);
            return;
        }
        const taken = kind === "adopt" ? "adopted" : "kept";
        const text = `${taken} unchanged, though it differs from the program (${deferred.join(", ")}); the next preview shows its reinstallation`;
        reporter.remark("warning", instanceId, text);
    }

    /** The result of an upgrade that an earlier run has begun and this one has seen the end of. */
    private endOfUpgrade(
        { instanceId, entry }: PlannedAction,
        { status, clientVersion }: ObservedClient,
    ): "upgraded" | "not upgraded" | undefined {
        const before = this.run.record.entries.get(instanceId);
        const isBegun = before?.status === "UPGRADING" || before?.taskId !== undefined;
        if (before?.pendingAction !== "upgrade" || !isBegun || entry?.errorCode !== undefined)
            return undefined;
        if (status !== "ACTIVATED") return undefined;
        // There may be a later version by now, so a client that was upgraded may still be behind.
        return clientVersion === entry?.clientVersion ? "not upgraded" : "upgraded";
    }

    /** Says that a client is behind. A preview has to show the upgrade first. */
    private sayBehind(compared: Compared, { status }: ObservedClient): void {
        const isMeant = this.run.goal.declared?.upgrades === "Latest" && isUpgradable(status);
        const step = isMeant ? upgradeStep(compared) : undefined;
        if (!step) return;
        const text = `its agent is behind (${step.from} → ${step.to}); the next preview shows its upgrade`;
        this.run.reporter.remark("info", compared.declared.instanceId, text);
    }

    private refuse({ declared, client, entry }: PlannedAction): void {
        if (!declared || !client) return;
        const { record, watch } = this.run;
        const own = entry && ownClient(entry, watch.latest);
        // An agent of this resource may exist beside the refused client; it stays on record.
        if (own && mayHaveAgent(own.status))
            record.stays(declared.instanceId, alreadyThere(client), "install", own);
        else record.refused(declared, alreadyThere(client), client);
    }
}

/** What stays to be done while the work that is waited for has not ended. */
export function pendingIn({ kind, then, entry }: PlannedAction): PendingAction {
    if (then !== undefined || kind === "install") return then ?? "install";
    return entry?.pendingAction === "upgrade" ? "upgrade" : "install";
}

/** Whether this resource has neither installed nor adopted the client of an instance. */
export function isNew({ entry, client }: PlannedAction): boolean {
    return !entry || !client || !isOwn(entry, client);
}

/** Why `adoptExisting: false` refuses a client. */
export function alreadyThere({ clientId, status }: ObservedClient): Failure {
    const message = `client ${clientId} (${status}) is already there, and adoptExisting is false`;
    return { code: OUTCOME_CODES.clientExists, message };
}

/** Why an existing client is not adopted: it is not healthy. */
export function notTakenOver({ clientId, status }: ObservedClient): Failure {
    const message = `client ${clientId} is already there and ${status}, so it was not taken over`;
    return { code: OUTCOME_CODES.clientNotHealthy, message };
}
