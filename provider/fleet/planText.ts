import { isUnknown, type MaybeUnknown, type Unknown } from "../unknown";
import type { Removal } from "./model";
import type * as plans from "./plan";

// Most lines are those of previews, where anything may be unknown.
type Plan = plans.Plan<Unknown>;
type PlannedAction = plans.PlannedAction<Unknown>;

/** The verbs of a removal in a plan, by the argument `removal`. */
const REMOVAL_WORDS: Readonly<Record<Removal, string>> = {
    UninstallAndDelete: "uninstall and delete",
    Uninstall: "uninstall",
    Retain: "retain",
};

/** The verbs of a plan that uninstalls clients, or may: whoever does not know `removal` yet has to expect it. */
const UNINSTALLING = ["remove", REMOVAL_WORDS.Uninstall, REMOVAL_WORDS.UninstallAndDelete];
const UNINSTALLING_PART = new RegExp(`(?:^plan:|;) (?:${UNINSTALLING.join("|")}) \\d+: `);

/** Whether a plan line has a part that uninstalls clients which are not installed again. */
export function uninstalls(line: string): boolean {
    return UNINSTALLING_PART.test(line);
}

/** The plan line of a preview that does not know the list of instances. */
export const UNKNOWN_PLAN = "plan: known once the instances are known";

/** Shown wherever records are deleted, so that nothing irreversible is left unsaid. */
const DELETION_WARNING = " (their backups may be deleted with their records)";

/** The verb of a removal. A preview may not know the argument yet. */
function removalWord(removal: MaybeUnknown<Removal>): string {
    return isUnknown(removal) ? "remove" : REMOVAL_WORDS[removal];
}

/**
 * The plan in one line: `plan: install 24: i-a, i-b (+22); reinstall 1: i-d (clusterId cl-1 → cl-2); keep 37`. The parts
 * have a fixed order, and empty ones are left out; a part names at most ten IDs, and a reason follows its IDs.
 *
 * @param waves how the work is rolled out, after the parts that it applies to ({@link wavesPart})
 */
export function planLine(plan: Plan, removal: MaybeUnknown<Removal>, waves?: string): string {
    const kept = plan.filter(({ kind }) => kind === "keep").length;
    // Most of a large fleet is kept, so those actions are only counted.
    const work = kept > 0 ? plan.filter(({ kind }) => kind !== "keep") : plan;
    const byVerb = Map.groupBy(work, verbOf);
    const texts = VERBS.flatMap((verb) => {
        if (verb === "in waves") return waves ?? [];
        if (verb === "remove") return removalPart(work, removal);
        const actions = byVerb.get(verb);
        return actions ? [part(verb, actions)] : [];
    });
    if (texts.length === 0 && !plan.some(hasToBeSeen)) return "plan: record settings";
    if (kept > 0) texts.push(`keep ${kept}`);
    return `plan: ${texts.join("; ")}`;
}

/** Whether a client is kept, and the run has to see in the list that it is healthy. */
function hasToBeSeen({ kind, entry }: PlannedAction): boolean {
    return kind === "keep" && entry?.pendingAction !== undefined;
}

/** The parts of a plan line, in their order; `removalPart` has its own verbs, and waves are no action. */
const VERBS = [
    "install",
    "wait for",
    "adopt",
    "reinstall",
    "repair",
    "upgrade",
    "in waves",
    "refuse",
    "remove",
    "leave alone",
] as const;

/** The part of the plan line that an action belongs to; undefined if the line does not name it. */
function verbOf({ kind, repair }: PlannedAction): (typeof VERBS)[number] | undefined {
    switch (kind) {
        case "install":
        case "reinstall":
            return repair ? "repair" : kind;
        case "wait":
        case "grace":
            return "wait for";
        case "adopt":
        case "upgrade":
            return kind;
        case "conflict":
            return "refuse";
        case "uninstall":
        case "retain":
            return "remove";
        case "leave":
            return "leave alone";
        case "keep":
        case "done":
            return undefined;
    }
}

/**
 * The part about waves: `in waves of 1, 4, 35`.
 *
 * @param sizes the sizes of the waves to come
 * @param done the number of waves that are done
 * @param pause a remark on the pause after the first wave
 */
export function wavesPart(sizes: readonly number[], done: number, pause: string | undefined): string {
    const [only, ...others] = sizes;
    const text = others.length === 0 ? `in one wave of ${only ?? 0}` : `in waves of ${listOf(sizes)}`;
    return [
        text,
        ...(done > 0 ? [`continuing with wave ${done + 1}`] : []),
        ...(pause === undefined ? [] : [pause]),
    ].join(", ");
}

function listOf(items: readonly (string | number)[]): string {
    return items.slice(0, MOST_IDS).join(", ") + andMore(items.length - MOST_IDS);
}

/**
 * The part about removals. A moved instance is listed among the reinstallations, and here too unless it only leaves a record
 * in its old cluster. A removal that is not known yet may turn out to delete.
 */
