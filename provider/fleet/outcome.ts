import { OUTCOME_CODES, type OutcomeCode } from "./codes";
import type { ObservedClient } from "./model";
import { LIST_LAG_MS, STATUS_GRACE_MS, OVERDUE_MS } from "./status";

/** How a task ended; `vanished` also stands for one that can no longer be queried. */
export type TaskEnd = "completed" | "failed" | "expired" | "cancelled" | "vanished";

/** An installation that this run has submitted. Times are those of the {@link Clock}. */
export interface InstallAttempt {
    readonly submittedAt: number;
    readonly taskId?: string;
    /** Set once the task has ended. */
    readonly end?: { readonly at: number; readonly how: TaskEnd };
    /** What the task's Result reports about the instance. */
    readonly report?: TaskResult;
}

/** What a task's Result reports about one instance (DescribeTask). */
export interface TaskResult {
    readonly instanceId: string;
    readonly clientId?: string;
    readonly clientStatus?: string;
    readonly errorCode?: string;
    readonly errorMessage?: string;
}

/** Why something failed: an error code and a sentence. */
export interface Failure {
    readonly code: string;
    readonly message: string;
    /** The API operation that failed, if it was a call. */
    readonly operation?: string;
    readonly requestId?: string;
    readonly taskId?: string;
}

/**
 * The outcome of an attempt according to one reading of the list: it has succeeded, it has failed, or it is still pending.
 */
export type Outcome =
    { readonly state: "done" | "open" } | { readonly state: "failed"; readonly failure: Failure };

const OPEN: Outcome = { state: "open" };
const DONE: Outcome = { state: "done" };

/**
 * The outcome of an installation, from the status in the list. ACTIVATED is the only success. The list may lag, so a failure
 * in it counts at once only if the task reports it too.
 *
 * @param seenAt when the list was read, by the clock of the run
 * @param since when this status was first seen during the attempt, by the clock of the run
 */
export function installOutcome(
    attempt: InstallAttempt,
    client: ObservedClient | undefined,
    seenAt: number,
    since: number,
): Outcome {
    const status = client?.status ?? "absent";
    const overdue = seenAt - attempt.submittedAt >= OVERDUE_MS;
    const believed = seenAt - (attempt.end?.at ?? attempt.submittedAt) >= LIST_LAG_MS;
    switch (status) {
        case "ACTIVATED":
            return DONE;
        case "INSTALLING":
        case "REGISTERED":
            return overdue || (believed && saysFailed(attempt))
                ? failedOn("installation", attempt, client)
                : OPEN;
        case "UPGRADING":
        case "UNINSTALLING":
            return overdue ? failedOn("installation", attempt, client) : OPEN;
        case "absent":
        case "NOT_INSTALLED":
        case "INSTALL_FAILED":
        case "UNINSTALL_FAILED":
            return believed || reportsFailure(attempt) ? failedOn("installation", attempt, client) : OPEN;
        case "DEACTIVATED":
        case "UNKNOWN":
        case "STOPPED":
        case "UPGRADE_FAILED":
            return seenAt - since >= STATUS_GRACE_MS ? failedOn("installation", attempt, client) : OPEN;
    }
}

/** An uninstallation or an upgrade that this run has submitted. Times are those of the {@link Clock}. */
export interface ClientAttempt {
    readonly submittedAt: number;
    /** The client before the submission. */
    readonly before: ObservedClient;
    /** How its task ended. The task is queried only if the list stays as it is, or shows a failure. */
    readonly end?: { readonly at: number; readonly how: TaskEnd };
    readonly report?: TaskResult;
    /** Whether the list has shown another status than before the submission. */
    readonly hasMoved?: boolean;
}

/** The outcome of an uninstallation. Success is NOT_INSTALLED, or no record at all. */
export function uninstallOutcome(
    attempt: ClientAttempt,
    client: ObservedClient | undefined,
    seenAt: number,
): Outcome {
    if (!client || client.status === "NOT_INSTALLED") return DONE;
    if (seenAt - attempt.submittedAt >= OVERDUE_MS) return failedOn("uninstallation", attempt, client);
    const fresh = isFresh(attempt, client.status, seenAt);
    const hasFailed = client.status === "UNINSTALL_FAILED" || endedBadly(attempt);
    return hasFailed && fresh ? failedOn("uninstallation", attempt, client) : OPEN;
}

/**
 * The outcome of an upgrade. It is also done if the service says so and the version has stayed as it was.
 *
 * @param since when this status was first seen during the attempt, by the clock of the run
 */
