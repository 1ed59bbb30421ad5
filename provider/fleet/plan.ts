import { isUnknown, type MaybeUnknown, type Unknown } from "../unknown";
import type { ClientIndex } from "./match";
import type { ClientEntry, DeclaredInstance, FleetSpec, FleetState, ObservedClient, Removal } from "./model";
import { isOurs, isOwn, observationOf, ownClient, ownOf } from "./entry";
import { isOpen, openTask } from "./installation";
import { clusterChange, type Compared, settingsDifferences, upgradeStep } from "./differences";
import { decide, isHealthy, isUpgradable, mayHaveAgent, type Observation } from "./status";

/**
 * What a plan does with one instance.
 *
 * - `conflict`: a client exists that `adoptExisting: false` forbids to adopt.
 * - `retain`: the client leaves the state and stays on the instance.
 * - `leave`: the instance leaves the state, and nothing on it was this resource's.
 * - `done`: a removal with nothing left to remove.
 */
export type ActionKind =
    | "install"
    | "reinstall"
    | "upgrade"
    | "adopt"
    | "conflict"
    | "keep"
    | "wait"
    | "grace"
    | "uninstall"
    | "retain"
    | "leave"
    | "done";

/** One instance, its action, and why. `U` is the type of values that a preview does not know yet. */
export interface PlannedAction<U extends Unknown = never> {
    readonly instanceId: string;
    readonly kind: ActionKind;
    /** Absent for an instance that is no longer declared. */
    readonly declared: DeclaredInstance<U> | undefined;
    /** Its entry in the state. */
    readonly entry: ClientEntry | undefined;
    readonly observation: Observation;
    /** The client concerned; for a move, the one in the old cluster. */
    readonly client: ObservedClient | undefined;
    /** Reasons shown in the plan line; free of secrets. */
    readonly reasons: readonly string[];
    /** What follows a wait, or an installation that is already in progress, if known. */
    readonly then?: "install" | "reinstall" | "upgrade" | undefined;
    /** The version that an upgrade, at once or after a wait, is to bring. */
    readonly upgradeTo?: string | undefined;
    /** Whether something broke that once worked; the plan shows it as a repair. */
    readonly repair: boolean;
    /** Whether the instance moves to another cluster, so that its current client is subject to `removal`. */
    readonly clusterChanged: boolean;
    /** Differences of a client that is kept or adopted. A preview has to show them before a run acts on them. */
    readonly deferred: readonly string[];
}

/** The plan of a fleet, ordered by instance ID. */
export type Plan<U extends Unknown = never> = readonly PlannedAction<U>[];

/**
 * What the preview has shown for healthy clients, by instance ID: a reinstallation, or an upgrade to a version. A run does
 * nothing else to them.
 */
export type Promised = ReadonlyMap<string, ShownChange>;

type ShownChange = "reinstall" | { readonly upgradeTo: string };

/**
 * Plans a fleet: one action for every instance that is declared or recorded. Without `observed` (a preview uses no network),
 * it uses the statuses in the state.
 *
 * @param promised what the preview has shown; absent for the preview itself
 */
export function planFleet<U extends Unknown = never>(
    declared: FleetSpec<U> | undefined,
    recorded: FleetState<Unknown>,
    observed?: ClientIndex,
    promised?: Promised,
): Plan<U> {
    const doubt = hasUnknownIds(declared) ? ["unless it is one of the unknown"] : NO_REASONS;
    const removal = (declared ?? recorded.spec).removal;
    const ids = [...(declared?.instances.keys() ?? [])];
    for (const id of recorded.clients.keys()) if (!declared?.instances.has(id)) ids.push(id);
    const plan: PlannedAction<U>[] = [];
    // By code unit, like compareText: sorting the IDs is much quicker than sorting the actions.
    for (const id of ids.sort()) {
        const instance = declared?.instances.get(id);
        const entry = recorded.clients.get(id);
        if (declared && instance) plan.push(planInstance(instance, declared, recorded, observed, promised));
        else if (entry) plan.push(planRemoval(entry, removal, doubt, observed));
    }
    return plan;
}

