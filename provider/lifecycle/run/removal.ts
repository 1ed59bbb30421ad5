import { type Failure, judgeUninstall, type UninstallAttempt } from "../../fleet/judge";
import type { ObservedClient } from "../../fleet/model";
import { decide, isInProgress, LIST_LAG_MS } from "../../fleet/status";
import { HbrError, isGone } from "../../hbr/errors";
import type { TaskResult } from "../../hbr/port";
import { taskOutcome } from "./tasks";
import { failureOf, type RunContext } from "./context";
import type { Snapshot } from "./clientWatch";
import type { FirstAlone } from "./firstAlone";

const SUBMISSIONS = 5;
/** How long a list that does not move is watched before the task itself is asked. */
const TASK_LOOK_MS = 3 * LIST_LAG_MS;

/** Error codes that say the instance itself is no more: no agent is left to uninstall. */
const INSTANCE_GONE = ["InstanceNotExists", "InvalidInstanceId.NotFound"];

/**
 * How the removal of an agent, or of a record, ended. `gone`: it was not there any more. `untried`: the run no longer
 * does such a thing, and what was there still is.
 */
export type RemovalEnd = "done" | "gone" | "untried" | Failure;

/** Uninstalls the agent of a client that is no longer wanted, if it has one. */
export async function removeAgent(
    run: RunContext,
    found: ObservedClient,
    mayCall: () => boolean,
): Promise<RemovalEnd> {
    let client: ObservedClient | undefined = found;
    while (client !== undefined) {
        const decision = decide(client.status, "removed");
        switch (decision) {
            case "wait":
                client = await settledClient(run, client.clientId);
                break;
            case "uninstall": {
                const end = await uninstall(run, client, mayCall);
                return typeof end === "object" && INSTANCE_GONE.includes(end.code) ? "gone" : end;
            }
            case "deleteRecord":
                // What was under way when it was found has ended without an agent.
                return client === found ? "gone" : "done";
            case "install":
            case "reinstall":
            case "adopt":
            case "adoptAndWarn":
            case "refuse":
            case "keep":
            case "keepAndReport":
            case "grace":
            case "done":
                throw new Error(
                    `the table of statuses has no "${decision}" for a client that is not declared`,
                );
        }
    }
    return "gone";
}

/**
 * UninstallClient, and wait.
 *
 * @param mayCall asked at the last moment before each call
 */
export async function uninstall(
    run: RunContext,
    client: ObservedClient,
    mayCall: () => boolean,
): Promise<RemovalEnd> {
    let taskId: string | undefined;
    for (let submission = 1; ; submission += 1) {
        try {
            const answer = await write(run, run.firstUninstall, mayCall, () =>
                run.api.uninstallClient(client, run.writeSignal),
            );
            if (answer === "untried") return answer;
            ({ taskId } = answer);
            if (taskId !== undefined) run.ledger.taskIds.push(taskId);
            break;
        } catch (error) {
            if (!(error instanceof HbrError)) throw error;
            if (isGone(error) && !run.task.declared) return "gone";
            // Without its vault, nothing can follow.
            if (error.about === "vault") {
                run.halt.stop(error);
                return "untried";
            }
            const state = await lookAfterFailure(run, client, error);
            if (state === "uninstalled") return "done";
            if (state === "gone") return error.errorClass === "notFound" ? "gone" : "done";
            if (state === "under way") break;
            if (error.errorClass !== "unavailable" || submission >= SUBMISSIONS) return failureOf(error);
        }
    }
    run.ledger.removing(client.instanceId, "UNINSTALLING");
    return (await awaitUninstalled(run, client, taskId)) ?? "done";
}

/** A call that changes something. An error of the account would meet every other one as well, so none follows it. */
async function write<T>(
    run: RunContext,
    first: FirstAlone,
    mayCall: () => boolean,
    call: () => Promise<T>,
): Promise<T | "untried"> {
    return first.do(async () => {
        if (!mayCall()) return "untried";
        try {
            return await call();
        } catch (error) {
            if (!(error instanceof HbrError) || error.errorClass !== "account") throw error;
            run.halt.stop(error);
            return "untried";
        }
    });
}

