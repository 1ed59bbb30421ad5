import { idList } from "../fleet/planText";
import { type Failure, uninstallOutcome, type UninstallAttempt } from "../fleet/outcome";
import type { Pair } from "../fleet/match";
import type { ObservedClient, PendingAction, Removal } from "../fleet/model";
import type { Plan, PlannedAction } from "../fleet/plan";
import { decide, isInProgress, LIST_LAG_MS, mayHaveAgent } from "../fleet/status";
import { failureOf, type RunContext } from "./context";
import { together } from "../async";
import { HbrError, isGone } from "../hbr/errors";
import type { TaskResult } from "../hbr/port";
import { taskOutcome } from "./tasks";
import type { Snapshot } from "./watch";
import type { FirstAlone } from "./halt";

/** Removes what is no longer declared, as the argument `removal` says: the clients that this resource owns, and no other. */
export class Removals {
    /** Instances whose agent is gone, and whose record stays. */
    private kept = 0;

    constructor(private readonly run: RunContext) {}

    /** All agents before the first record: deleting one shifts the pages of the list that the others are waiting for. */
    async removeAll(plan: Plan): Promise<void> {
        const mayCall = (): boolean => !this.run.halt.endsAll;
        const found = plan.filter((action) => !this.isLeftToOther(action));
        const cleared = await together(
            found.map(async (action) => {
                const end = await this.removeOwnAgent(action, mayCall);
                this.noteFailure(action, end);
                if (!isOver(end)) return [];
                if (this.deletesRecords && this.clientOf(action)) {
                    this.run.record.removing(action.instanceId, "NOT_INSTALLED");
                    return [{ action, end }];
                }
                this.removed(action, end, "gone");
                return [];
            }),
        );
        await together(
            cleared.flat().map(async ({ action, end }) => {
                const deletion = await this.deleteOwnRecord(action);
                this.noteFailure(action, deletion);
                if (isOver(deletion)) this.removed(action, end, deletion);
            }),
        );
    }

    /** There was nothing left to remove. */
    alreadyGone(action: PlannedAction): void {
        this.removed(action, "gone", "gone");
    }

    /** What is left in the vault of what was removed; nothing where nothing is. */
    get remains(): string | undefined {
        if (this.kept === 0) return undefined;
        const { uninstalled, "already gone": gone } = this.run.record.counts;
        const all = this.kept === uninstalled + gone;
        const records = all ? "their records stay" : `${this.kept} of their records stay`;
        return `${records} in ${this.run.goal.vaultId}`;
    }

    /** What is left of a client whose removal failed is what the list showed last. */
    fail(action: PlannedAction, failure: Failure, pending: PendingAction): void {
        const { client } = action;
        const now = client && (this.clientOf(action) ?? { ...client, status: "NOT_INSTALLED" });
        this.run.record.failed(action.instanceId, failure, pending, now);
    }

    /**
     * The client of an instance that leaves its cluster: agent, and record.
     *
     * @param mayCall asked before the agent is uninstalled
     */
    async removeOld(action: PlannedAction, mayCall: () => boolean): Promise<RemovalEnd> {
        if (this.isLeftToOther(action)) return "gone";
        if (this.removal === "Retain") {
            const text = 'the client in the old cluster stays, no longer managed (removal "Retain")';
            if (this.clientOf(action)) this.run.remarks.add("warning", action.instanceId, text);
            return "gone";
        }
        const end = await this.removeOwnAgent(action, mayCall);
        if (!isOver(end)) return end;
        if (!this.deletesRecords && this.clientOf(action)) {
            const text = `its old record stays in ${this.run.goal.vaultId}`;
            this.run.remarks.add("info", action.instanceId, text);
        }
        const deletion = await this.deleteOwnRecord(action);
        if (isOver(deletion)) this.tellOthers(action);
        return deletion;
    }

    private async removeOwnAgent(action: PlannedAction, mayCall: () => boolean): Promise<RemovalEnd> {
        const client = this.clientOf(action);
        return client ? removeAgent(this.run, client, mayCall) : "gone";
    }

    private async deleteOwnRecord(action: PlannedAction): Promise<RemovalEnd> {
        const record = this.clientOf(action);
        return this.deletesRecords && record ? deleteRecord(this.run, record) : "gone";
    }

