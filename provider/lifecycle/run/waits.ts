import type { Failure } from "../../fleet/judge";
import type { Pair } from "../../fleet/match";
import type { ClientEntry, ObservedClient } from "../../fleet/model";
import { afterTask, openTask } from "../../fleet/openTask";
import { CLIENT_EXISTS, CLIENT_NOT_HEALTHY, type Plan, type PlannedAction } from "../../fleet/plan";
import { isOwn, ownOf } from "../../fleet/entry";
import { isInProgress, isInstalled, LIST_LAG_MS, STATUS_GRACE_MS } from "../../fleet/status";
import type { RunContext } from "./context";
import { together } from "./together";
import { taskOutcome } from "./tasks";

/** Waits for what was under way before this run began. */
export class Waits {
    private readonly askedTasks = new Set<string>();

    /** @param known what the state recorded: here it learns what has come of open tasks */
    constructor(
        private readonly run: RunContext,
        private readonly known: Map<string, ClientEntry>,
    ) {}

    /**
     * An installation that an earlier run submitted is waited for too: the list may not show it yet, and whether the
     * client that it shows has come of it, the task knows.
     */
    isWait({ kind, entry, observation }: PlannedAction): boolean {
        if (kind === "wait" || kind === "grace") return true;
        const isUnseen = !isInstalled(observation) && !isInProgress(observation);
        const isOpen = isUnseen || entry?.clientId === undefined;
        return isOpen && kind !== "retain" && kind !== "leave" && this.openTask(entry) !== undefined;
    }

    /** Waits until each can be planned anew: its task is over, and nothing is under way on its client. */
    async wait(actions: Plan): Promise<void> {
        const { run } = this;
        const byTask = Map.groupBy(actions, ({ entry }) => this.openTask(entry));
        await together(
            [...byTask].map(async ([taskId, group]) => {
                let completedAt: number | undefined;
                if (taskId !== undefined) {
                    this.askedTasks.add(taskId);
                    const { end, results } = await taskOutcome(run, taskId, run.clock.now());
                    if (end === "completed") completedAt = run.clock.now();
                    for (const { instanceId, entry } of group)
                        if (entry) this.known.set(instanceId, afterTask(entry, results));
                }
                await together(
                    group.map((action) =>
                        action.kind === "grace" ? this.bear(action) : this.settle(action, completedAt),
                    ),
                );
            }),
        );
    }

    private openTask(entry: ClientEntry | undefined): string | undefined {
        const taskId = openTask(entry);
        return taskId !== undefined && !this.askedTasks.has(taskId) ? taskId : undefined;
    }

    /** The list may be some seconds behind a task that is completed, and still show what was there before it. */
    private async settle(action: PlannedAction, completedAt = -Infinity): Promise<void> {
        const pair = pairOf(action);
        await this.run.watch.until(({ index, takenAt }) => {
            const status = index.match(pair)?.status ?? "absent";
            const isBehind = !isInstalled(status) && takenAt - completedAt < LIST_LAG_MS;
            return isInProgress(status) || isBehind ? undefined : true;
        }, true);
    }

    /** Bears a status that may pass by itself, for the grace; a client that keeps it is not taken over. */
    private async bear(action: PlannedAction): Promise<void> {
        const pair = pairOf(action);
        const since = this.run.clock.now();
        const client = await this.run.watch.until(({ index, takenAt }) => {
            const client = index.match(pair);
            if (client?.status !== "UNKNOWN" && client?.status !== "STOPPED") return "passed";
            return takenAt - since >= STATUS_GRACE_MS ? client : undefined;
        }, true);
        if (client === "passed") return;
        const failure = isNew(action) ? notTakenOver(client) : notInstalled(client);
        this.run.ledger.failed(action.instanceId, failure, "install", client);
    }
}

/** Whether the client of an instance is none that this resource has installed or taken over. */
export function isNew({ entry, client }: PlannedAction): boolean {
    return !entry || !client || !isOwn(entry, client);
}

function notInstalled({ status }: ObservedClient): Failure {
    return { code: status, message: `its client stays ${status}, so it does not count as installed` };
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
