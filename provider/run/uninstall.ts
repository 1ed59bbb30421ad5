import { together } from "../async";
import type { Pair } from "../fleet/match";
import type { ObservedClient, PendingAction, Removal } from "../fleet/model";
import { type Failure, uninstallOutcome } from "../fleet/outcome";
import type { Plan, PlannedAction } from "../fleet/plan";
import { idList } from "../fleet/planText";
import { decide, isInProgress, LIST_LAG_MS, mayHaveAgent } from "../fleet/status";
import { failureOf, HbrError, isGone } from "../hbr/errors";
import type { RunContext } from "./context";
import type { RunEnvironment } from "./goal";
import { MAX_SUBMISSIONS } from "./vault";
import { clientOutcome } from "./clientOutcome";
import { type MayCall, Writes } from "./writes";

/** Error codes for an instance that no longer exists: no agent is left to uninstall. */
const INSTANCE_GONE = ["InstanceNotExists", "InvalidInstanceId.NotFound"];

/**
 * How the removal of an agent, or of a record, ended. `gone`: it no longer existed. `untried`: the run makes no such call
 * any more, so it still exists.
 */
export type RemovalEnd = "done" | "gone" | "untried" | Failure;

/** Removes clients that are no longer declared, as the argument `removal` says. It touches only clients of this resource. */
export class Removals {
    /** The number of instances whose agent is gone and whose record stays. */
    private kept = 0;
    private readonly uninstalls: Writes;
    private readonly deletions: Writes;

    constructor(
        private readonly run: RunContext,
        private readonly isClaimedByOther: RunEnvironment["isClaimedByOther"],
    ) {
        this.uninstalls = new Writes(run.halt);
        this.deletions = new Writes(run.halt);
    }

