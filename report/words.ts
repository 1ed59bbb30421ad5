import { type Change, GONE, type StackNames } from "./fleets";
import type { ClusterRow, Counts, InstanceRow, View } from "./view";

/** What all forms of the report say in the same words. */

/** `project/stack` */
export function stackOf({ project, stack }: StackNames): string {
    return `${project}/${stack}`;
}

/** `2026-11-28 14:49 UTC`; what is no such time as it is. */
export function shownTime(time: string): string {
    const [, day, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*Z$/.exec(time) ?? [];
    return day === undefined || minute === undefined ? time : `${day} ${minute} UTC`;
}

/** A figure with its word, and whether it is one to be alarmed at. */
export type Figure = readonly [count: number, word: string, isGrave: boolean];

/** The figures that a condition can be about, and what is left to do. */
export function figuresOf({ failed, drift, pending, removals }: Counts): readonly Figure[] {
    const lose = removals === 1 ? "resource loses clients" : "resources lose clients";
    return [
        [failed, "failed", true],
        [drift, "drifted", true],
        [pending, "with work pending", false],
        ...(removals === undefined ? [] : [[removals, lose, true] as const]),
    ];
}

export function counted(count: number, noun: string): string {
    return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A text for instances without a cluster. */
export const NO_CLUSTER = "(none)";

/** The figures of a cluster, in the order of their columns. */
export const CLUSTER_FIGURES: Readonly<Record<string, (row: ClusterRow) => number>> = {
    Instances: ({ instances }) => instances,
    Activated: ({ activated }) => activated,
    Failed: ({ failed }) => failed,
    Drifted: ({ drift }) => drift,
    Pending: ({ pending }) => pending,
};

/** The columns of the table of instances. */
export const INSTANCE_COLUMNS = ["Instance", "Cluster", "Status", "Resource", "Client", "Remarks"] as const;

/** What there is to say of a client beside its status. */
export function remarksOf({ pendingAction, isFailed, isDrift, remarks }: InstanceRow): readonly string[] {
    return [
        ...(isDrift && !isFailed ? ["drifted"] : []),
        ...(pendingAction === undefined ? [] : [`${pendingAction} pending`]),
        ...remarks,
    ];
}

/** What there is to say of a change beside its plan. */
export function changeRemarks({ operation, removes, warnings }: Change): readonly string[] {
    return [
        ...(removes ? ["removes clients"] : []),
        ...(operation === GONE ? ["nothing is left of it"] : []),
        ...(warnings > 0 ? [`${counted(warnings, "warning")} in the preview`] : []),
    ];
}

/** What an empty plan says. */
export function noChange({ gaps }: View): string {
    return gaps.some(({ about }) => about !== "clients") ? "It is not known." : "No change.";
}

/** What an empty report says. */
export const NOTHING = "There is no client in what was read.";
