import { type Failure, judgeUninstall, type UninstallAttempt } from "../../fleet/judge";
import type { ObservedClient } from "../../fleet/model";
import { decide, isInProgress, LIST_LAG_MS } from "../../fleet/status";
import { HbrError } from "../../hbr/errors";
import type { TaskResult } from "../../hbr/port";
import { taskOutcome } from "./tasks";
import { together } from "./together";
import { failureOf, type RunContext } from "./context";
import type { Snapshot } from "./clientWatch";

const SUBMISSIONS = 5;
/** How long a list that does not move is watched before the task itself is asked. */
const TASK_LOOK_MS = 3 * LIST_LAG_MS;

/** Error codes that say the instance itself is no more: no agent is left to uninstall. */
const INSTANCE_GONE = ["InstanceNotExists", "InvalidInstanceId.NotFound"];

/** Uninstalls the agents of these clients, as far as there are any; gives the first failure, or nothing. */
export async function removeAgents(
    run: RunContext,
    clients: readonly ObservedClient[],
): Promise<Failure | undefined> {
    const failures = await together(clients.map((client) => removeAgent(run, client)));
    return failures.find((failure) => failure !== undefined);
}

async function removeAgent(run: RunContext, found: ObservedClient): Promise<Failure | undefined> {
    let client: ObservedClient | undefined = found;
    while (client !== undefined) {
        const decision = decide(client.status, "removed");
        switch (decision) {
            case "wait":
                client = await settledClient(run, client.clientId);
                break;
            case "uninstall": {
                const failure = await uninstall(run, client);
                return failure && !INSTANCE_GONE.includes(failure.code) ? failure : undefined;
            }
            case "deleteRecord":
                return undefined;
            case "install":
            case "reinstall":
            case "adopt":
            case "adoptAndWarn":
            case "keep":
            case "keepAndReport":
            case "grace":
            case "done":
                throw new Error(
                    `the table of statuses has no "${decision}" for a client that is not declared`,
                );
        }
    }
    return undefined;
}

/** Deletes the records of clients whose agents are uninstalled; gives the first failure, or nothing. */
export async function deleteRecords(
    run: RunContext,
    clients: readonly ObservedClient[],
): Promise<Failure | undefined> {
    const failures = await together(clients.map((client) => deleteRecord(run, client)));
    return failures.find((failure) => failure !== undefined);
}

/** UninstallClient, and wait; gives the failure, or nothing once the agent is uninstalled. */
export async function uninstall(run: RunContext, client: ObservedClient): Promise<Failure | undefined> {
    let taskId: string | undefined;
    for (let submission = 1; ; submission += 1) {
        try {
            taskId = (await run.api.uninstallClient(client, run.writeSignal)).taskId;
            if (taskId !== undefined) run.ledger.taskIds.push(taskId);
            break;
        } catch (error) {
            if (!(error instanceof HbrError)) throw error;
            const state = await afterLostAnswer(run, client, error);
            if (state === "uninstalled") return undefined;
            if (state === "under way") break;
            if (error.errorClass !== "unavailable" || submission >= SUBMISSIONS) return failureOf(error);
        }
    }
    return awaitUninstalled(run, client, taskId);
}

type Found = "uninstalled" | "under way" | "untouched";

/** Looks whether a call that failed has acted all the same; allows for a list that is some seconds behind. */
async function afterLostAnswer(run: RunContext, client: ObservedClient, error: HbrError): Promise<Found> {
    const since = run.clock.now();
    const patience = error.errorClass === "unavailable" ? LIST_LAG_MS : 0;
    return run.watch.until(({ index, takenAt }): Found | undefined => {
        const now = index.get(client.clientId);
        if (!now || now.status === "NOT_INSTALLED") return "uninstalled";
        if (now.status === "UNINSTALLING") return "under way";
        return takenAt - since >= patience ? "untouched" : undefined;
    }, patience === 0);
}

async function awaitUninstalled(
    run: RunContext,
    client: ObservedClient,
    taskId: string | undefined,
): Promise<Failure | undefined> {
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
            if (judgement.verdict === "failed") return judgement.failure;
            if (stands) attempt = { ...attempt, end: "vanished" };
            continue;
        }
        // The task knows the error code; and it alone tells about a client that the list does not show moving.
        const { end, results } = await taskOutcome(run, taskId, attempt.submittedAt);
        attempt = { ...attempt, end, ...reportOf(results, client) };
        if (judgement.verdict === "failed") {
            const again = judgeUninstall(attempt, now, run.clock.now());
            return again.verdict === "failed" ? again.failure : judgement.failure;
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
async function deleteRecord(run: RunContext, client: ObservedClient): Promise<Failure | undefined> {
    const since = run.clock.now();
    for (let submission = 1; ; submission += 1) {
        try {
            await run.api.deleteClient(client, run.writeSignal);
            return undefined;
        } catch (error) {
            if (!(error instanceof HbrError)) throw error;
            if (error.errorClass === "notFound") return undefined;
            const gone = await run.watch.until(({ index, takenAt }) => {
                if (index.get(client.clientId) === undefined) return true;
                return takenAt - since >= LIST_LAG_MS * submission ? false : undefined;
            });
            if (gone) return undefined;
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
