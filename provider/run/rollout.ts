import { abortable, together } from "../async";
import { isOwn } from "../fleet/entry";
import type { ClientIndex } from "../fleet/match";
import { changesHealthy, type Plan, type PlannedAction, replacesAgent } from "../fleet/plan";
import { batchesOf, firstBatch } from "../fleet/waves";
import { Boots } from "./boot";
import { confirmAll, type Confirmation } from "./confirm";
import type { InstallOrder } from "./goal";
import type { RunContext } from "./context";
import { Batch, TooManyFailures } from "./halt";
import type { Room } from "./inFlight";
import { Installer } from "./install";
import { Moves } from "./moves";
import { isNew, type Planner } from "./planner";
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
    private readonly boots: Boots;
    private readonly moves: Moves;
    private readonly installer: Installer;
    private readonly upgrader: Upgrader;
    /** What has succeeded on a healthy client. */
    private readonly proven = new Set<"reinstall" | "upgrade">();
    /** Instances that now need another action, so they have to be planned again. */
    private again = new Set<string>();
    /** Batches whose work is over, but whose installations the list has yet to confirm. */
    private readonly unconfirmed: Batch[] = [];

    constructor(
        private readonly run: RunContext,
        private readonly planner: Planner,
        private readonly removals: Removals,
    ) {
        this.boots = new Boots(
            run,
            () => this.mayStart(),
            (orders, room) => this.retry(orders, room),
        );
        this.moves = new Moves(run, planner);
        this.installer = new Installer(run, this.boots);
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
        try {
            await this.rollOutInOrder(without, replaced, upgraded);
            // The others do not wait for their results.
            await together([this.run.halt.part(this.confirm()), this.boots.over()]);
        } finally {
            await this.boots.over();
        }
        return this.again;
    }

    private async rollOutInOrder(without: Plan, replaced: Plan, upgraded: Plan): Promise<void> {
        const { goal } = this.run;
        const { refusals } = this.installer;
        const ready = await this.moves.withOpenCluster(without);
        // A probe can try an instance without an agent; a broken agent has to be uninstalled first.
        const fresh = batchesOf(ready, goal.rollout.batchSize).map((batch) =>
            batch.filter(({ kind }) => kind === "install"),
        );
        refusals.expect(fresh.map((batch) => batch.flatMap((action) => this.orderOf(action) ?? [])));
        const mustBeJudged = replaced.length + upgraded.length > 0 || goal.rollout.maxFailures !== undefined;
        await this.inParallel(ready, mustBeJudged);
        refusals.expect([]);
        this.keepAgentsIfStillLost();
        await this.firstAlone(await this.moves.withOpenCluster(replaced), "reinstall");
        await this.firstAlone(upgraded, "upgrade");
    }

    /**
     * Keeps the agents of healthy clients if an earlier attempt did so, and those that it had taken are still missing: each
     * repetition would take more of them.
     */
    private keepAgentsIfStillLost(): void {
        const { goal, record, halt } = this.run;
        const because = goal.earlier?.keptAgents;
        const isLost = (id: string): boolean => record.entries.get(id)?.installed !== true;
        if (because?.instanceIds.every(isLost) === true) halt.keepAgents(because);
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

    /** Confirms what the list has not confirmed yet. Only then it is known whether a batch has failed as a whole. */
    async confirm(): Promise<void> {
        try {
            await this.installer.confirm();
        } finally {
            for (const batch of this.unconfirmed.splice(0)) this.end(batch);
        }
    }

    private end(batch: Batch): void {
        batch.ended(this.run.record.failures, this.boots.refusals);
    }

    /**
     * Works through the actions in batches, as many at a time as `parallelism` allows. Starts none once the run is stopped or
     * too many instances have failed.
     *
     * @param isReadBack whether each batch is confirmed at its end: healthy clients that come next, and the number of failures
     *   that are tolerated, wait for the list and not only for the task
     */
    private async inParallel(actions: Plan, isReadBack: boolean): Promise<void> {
        const { goal, inFlight, halt, lanes } = this.run;
        const { batchSize, isCut } = goal.rollout;
        const queue = [...actions];
        const work = async (): Promise<void> => {
            while (queue.length > 0 && this.mayStart()) {
                const { items, room } = await inFlight.take(queue, batchSize, isCut);
                try {
                    if (items.length > 0) await halt.part(this.runBatch(items, room, isReadBack));
                } finally {
                    room.end();
                }
            }
        };
        await lanes.work(work).finally(() => this.installer.refusals.settled());
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

    private async runBatch(actions: Plan, room: Room, isReadBack: boolean): Promise<void> {
        const { halt, signal, reporter } = this.run;
        const isRisky = actions.some(changesHealthy);
        if (isRisky && !(await abortable(halt.mayChangeHealthy(), signal))) {
            this.heldBack.push(...actions.map(({ instanceId }) => instanceId));
            return;
        }
        const current = await this.asOfNow(actions);
        // Others may have failed in the meantime.
        if (!this.mayStart()) return;
        const instanceIds = current.map(({ instanceId }) => instanceId);
        const batch = new Batch(halt, instanceIds, room, {
            changesHealthy: isRisky,
            upgrades: current.some(({ kind }) => kind === "upgrade"),
        });
        const confirmations: Confirmation[] = [];
        try {
            await reporter.during(activitiesOf(current), async () => {
                await this.upgradeAll(batch, current);
                await this.clearAndInstall(batch, current, isReadBack ? confirmations : undefined);
                await confirmAll(confirmations);
            });
        } finally {
            if (isReadBack) this.end(batch);
            else this.unconfirmed.push(batch);
        }
    }

    /** Tries instances again that may have booted, as a batch of its own. They are planned again too. */
    private async retry(orders: readonly InstallOrder[], room: Room): Promise<void> {
        const { watch, additions, halt } = this.run;
        await watch.recent();
        if (!this.mayStart()) return;
        const current = orders.flatMap((order) => this.stillToInstall(order, additions.latest) ?? []);
        const instanceIds = current.map(({ declared }) => declared.instanceId);
        const batch = new Batch(halt, instanceIds, room);
        const confirmations: Confirmation[] = [];
        try {
            await this.installer.retry(batch, current, confirmations);
            await confirmAll(confirmations);
        } finally {
            this.end(batch);
        }
    }

    /**
     * The order, if the instance still needs it; undefined if the list shows that it needs something else. Whose record is
     * there is known from before: a plan takes that of a client which this run has removed for no one's.
     */
    private stillToInstall(order: InstallOrder, index: ClientIndex): InstallOrder | undefined {
        const { declared } = order;
        const action = this.planner.planInstance(declared, index);
        if (action?.kind === "install") return { ...this.orderOf(action), ...order };
        this.run.reporter.settled(declared.instanceId);
        if (action) this.leave(action);
        return undefined;
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
        const { additions, watch } = this.run;
        const isForNew = actions.every(({ kind, client }) => kind === "install" && client === undefined);
        const index = await (isForNew ? additions : watch).recent();
        return actions.flatMap((action) => {
            // A probe has found it booting.
            if (this.boots.has(action.instanceId)) return [];
            const now = this.plannedAgain(action, index) ?? action;
            if (now.kind !== action.kind || replacesAgent(now) !== replacesAgent(action)) {
                this.leave(now);
                return [];
            }
            return this.moves.stays(now, this.moves.occupied(now)) ? [] : [now];
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
        return this.stillToInstall({ declared, counts: "reinstalled" }, index);
    }
}
