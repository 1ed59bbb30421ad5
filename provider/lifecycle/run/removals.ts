import { idList } from "../../fleet/idList";
import type { Failure } from "../../fleet/judge";
import type { Pair } from "../../fleet/match";
import type { ObservedClient, PendingAction } from "../../fleet/model";
import type { Plan, PlannedAction } from "../../fleet/plan";
import type { RunContext } from "./context";
import { deleteRecords, removeAgents } from "./removal";
import { together } from "./together";

/** Removes what is no longer declared, as the argument `removal` says. */
export class Removals {
    constructor(private readonly run: RunContext) {}

    /** All agents first: deleting a record shifts the pages of the list that the others are waiting for. */
    async removeAll(removals: Plan): Promise<void> {
        this.tellLeft(removals);
        const found = removals.map((action) => ({ action, clients: this.removableClients(action) }));
        const cleared = await together(
            found.map(async ({ action, clients }) => {
                const failure = await removeAgents(this.run, clients);
                if (failure) this.fail(action, failure, "uninstall");
                return failure ? [] : [{ action, clients }];
            }),
        );
        await together(
            cleared.flat().map(async ({ action, clients }) => {
                const failure = this.deletesRecords() ? await deleteRecords(this.run, clients) : undefined;
                if (failure) this.fail(action, failure, "uninstall");
                else this.removed(action.instanceId);
            }),
        );
    }

    private removed(instanceId: string): void {
        this.run.ledger.gone(instanceId);
        this.run.ledger.tally.removed += 1;
        this.run.progress.show();
    }

    /** What is left of a client whose removal failed is what the list showed last. */
    fail({ instanceId, client }: PlannedAction, failure: Failure, pending: PendingAction): void {
        const now = client && (this.run.watch.latest.get(client.clientId) ?? client);
        this.run.ledger.failed(instanceId, failure, pending, now);
    }

    /** The client of an instance that leaves its cluster: agent, and record. */
    async removeOld(action: PlannedAction): Promise<Failure | undefined> {
        this.tellLeft([action]);
        const clients = this.removableClients(action);
        const failure = await removeAgents(this.run, clients);
        return failure ?? (this.deletesRecords() ? deleteRecords(this.run, clients) : undefined);
    }

    private deletesRecords(): boolean {
        return this.run.task.removal === "UninstallAndDelete";
    }

    /** The records of what the state recorded for an instance, unless they are to stay or are another resource's now. */
    private removableClients(action: PlannedAction): readonly ObservedClient[] {
        const stays = this.run.task.removal === "Retain" || this.run.isClaimedByOther(recordedPair(action));
        return stays ? [] : this.run.watch.latest.allOf(recordedPair(action));
    }

    private tellLeft(removals: Plan): void {
        const left = removals.filter((action) => this.run.isClaimedByOther(recordedPair(action)));
        if (left.length === 0) return;
        const ids = idList(left.map(({ instanceId }) => instanceId));
        this.run.log.info(`${ids}: left to the other resource that declares the same client`);
    }
}

function recordedPair({ instanceId, entry }: PlannedAction): Pair {
    return { instanceId, clusterId: entry?.clusterId, clientId: entry?.clientId };
}
