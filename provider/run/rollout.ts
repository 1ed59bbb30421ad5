import { abortable, together } from "../async";
import { settingsDifferences } from "../fleet/differences";
import { isOwn } from "../fleet/entry";
import type { ClientIndex } from "../fleet/match";
import type { Failure } from "../fleet/outcome";
import { changesHealthy, type Plan, type PlannedAction, replacesAgent } from "../fleet/plan";
import { decide } from "../fleet/status";
import { firstBatch } from "../fleet/waves";
import { confirmAll, type Confirmation } from "./confirm";
import type { InstallOrder } from "./goal";
import type { RunContext } from "./context";
import { Batch, TooManyFailures } from "./halt";
import { Installer } from "./install";
import { alreadyThere, isNew, notTakenOver, type Planner } from "./planner";
import { activitiesOf } from "./reporter";
import type { RemovalEnd, Removals } from "./uninstall";
import { Upgrader } from "./upgrade";

/** How long an instance without an agent waits for the rest of its batch (ms). */
const LONGEST_WAIT_MS = 60_000;

/**
 * Rolls out installations, reinstallations and upgrades, batch by batch. A half-done reinstallation is an outage, so instances
 * without an agent go first, then a single batch of healthy clients until its outcome is known. No further healthy client is
 * touched once one fails for a reason that would affect others.
 */
export class Rollout {
    /** The IDs of instances whose healthy client was not reinstalled or upgraded. */
    readonly heldBack: string[] = [];
    private readonly installer: Installer;
    private readonly upgrader: Upgrader;
    /** What has succeeded on a healthy client. */
    private readonly proven = new Set<"reinstall" | "upgrade">();
    /** Instances that now need another action, so they have to be planned again. */
    private again = new Set<string>();

    constructor(
        private readonly run: RunContext,
        private readonly planner: Planner,
        private readonly removals: Removals,
    ) {
        this.installer = new Installer(run);
        this.upgrader = new Upgrader(run, planner);
    }

    /**
     * @param without instances without an agent, or with a broken one
     * @param replaced instances whose healthy client is uninstalled first
     * @param upgraded instances whose healthy client is upgraded
     * @returns the instances that have to be planned again
     */
    async rollOut(without: Plan, replaced: Plan, upgraded: Plan): Promise<ReadonlySet<string>> {
        this.again = new Set();
        const { goal } = this.run;
        const { refusals } = this.installer;
        const ready = await this.withOpenCluster(without);
        // A probe can try an instance without an agent; a broken agent has to be uninstalled first.
        const fresh = batchesOf(ready, goal.rollout.batchSize).map((batch) =>
            batch.filter(({ kind }) => kind === "install"),
        );
        refusals.expect(fresh.map((batch) => batch.flatMap((action) => this.orderOf(action) ?? [])));
        const mustBeJudged = replaced.length + upgraded.length > 0 || goal.rollout.maxFailures !== undefined;
        await this.inParallel(ready, mustBeJudged);
        refusals.expect([]);
        await this.firstAlone(await this.withOpenCluster(replaced), "reinstall");
        await this.firstAlone(upgraded, "upgrade");
        return this.again;
    }

    /** Works on healthy clients: on a batch alone until it is judged, unless one has succeeded before. */
    private async firstAlone(actions: Plan, kind: "reinstall" | "upgrade"): Promise<void> {
        const { goal, record } = this.run;
        if (actions.length === 0) return;
        const isProven = this.proven.has(kind);
        const alone = isProven ? [] : actions.slice(0, firstBatch(goal.rollout));
        await this.inParallel(alone, true);
        if (alone.some(({ instanceId }) => record.isDone(instanceId))) this.proven.add(kind);
        await this.inParallel(actions.slice(alone.length), true);
    }

    /** Confirms what the tasks report as installed and the list has not confirmed yet. */
    async confirm(): Promise<void> {
        await this.installer.confirm();
    }

    /**
     * Works through the actions in batches, as many at a time as `parallelism` allows. Starts none once the run is stopped or
     * too many instances have failed.
     *
     * @param isReadBack whether each batch is confirmed at its end: healthy clients that come next, and the number of failures
     *   that are tolerated, wait for the list and not only for the task
     */
    private async inParallel(actions: Plan, isReadBack: boolean): Promise<void> {
        const { goal, inFlight } = this.run;
        const { batchSize, batches, isCut } = goal.rollout;
        const queue = [...actions];
        const work = async (): Promise<void> => {
            while (queue.length > 0 && this.mayStart()) {
                const batch = await inFlight.take(queue, batchSize, isCut);
                try {
                    if (batch.length > 0) await this.runBatch(batch, isReadBack);
                } finally {
                    inFlight.remove(batch.length);
                }
            }
        };
        const workers = Array.from({ length: Math.min(batches, actions.length) }, work);
        await together(workers).finally(() => this.installer.refusals.settled());
        this.mayStart();
    }

