import { reportsFailure, reportsSuccess, type TaskEnd, type TaskResult } from "../fleet/outcome";
import { OVERDUE_MS } from "../fleet/status";
import { pauseBeforeLook } from "../fleet/timing";
import { HbrError } from "../hbr/errors";
import type { RunContext } from "./context";

/** How a task ended, and what its Result reports about the instances. */
export interface TaskOutcome {
    readonly end: TaskEnd;
    readonly results: readonly TaskResult[];
    /** Why the task could not be queried, though it may still exist. */
    readonly error?: HbrError;
}

/**
 * Follows a task to its end: one DescribeTask call per poll, for any number of instances. A task that can no longer be
 * queried, or that outlives the service's own limit, counts as vanished: the list of clients decides then.
 *
 * @param since when the task was submitted, by the clock of the run
 */
export async function followTask(run: RunContext, taskId: string, since: number): Promise<TaskOutcome> {
    try {
        for (;;) {
            const elapsed = run.clock.now() - since;
            if (elapsed >= OVERDUE_MS) return { end: "vanished", results: [] };
            await run.clock.sleep(pauseBeforeLook(elapsed, run.random), run.signal);
            const outcome = await lookAtTask(run, taskId);
            if (outcome !== undefined) return outcome;
        }
    } finally {
        run.reporter.taskOver(taskId);
    }
}

/** Queries a task at once, and follows it if it has not ended. */
export async function taskOutcome(run: RunContext, taskId: string, since: number): Promise<TaskOutcome> {
    return (await lookAtTask(run, taskId)) ?? followTask(run, taskId, since);
}

/** Tells what a running task reports of its installations. */
function tellProgress(
    { record, reporter }: RunContext,
    taskId: string,
    progress: number,
    results: readonly TaskResult[],
): void {
    const reports = results.filter(
        ({ instanceId }) => record.entries.get(instanceId)?.pendingAction === "install",
    );
    const isDone = (report: TaskResult): boolean => reportsSuccess({ report });
    // What failed in a task of an earlier run is installed again by this one.
    const hasFailed = (report: TaskResult): boolean =>
        record.taskIds.includes(taskId) && reportsFailure({ report });
    reporter.task(taskId, Math.max(0, progress), {
        done: reports.filter(isDone).map(({ instanceId }) => instanceId),
        failed: reports.filter(hasFailed).map(({ instanceId }) => instanceId),
    });
}

/** Queries a task once; undefined while it is running. */
async function lookAtTask(run: RunContext, taskId: string): Promise<TaskOutcome | undefined> {
    try {
        const task = await run.vault.task(taskId);
        if (task.state === "running") {
            tellProgress(run, taskId, task.progress ?? 0, task.results);
            return undefined;
        }
        return { end: task.state, results: task.results };
    } catch (error) {
        if (!(error instanceof HbrError) || error.errorClass === "account") throw error;
        return { end: "vanished", results: [], ...(error.errorClass !== "notFound" && { error }) };
    }
}
