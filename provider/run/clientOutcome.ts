import type { ObservedClient } from "../fleet/model";
import type { ClientAttempt, Failure, Outcome, TaskResult } from "../fleet/outcome";
import { LIST_LAG_MS } from "../fleet/status";
import type { RunContext } from "./context";
import { taskOutcome } from "./task";

/** How long a client may stay in the same status before its task is queried (ms). */
const TASK_LOOK_MS = 3 * LIST_LAG_MS;

/** How the work on a client ended. */
export interface ClientOutcome {
    /** Absent if it succeeded. */
    readonly failure?: Failure;
    /** The client as the list showed it last; undefined if the list does not show it. */
    readonly client: ObservedClient | undefined;
}

/** Judges work on a client by one reading of the list; `since` is when its status was first seen. */
export type Judge = (
    attempt: ClientAttempt,
    client: ObservedClient | undefined,
    seenAt: number,
    since: number,
) => Outcome;

/**
 * Follows work on one client in the list, which shows many clients in one call. Its task is queried only if the list stays as
 * it is, or shows a failure, whose reason only the task has.
 */
export async function clientOutcome(
    run: RunContext,
    before: ObservedClient,
    taskId: string | undefined,
    judge: Judge,
): Promise<ClientOutcome> {
    const { clock, watch } = run;
    const task = taskId === undefined ? {} : { taskId };
    let attempt: ClientAttempt = { submittedAt: clock.now(), before };
    let status: string | undefined;
    let since = 0;
    let hasMoved = false;
    for (;;) {
        const { outcome, client } = await watch.until(({ index, takenAt }) => {
            const client = index.get(before.clientId);
            if (client?.status !== status) [status, since] = [client?.status, takenAt];
            hasMoved ||= client?.status !== before.status;
            const outcome = judge({ ...attempt, hasMoved }, client, takenAt, since);
            const isUnmoved =
                attempt.end === undefined &&
                client?.status === before.status &&
                takenAt - attempt.submittedAt >= TASK_LOOK_MS;
            return outcome.state !== "open" || isUnmoved ? { outcome, client } : undefined;
        });
        if (outcome.state === "done") return { client };
        if (taskId === undefined || attempt.end !== undefined) {
            if (outcome.state === "failed") return { failure: { ...outcome.failure, ...task }, client };
            attempt = { ...attempt, end: { at: clock.now(), how: "vanished" } };
            continue;
        }
        const { end, results } = await taskOutcome(run, taskId, attempt.submittedAt);
        attempt = { ...attempt, end: { at: clock.now(), how: end }, ...reportOf(results, before) };
        if (outcome.state === "failed") {
            const again = judge(attempt, client, clock.now(), since);
            const { failure } = again.state === "failed" ? again : outcome;
            return { failure: { ...failure, ...task }, client };
        }
    }
}

function reportOf(results: readonly TaskResult[], client: ObservedClient): Pick<ClientAttempt, "report"> {
    const report = results.find(
        (result) => result.clientId === client.clientId || result.instanceId === client.instanceId,
    );
    return report ? { report } : {};
}
