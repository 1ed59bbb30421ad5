import type { Failure } from "../fleet/outcome";
import type { ClientIndex } from "../fleet/match";
import type { ClientEntry, DeclaredInstance } from "../fleet/model";
import { decide } from "../fleet/status";
import { type Plan, planInstance, type PlannedAction, replacesAgent } from "../fleet/plan";
import { isOwn } from "../fleet/entry";
import { settingsDifferences } from "../fleet/differences";
import { Batch } from "./halt";
import { confirmReported } from "./confirm";
import { failureOf, type RunContext } from "./context";
import { install, type InstallOrder } from "./install";
import type { PlanRecorder } from "./planRecorder";
import { type RemovalEnd, type Removals, uninstall } from "./uninstall";
import { abortable, together } from "../async";
import { alreadyThere, isNew, notTakenOver } from "./resume";
import { HbrError } from "../hbr/errors";
/** How long an instance without an agent waits for the others of its batch. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Rolls installations and reinstallations out. Half a reinstallation is an outage: what has no agent goes first; then
 * one batch of healthy clients goes alone until it is judged; and none is uninstalled any more once what follows the
 * uninstallation has failed for a reason that is not an instance's own.
 */
export class RolloutRun {
    /** Healthy clients that were not reinstalled. */
    readonly heldBack: string[] = [];

    constructor(
        private readonly run: RunContext,
        private readonly removals: Removals,
        private readonly notes: PlanRecorder,
        private readonly known: Map<string, ClientEntry>,
    ) {}

    /**
     * @param without instances that have no agent, or a broken one
     * @param replaced instances whose healthy client is uninstalled first
     * @param again gets those that have to be planned once more
     */
    async rollOut(without: Plan, replaced: Plan, again: Set<string>): Promise<void> {
        const { batchSize } = this.run.goal.rollout;
        const { refusals } = this.run;
        const batches = batchesOf(await this.withOpenCluster(without), batchSize);
        // A broken agent is uninstalled first, so its instance is not there to be tried.
        const fresh = batches.map((batch) => batch.filter(({ kind }) => kind === "install"));
        refusals.expect(fresh.map((batch) => batch.flatMap((action) => this.orderOf(action) ?? [])));
        await this.inParallel(batches, again, replaced.length > 0);
        refusals.expect([]);
        const [first, ...others] = batchesOf(await this.withOpenCluster(replaced), batchSize);
        if (first === undefined) return;
        await this.inParallel([first], again, true);
        await this.inParallel(others, again, true);
    }

    /**
     * Works through the batches, some at a time; starts none once the run is stopped or too many have failed.
     *
     * @param isReadBack whether each batch is read back at its end: healthy clients that come after it wait for what the
     *   list says, and not for what the task says
     */
    private async inParallel(
        batches: readonly Plan[],
        again: Set<string>,
        isReadBack: boolean,
    ): Promise<void> {
        const { run } = this;
        const queue = batches.values();
        const lane = async (): Promise<void> => {
            for (const actions of queue) {
                this.stopAfterTooManyFailures();
                if (run.halt.stopped !== undefined) return;
                await this.runBatch(actions, again, isReadBack);
            }
            this.stopAfterTooManyFailures();
        };
        const lanes = Array.from({ length: run.goal.rollout.parallelism }, lane);
        await together(lanes).finally(() => run.refusals.settled());
    }

    private stopAfterTooManyFailures(): void {
        const { goal, record, halt } = this.run;
        const { maxFailures } = goal.rollout;
        if (maxFailures !== undefined && record.attemptsFailed > maxFailures) halt.stop("too many failures");
    }

    private async runBatch(actions: Plan, again: Set<string>, isReadBack: boolean): Promise<void> {
        const { run } = this;
        const replaces = actions.some(replacesAgent);
        if (replaces && !(await abortable(run.halt.mayReplaceAgents(), run.signal))) {
            this.heldBack.push(...actions.map(({ instanceId }) => instanceId));
            return;
        }
        const current = await this.asOfNow(actions, again);
        const ids = current.map(({ instanceId }) => instanceId);
        const batch = new Batch(run.halt, ids, replaces);
        try {
            await this.clearAndInstall(batch, current, again);
            if (isReadBack) await confirmReported(batch);
        } finally {
            batch.ended(run.record.failures);
            run.unconfirmed.push(...batch.unconfirmed);
        }
    }

    /** Installs together on all whose old client is gone, and lets none wait long for one whose removal drags on. */
    private async clearAndInstall(batch: Batch, actions: Plan, again: Set<string>): Promise<void> {
        const { run } = this;
        const cleared: InstallOrder[] = [];
        const first = Promise.withResolvers<undefined>();
        const all = together(
            actions.map(async (action) => {
                const order = await this.prepare(action, again);
                if (!order) return;
                cleared.push(order);
                first.resolve(undefined);
            }),
        );
        const over = new AbortController();
        const tooLong = first.promise.then(() => run.clock.sleep(LONGEST_WAIT_MS, over.signal));
        await Promise.race([all, tooLong].map((end) => end.catch(() => undefined)));
        over.abort();
        const installCleared = (): Promise<void> => install(run, batch, cleared.splice(0));
        await together([installCleared(), all.then(installCleared)]);
    }

    /**
     * The plan may be old when the turn of a batch comes: it is made once more with a recent list. An instance that asks for
     * something else by now leaves the batch.
     */
    private async asOfNow(actions: Plan, again: Set<string>): Promise<Plan> {
        const index = await this.run.watch.recent();
        const current = actions.map((action) => this.planned(action, index) ?? action);
        const changed = current.filter((now, position) => {
            const before = actions[position];
            return now.kind !== before?.kind || replacesAgent(now) !== replacesAgent(before);
        });
        for (const action of changed) this.leave(action, again);
        return current.filter(
            (action) => !changed.includes(action) && !this.stays(action, this.occupied(action)),
        );
    }

