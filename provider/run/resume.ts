import { type Failure, isOpen, openTask, resolved } from "../fleet/outcome";
import type { Pair } from "../fleet/match";
import type { ClientEntry, ObservedClient } from "../fleet/model";
import { CLIENT_EXISTS, CLIENT_NOT_HEALTHY, type Plan, type PlannedAction } from "../fleet/plan";
import { isOwn, ownClient, ownOf } from "../fleet/entry";
import { isInProgress, isInstalled, LIST_LAG_MS, mayHaveAgent, STATUS_GRACE_MS } from "../fleet/status";
import { failureOf, type RunContext } from "./context";
import { together } from "../async";
import { type TaskOutcome, taskOutcome } from "./tasks";

/** Waits for what was under way before this run began. */
export class Resumption {
    private readonly askedTasks = new Set<string>();

    /** @param known what the state recorded: here it learns what has come of open tasks */
    constructor(
        private readonly run: RunContext,
        private readonly known: Map<string, ClientEntry>,
    ) {}

    /** An installation that an earlier run submitted, or may have, is waited for too: whose a client is depends on it. */
    isWait({ kind, entry, observation }: PlannedAction): boolean {
        if (kind === "retain" || kind === "leave") return false;
        if (kind === "wait" || kind === "grace" || isOpen(entry)) return true;
        const isUnseen = !isInstalled(observation) && !isInProgress(observation);
        return isUnseen && this.openTask(entry) !== undefined;
    }

    /** Waits until each can be planned anew: its task is over, and nothing is under way on its client. */
    async wait(actions: Plan): Promise<void> {
        const byTask = Map.groupBy(actions, ({ entry }) => this.openTask(entry));
        await together(
            [...byTask].map(async ([taskId, group]) => {
                const outcome = taskId === undefined ? undefined : await this.outcomeOf(taskId);
                await together(
                    group.map((action) =>
                        action.kind === "grace" ? this.waitOutGrace(action) : this.settle(action, outcome),
                    ),
                );
            }),
        );
        this.keepAgentsIfNoneRecovered(actions.filter((action) => action.kind === "grace" && !isNew(action)));
    }

    /** Where no client of a whole batch has come up that an earlier run left, the next healthy ones would fare no better. */
    private keepAgentsIfNoneRecovered(borne: Plan): void {
        const { record, halt, goal } = this.run;
        const instanceIds = borne.map(({ instanceId }) => instanceId);
        const failures = instanceIds.flatMap((instanceId) => record.failures.get(instanceId) ?? []);
        const [failure] = failures;
        const isBatch = borne.length >= Math.min(goal.rollout.batchSize, 2);
        if (failure && isBatch && failures.length === borne.length) halt.keepAgents({ instanceIds, failure });
    }

    private openTask(entry: ClientEntry | undefined): string | undefined {
        const taskId = openTask(entry);
        return taskId !== undefined && !this.askedTasks.has(taskId) ? taskId : undefined;
    }

    private outcomeOf(taskId: string): Promise<TaskOutcome> {
        this.askedTasks.add(taskId);
        return taskOutcome(this.run, taskId, this.run.clock.now());
    }

    /**
     * The list may be some seconds behind a task that is completed, and behind a call whose answer was lost, and still show
     * what was there before.
     */
    private async settle(action: PlannedAction, outcome: TaskOutcome | undefined): Promise<void> {
        const { entry, instanceId, declared } = action;
        const pair = pairOf(action);
        if (isOpen(entry) && outcome?.error) {
            this.run.record.undecided(instanceId, failureOf(outcome.error));
            return;
        }
        const isLost = outcome === undefined && isOpen(entry);
        const since = isLost || outcome?.end === "completed" ? this.run.clock.now() : -Infinity;
        const index = await this.run.watch.until(({ index, takenAt }) => {
            const client = declared || isOpen(entry) ? index.match(pair) : entry && ownClient(entry, index);
            const status = client?.status ?? "absent";
            const isBehind = !isInstalled(status) && takenAt - since < LIST_LAG_MS;
            return isInProgress(status) || isBehind ? undefined : index;
        }, true);
        if (!entry || !isOpen(entry)) return;
        const found = index.match(pair);
        if (!declared && outcome?.end === "vanished" && found && mayHaveAgent(found.status)) {
            this.run.record.undecided(instanceId, ofUnknownOrigin(found));
            return;
        }
        const now = resolved(entry, outcome?.end, outcome?.results ?? [], index);
        this.known.set(instanceId, now);
        this.run.record.resolved(now, index);
    }

    /** Bears a status that may pass by itself, for the grace; a client that keeps it is not taken over. */
    private async waitOutGrace(action: PlannedAction): Promise<void> {
        const pair = pairOf(action);
        const since = this.run.clock.now();
        const client = await this.run.watch.until(({ index, takenAt }) => {
            const client = index.match(pair);
            if (client?.status !== "UNKNOWN" && client?.status !== "STOPPED") return "passed";
            return takenAt - since >= STATUS_GRACE_MS ? client : undefined;
        }, true);
        if (client === "passed") return;
        const failure = isNew(action) ? notTakenOver(client) : notInstalled(client);
        this.run.record.failed(action.instanceId, failure, "install", client);
    }
}

/** Whether the client of an instance is none that this resource has installed or taken over. */
export function isNew({ entry, client }: PlannedAction): boolean {
    return !entry || !client || !isOwn(entry, client);
}

function notInstalled({ status }: ObservedClient): Failure {
    return {
        code: status,
        message: `its client stays ${status}, so it does not count as installed; look at the agent on the instance`,
    };
}

/** Why a client is not removed of which only the task could say whether it is this resource's. */
function ofUnknownOrigin({ clientId, status }: ObservedClient): Failure {
    const message = `client ${clientId} (${status}) may be this resource's, but the task of its installation cannot be asked any more; declare the instance and run \`pulumi up\` to take the client over, or remove it yourself`;
    return { code: "TaskNotFound", message };
}

/** Why a client that is there is refused. */
export function alreadyThere({ clientId, status }: ObservedClient): Failure {
    const message = `client ${clientId} (${status}) is already there, and adoptExisting is false; set it to true to take the client over, or take the instance out of the program`;
    return { code: CLIENT_EXISTS, message };
}

/** Why a client that was there is not taken over: it has to be healthy. */
export function notTakenOver({ clientId, status }: ObservedClient): Failure {
    const message = `client ${clientId} is already there and ${status}, so it was not taken over`;
    return { code: CLIENT_NOT_HEALTHY, message };
}

/** Of an instance that moves to another cluster the old one: what is under way there has to be over first. */
function pairOf({ instanceId, declared, entry, clusterChanged }: PlannedAction): Pair {
    const { clusterId } = (clusterChanged ? entry : (declared ?? entry)) ?? {};
    return { instanceId, clusterId, clientId: ownOf(entry)?.clientId };
}