/** The healthy clients that a plan reinstalls or upgrades, at once or after a wait. */
export function promisedBy(plan: Plan<Unknown>): Promised {
    return new Map(
        plan.flatMap(({ instanceId, kind, then, upgradeTo }): [string, ShownChange][] => {
            if (kind === "reinstall" || then === "reinstall") return [[instanceId, "reinstall"]];
            return upgradeTo === undefined ? [] : [[instanceId, { upgradeTo }]];
        }),
    );
}

/** Whether an action uninstalls the agent of a healthy client to install another one. */
export function replacesAgent({ kind, observation }: PlannedAction<Unknown>): boolean {
    return kind === "reinstall" && isHealthy(observation);
}

/** Whether an action reinstalls or upgrades a healthy client, which then may break. */
export function changesHealthy(action: PlannedAction<Unknown>): boolean {
    return action.kind === "upgrade" || replacesAgent(action);
}

/** The installations, reinstallations and upgrades of a plan, in the order of a rollout. */
export function rolloutOrder<U extends Unknown = never>(
    plan: Plan<U>,
): {
    /** Instances without an agent, or with a broken one. */
    readonly without: Plan<U>;
    /** Instances whose healthy client is uninstalled first. */
    readonly replaced: Plan<U>;
    readonly upgraded: Plan<U>;
} {
    const work = plan.filter(({ kind }) => isRolledOut(kind));
    return {
        without: work.filter((action) => !changesHealthy(action)),
        replaced: work.filter(replacesAgent),
        upgraded: work.filter(({ kind }) => kind === "upgrade"),
    };
}

/** Whether an action is part of a rollout. */
export function isRolledOut(kind: ActionKind): boolean {
    return kind === "install" || kind === "reinstall" || kind === "upgrade";
}

/** Plans one declared instance. */
export function planInstance<U extends Unknown>(
    declared: DeclaredInstance<U>,
    spec: FleetSpec<U>,
    recorded: FleetState<Unknown>,
    observed?: ClientIndex,
    promised?: Promised,
): PlannedAction<U> {
    const entry = recorded.clients.get(declared.instanceId);
    const { instanceId } = declared;
    const moved = clusterChange(declared, entry);
    const own = ownOf(entry);
    if (moved !== undefined && own) return planMove(declared, own, moved, observed);
    // Whether the client in the list is this resource's is known only after the installation has ended.
    if (isOpen(own) && observed)
        return { ...planInstance(declared, spec, recorded, undefined, promised), kind: "wait" };
    const client = observed?.match({ ...declared, clientId: own?.clientId });
    // The status of a client that is not this resource's was seen in the cluster that was declared before.
    const known = moved === undefined ? entry : undefined;
    const observation = observationOf(known, client, observed);
    const { kind, reasons, then, upgradeTo, repair, deferred } = decideDeclared({
        declared,
        spec,
        recorded: recorded.spec,
        entry,
        client,
        observation,
        promised,
    });
    return {
        instanceId,
        kind,
        declared,
        entry,
        observation,
        client,
        reasons: reasons ?? NO_REASONS,
        then,
        upgradeTo,
        repair: repair ?? false,
        clusterChanged: false,
        deferred: deferred ?? NO_REASONS,
    };
}

/** Plans a move: removes the client in the old cluster, and installs one in the new cluster. */
function planMove<U extends Unknown>(
    declared: DeclaredInstance<U>,
    entry: ClientEntry,
    reason: string,
    observed: ClientIndex | undefined,
): PlannedAction<U> {
    const client = observed && ownClient(entry, observed);
    return {
        instanceId: declared.instanceId,
        kind: "reinstall",
        declared,
        entry,
        observation: observationOf(entry, client, observed),
        client,
        reasons: [reason],
        repair: false,
        clusterChanged: true,
        deferred: NO_REASONS,
    };
}