    /** Whether a batch may start. Stops the run after too many failures. */
    mayStart(): boolean {
        const { goal, record, halt } = this.run;
        const { maxFailures, maxFailuresIsDefault } = goal.rollout;
        const failed = record.attemptsFailed;
        if (maxFailures !== undefined && failed > maxFailures)
            halt.stop(new TooManyFailures(failed, maxFailures, maxFailuresIsDefault));
        return halt.stopped === undefined;
    }

    private async runBatch(actions: Plan, isReadBack: boolean): Promise<void> {
        const { halt, signal, record, reporter } = this.run;
        const isRisky = actions.some(changesHealthy);
        if (isRisky && !(await abortable(halt.mayChangeHealthy(), signal))) {
            this.heldBack.push(...actions.map(({ instanceId }) => instanceId));
            return;
        }
        const current = await this.asOfNow(actions);
        // Others may have failed in the meantime.
        if (!this.mayStart()) return;
        const instanceIds = current.map(({ instanceId }) => instanceId);
        const batch = new Batch(
            halt,
            instanceIds,
            isRisky,
            current.some(({ kind }) => kind === "upgrade"),
        );
        const confirmations: Confirmation[] = [];
        try {
            await reporter.during(activitiesOf(current), async () => {
                await this.upgradeAll(batch, current);
                await this.clearAndInstall(batch, current, isReadBack ? confirmations : undefined);
                await confirmAll(confirmations);
            });
        } finally {
            batch.ended(record.failures);
        }
    }

    private async upgradeAll(batch: Batch, actions: Plan): Promise<void> {
        await together(
            actions.map(async (action) => {
                if (action.kind !== "upgrade") return;
                const end = await this.upgrader.upgrade(batch, action);
                if (end === "untried") this.heldBack.push(action.instanceId);
                if (end === "again") this.again.add(action.instanceId);
            }),
        );
    }

    /**
     * Installs at once on every instance whose old client is gone. No instance waits long for another whose removal takes
     * its time.
     */
    private async clearAndInstall(
        batch: Batch,
        actions: Plan,
        confirmations: Confirmation[] | undefined,
    ): Promise<void> {
        const cleared: InstallOrder[] = [];
        const first = Promise.withResolvers<undefined>();
        const all = together(
            actions.map(async (action) => {
                const order = await this.prepare(action);
                if (!order) return;
                cleared.push(order);
                first.resolve(undefined);
            }),
        );
        const over = new AbortController();
        const tooLong = first.promise.then(() => this.run.clock.sleep(LONGEST_WAIT_MS, over.signal));
        await Promise.race([all, tooLong].map((end) => end.catch(() => undefined)));
        over.abort();
        const installCleared = (): Promise<void> =>
            this.installer.install(batch, cleared.splice(0), confirmations);
        await together([installCleared(), all.then(installCleared)]);
    }

    /**
     * Plans a batch again with a recent list when its turn comes, because the first plan may be old by then. An instance
     * that needs another action leaves the batch.
     */
    private async asOfNow(actions: Plan): Promise<Plan> {
        const index = await this.run.watch.recent();
        return actions.flatMap((action) => {
            const now = this.plannedAgain(action, index) ?? action;
            if (now.kind !== action.kind || replacesAgent(now) !== replacesAgent(action)) {
                this.leave(now);
                return [];
            }
            return this.stays(now, this.occupied(now)) ? [] : [now];
        });
    }

    /** Undefined if the instance needs no new plan, or if a probe handles it. */
    private plannedAgain(action: PlannedAction, index: ClientIndex): PlannedAction | undefined {
        const order = this.orderOf(action);
        if (!action.declared || !order || this.installer.refusals.endOf(order)) return undefined;
        return this.planner.planInstance(action.declared, index);
    }

    /** Finishes an instance that needs no call any more. One that needs another call is planned again in the next round. */
    private leave(action: PlannedAction): void {
        if (action.kind === "keep" || action.kind === "adopt" || action.kind === "conflict")
            this.planner.apply([action]);
        else this.again.add(action.instanceId);
    }

