import type { ClientIndex } from "./match";
import type {
    ClientEntry,
    DeclaredInstance,
    FleetSpec,
    FleetState,
    ObservedClient,
    PendingAction,
} from "./model";
import { openTask } from "./openTask";
import { clusterChange, driftedSettings, settingsChanges } from "./settings";
import { decide, type Observation } from "./status";

/**
 * What a plan does with one instance. `conflict`: a client is there and `adoptExisting` forbids to take it over.
 * `retain`: the client leaves the state and stays on the instance. `done`: a removal with nothing left to remove.
 */
export type ActionKind =
    | "install"
    | "reinstall"
    | "adopt"
    | "conflict"
    | "keep"
    | "wait"
    | "grace"
    | "uninstall"
    | "retain"
    | "done";

/** Error code of a client that is there and that `adoptExisting: false` forbids to take over. */
export const CLIENT_EXISTS = "ClientAlreadyExists";

/** Error code of a client that is there and that is not taken over as long as it is not healthy. */
export const CLIENT_NOT_HEALTHY = "ClientNotHealthy";

/** One instance, its one action, and why. */
export interface PlannedAction {
    readonly instanceId: string;
    readonly kind: ActionKind;
    /** Absent for an instance that is no longer declared. */
    readonly declared: DeclaredInstance | undefined;
    /** What the state holds of it. */
    readonly entry: ClientEntry | undefined;
    readonly observation: Observation;
    /** The record the action is about; with a changed cluster still that of the old one. */
    readonly client: ObservedClient | undefined;
    /** Why a client is reinstalled; free of secrets. */
    readonly reasons: readonly string[];
    /** Something broke that once worked: shown as a repair. */
    readonly repair: boolean;
    /** The instance moves to another cluster, so what is there now is subject to `removal`. */
    readonly clusterChanged: boolean;
}

/** What is planned for a fleet, ordered by instance id. */
export type Plan = readonly PlannedAction[];

/**
 * Plans a fleet: one action for every instance that is declared or recorded. Without `observed` (previews, which use
 * no network) the statuses in the state stand for the observed ones.
 */
export function planFleet(
    declared: FleetSpec | undefined,
    recorded: FleetState,
    observed?: ClientIndex,
): Plan {
    const doubt = hasUnknownIds(declared) ? ["unless it is one of the unknown"] : [];
    const removal = (declared ?? recorded.spec).removal;
    const ids = [...(declared?.instances.keys() ?? [])];
    for (const id of recorded.clients.keys()) if (!declared?.instances.has(id)) ids.push(id);
    const plan: PlannedAction[] = [];
    // By code unit, like compareText: sorting the ids is much quicker than sorting the actions.
    for (const id of ids.sort()) {
        const instance = declared?.instances.get(id);
        const entry = recorded.clients.get(id);
        if (declared && instance) plan.push(planInstance(instance, declared, recorded, observed));
        else if (entry) plan.push(planRemoval(entry, removal, doubt, observed));
    }
    return plan;
}

/** Plans one declared instance. */
export function planInstance(
    declared: DeclaredInstance,
    spec: FleetSpec,
    recorded: FleetState,
    observed?: ClientIndex,
): PlannedAction {
    const entry = recorded.clients.get(declared.instanceId);
    const { instanceId } = declared;
    const moved = clusterChange(declared, entry);
    if (moved !== undefined && entry && isOurs(entry)) {
        const client = observed?.match(entry);
        return {
            instanceId,
            kind: "reinstall",
            declared,
            entry,
            observation: observationOf(entry, client, observed),
            client,
            reasons: [moved],
            repair: false,
            clusterChanged: true,
        };
    }
    const client = observed?.match({ ...declared, clientId: ownClientId(entry) });
    const observation = observationOf(entry, client, observed);
    const { kind, reasons, repair } = decideDeclared({
        declared,
        spec,
        recorded,
        entry,
        client,
        observation,
    });
    return {
        instanceId,
        kind,
        declared,
        entry,
        observation,
        client,
        reasons,
        repair,
        clusterChanged: false,
    };
}

/** Whether the state holds a client as this resource's own; one that was not taken over is there only to say so. */
export function isOurs(entry: ClientEntry): boolean {
    return entry.errorCode !== CLIENT_EXISTS && entry.errorCode !== CLIENT_NOT_HEALTHY;
}

/** The recorded client by which an instance without cluster is found. */
export function ownClientId(entry: ClientEntry | undefined): string | undefined {
    return entry && isOurs(entry) ? entry.clientId : undefined;
}

