import { idList } from "../../fleet/idList";
import type { Failure } from "../../fleet/judge";
import type { Pair } from "../../fleet/match";
import type { ObservedClient, PendingAction, Removal } from "../../fleet/model";
import type { Plan, PlannedAction } from "../../fleet/plan";
import { mayHaveAgent } from "../../fleet/status";
import type { RunContext } from "./context";
import { deleteRecord, removeAgent, type RemovalEnd } from "./removal";
import { together } from "./together";

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
                    this.run.ledger.removing(action.instanceId, "NOT_INSTALLED");
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
        const { uninstalled, "already gone": gone } = this.run.ledger.tally;
        const all = this.kept === uninstalled + gone;
        const records = all ? "their records stay" : `${this.kept} of their records stay`;
        return `${records} in ${this.run.task.vaultId}`;
    }

    /** What is left of a client whose removal failed is what the list showed last. */
    fail(action: PlannedAction, failure: Failure, pending: PendingAction): void {
        const { client } = action;
        const now = client && (this.clientOf(action) ?? { ...client, status: "NOT_INSTALLED" });
        this.run.ledger.failed(action.instanceId, failure, pending, now);
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
            const text = `its old record stays in ${this.run.task.vaultId}`;
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
        const { ledger, progress } = this.run;
        ledger.gone(action.instanceId);
        if (deletion === "done") ledger.tally[agent === "done" ? "uninstalled and deleted" : "deleted"] += 1;
        else ledger.tally[agent === "done" ? "uninstalled" : "already gone"] += 1;
        const record = this.clientOf(action);
        if (!this.deletesRecords && record && !mayHaveAgent(record.status)) this.kept += 1;
        this.tellOthers(action);
        progress.show();
    }

    /** What else is there for the pair is not this resource's, or was kept by an earlier removal: it stays, and is named. */
    private tellOthers(action: PlannedAction): void {
        const { watch, task, remarks } = this.run;
        const others = watch.latest
            .allOf(pairOf(action))
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
            `records that the state does not name stay in ${task.vaultId}`,
            others.filter(({ status }) => !mayHaveAgent(status)),
        );
    }

    private get removal(): Removal {
        return (this.run.task.declared ?? this.run.task.recorded.spec).removal;
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
        const { ledger, remarks } = this.run;
        if (!this.run.isClaimedByOther(pairOf(action))) return false;
        const text = "not removed: another resource of this program declares the same client";
        remarks.add("info", action.instanceId, text);
        if (!action.declared) {
            ledger.gone(action.instanceId);
            ledger.tally["left alone"] += 1;
        }
        return true;
    }
}

function isOver(end: RemovalEnd): end is "done" | "gone" {
    return end === "done" || end === "gone";
}

function pairOf({ instanceId, entry }: PlannedAction): Pair {
    return { instanceId, clusterId: entry?.clusterId, clientId: entry?.clientId };
}
