import { batchesOf } from "../../fleet/batches";
import type { Failure } from "../../fleet/judge";
import type { ClientEntry } from "../../fleet/model";
import { decide } from "../../fleet/status";
import { type Plan, planInstance, type PlannedAction, replacesAgent } from "../../fleet/plan";
import { isOwn } from "../../fleet/entry";
import { abortable } from "../claims";
import { Batch } from "./batch";
import { unknownClusters } from "./clusters";
import { confirmReported } from "./confirm";
import type { RunContext } from "./context";
import { install, type InstallOrder } from "./install";
import type { Notes } from "./notes";
import { type RemovalEnd, uninstall } from "./removal";
import type { Removals } from "./removals";
import { together } from "./together";
import { alreadyThere, isNew, notTakenOver } from "./waits";

/**
 * Rolls installations and reinstallations out. Half a reinstallation is an outage: what has no agent goes first; then
 * one batch of healthy clients goes alone until it is judged; and none is uninstalled any more once what follows the
 * uninstallation has failed for a reason that is not an instance's own.
 */
export class Actions {
    /** Healthy clients that were not reinstalled. */
    readonly heldBack: string[] = [];

    constructor(
        private readonly run: RunContext,
        private readonly removals: Removals,
        private readonly notes: Notes,
        private readonly known: Map<string, ClientEntry>,
    ) {}

    /**
     * @param without instances that have no agent, or a broken one
     * @param replaced instances whose healthy client is uninstalled first
     * @param again gets those that have to be planned once more
     */
    async rollOut(without: Plan, replaced: Plan, again: Set<string>): Promise<void> {
        const { batchSize } = this.run.task.rollout;
        const { refusals } = this.run;
        const batches = batchesOf(await this.withOpenCluster(without), batchSize);
        // A broken agent is uninstalled first, so its instance is not there to be tried.
        const fresh = batches.map((batch) => batch.filter(({ kind }) => kind === "install"));
        refusals.expect(fresh.map((batch) => batch.flatMap((action) => this.orderOf(action) ?? [])));
        await this.inLanes(batches, again);
        refusals.expect([]);
        const [first, ...others] = batchesOf(await this.withOpenCluster(replaced), batchSize);
        if (first === undefined) return;
        await this.inLanes([first], again);
        await this.inLanes(others, again);
    }

    /** Works through the batches, some at a time; starts none once the run is stopped or too many have failed. */
    private async inLanes(batches: readonly Plan[], again: Set<string>): Promise<void> {
        const { run } = this;
        const queue = batches.values();
        const lane = async (): Promise<void> => {
            for (const actions of queue) {
                this.stopAfterTooManyFailures();
                if (run.halt.stopped !== undefined) return;
                await this.runBatch(actions, again);
            }
            this.stopAfterTooManyFailures();
        };
        const lanes = Array.from({ length: run.task.rollout.parallelism }, lane);
        await together(lanes).finally(() => run.refusals.settled());
    }

    private stopAfterTooManyFailures(): void {
        const { task, ledger, halt } = this.run;
        const { maxFailures } = task.rollout;
        if (maxFailures !== undefined && ledger.attemptsFailed > maxFailures) halt.stop("too many failures");
    }

    private async runBatch(actions: Plan, again: Set<string>): Promise<void> {
        const { run } = this;
        const replaces = actions.some(replacesAgent);
        if (replaces && !(await abortable(run.halt.mayReplaceAgents(), run.signal))) {
            this.heldBack.push(...actions.map(({ instanceId }) => instanceId));
            return;
        }
        const batch = new Batch(
            run.halt,
            actions.map(({ instanceId }) => instanceId),
        );
        try {
            const orders = await together(actions.map((action) => this.prepare(action, again)));
            await install(
                run,
                batch,
                orders.flatMap((order) => order ?? []),
            );
            // The next healthy clients wait for what the list says, and not for what the task says.
            if (replaces) await confirmReported(run);
        } finally {
            batch.ended(run.ledger.failures);
        }
    }

    /** Clears the old client of an instance away; gives the order to install, if that is what it now needs. */
    private async prepare(action: PlannedAction, again: Set<string>): Promise<InstallOrder | undefined> {
        const { instanceId, declared, client, entry, clusterChanged } = action;
        const { run } = this;
        if (!declared) return undefined;
        if (action.kind === "install") return this.orderOf(action);
        const end = await this.clear(action);
        if (end === "untried") {
            if (replacesAgent(action)) this.heldBack.push(instanceId);
            return undefined;
        }
        if (typeof end === "object") {
            this.removals.fail(action, end, "reinstall");
            return undefined;
        }
        this.known.delete(instanceId);
        const staysOwn = entry && client && isOwn(entry, client) && !clusterChanged;
        run.ledger.cleared(declared, staysOwn ? client : undefined);
        return clusterChanged ? this.orderInNewCluster(action, again) : this.orderOf(action);
    }

    private async clear(action: PlannedAction): Promise<RemovalEnd> {
        const { halt } = this.run;
        const mayCall = replacesAgent(action) ? () => halt.replacesAgents : () => !halt.endsAll;
        if (action.clusterChanged) return this.removals.removeOld(action, mayCall);
        return action.client ? uninstall(this.run, action.client, mayCall) : "gone";
    }

    private orderOf(action: PlannedAction): InstallOrder | undefined {
        const { kind, declared, repair, client, clusterChanged } = action;
        if (!declared) return undefined;
        const accessKeyId = this.run.task.declared?.credentials.get(declared.instanceId)?.accessKeyId;
        const counts = repair ? "repaired" : kind === "install" ? "installed" : "reinstalled";
        const keptRecord = clusterChanged || !isNew(action) ? undefined : client?.clientId;
        return { declared, counts, accessKeyId, keptRecord };
    }

    /** A client may already be there in the new cluster, or be on its way. */
    private async orderInNewCluster(
        { instanceId, declared }: PlannedAction,
        again: Set<string>,
    ): Promise<InstallOrder | undefined> {
        const { run } = this;
        const { declared: spec, recorded } = run.task;
        if (!spec || !declared) return undefined;
        const { index } = await run.watch.look();
        const state = { spec: recorded.spec, clients: this.known };
        const action = planInstance(declared, spec, state, index, run.promised);
        if (action.kind === "install") return { ...this.orderOf(action), declared, counts: "reinstalled" };
        if (action.kind === "adopt" || action.kind === "conflict") this.notes.take([action]);
        else again.add(instanceId);
        return undefined;
    }

    /** What keeps an instance from its new cluster is found out before anything is taken from the old one. */
    private async withOpenCluster(plan: Plan): Promise<Plan> {
        const moves = plan.filter(({ clusterChanged }) => clusterChanged);
        if (moves.length === 0 || this.run.halt.stopped !== undefined) return plan;
        const unknown = await unknownClusters(this.run, moves);
        return plan.filter((action) => {
            if (!action.clusterChanged) return true;
            const failure = unknown.get(action.declared?.clusterId ?? "") ?? this.occupied(action);
            if (!failure) return true;
            this.run.ledger.failed(action.instanceId, failure, "reinstall", action.client);
            return false;
        });
    }

    /** Why the client that is in the new cluster already cannot be taken over, if one is and cannot. */
    private occupied({ declared }: PlannedAction): Failure | undefined {
        const { watch, task } = this.run;
        const client = declared && watch.latest.match(declared);
        if (!client) return undefined;
        const decision = decide(client.status, task.declared?.adoptExisting ? "new" : "guarded");
        if (decision === "refuse") return alreadyThere(client);
        return decision === "grace" ? notTakenOver(client) : undefined;
    }
}
