import { andMore, MOST_IDS } from "./idList";
import type { Removal } from "./model";
import type { Plan, PlannedAction } from "./plan";

/** The ways a removal is named in a plan, by the argument `removal`. */
const REMOVAL_WORDS: Readonly<Record<Removal, string>> = {
    UninstallAndDelete: "uninstall and delete",
    Uninstall: "uninstall",
    Retain: "retain",
};

/** In a preview the argument itself may not be known yet. */
function removalWord(removal: Removal): string {
    return Object.hasOwn(REMOVAL_WORDS, removal) ? REMOVAL_WORDS[removal] : "remove";
}

/**
 * The plan in one line, in the one grammar for all:
 * `plan: install 24: i-a, i-b (+22); reinstall 1: i-d (clusterId cl-1 → cl-2); keep 37`.
 * Parts in a fixed order, empty ones left out, at most ten ids a part; a reason stands after the ids it belongs to.
 */
export function planLine(plan: Plan, removal: Removal): string {
    const parts = [
        ["install", plan.filter((a) => a.kind === "install" && !a.repair)],
        ["wait for", plan.filter((a) => a.kind === "wait" || a.kind === "grace")],
        ["adopt", plan.filter((a) => a.kind === "adopt")],
        ["reinstall", plan.filter((a) => a.kind === "reinstall" && !a.repair)],
        ["repair", plan.filter((a) => (a.kind === "install" || a.kind === "reinstall") && a.repair)],
        ["refuse", plan.filter((a) => a.kind === "conflict")],
        [
            removalWord(removal),
            plan.filter((a) => a.kind === "uninstall" || a.kind === "retain" || a.kind === "done"),
        ],
    ] as const;
    const texts = parts.flatMap(([verb, actions]) => (actions.length > 0 ? [part(verb, actions)] : []));
    if (texts.length === 0) return "plan: record settings";
    const kept = plan.filter((action) => action.kind === "keep").length;
    if (kept > 0) texts.push(`keep ${kept}`);
    return `plan: ${texts.join("; ")}`;
}

function part(verb: string, actions: readonly PlannedAction[]): string {
    const shown = withReasons(actions.slice(0, MOST_IDS));
    return `${verb} ${actions.length}: ${shown}${andMore(actions.length - MOST_IDS)}`;
}

/** `i-a, i-b (reason), i-c (other reason)`: neighbours with the same reason share it. */
function withReasons(actions: readonly PlannedAction[]): string {
    const groups = Map.groupBy(actions, reasonOf);
    return [...groups]
        .map(([reason, group]) => {
            const ids = group.map((action) => action.instanceId).join(", ");
            return reason === "" ? ids : `${ids} (${reason})`;
        })
        .join(", ");
}

function reasonOf(action: PlannedAction): string {
    if (!action.repair) return action.reasons.join(", ");
    return action.observation === "absent" ? "NOT_INSTALLED" : action.observation;
}
