import { Forecast } from "../fleet/forecast";
import { reportsFailure, reportsSuccess, type TaskEnd, type TaskResult } from "../fleet/outcome";
import { OVERDUE_MS } from "../fleet/status";
import { HbrError } from "../hbr/errors";
import type { RunContext } from "./context";
import type { SubmittedTask } from "./sharedPolls";

/** How long after its submission a task may not be found yet (ms). */
const TASK_LAG_MS = 10_000;

/** How a task ended, and what its Result reports about the instances. */
export interface TaskOutcome {
    readonly end: TaskEnd;
    readonly results: readonly TaskResult[];
    /** Why the task could not be queried, though it may still exist. */
    readonly error?: HbrError;
}

/** What a poll has found at a time, by the clock of the run. Without an outcome, the task is running. */
interface Finding {
    readonly at: number;
    readonly outcome?: TaskOutcome;
    readonly progress?: number | undefined;
}

type Ended = Finding & { readonly outcome: TaskOutcome };

/**
 * Follows a task from its submission to its end: one DescribeTask call per poll, for any number of instances. {@link Forecast}
 * says when they come; `SharedPolls` replaces some of them by readings of the list. A new task that is not found is queried
 * again. A later one that can no longer be queried, or that outlives the service's own limit, counts as vanished: the list of
 * clients decides then.
 */
export async function followTask(run: RunContext, task: SubmittedTask): Promise<TaskOutcome> {
    const { polls } = run;
    const { taskId, submittedAt: since } = task;
    const followed = polls.begin(task);
    const { forecast } = followed;
    try {
        const { at, outcome } = await untilEnd(run, { since, forecast }, { at: since }, async () => {
            const shownAt = await polls.shownRunning(followed);
            return shownAt === undefined ? pollTask(run, taskId, since) : { at: shownAt };
        });
        if (outcome.end === "completed") polls.completed(followed, at - since);
        return outcome;
    } finally {
        polls.end(followed);
        run.reporter.taskOver(taskId);
    }
}

/**
 * Queries a task at once, and follows it if it has not ended.
 *
 * @param since when the task was submitted, or a moment after that if an earlier run or attempt submitted it
 */
export async function taskOutcome(run: RunContext, taskId: string, since: number): Promise<TaskOutcome> {
    const poll = (): Promise<Finding> => pollTask(run, taskId, since);
    const forecast = new Forecast({ isNew: false });
    try {
        const first = await poll();
        forecast.running(first.at - since, first.progress);
        return (await untilEnd(run, { since, forecast }, first, poll)).outcome;
    } finally {
        run.reporter.taskOver(taskId);
    }
}

/** Polls until there is an outcome, in the pauses of the forecast. */
async function untilEnd(
    { clock, random, signal }: RunContext,
    { since, forecast }: { readonly since: number; readonly forecast: Forecast },
    first: Finding,
    poll: () => Promise<Finding>,
): Promise<Ended> {
    for (let finding = first; ;) {
        if (hasEnded(finding)) return finding;
        const { at } = finding;
        if (at - since >= OVERDUE_MS) return { at, outcome: { end: "vanished", results: [] } };
        const due = at + forecast.pause(at - since, random);
        await clock.sleep(Math.max(1, due - clock.now()), signal);
        finding = await poll();
        if (!hasEnded(finding)) forecast.running(finding.at - since, finding.progress);
    }
}

function hasEnded(finding: Finding): finding is Ended {
    return finding.outcome !== undefined;
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

/** Queries a task once. It counts as running while it is too new to be found. */
async function pollTask(run: RunContext, taskId: string, since: number): Promise<Finding> {
    const { clock, vault } = run;
    const askedAt = clock.now();
    const ended = (outcome: TaskOutcome): Finding => ({ at: clock.now(), outcome });
    try {
        const { state, results, progress } = await vault.task(taskId);
        if (state !== "running") return ended({ end: state, results });
        tellProgress(run, taskId, progress ?? 0, results);
        return { at: clock.now(), progress };
    } catch (error) {
        if (!(error instanceof HbrError) || error.errorClass === "account") throw error;
        const isUnknown = error.errorClass === "notFound";
        if (isUnknown && askedAt - since < TASK_LAG_MS) return { at: clock.now() };
        return ended({ end: "vanished", results: [], ...(!isUnknown && { error }) });
    }
}
