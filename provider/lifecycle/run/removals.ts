import type { Failure } from "../../fleet/judge";
import type { ObservedClient, PendingAction, Removal } from "../../fleet/model";
import type { Plan, PlannedAction } from "../../fleet/plan";
import type { RunContext } from "./context";
import { deleteRecords, removeAgents } from "./removal";
import { together } from "./together";

/** Removes what is no longer declared, as the argument `removal` says. */
export class Removals {
    constructor(private readonly run: RunContext) {}

    /** All agents first: deleting a record shifts the pages of the list that the others are waiting for. */
    async removeAll(removals: Plan): Promise<void> {
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
        const clients = this.removableClients(action);
        const failure = await removeAgents(this.run, clients);
        return failure ?? (this.deletesRecords() ? deleteRecords(this.run, clients) : undefined);
    }

    private get removal(): Removal {
        return (this.run.task.declared ?? this.run.task.recorded.spec).removal;
    }

    private deletesRecords(): boolean {
        return this.removal === "UninstallAndDelete";
    }

    /** The records of what the state recorded for an instance, unless they are to stay or are another resource's now. */
    private removableClients({ instanceId, entry }: PlannedAction): readonly ObservedClient[] {
        const { run } = this;
        const pair = { instanceId, clusterId: entry?.clusterId, clientId: entry?.clientId };
        if (run.isClaimedByOther(pair)) {
            run.remarks.add("info", instanceId, "left to the other resource that declares the same client");
            return [];
        }
        if (this.removal === "Retain") {
            const text = 'the client in the old cluster stays, no longer looked after (removal "Retain")';
            run.remarks.add("warning", instanceId, text);
            return [];
        }
        return run.watch.latest.allOf(pair);
    }
}
