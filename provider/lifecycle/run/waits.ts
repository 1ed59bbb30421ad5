import type { ClientEntry } from "../../fleet/model";
import type { Plan, PlannedAction } from "../../fleet/plan";
import { isInProgress, STATUS_GRACE_MS } from "../../fleet/status";
import type { RunContext } from "./context";
import { together } from "./together";
import { taskOutcome } from "./tasks";

/** Waits for what was under way before this run began. */
export class Waits {
    private readonly askedTasks = new Set<string>();

    constructor(private readonly run: RunContext) {}

    /** An installation that an earlier run submitted is waited for too, even where the list does not show it yet. */
    isWait({ kind, entry }: PlannedAction): boolean {
        return (
            kind === "wait" || kind === "grace" || (kind === "install" && this.openTask(entry) !== undefined)
        );
    }

    /** Waits until each can be planned anew: its task is over, and nothing is under way on its client. */
    async wait(actions: Plan): Promise<void> {
        const { run } = this;
        const byTask = Map.groupBy(actions, ({ entry }) => this.openTask(entry));
        await together(
            [...byTask].map(async ([taskId, group]) => {
                if (taskId !== undefined) {
                    this.askedTasks.add(taskId);
                    await taskOutcome(run, taskId, run.clock.now());
                }
                await together(
                    group.map((action) =>
                        action.kind === "grace" ? this.bear(action) : this.settle(action),
                    ),
                );
            }),
        );
    }

    private openTask(entry: ClientEntry | undefined): string | undefined {
        const isOpen = entry?.pendingAction === "install" && entry.errorCode === undefined;
        return isOpen && entry.taskId !== undefined && !this.askedTasks.has(entry.taskId)
            ? entry.taskId
            : undefined;
    }

    private async settle({ instanceId, declared, entry }: PlannedAction): Promise<void> {
        const pair = { ...(declared ?? { instanceId }), clientId: entry?.clientId };
        await this.run.watch.until(({ index }) => {
            const client = index.match(pair);
            return client && isInProgress(client.status) ? undefined : true;
        }, true);
    }

    /** Bears a status that may pass by itself, for the grace; a client that keeps it is not taken over. */
    private async bear({ instanceId, declared, entry }: PlannedAction): Promise<void> {
        const pair = { ...(declared ?? { instanceId }), clientId: entry?.clientId };
        const since = this.run.clock.now();
        const client = await this.run.watch.until(({ index, takenAt }) => {
            const client = index.match(pair);
            if (client?.status !== "UNKNOWN" && client?.status !== "STOPPED") return "passed";
            return takenAt - since >= STATUS_GRACE_MS ? client : undefined;
        }, true);
        if (client === "passed") return;
        const failure = {
            code: client.status,
            message: `its client stays ${client.status}, so it was not taken over`,
        };
        this.run.ledger.failed(instanceId, failure, "install", client);
    }
}