function removalPart(plan: Plan, removal: MaybeUnknown<Removal>): readonly string[] {
    const leavesRecords = removal === "Uninstall";
    const removed = plan.filter(
        ({ kind, clusterChanged }) =>
            kind === "uninstall" || kind === "retain" || (clusterChanged && !leavesRecords),
    );
    if (removed.length === 0) return [];
    return [part(removalWord(removal), removed, placeOf) + deletionWarning(removal)];
}

function deletionWarning(removal: MaybeUnknown<Removal>): string {
    return removal === "Uninstall" || removal === "Retain" ? "" : DELETION_WARNING;
}

/** The plan line of a fleet that is destroyed, for which the engine asks for no plan. */
export function destroyLine(instanceIds: readonly string[], removal: MaybeUnknown<Removal>): string {
    const word = removalWord(removal);
    return `plan: ${word} ${instanceIds.length}: ${idList(instanceIds)}${deletionWarning(removal)}`;
}

/** `i-d in cl-1` for an instance that leaves cluster cl-1. */
function placeOf({ instanceId, clusterChanged, entry }: PlannedAction): string {
    return clusterChanged && entry?.clusterId !== undefined
        ? `${instanceId} in ${entry.clusterId}`
        : instanceId;
}

function part(
    verb: string,
    actions: readonly PlannedAction[],
    nameOf?: (action: PlannedAction) => string,
): string {
    const shown = nameOf
        ? withReasons(actions.slice(0, MOST_IDS), nameOf, (action) =>
              action.clusterChanged ? "" : reasonOf(action),
          )
        : withReasons(actions.slice(0, MOST_IDS), (action) => action.instanceId, reasonOf);
    return `${verb} ${actions.length}: ${shown}${andMore(actions.length - MOST_IDS)}`;
}

/** `i-a, i-b (reason), i-c (other reason)`: neighbours with the same reason share it. */
function withReasons(
    actions: readonly PlannedAction[],
    nameOf: (action: PlannedAction) => string,
    reasonFor: (action: PlannedAction) => string,
): string {
    const groups = Map.groupBy(actions, reasonFor);
    return [...groups]
        .map(([reason, group]) => {
            const ids = group.map(nameOf).join(", ");
            return reason === "" ? ids : `${ids} (${reason})`;
        })
        .join(", ");
}

function reasonOf(action: PlannedAction): string {
    const { kind, then, repair, observation } = action;
    const reasons = action.reasons.join(", ");
    const word = then === "upgrade" ? "upgrade if it is still behind" : then;
    const next = word === undefined ? undefined : `${word}${reasons === "" ? "" : `: ${reasons}`}`;
    if (kind === "wait" || kind === "grace") return next === undefined ? reasons : `then ${next}`;
    if (!repair && next === undefined) return reasons;
    // Its installation may still be in progress.
    const later = next === undefined ? [] : [`if its client is there by then, ${next}`];
    const shown = repair ? [observation === "absent" ? "NOT_INSTALLED" : observation] : [];
    return [...shown, ...later].join(", ");
}

/**
 * What a refresh has found, in one line: `found: i-a, i-b (NOT_INSTALLED), i-c (useHttps true → false)`; undefined if
 * nothing differs. It is no plan: the refresh acts on nothing, and the program may have changed.
 */
export function foundLine(plan: Plan): string | undefined {
    const odd = plan.filter((action) => reasonOf(action) !== "");
    if (odd.length === 0) return undefined;
    const shown = withReasons(odd.slice(0, MOST_IDS), ({ instanceId }) => instanceId, reasonOf);
    return `found: ${shown}${andMore(odd.length - MOST_IDS)}`;
}

/** The number of IDs that a line of text names: a fleet may have thousands. */
export const MOST_IDS = 10;

/** `i-a, i-b (+22)` */
export function idList(ids: readonly string[]): string {
    return listOf(ids);
}

/** ` (+22)` for so many that are not shown; empty if there are none. */
export function andMore(hidden: number): string {
    return hidden > 0 ? ` (+${hidden})` : "";
}

/** What a user should know about a plan beyond its actions: one line for each kind, however large the fleet. */
export function warningsOf(plan: Plan): readonly string[] {
    const retained = plan.filter((action) => action.kind === "retain");
    const taken = plan.filter((action) => action.kind === "keep" || action.kind === "adopt");
    const odd = Map.groupBy(
        taken.filter((action) => action.observation !== "ACTIVATED"),
        (action) => action.observation,
    );
    return [
        ...(retained.length > 0
            ? [`removal "Retain": the clients of ${idsOf(retained)} stay as they are, no longer managed`]
            : []),
        ...[...odd].map(
            ([status, actions]) => `${status}: the clients of ${idsOf(actions)} are left as they are`,
        ),
    ];
}

function idsOf(plan: Plan): string {
    return idList(plan.map((action) => action.instanceId));
}
