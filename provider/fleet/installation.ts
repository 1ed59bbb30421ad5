import { isOurs, withoutClient } from "./entry";
import type { ClientIndex, Pair } from "./match";
import type { ClientEntry, ObservedClient } from "./model";
import { type TaskResult, reportsFailure, type TaskEnd } from "./outcome";
import { decide, mayHaveAgent } from "./status";

/*
 * Finds the client that an installation produced. The service gives no token to tell by, so it is decided here, both for the
 * run that submits and for a run after one that was cut off.
 */

/** Whether an installation is unresolved: it was submitted, or may have been, and the entry names no client of it yet. */
export function isOpen(entry: ClientEntry | undefined): boolean {
    return (
        entry !== undefined &&
        isOurs(entry) &&
        entry.clientId === undefined &&
        entry.pendingAction !== undefined
    );
}

/**
 * The task of an installation whose end no run has seen; undefined if there is none. The list may not show that installation
 * yet, so the list counts only once the task has ended.
 */
export function openTask(entry: ClientEntry | undefined): string | undefined {
    const isUnfinished = entry?.pendingAction !== undefined && entry.errorCode === undefined;
    return isUnfinished ? entry.taskId : undefined;
}

/**
 * The entry after an unresolved installation has ended. It names a client only if the service reports that the installation
 * succeeded, or if the answer was lost and exactly one client exists. Any other client is not this resource's.
 *
 * @param end how the task ended; absent if the answer was lost
 */
export function resolved(
    entry: ClientEntry,
    end: TaskEnd | undefined,
    reports: readonly TaskResult[],
    index: ClientIndex,
): ClientEntry {
    const report = reports.find(({ instanceId }) => instanceId === entry.instanceId);
    const { taskId: _task, ...rest } = entry;
    if (report && reportsFailure({ report })) {
        const { errorCode, errorMessage } = report;
        return withoutClient({
            ...entry,
            errorCode: errorCode || "INSTALL_FAILED",
            ...(errorMessage !== undefined && { errorMessage }),
        });
    }
    if (report?.clientId !== undefined) return { ...rest, clientId: report.clientId };
    const hasSucceeded = report !== undefined || end === "completed" || end === undefined;
    const [only, ...others] = index.allOf(entry).filter(({ status }) => mayHaveAgent(status));
    if (only === undefined || others.length > 0 || !hasSucceeded) return withoutClient(rest);
    return { ...rest, clientId: only.clientId };
}

/**
 * The client that an installation of this run produced: the one that the task names; otherwise one that did not exist before
 * the call, or had no agent then. If there are several, it is the oldest. If the task reports a failed installation, an
 * existing agent comes from another one.
 *
 * @param before the list before the call
 */
export function installedClient(
    pair: Pair,
    index: ClientIndex,
    before: ClientIndex,
    report: TaskResult | undefined,
): ObservedClient | undefined {
    const reported = report?.clientId === undefined ? undefined : index.get(report.clientId);
    const hasFailed = reportsFailure(report ? { report } : {});
    if (reported || (hasFailed && report?.clientId !== undefined)) return reported;
    const made = index.allOf(pair).filter((client) => {
        const earlier = before.get(client.clientId);
        const isNew =
            !earlier || (decide(earlier.status, "new") === "install" && earlier.status !== client.status);
        return isNew && !(hasFailed && mayHaveAgent(client.status));
    });
    const age = ({ createdTime = Infinity }: ObservedClient): number => createdTime;
    return made.reduce<ObservedClient | undefined>(
        (first, client) => (first === undefined || age(client) < age(first) ? client : first),
        undefined,
    );
}