export function upgradeOutcome(
    attempt: ClientAttempt,
    client: ObservedClient | undefined,
    seenAt: number,
    since: number,
): Outcome {
    const { before, end } = attempt;
    const overdue = seenAt - attempt.submittedAt >= OVERDUE_MS;
    const fresh = isFresh(attempt, client?.status, seenAt);
    const isBelieved = end !== undefined && seenAt - end.at >= LIST_LAG_MS;
    switch (client?.status ?? "absent") {
        case "ACTIVATED":
            if (client?.clientVersion !== before.clientVersion) return DONE;
            if (attempt.hasMoved && seenAt - since >= LIST_LAG_MS) return DONE;
            if (!isBelieved && !overdue) return OPEN;
            return endedBadly(attempt) || overdue ? failedOn("upgrade", attempt, client) : DONE;
        case "UPGRADE_FAILED": {
            // It may still be the status from before.
            const isNew = client?.status !== before.status || isBelieved || overdue;
            return isNew ? failedOn("upgrade", attempt, client) : OPEN;
        }
        case "UPGRADING":
        case "INSTALLING":
        case "REGISTERED":
        case "UNINSTALLING":
            return overdue ? failedOn("upgrade", attempt, client) : OPEN;
        case "absent":
        case "NOT_INSTALLED":
        case "INSTALL_FAILED":
        case "UNINSTALL_FAILED":
            return fresh ? failedOn("upgrade", attempt, client) : OPEN;
        case "DEACTIVATED":
        case "UNKNOWN":
        case "STOPPED":
            return seenAt - since >= STATUS_GRACE_MS ? failedOn("upgrade", attempt, client) : OPEN;
    }
}

/** Whether the list shows the client as it is after the submission. */
function isFresh(
    { before, submittedAt }: ClientAttempt,
    status: string | undefined,
    seenAt: number,
): boolean {
    return status !== before.status || seenAt - submittedAt >= LIST_LAG_MS;
}

function endedBadly({ end }: ClientAttempt): boolean {
    return end !== undefined && end.how !== "completed";
}

/** Whether the task reports this installation as failed. */
export function reportsFailure({ report }: Pick<InstallAttempt, "report">): boolean {
    return (
        report !== undefined &&
        report.clientStatus !== "ACTIVATED" &&
        (report.clientStatus === "INSTALL_FAILED" || (report.errorCode ?? "") !== "")
    );
}

/** Whether the task reports the client as installed. The list has the last word. */
export function reportsSuccess({ report }: Pick<InstallAttempt, "report">): boolean {
    return report?.clientStatus === "ACTIVATED";
}

function saysFailed(attempt: InstallAttempt): boolean {
    const how = attempt.end?.how;
    return reportsFailure(attempt) || how === "failed" || how === "expired" || how === "cancelled";
}

/** Explains a failure with the best source: the task's error code, otherwise how the task ended, otherwise the status. */
function failedOn(
    what: "installation" | "uninstallation" | "upgrade",
    { end: taskEnd, report }: Pick<InstallAttempt, "end" | "report">,
    client: ObservedClient | undefined,
): Outcome {
    const status = client?.status ?? "NOT_INSTALLED";
    const end = taskEnd?.how;
    const detail = report?.errorMessage ?? client?.statusMessage;
    const suffix = detail ? ` (${detail})` : "";
    const ended = end === undefined || end === "completed" ? "" : `, its task ${TASK_ENDS[end]}`;
    // A task that is not found any more says nothing against what the list says.
    const isInList =
        end === undefined || end === "completed" || (end === "vanished" && status.endsWith("_FAILED"));
    const code = report?.errorCode || (isInList ? status : TASK_CODES[end]);
    return { state: "failed", failure: { code, message: `the ${what} ended as ${status}${ended}${suffix}` } };
}

const TASK_ENDS: Readonly<Record<TaskEnd, string>> = {
    completed: "was completed",
    failed: "failed",
    expired: "expired (the service allows 15 minutes)",
    cancelled: "was cancelled",
    vanished: "could not be found any more",
};

const TASK_CODES: Readonly<Record<Exclude<TaskEnd, "completed">, OutcomeCode>> = {
    failed: OUTCOME_CODES.taskFailed,
    expired: OUTCOME_CODES.taskExpired,
    cancelled: OUTCOME_CODES.taskCancelled,
    vanished: OUTCOME_CODES.taskNotFound,
};