interface Case {
    readonly declared: DeclaredInstance;
    readonly spec: FleetSpec;
    readonly recorded: FleetState;
    readonly entry: ClientEntry | undefined;
    readonly client: ObservedClient | undefined;
    readonly observation: Observation;
}

type Verdict = Pick<PlannedAction, "kind" | "reasons" | "repair">;

function decideDeclared(the: Case): Verdict {
    const ours = the.entry !== undefined && isOurs(the.entry);
    const decision = decide(the.observation, ours ? "recorded" : "new");
    switch (decision) {
        case "install":
        case "reinstall":
            return { kind: decision, reasons: NO_REASONS, repair: isRepair(the.entry, the.observation) };
        case "adopt":
        case "adoptAndWarn":
            return verdict(the.spec.adoptExisting ? "adopt" : "conflict");
        case "keep":
        case "keepAndReport":
            return verdictOnHealthy(the);
        case "wait":
        case "grace":
            return verdict(
                ours || the.spec.adoptExisting || the.observation === "UNINSTALLING" ? decision : "conflict",
            );
        case "uninstall":
        case "deleteRecord":
        case "done":
            throw new Error(`the table of statuses has no "${decision}" for a declared instance`);
    }
}

// One for all: a preview plans thousands of instances, and most of them stay as they are.
const NO_REASONS: readonly string[] = [];

function verdict(kind: ActionKind): Verdict {
    return { kind, reasons: NO_REASONS, repair: false };
}

/** A client that is in order stays, unless what is declared differs from what it was installed with. */
function verdictOnHealthy({ declared, spec, recorded, entry, client, observation }: Case): Verdict {
    const changes = settingsChanges(declared, spec, recorded.spec, client);
    const differences = client ? [...changes, ...driftedSettings(spec, client)] : changes;
    const isOpen = entry?.pendingAction === "reinstall" && differences.length === 0;
    const reasons = isOpen ? ["still to be done"] : differences;
    if (reasons.length === 0) {
        // A client whose installation was never seen to succeed has to come through what a new one has to.
        const first = entry?.pendingAction === "install" ? decide(observation, "new") : "keep";
        return { kind: first === "grace" || first === "wait" ? first : "keep", reasons, repair: false };
    }
    return { kind: observation === "UPGRADING" ? "wait" : "reinstall", reasons, repair: false };
}

/** A first install that is tried again is no repair; something that once was recorded otherwise is. */
function isRepair(entry: ClientEntry | undefined, observation: Observation): boolean {
    if (entry === undefined) return false;
    return entry.pendingAction === undefined || (observation !== "absent" && observation !== "NOT_INSTALLED");
}

/**
 * What is left to be done of an action that has to wait, should the run end before. What was under way began with the
 * recorded settings, so a change of those that the service does not report would otherwise be forgotten.
 */
export function pendingWhileWaiting(
    { declared, entry, client }: PlannedAction,
    spec: FleetSpec,
    recorded: FleetSpec,
): PendingAction {
    if (!declared || !entry || !isOurs(entry)) return "install";
    const outdated =
        entry.pendingAction === "reinstall" || settingsChanges(declared, spec, recorded, client).length > 0;
    return outdated ? "reinstall" : "install";
}

/** The key of an instance whose id is not known yet, in a preview. */
export function unknownKey(number: number): string {
    return `(unknown ${number})`;
}

function hasUnknownIds(declared: FleetSpec | undefined): boolean {
    return declared?.instances.has(unknownKey(1)) ?? false;
}

function planRemoval(
    entry: ClientEntry,
    removal: FleetSpec["removal"],
    reasons: readonly string[],
    observed?: ClientIndex,
): PlannedAction {
    const client = observed?.match(entry);
    const observation = observationOf(entry, client, observed);
    const decision = decide(observation, "removed");
    const nothingThere = decision === "done" && observed !== undefined && openTask(entry) === undefined;
    const nothingOurs = !isOurs(entry) || nothingThere;
    const kind = nothingOurs ? "done" : removal === "Retain" ? "retain" : "uninstall";
    return {
        instanceId: entry.instanceId,
        kind,
        declared: undefined,
        entry,
        observation,
        client,
        reasons,
        repair: false,
        clusterChanged: false,
    };
}

function observationOf(
    entry: ClientEntry | undefined,
    client: ObservedClient | undefined,
    observed: ClientIndex | undefined,
): Observation {
    if (observed) return client?.status ?? "absent";
    return entry?.status ?? "absent";
}

/** Orders by code unit: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