    /** Removes the old client of an instance. Returns the order to install, if the instance still needs it. */
    private async prepare(action: PlannedAction): Promise<InstallOrder | undefined> {
        const { instanceId, declared, client, entry, clusterChanged } = action;
        if (!declared) return undefined;
        if (action.kind === "install") return this.orderOf(action);
        if (action.kind === "upgrade") return undefined;
        const end = await this.clear(action);
        if (end === "untried") {
            if (replacesAgent(action)) this.heldBack.push(instanceId);
            return undefined;
        }
        if (typeof end === "object") {
            this.removals.fail(action, end, "reinstall");
            return undefined;
        }
        this.planner.cleared(instanceId);
        const staysOwn = entry && client && isOwn(entry, client) && !clusterChanged;
        this.run.record.cleared(declared, staysOwn ? client : undefined);
        return clusterChanged ? this.orderInNewCluster(action) : this.orderOf(action);
    }

    private async clear(action: PlannedAction): Promise<RemovalEnd> {
        const { halt } = this.run;
        const mayCall = replacesAgent(action) ? () => halt.changesHealthy : () => !halt.endsAll;
        if (action.clusterChanged) return this.removals.removeOld(action, mayCall);
        return action.client ? this.removals.uninstall(action.client, mayCall) : "gone";
    }

    private orderOf(action: PlannedAction): InstallOrder | undefined {
        const { kind, declared, repair, client, clusterChanged } = action;
        if (!declared) return undefined;
        const accessKeyId = this.run.goal.declared?.credentials.get(declared.instanceId)?.accessKeyId;
        const counts = repair ? "repaired" : kind === "install" ? "installed" : "reinstalled";
        const record = clusterChanged ? undefined : client;
        return {
            declared,
            counts,
            accessKeyId,
            ...(record && { existing: { clientId: record.clientId, isOwn: !isNew(action) } }),
        };
    }

    /** Looks at the list first: the new cluster may already have a client, or one may be in progress there. */
    private async orderInNewCluster({ declared }: PlannedAction): Promise<InstallOrder | undefined> {
        if (!declared) return undefined;
        const { index } = await this.run.watch.look();
        const action = this.planner.planInstance(declared, index);
        if (!action) return undefined;
        if (action.kind === "install") return { ...this.orderOf(action), declared, counts: "reinstalled" };
        this.leave(action);
        return undefined;
    }

    /** Drops the moves that cannot succeed, before anything is removed from the old cluster. */
    private async withOpenCluster(plan: Plan): Promise<Plan> {
        const moves = plan.filter(({ clusterChanged }) => clusterChanged);
        if (moves.length === 0 || this.run.halt.stopped !== undefined) return plan;
        const closed = await this.closedClusters(moves);
        return plan.filter((action) => {
            if (!action.clusterChanged) return true;
            const failure = closed.get(action.declared?.clusterId ?? "") ?? this.occupied(action);
            return !this.stays(action, failure);
        });
    }

    /** The clusters that no instance can move to, with the reason. */
    private async closedClusters(moves: Plan): Promise<ReadonlyMap<string, Failure>> {
        const { watch, vault, reporter } = this.run;
        const seen = new Set(watch.latest.clients.map(({ clusterId }) => clusterId));
        const byCluster = Map.groupBy(moves, ({ declared }) => declared?.clusterId);
        const failures = await together(
            [...byCluster].map(async ([clusterId, group]) => {
                if (clusterId === undefined || seen.has(clusterId)) return [];
                const { failure, warning } = await vault.lookUpCluster(clusterId);
                for (const { instanceId } of warning === undefined ? [] : group)
                    reporter.remark("warning", instanceId, warning ?? "");
                return failure ? [[clusterId, failure] as const] : [];
            }),
        );
        return new Map(failures.flat());
    }

    /** Leaves an instance in its old cluster if there is a reason against the new one. Returns whether it did. */
    private stays(action: PlannedAction, failure: Failure | undefined): boolean {
        const { entry, client, instanceId } = action;
        const compared = this.planner.compared(action);
        if (!failure || !compared) return false;
        // The next plan detects the move again by the cluster, but a change of settings only if it is recorded.
        const isOpen = entry?.pendingAction === "reinstall" || settingsDifferences(compared).length > 0;
        this.run.record.stays(instanceId, failure, isOpen ? "reinstall" : undefined, client);
        return true;
    }

    /** Why the client that is already in the new cluster cannot be adopted; undefined if there is none, or if it can. */
    private occupied({ declared, clusterChanged }: PlannedAction): Failure | undefined {
        const { watch, goal } = this.run;
        const client = declared && clusterChanged ? watch.latest.match(declared) : undefined;
        if (!client) return undefined;
        const decision = decide(client.status, goal.declared?.adoptExisting ? "new" : "guarded");
        if (decision === "refuse") return alreadyThere(client);
        return decision === "grace" ? notTakenOver(client) : undefined;
    }
}

/** Splits work into batches, in order. */
export function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
    return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
        items.slice(index * size, (index + 1) * size),
    );
}