interface Case extends Compared {
    readonly observation: Observation;
    readonly promised: Promised | undefined;
}

type Choice = Pick<PlannedAction, "kind"> &
    Partial<Pick<PlannedAction, "reasons" | "then" | "upgradeTo" | "repair" | "deferred">>;

function decideDeclared(the: Case): Choice {
    const own = ownOf(the.entry);
    const ours = own !== undefined && (the.client === undefined || isOwn(own, the.client));
    const standing = ours ? "recorded" : the.spec.adoptExisting === false ? "guarded" : "new";
    const decision = decide(the.observation, standing);
    switch (decision) {
        case "install":
        case "reinstall": {
            const repair = isRepair(the.entry, the.observation);
            // Its client may still be in progress, because the list may not show it yet.
            const isUnseen = isOpen(the.entry) || openTask(the.entry) !== undefined;
            const next = isUnseen ? followUp(the) : {};
            return { kind: decision, repair, ...next };
        }
        case "adopt":
        case "adoptAndWarn":
            return { kind: "adopt", deferred: settingsDifferences(adopted(the)) };
        case "refuse":
            return { kind: "conflict" };
        case "keep":
        case "keepAndReport":
            return choiceForHealthy(the);
        case "wait":
        case "grace":
            return { kind: decision, ...(ours ? followUp(the) : {}) };
    }
}

/**
 * What an adopted client is compared with. If nothing is recorded, settings that the service does not report count as
 * matching. A client found instead of the recorded one may come from a killed run, which installed it with the recorded
 * settings.
 */
export function adopted(the: Compared): Compared {
    return { ...the, recorded: ownOf(the.entry) ? the.recorded : the.spec, entry: undefined };
}

// Shared, because a preview plans thousands of instances, and most of them stay as they are.
const NO_REASONS: readonly string[] = [];
const KEEP: Choice = { kind: "keep" };

/** What follows a wait. The work in progress began with the recorded settings, so a change of them must not be forgotten. */
function followUp(the: Case): FollowUp {
    const reasons = reinstallReasons(the);
    if (reasons.length > 0) return { then: "reinstall", reasons };
    return the.observation === "UNINSTALLING" ? { then: "install" } : upgradeAfter(the);
}

type FollowUp = Pick<Choice, "then" | "reasons" | "upgradeTo">;

/** What follows the wait for an upgrade that an earlier run has begun: the same again, unless it has succeeded. */
function upgradeAfter(the: Case): FollowUp {
    const upgrade = the.entry?.pendingAction === "upgrade" ? wantedUpgrade(the) : undefined;
    return upgrade ? { then: "upgrade", ...upgrade } : {};
}

/** An upgrade cannot be undone, so a preview that does not know the argument yet shows what may come. */
function wantedUpgrade(the: Case): Pick<Choice, "reasons" | "upgradeTo"> | undefined {
    const { upgrades } = the.spec;
    const step = upgrades === "Manual" ? undefined : upgradeStep(the);
    if (!step) return undefined;
    const doubt = isUnknown(upgrades) ? ["upgrades not known yet"] : [];
    return { reasons: [`${step.from} → ${step.to}`, ...doubt], upgradeTo: step.to };
}

function reinstallReasons(the: Case): readonly string[] {
    const differences = settingsDifferences(the);
    const { entry } = the;
    // Drift ends once the client shows the declared settings. A reinstallation for another reason stays pending.
    const isOpen = entry?.pendingAction === "reinstall" && entry.drift === undefined;
    return differences.length === 0 && isOpen ? ["still to be done"] : differences;
}

