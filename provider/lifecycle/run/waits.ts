import type { ClientEntry } from "../../fleet/model";
import type { Pair } from "../../fleet/match";
import { openTask } from "../../fleet/openTask";
import type { Plan, PlannedAction } from "../../fleet/plan";
import { isInProgress, isInstalled, LIST_LAG_MS, STATUS_GRACE_MS } from "../../fleet/status";
import type { RunContext } from "./context";
import { together } from "./together";
import { taskOutcome } from "./tasks";

/** Waits for what was under way before this run began. */
export class Waits {
    private readonly askedTasks = new Set<string>();

    constructor(private readonly run: RunContext) {}

    /** An installation that an earlier run submitted is waited for too, even where the list does not show it yet. */
    isWait({ kind, entry, observation }: PlannedAction): boolean {
        if (kind === "wait" || kind === "grace") return true;
        const isUnseen = !isInstalled(observation) && !isInProgress(observation);
        return isUnseen && kind !== "retain" && this.openTask(entry) !== undefined;
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
                    const { end } = await taskOutcome(run, taskId, run.clock.now());
                    if (end === "completed") completedAt = run.clock.now();
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
        const outcome = action.entry ? "it does not count as installed" : "it was not taken over";
        const message = `its client stays ${client.status}, so ${outcome}`;
        this.run.ledger.failed(action.instanceId, { code: client.status, message }, "install", client);
    }
}

/** Of an instance that moves to another cluster the old one: what is under way there has to be over first. */
function pairOf({ instanceId, declared, entry, clusterChanged }: PlannedAction): Pair {
    const { clusterId } = (clusterChanged ? entry : (declared ?? entry)) ?? {};
    return { instanceId, clusterId, clientId: entry?.clientId };
}
