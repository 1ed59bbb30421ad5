import { reportsFailure, reportsSuccess, type TaskEnd, type TaskResult } from "../fleet/outcome";
import { OVERDUE_MS } from "../fleet/status";
import { pauseBeforeLook } from "../fleet/timing";
import { HbrError } from "../hbr/errors";
import type { RunContext } from "./context";

/** How long after its submission a task may not be found yet (ms). */
const TASK_LAG_MS = 10_000;

/** How a task ended, and what its Result reports about the instances. */
export interface TaskOutcome {
    readonly end: TaskEnd;
    readonly results: readonly TaskResult[];
    /** Why the task could not be queried, though it may still exist. */
    readonly error?: HbrError;
}

/**
 * Follows a task to its end: one DescribeTask call per poll, for any number of instances. A new task that is not found is
 * queried again. A later one that can no longer be queried, or that outlives the service's own limit, counts as vanished:
 * the list of clients decides then.
 *
 * @param since when the task was submitted, by the clock of the run
 */
export async function followTask(run: RunContext, taskId: string, since: number): Promise<TaskOutcome> {
    try {
        for (;;) {
            const elapsed = run.clock.now() - since;
            if (elapsed >= OVERDUE_MS) return { end: "vanished", results: [] };
            await run.clock.sleep(pauseBeforeLook(elapsed, run.random), run.signal);
            const outcome = await lookAtTask(run, taskId, since);
            if (outcome !== undefined) return outcome;
        }
    } finally {
        run.reporter.taskOver(taskId);
    }
}

/**
 * Queries a task at once, and follows it if it has not ended.
 *
 * @param since when the task was submitted, or when this run began if an earlier one submitted it
 */
export async function taskOutcome(run: RunContext, taskId: string, since: number): Promise<TaskOutcome> {
    return (await lookAtTask(run, taskId, since)) ?? followTask(run, taskId, since);
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

/** Queries a task once; undefined while it is running, and while it is too new to be found. */
async function lookAtTask(run: RunContext, taskId: string, since: number): Promise<TaskOutcome | undefined> {
    const askedAt = run.clock.now();
    try {
        const task = await run.vault.task(taskId);
        if (task.state === "running") {
            tellProgress(run, taskId, task.progress ?? 0, task.results);
            return undefined;
        }
        return { end: task.state, results: task.results };
    } catch (error) {
        if (!(error instanceof HbrError) || error.errorClass === "account") throw error;
        const isUnknown = error.errorClass === "notFound";
        if (isUnknown && askedAt - since < TASK_LAG_MS) return undefined;
        return { end: "vanished", results: [], ...(!isUnknown && { error }) };
    }
}
