import { idList } from "../../fleet/idList";
import type { Failure } from "../../fleet/judge";
import type { ObservedClient, PendingAction, Removal } from "../../fleet/model";
import type { Plan, PlannedAction } from "../../fleet/plan";
import { mayHaveAgent } from "../../fleet/status";
import type { RunContext } from "./context";
import { deleteRecord, removeAgent, type RemovalEnd } from "./removal";
import { together } from "./together";

/** What of an instance is subject to its removal. */
interface Removable {
    readonly action: PlannedAction;
    /** Every client of its pair that may have an agent. */
    readonly agents: readonly ObservedClient[];
    /** The one record that may be deleted, where `removal` says so. */
    readonly record: ObservedClient | undefined;
}

/** Removes what is no longer declared, as the argument `removal` says. */
export class Removals {
    private kept = 0;

    constructor(private readonly run: RunContext) {}

    /** All agents first: deleting a record shifts the pages of the list that the others are waiting for. */
    async removeAll(plan: Plan): Promise<void> {
        const found = plan.flatMap((action) => this.removable(action) ?? []);
        const cleared = await together(
            found.map(async (removable) => {
                const end = await this.removeAgents(removable, () => !this.run.halt.endsAll);
                this.noteFailure(removable.action, end);
                return end === "done" || end === "gone" ? [{ removable, end }] : [];
            }),
        );
        await together(
            cleared.flat().map(async ({ removable, end }) => {
                const deletion = await this.deleteRecord(removable);
                this.noteFailure(removable.action, deletion);
                if (deletion === "done" || deletion === "gone") this.removed(removable, end, deletion);
            }),
        );
    }

    /** What is left in the vault of what was uninstalled; nothing where nothing is. */
    get remains(): string | undefined {
        return this.kept > 0 ? `their records stay in ${this.run.task.vaultId}` : undefined;
    }

    /** What is left of a client whose removal failed is what the list showed last. */
    fail({ instanceId, client }: PlannedAction, failure: Failure, pending: PendingAction): void {
        const now =
            client && (this.run.watch.latest.get(client.clientId) ?? { ...client, status: "NOT_INSTALLED" });
        this.run.ledger.failed(instanceId, failure, pending, now);
    }

    /**
     * The client of an instance that leaves its cluster: agent, and record.
     *
     * @param mayCall asked before each agent is uninstalled
     */
    async removeOld(action: PlannedAction, mayCall: () => boolean): Promise<RemovalEnd> {
        const removable = this.removable(action);
        if (removable === undefined) return "gone";
        if (this.removal === "Retain") {
            const text = 'the client in the old cluster stays, no longer managed (removal "Retain")';
            this.run.remarks.add("warning", action.instanceId, text);
            return "gone";
        }
        const end = await this.removeAgents(removable, mayCall);
        if (end !== "done" && end !== "gone") return end;
        if (!this.deletesRecords && removable.agents.length > 0) {
            const text = `its old record stays in ${this.run.task.vaultId}`;
            this.run.remarks.add("info", action.instanceId, text);
        }
        return this.deleteRecord(removable);
    }

    private async removeAgents({ agents }: Removable, mayCall: () => boolean): Promise<RemovalEnd> {
        const ends = await together(agents.map((client) => removeAgent(this.run, client, mayCall)));
        const failure = ends.find((end) => typeof end === "object");
        if (failure) return failure;
        return ends.find((end) => end === "untried") ?? ends.find((end) => end === "done") ?? "gone";
    }

    private async deleteRecord({ record, action }: Removable): Promise<RemovalEnd> {
        if (!this.deletesRecords) return "gone";
        const others = this.run.watch.latest
            .allOf(pairOf(action))
            .filter((client) => client.clientId !== record?.clientId);
        if (others.length > 0) {
            const ids = idList(others.map(({ clientId }) => clientId));
            const text = `other records of the instance stay in ${this.run.task.vaultId}: ${ids}`;
            this.run.remarks.add("info", action.instanceId, text);
        }
        return record ? deleteRecord(this.run, record) : "gone";
    }

    private noteFailure(action: PlannedAction, end: RemovalEnd): void {
        if (typeof end === "object") this.fail(action, end, "uninstall");
    }

    private removed({ action, record }: Removable, agent: RemovalEnd, deletion: RemovalEnd): void {
        const { ledger, watch, progress } = this.run;
        ledger.gone(action.instanceId);
        if (record && deletion === "done")
            ledger.tally[agent === "done" ? "uninstalled and deleted" : "deleted"] += 1;
        else if (agent === "done") ledger.tally.uninstalled += 1;
        else ledger.tally["already gone"] += 1;
        const stays = watch.latest.allOf(pairOf(action)).length > 0;
        if (agent === "done" && stays && !this.deletesRecords) this.kept += 1;
        progress.show();
    }

    private get removal(): Removal {
        return (this.run.task.declared ?? this.run.task.recorded.spec).removal;
    }

    private get deletesRecords(): boolean {
        return this.removal === "UninstallAndDelete";
    }

    /** Nothing where another resource declares the same client. */
    private removable(action: PlannedAction): Removable | undefined {
        const { run } = this;
        const pair = pairOf(action);
        if (run.isClaimedByOther(pair)) {
            const text = "not removed: another resource of this program declares the same client";
            run.remarks.add("info", action.instanceId, text);
            if (!action.declared) {
                run.ledger.gone(action.instanceId);
                run.ledger.tally["left alone"] += 1;
            }
            return undefined;
        }
        const clients = run.watch.latest.allOf(pair);
        const agents = clients.filter(({ status }) => mayHaveAgent(status));
        // Where the state names none, an installation of this resource was submitted, and its record not seen yet.
        const named = pair.clientId ?? (agents.length === 1 ? agents[0]?.clientId : undefined);
        return { action, agents, record: clients.find(({ clientId }) => clientId === named) };
    }
}

function pairOf({ instanceId, entry }: PlannedAction): {
    readonly instanceId: string;
    readonly clusterId: string | undefined;
    readonly clientId: string | undefined;
} {
    return { instanceId, clusterId: entry?.clusterId, clientId: entry?.clientId };
}