    /**
     * Uninstalls all agents before it deletes the first record: a deletion shifts the pages of the list that the others
     * poll.
     */
    async removeAll(plan: Plan): Promise<void> {
        const found = plan.filter((action) => !this.isLeftToOther(action));
        const cleared = await together(
            found.map(async (action) => {
                const end = await this.removeOwnAgent(action, this.mayCall);
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

    /** Records a removal with nothing left to remove. */
    alreadyGone(action: PlannedAction): void {
        this.removed(action, "gone", "gone");
    }

    /** Which records of the removed clients stay in the vault; undefined if none do. */
    get remains(): string | undefined {
        if (this.kept === 0) return undefined;
        const { uninstalled, "already gone": gone } = this.run.record.counts;
        const all = this.kept === uninstalled + gone;
        const records = all ? "their records stay" : `${this.kept} of their records stay`;
        return `${records} in ${this.run.vault.id}`;
    }

    /** Records a failed removal, with the client as the list showed it last. */
    fail(action: PlannedAction, failure: Failure, pending: PendingAction): void {
        const { client } = action;
        const now = client && (this.clientOf(action) ?? { ...client, status: "NOT_INSTALLED" });
        if (action.declared) this.run.record.failed(action.instanceId, failure, pending, now);
        else this.run.record.removalFailed(action.instanceId, failure, now);
    }

    /** Removes the client of an instance that leaves its cluster: the agent, then the record. */
    async removeOld(action: PlannedAction, mayUninstall: MayCall): Promise<RemovalEnd> {
        const { reporter, vault } = this.run;
        if (this.isLeftToOther(action)) return "gone";
        if (this.removal === "Retain") {
            const text = 'the client in the old cluster stays, no longer managed (removal "Retain")';
            if (this.clientOf(action)) reporter.remark("warning", action.instanceId, text);
            return "gone";
        }
        const end = await this.removeOwnAgent(action, mayUninstall);
        if (!isOver(end)) return end;
        if (!this.deletesRecords && this.clientOf(action))
            reporter.remark("info", action.instanceId, `its old record stays in ${vault.id}`);
        const deletion = await this.deleteOwnRecord(action);
        if (isOver(deletion)) this.tellOthers(action);
        return deletion;
    }

    private async removeOwnAgent(action: PlannedAction, mayCall: MayCall): Promise<RemovalEnd> {
        const client = this.clientOf(action);
        return client ? this.removeAgent(client, mayCall) : "gone";
    }

    private async deleteOwnRecord(action: PlannedAction): Promise<RemovalEnd> {
        const record = this.clientOf(action);
        return this.deletesRecords && record ? this.deleteRecord(record) : "gone";
    }

    private noteFailure(action: PlannedAction, end: RemovalEnd): void {
        if (typeof end === "object") this.fail(action, end, "uninstall");
    }

    private removed(action: PlannedAction, agent: RemovalEnd, deletion: RemovalEnd): void {
        const { record, reporter } = this.run;
        record.gone(action.instanceId);
        const { instanceId } = action;
        if (deletion === "done")
            record.count(agent === "done" ? "uninstalled and deleted" : "deleted", instanceId);
        else record.count(agent === "done" ? "uninstalled" : "already gone", instanceId);
        const client = this.clientOf(action);
        if (!this.deletesRecords && client && !mayHaveAgent(client.status)) this.kept += 1;
        this.tellOthers(action);
        reporter.show();
    }

    /**
     * Reports other clients of the pair that remain: they are not this resource's, or an earlier removal kept their records.
     */
    private tellOthers(action: PlannedAction): void {
        const { watch, vault, reporter } = this.run;
        const others = watch.latest
            .allOf(recordedPair(action))
            .filter(({ clientId }) => clientId !== action.client?.clientId);
        const tell = (text: string, clients: readonly ObservedClient[]): void => {
            if (clients.length === 0) return;
            const ids = idList(clients.map(({ clientId }) => clientId));
            reporter.remark("info", action.instanceId, `${text}: ${ids}`);
        };
        tell(
            "left alone, because the state does not name it as this resource's",
            others.filter(({ status }) => mayHaveAgent(status)),
        );
        if (!this.deletesRecords) return;
        tell(
            `records that the state does not name stay in ${vault.id}`,
            others.filter(({ status }) => !mayHaveAgent(status)),
        );
    }

    private get removal(): Removal {
        const { declared, recorded } = this.run.goal;
        return (declared ?? recorded.spec).removal;
    }

    private get deletesRecords(): boolean {
        return this.removal === "UninstallAndDelete";
    }

    private readonly mayCall: MayCall = () => !this.run.halt.endsAll;

    /** The client of the action, as the list showed it last. */
    private clientOf({ client }: PlannedAction): ObservedClient | undefined {
        return client && this.run.watch.latest.get(client.clientId);
    }

    /** Whether another resource declares the same client, which is then left to it. */
    private isLeftToOther(action: PlannedAction): boolean {
        const { record, reporter } = this.run;
        if (!this.isClaimedByOther(recordedPair(action))) return false;
        const text = "not removed: another resource of this program declares the same client";
        reporter.remark("info", action.instanceId, text);
        if (!action.declared) record.leftAlone(action.instanceId);
        return true;
    }

    /** Uninstalls the agent of a client that is no longer wanted, if it has one. */
    private async removeAgent(found: ObservedClient, mayCall: MayCall): Promise<RemovalEnd> {
        let client: ObservedClient | undefined = found;
        while (client !== undefined) {
            switch (decide(client.status, "removed")) {
                case "wait":
                    client = await this.settledClient(client.clientId);
                    break;
                case "uninstall": {
                    const end = await this.uninstall(client, mayCall);
                    return typeof end === "object" && INSTANCE_GONE.includes(end.code) ? "gone" : end;
                }
                case "deleteRecord":
                case "done":
                    // The work that was in progress on the client has ended without an agent.
                    return client === found ? "gone" : "done";
            }
        }
        return "gone";
    }

    /** Calls UninstallClient, and waits for the outcome. */
    async uninstall(client: ObservedClient, mayCall: MayCall): Promise<RemovalEnd> {
        const { vault, record, halt, goal } = this.run;
        let taskId: string | undefined;
        for (let submission = 1; ; submission += 1) {
            try {
                const answer = await this.uninstalls.make(mayCall, () => vault.uninstall(client));
                if (answer === "untried") return answer;
                ({ taskId } = answer);
                record.taskSubmitted(taskId);
                break;
            } catch (error) {
                if (!(error instanceof HbrError)) throw error;
                if (isGone(error) && !goal.declared) return "gone";
                // Without the vault, nothing else can succeed.
                if (error.about === "vault") {
                    halt.stop(error);
                    return "untried";
                }
                const found = await this.lookAfterFailure(client, error);
                if (found === "uninstalled") return "done";
                if (found === "gone") return error.errorClass === "notFound" ? "gone" : "done";
                if (found === "under way") break;
                if (found === "busy" && submission < MAX_SUBMISSIONS) {
                    const settled = await this.settledClient(client.clientId);
                    if (settled && mayHaveAgent(settled.status)) continue;
                    return "done";
                }
                if (error.errorClass !== "unavailable" || submission >= MAX_SUBMISSIONS)
                    return failureOf(error);
            }
        }
        record.removing(client.instanceId, "UNINSTALLING");
        const { failure } = await clientOutcome(this.run, client, taskId, uninstallOutcome);
        return failure ?? "done";
    }

    /** Checks whether a failed call has taken effect all the same, allowing for the lag of the list. */
    private async lookAfterFailure(client: ObservedClient, error: HbrError): Promise<Found> {
        const { clock, watch } = this.run;
        const since = clock.now();
        // What the service does not find may really be gone, and the list may lag.
        const isUnclear =
            error.errorClass === "unavailable" ||
            (error.errorClass === "notFound" && error.about !== "instance");
        const patience = isUnclear ? LIST_LAG_MS : 0;
        return watch.until(
            ({ index, takenAt }): Found | undefined => {
                const now = index.get(client.clientId);
                if (!now) return "gone";
                if (now.status === "NOT_INSTALLED") return "uninstalled";
                if (now.status === "UNINSTALLING") return "under way";
                if (isInProgress(now.status)) return "busy";
                return takenAt - since >= patience ? "untouched" : undefined;
            },
            patience === 0 ? 0 : undefined,
        );
    }

    /** Calls DeleteClient. A record that is already gone counts as deleted. One that is still active needs a moment. */
    private async deleteRecord(client: ObservedClient): Promise<RemovalEnd> {
        const { clock, vault, watch } = this.run;
        const since = clock.now();
        for (let submission = 1; ; submission += 1) {
            try {
                const answer = await this.deletions.make(this.mayCall, () => vault.deleteRecord(client));
                return answer ?? "done";
            } catch (error) {
                if (!(error instanceof HbrError)) throw error;
                if (isGone(error)) return "gone";
                const gone = await watch.until(({ index, takenAt }) => {
                    if (index.get(client.clientId) === undefined) return true;
                    return takenAt - since >= LIST_LAG_MS * submission ? false : undefined;
                });
                if (gone) return error.errorClass === "unavailable" ? "done" : "gone";
                const mayPass = error.errorClass === "unavailable" || error.errorClass === "rejected";
                if (!mayPass || submission >= MAX_SUBMISSIONS) return failureOf(error);
            }
        }
    }

    /** Waits until nothing is in progress on the client; undefined if it is gone. */
    private async settledClient(clientId: string): Promise<ObservedClient | undefined> {
        const settled = await this.run.watch.until(({ index }) => {
            const client = index.get(clientId);
            return client && isInProgress(client.status) ? undefined : { client };
        });
        return settled.client;
    }
}

/** `busy`: something else is in progress on the client. */
type Found = "uninstalled" | "gone" | "under way" | "busy" | "untouched";

function isOver(end: RemovalEnd): end is "done" | "gone" {
    return end === "done" || end === "gone";
}

function recordedPair({ instanceId, entry }: PlannedAction): Pair {
    return { instanceId, clusterId: entry?.clusterId, clientId: entry?.clientId };
}