    /** Nothing for an instance that is dealt with already, to find out whether all are refused. */
    private planned(action: PlannedAction, index: ClientIndex): PlannedAction | undefined {
        const order = this.orderOf(action);
        if (!action.declared || !order || this.run.refusals.endOf(order)) return undefined;
        return this.plannedAgain(action.declared, index);
    }

    private plannedAgain(declared: DeclaredInstance, index: ClientIndex): PlannedAction | undefined {
        const { goal, promised } = this.run;
        if (!goal.declared) return undefined;
        const recorded = { spec: goal.recorded.spec, clients: this.known };
        return planInstance(declared, goal.declared, recorded, index, promised);
    }

    /** What asks for something else than was planned is done with at once, or planned once more in the next round. */
    private leave(action: PlannedAction, again: Set<string>): void {
        if (action.kind === "keep" || action.kind === "adopt" || action.kind === "conflict")
            this.notes.record([action]);
        else again.add(action.instanceId);
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
        run.record.cleared(declared, staysOwn ? client : undefined);
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
        const accessKeyId = this.run.goal.declared?.credentials.get(declared.instanceId)?.accessKeyId;
        const counts = repair ? "repaired" : kind === "install" ? "installed" : "reinstalled";
        const record = clusterChanged ? undefined : client?.clientId;
        return {
            declared,
            counts,
            accessKeyId,
            ...(isNew(action) ? { keptRecord: record } : { ownRecord: record }),
        };
    }

    /** A client may already be there in the new cluster, or be on its way. */
    private async orderInNewCluster(
        { declared }: PlannedAction,
        again: Set<string>,
    ): Promise<InstallOrder | undefined> {
        if (!declared) return undefined;
        const { index } = await this.run.watch.look();
        const action = this.plannedAgain(declared, index);
        if (!action) return undefined;
        if (action.kind === "install") return { ...this.orderOf(action), declared, counts: "reinstalled" };
        this.leave(action, again);
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
            return !this.stays(action, failure);
        });
    }

    /** Leaves an instance in its old cluster, if something speaks against the new one. */
    private stays(action: PlannedAction, failure: Failure | undefined): boolean {
        const { goal, record } = this.run;
        const { declared, entry, client, instanceId } = action;
        if (!failure || !declared || !goal.declared) return false;
        const compared = { declared, spec: goal.declared, recorded: goal.recorded.spec, entry, client };
        // The move itself is found again by the cluster; a change of the settings would be forgotten.
        const isOpen = entry?.pendingAction === "reinstall" || settingsDifferences(compared).length > 0;
        record.stays(instanceId, failure, isOpen ? "reinstall" : undefined, client);
        return true;
    }

    /** Why the client that is in the new cluster already cannot be taken over, if one is and cannot. */
    private occupied({ declared, clusterChanged }: PlannedAction): Failure | undefined {
        const { watch, goal } = this.run;
        const client = declared && clusterChanged ? watch.latest.match(declared) : undefined;
        if (!client) return undefined;
        const decision = decide(client.status, goal.declared?.adoptExisting ? "new" : "guarded");
        if (decision === "refuse") return alreadyThere(client);
        return decision === "grace" ? notTakenOver(client) : undefined;
    }
}

/** Error code of a cluster that the service does not know. */
const CLUSTER_NOT_FOUND = "ClusterNotFound";

/**
 * Looks up the clusters that instances move to, before anything is taken from the old ones. Gives those that the
 * service does not know, or that could not be looked up, with the reason.
 */
export async function unknownClusters(run: RunContext, moves: Plan): Promise<ReadonlyMap<string, Failure>> {
    const seen = new Set(run.watch.latest.clients.map(({ clusterId }) => clusterId));
    const ids = new Set(moves.flatMap(({ declared }) => declared?.clusterId ?? []));
    const failures = await together(
        [...ids]
            .filter((clusterId) => !seen.has(clusterId))
            .map(async (clusterId) => [clusterId, await lookUp(run, clusterId, moves)] as const),
    );
    return new Map(failures.flatMap(([clusterId, failure]) => (failure ? [[clusterId, failure]] : [])));
}

/** DescribeHanaInstances; a key that may not call it is no reason to stop. */
async function lookUp(run: RunContext, clusterId: string, moves: Plan): Promise<Failure | undefined> {
    const { vaultId } = run.goal;
    try {
        const { clusterIds } = await run.api.describeHanaInstances({ vaultId, clusterId }, run.signal);
        if (clusterIds.includes(clusterId)) return undefined;
        const message = `vault ${vaultId} has no SAP HANA instance ${clusterId}; register it there, or correct clusterId; the instance keeps its client`;
        return { code: CLUSTER_NOT_FOUND, message };
    } catch (error) {
        if (!(error instanceof HbrError)) throw error;
        if (error.errorClass !== "account") return failureOf(error);
        const text = `cluster ${clusterId} could not be looked up (${error.code}); grant hbr:DescribeHanaInstances to have it checked`;
        for (const { declared } of moves)
            if (declared?.clusterId === clusterId) run.remarks.add("warning", declared.instanceId, text);
        return undefined;
    }
}

/** Splits work into batches, in order. */
export function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
    return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
        items.slice(index * size, (index + 1) * size),
    );
}

/** How many rounds of parallel batches it takes to act on `count` instances. */
export function roundsOf(
    count: number,
    rollout: { readonly batchSize: number; readonly parallelism: number },
): number {
    return Math.ceil(Math.ceil(count / rollout.batchSize) / rollout.parallelism);
}