/** A healthy client stays, unless the declared settings differ from those it was installed with. */
function choiceForHealthy(the: Case): Choice {
    const { declared, entry, observation, promised } = the;
    const promise = promised?.get(declared.instanceId);
    // A client that no run has seen installed or upgraded has to meet the same conditions as a new one.
    const first = isUnseen(entry) ? decide(observation, "new") : "keep";
    const isUnproven = first === "grace" || first === "wait";
    const reasons = reinstallReasons(the);
    if (reasons.length === 0)
        return isUnproven ? { kind: first, ...upgradeAfter(the) } : choiceForVersion(the);
    if (!promised || promise === "reinstall")
        return observation === "UPGRADING"
            ? { kind: "wait", then: "reinstall", reasons }
            : { kind: "reinstall", reasons };
    return isUnproven ? { kind: first } : { kind: "keep", deferred: reasons };
}

/** A healthy client with the declared settings stays, unless it is behind and is to be upgraded. */
function choiceForVersion(the: Case): Choice {
    const { observation, promised, declared } = the;
    const upgrade = wantedUpgrade(the);
    if (!upgrade) return KEEP;
    const promise = promised?.get(declared.instanceId);
    const isPromised = typeof promise === "object" && promise.upgradeTo === upgrade.upgradeTo;
    // A killed run may have begun the upgrade.
    if (isPromised && observation === "UPGRADING") return { kind: "wait", then: "upgrade", ...upgrade };
    return isUpgradable(observation) && (!promised || isPromised) ? { kind: "upgrade", ...upgrade } : KEEP;
}

/** Whether work on a client has begun that no run has seen to succeed. */
function isUnseen(entry: ClientEntry | undefined): boolean {
    if (entry?.pendingAction !== "upgrade") return entry?.pendingAction === "install";
    return entry.status === "UPGRADING" || entry.taskId !== undefined || entry.errorCode !== undefined;
}

/** Whether an installed client has broken. Trying a first installation again is no repair. */
function isRepair(entry: ClientEntry | undefined, observation: Observation): boolean {
    if (entry === undefined) return false;
    const hasWorked = entry.pendingAction === undefined || entry.pendingAction === "upgrade";
    return hasWorked || (observation !== "absent" && observation !== "NOT_INSTALLED");
}

/** The key for an instance whose ID a preview does not know yet. */
export function unknownKey(number: number): string {
    return `(unknown ${number})`;
}

function hasUnknownIds(declared: FleetSpec<Unknown> | undefined): boolean {
    return declared?.instances.has(unknownKey(1)) ?? false;
}

/** Orders by code unit, independent of the locale. */
export function compareText(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}

/** Plans the removal of the recorded client of an instance that is no longer declared. */
function planRemoval(
    entry: ClientEntry,
    removal: MaybeUnknown<Removal>,
    reasons: readonly string[],
    observed?: ClientIndex,
): PlannedAction {
    const client = observed && ownClient(entry, observed);
    return {
        instanceId: entry.instanceId,
        kind: removalKind(entry, removal, observed),
        declared: undefined,
        entry,
        observation: observationOf(entry, client, observed),
        client,
        reasons,
        repair: false,
        clusterChanged: false,
        deferred: [],
    };
}

function removalKind(
    entry: ClientEntry,
    removal: MaybeUnknown<Removal>,
    observed: ClientIndex | undefined,
): ActionKind {
    if (!isOurs(entry)) return "leave";
    const isUnseen = observed === undefined || isOpen(entry) || openTask(entry) !== undefined;
    if (!isUnseen && isRemoved(entry, removal, observed)) return "done";
    return removal === "Retain" ? "retain" : "uninstall";
}

/** Whether nothing is left to remove: no agent, and no record named by the state, unless `removal` keeps it. */
export function isRemoved(entry: ClientEntry, removal: MaybeUnknown<Removal>, index: ClientIndex): boolean {
    const client = ownClient(entry, index);
    return client === undefined || (!mayHaveAgent(client.status) && removal === "Uninstall");
}