    private noteFailure(action: PlannedAction, end: RemovalEnd): void {
        if (typeof end === "object") this.fail(action, end, "uninstall");
    }

    private removed(action: PlannedAction, agent: RemovalEnd, deletion: RemovalEnd): void {
        const { record, progress } = this.run;
        record.gone(action.instanceId);
        if (deletion === "done") record.counts[agent === "done" ? "uninstalled and deleted" : "deleted"] += 1;
        else record.counts[agent === "done" ? "uninstalled" : "already gone"] += 1;
        const client = this.clientOf(action);
        if (!this.deletesRecords && client && !mayHaveAgent(client.status)) this.kept += 1;
        this.tellOthers(action);
        progress.show();
    }

    /** What else is there for the pair is not this resource's, or was kept by an earlier removal: it stays, and is named. */
    private tellOthers(action: PlannedAction): void {
        const { watch, goal, remarks } = this.run;
        const others = watch.latest
            .allOf(recordedPair(action))
            .filter(({ clientId }) => clientId !== action.client?.clientId);
        const tell = (text: string, clients: readonly ObservedClient[]): void => {
            if (clients.length === 0) return;
            const ids = idList(clients.map(({ clientId }) => clientId));
            remarks.add("info", action.instanceId, `${text}: ${ids}`);
        };
        tell(
            "left alone, because the state does not name it as this resource's",
            others.filter(({ status }) => mayHaveAgent(status)),
        );
        if (!this.deletesRecords) return;
        tell(
            `records that the state does not name stay in ${goal.vaultId}`,
            others.filter(({ status }) => !mayHaveAgent(status)),
        );
    }

    private get removal(): Removal {
        return (this.run.goal.declared ?? this.run.goal.recorded.spec).removal;
    }

    private get deletesRecords(): boolean {
        return this.removal === "UninstallAndDelete";
    }

    /** The client that the action is about, as the list showed it last. */
    private clientOf({ client }: PlannedAction): ObservedClient | undefined {
        return client && this.run.watch.latest.get(client.clientId);
    }

    /** Whether another resource declares the same client. */
    private isLeftToOther(action: PlannedAction): boolean {
        const { record, remarks } = this.run;
        if (!this.run.isClaimedByOther(recordedPair(action))) return false;
        const text = "not removed: another resource of this program declares the same client";
        remarks.add("info", action.instanceId, text);
        if (!action.declared) {
            record.gone(action.instanceId);
            record.counts["left alone"] += 1;
        }
        return true;
    }
}

function isOver(end: RemovalEnd): end is "done" | "gone" {
    return end === "done" || end === "gone";
}

function recordedPair({ instanceId, entry }: PlannedAction): Pair {
    return { instanceId, clusterId: entry?.clusterId, clientId: entry?.clientId };
}

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
            if (taskId !== undefined) run.record.taskIds.push(taskId);
            break;
        } catch (error) {
            if (!(error instanceof HbrError)) throw error;
            if (isGone(error) && !run.goal.declared) return "gone";
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
    run.record.removing(client.instanceId, "UNINSTALLING");
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
        const { outcome, stands, now } = await run.watch.until(({ index, takenAt }) => {
            const now = index.get(client.clientId);
            const outcome = uninstallOutcome(attempt, now, takenAt);
            const stands =
                attempt.end === undefined &&
                now?.status === client.status &&
                takenAt - attempt.submittedAt >= TASK_LOOK_MS;
            return outcome.state !== "open" || stands ? { outcome, stands, now } : undefined;
        });
        if (outcome.state === "done") return undefined;
        if (taskId === undefined || attempt.end !== undefined) {
            if (outcome.state === "failed") return { ...outcome.failure, ...task };
            if (stands) attempt = { ...attempt, end: "vanished" };
            continue;
        }
        // The task knows the error code; and it alone tells about a client that the list does not show moving.
        const { end, results } = await taskOutcome(run, taskId, attempt.submittedAt);
        attempt = { ...attempt, end, ...reportOf(results, client) };
        if (outcome.state === "failed") {
            const again = uninstallOutcome(attempt, now, run.clock.now());
            return { ...(again.state === "failed" ? again : outcome).failure, ...task };
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
