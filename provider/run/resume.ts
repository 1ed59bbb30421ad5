import { OUTCOME_CODES } from "../fleet/codes";
import { ownClient, ownOf } from "../fleet/entry";
import type { Pair } from "../fleet/match";
import type { ClientEntry, ObservedClient } from "../fleet/model";
import { type Failure } from "../fleet/outcome";
import { isOpen, openTask, resolved } from "../fleet/installation";
import type { Plan, PlannedAction } from "../fleet/plan";
import {
    decide,
    isInProgress,
    isInstalled,
    LIST_LAG_MS,
    mayHaveAgent,
    STATUS_GRACE_MS,
} from "../fleet/status";
import { isBegun, isUnproven } from "../fleet/waves";
import { together } from "../async";
import { type TaskOutcome, taskOutcome } from "./task";
import type { RunContext } from "./context";
import { failureOf } from "../hbr/errors";
import { isNew, notTakenOver, pendingIn, type Planner } from "./planner";

/** Waits for work that was in progress before this run began: what an earlier run left unresolved, and what others do. */
export class Resumption {
    private readonly askedTasks = new Set<string>();

    /** @param planner gets the results of unresolved installations */
    constructor(
        private readonly run: RunContext,
        private readonly planner: Planner,
    ) {}

    /** Whether an action has to wait for what is in progress or unresolved. */
    isWait(action: PlannedAction): boolean {
        return isBegun(action, this.askedTasks);
    }

    /** Waits until each action can be planned again: its task has ended, and nothing is in progress on its client. */
    async wait(actions: Plan): Promise<void> {
        const byTask = Map.groupBy(actions, ({ entry }) => this.openTask(entry));
        await together([...byTask].map(([taskId, group]) => this.waitFor(taskId, group)));
        this.keepAgentsIfNoneRecovered(actions.filter(isUnproven));
    }

    private async waitFor(taskId: string | undefined, group: Plan): Promise<void> {
        const { inFlight, halt } = this.run;
        const count = group.filter(({ kind }) => kind !== "grace").length;
        inFlight.add(count);
        try {
            await halt.part(this.waitForAll(taskId, group));
        } finally {
            inFlight.remove(count);
        }
    }

    private async waitForAll(taskId: string | undefined, group: Plan): Promise<void> {
        const outcome = taskId === undefined ? undefined : await this.outcomeOf(taskId);
        await together(
            group.map((action) =>
                action.kind === "grace" ? this.waitOutGrace(action) : this.settle(action, outcome),
            ),
        );
    }

    /**
     * Keeps the agents of healthy clients if an earlier run left a whole batch and none of its clients has recovered:
     * healthy ones would fare no better.
     */
    private keepAgentsIfNoneRecovered(waited: Plan): void {
        const { record, halt, goal } = this.run;
        const instanceIds = waited.map(({ instanceId }) => instanceId);
        const failures = instanceIds.flatMap((instanceId) => record.failures.get(instanceId) ?? []);
        const [failure] = failures;
        const isBatch = waited.length >= Math.min(goal.rollout.batchSize, 2);
        if (failure && isBatch && failures.length === waited.length)
            halt.keepAgents({ instanceIds, failure });
    }

    private openTask(entry: ClientEntry | undefined): string | undefined {
        const taskId = openTask(entry);
        return taskId !== undefined && !this.askedTasks.has(taskId) ? taskId : undefined;
    }

    private outcomeOf(taskId: string): Promise<TaskOutcome> {
        const { goal, clock } = this.run;
        this.askedTasks.add(taskId);
        return taskOutcome(this.run, taskId, goal.earlier?.endedAt ?? clock.now());
    }

    /**
     * Waits until nothing is in progress on a client, and resolves an unresolved installation. The list may lag behind a
     * completed task, and behind a call whose answer was lost.
     */
    private async settle(action: PlannedAction, outcome: TaskOutcome | undefined): Promise<void> {
        const { record, watch, clock } = this.run;
        const { entry, instanceId, declared } = action;
        const pair = pairOf(action);
        if (isOpen(entry) && outcome?.error) {
            record.undecided(instanceId, failureOf(outcome.error));
            // It stays in flight for as long as the list shows it in progress.
            await watch.until(
                ({ index }) => !isInProgress(index.match(pair)?.status ?? "absent") || undefined,
                0,
            );
            return;
        }
        const isLost = outcome === undefined && isOpen(entry);
        const since = isLost || outcome?.end === "completed" ? clock.now() : -Infinity;
        const index = await watch.until(({ index, takenAt }) => {
            const client = declared || isOpen(entry) ? index.match(pair) : entry && ownClient(entry, index);
            const status = client?.status ?? "absent";
            const isUnchanged =
                entry?.pendingAction === "upgrade" && client?.clientVersion === entry.clientVersion;
            const isBehind = (!isInstalled(status) || isUnchanged) && takenAt - since < LIST_LAG_MS;
            return isInProgress(status) || isBehind ? undefined : index;
        }, 0);
        if (entry?.pendingAction === "upgrade" && outcome?.end === "completed")
            this.planner.upgradeEnded(entry, ownClient(entry, index));
        if (!entry || !isOpen(entry)) return;
        const found = index.match(pair);
        if (!declared && outcome?.end === "vanished" && found && mayHaveAgent(found.status)) {
            record.undecided(instanceId, ofUnknownOrigin(found));
            return;
        }
        const now = resolved(entry, outcome?.end, outcome?.results ?? [], index);
        this.planner.resolved(now);
        record.resolved(now, index);
    }

    /** Waits for a status to pass on its own. After the grace period, the instance has failed. */
    private async waitOutGrace(action: PlannedAction): Promise<void> {
        const pair = pairOf(action);
        const since = this.run.clock.now();
        const client = await this.run.watch.until(({ index, takenAt }) => {
            const client = index.match(pair);
            if (!client || decide(client.status, "new") !== "grace") return "passed";
            return takenAt - since >= STATUS_GRACE_MS ? client : undefined;
        }, 0);
        if (client === "passed") return;
        const { record } = this.run;
        const { instanceId } = action;
        const pending = pendingIn(action);
        if (isNew(action)) record.stays(instanceId, notTakenOver(client), pending, client);
        else record.failed(instanceId, notInstalled(client), pending, client);
    }
}

function notInstalled({ status }: ObservedClient): Failure {
    return {
        code: status,
        message: `its client stays ${status}, so it does not count as installed`,
    };
}

/** Why a client is not removed if only its task could tell whether it is this resource's. */
function ofUnknownOrigin({ clientId, status }: ObservedClient): Failure {
    const message = `client ${clientId} (${status}) may be this resource's, but the task of its installation cannot be asked any more`;
    return { code: OUTCOME_CODES.originUnknown, message };
}

/** For an instance that moves, the pair in the old cluster: work in progress there has to end first. */
function pairOf({ instanceId, declared, entry, clusterChanged }: PlannedAction): Pair {
    const { clusterId } = (clusterChanged ? entry : (declared ?? entry)) ?? {};
    return { instanceId, clusterId, clientId: ownOf(entry)?.clientId };
}