type Found = "uninstalled" | "gone" | "under way" | "untouched";

/** Looks whether a call that failed has acted all the same; allows for a list that is some seconds behind. */
async function lookAfterFailure(run: RunContext, client: ObservedClient, error: HbrError): Promise<Found> {
    const since = run.clock.now();
    // What is not found may be gone, with a list that is behind.
    const isUnclear =
        error.errorClass === "unavailable" || (error.errorClass === "notFound" && error.about !== "instance");
    const patience = isUnclear ? LIST_LAG_MS : 0;
    return run.watch.until(({ index, takenAt }): Found | undefined => {
        const now = index.get(client.clientId);
        if (!now) return "gone";
        if (now.status === "NOT_INSTALLED") return "uninstalled";
        if (now.status === "UNINSTALLING") return "under way";
        return takenAt - since >= patience ? "untouched" : undefined;
    }, patience === 0);
}

async function awaitUninstalled(
    run: RunContext,
    client: ObservedClient,
    taskId: string | undefined,
): Promise<Failure | undefined> {
    const task = taskId === undefined ? {} : { taskId };
    let attempt: UninstallAttempt = { submittedAt: run.clock.now(), before: client.status };
    for (;;) {
        const { judgement, stands, now } = await run.watch.until(({ index, takenAt }) => {
            const now = index.get(client.clientId);
            const judgement = judgeUninstall(attempt, now, takenAt);
            const stands =
                attempt.end === undefined &&
                now?.status === client.status &&
                takenAt - attempt.submittedAt >= TASK_LOOK_MS;
            return judgement.verdict !== "wait" || stands ? { judgement, stands, now } : undefined;
        });
        if (judgement.verdict === "done") return undefined;
        if (taskId === undefined || attempt.end !== undefined) {
            if (judgement.verdict === "failed") return { ...judgement.failure, ...task };
            if (stands) attempt = { ...attempt, end: "vanished" };
            continue;
        }
        // The task knows the error code; and it alone tells about a client that the list does not show moving.
        const { end, results } = await taskOutcome(run, taskId, attempt.submittedAt);
        attempt = { ...attempt, end, ...reportOf(results, client) };
        if (judgement.verdict === "failed") {
            const again = judgeUninstall(attempt, now, run.clock.now());
            return { ...(again.verdict === "failed" ? again : judgement).failure, ...task };
        }
    }
}

function reportOf(results: readonly TaskResult[], client: ObservedClient): Pick<UninstallAttempt, "report"> {
    const report = results.find(
        (result) => result.clientId === client.clientId || result.instanceId === client.instanceId,
    );
    return report ? { report } : {};
}

/** DeleteClient. A record that is gone already counts as deleted; one that is still active needs a moment. */
export async function deleteRecord(run: RunContext, client: ObservedClient): Promise<RemovalEnd> {
    const since = run.clock.now();
    for (let submission = 1; ; submission += 1) {
        try {
            const mayCall = (): boolean => !run.halt.endsAll;
            const answer = await write(run, run.firstDeletion, mayCall, () =>
                run.api.deleteClient(client, run.writeSignal),
            );
            return answer ?? "done";
        } catch (error) {
            if (!(error instanceof HbrError)) throw error;
            if (isGone(error)) return "gone";
            const gone = await run.watch.until(({ index, takenAt }) => {
                if (index.get(client.clientId) === undefined) return true;
                return takenAt - since >= LIST_LAG_MS * submission ? false : undefined;
            });
            if (gone) return "gone";
            const mayPass = error.errorClass === "unavailable" || error.errorClass === "rejected";
            if (!mayPass || submission >= SUBMISSIONS) return failureOf(error);
        }
    }
}

/** The client once nothing is under way on it any more. */
async function settledClient(run: RunContext, clientId: string): Promise<ObservedClient | undefined> {
    const settled = await run.watch.until(({ index }: Snapshot) => {
        const client = index.get(clientId);
        return client && isInProgress(client.status) ? undefined : { client };
    });
    return settled.client;
}
