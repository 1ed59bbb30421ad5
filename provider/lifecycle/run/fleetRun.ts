import { batchesOf, wavesOf } from "../../fleet/batches";
import type { ClientEntry, FleetState, PendingAction } from "../../fleet/model";
import {
    type ActionKind,
    CLIENT_EXISTS,
    type Plan,
    pendingWhileWaiting,
    planFleet,
    type PlannedAction,
    planInstance,
} from "../../fleet/plan";
import { driftedSettings } from "../../fleet/settings";
import { ClientWatch } from "./clientWatch";
import type { RunContext, RunEnvironment, RunTask } from "./context";
import { install, type InstallOrder } from "./install";
import { together } from "./together";
import { Ledger } from "./ledger";
import { observer } from "./observer";
import { noticesOf } from "./notices";
import { Progress } from "./progress";
import { Remarks } from "./remarks";
import { uninstall } from "./removal";
import { Removals } from "./removals";
import { isNew, notTakenOver, Waits } from "./waits";
import { delayed } from "./abort";

/** How a run ended; the ledger holds what is true of every instance, whatever happened. */
export interface RunResult {
    readonly ledger: Ledger;
    /** Whether it got as far as a plan, so that the ledger knows more than the state. */
    readonly planned: boolean;
    /** What ended the run early: an error that concerns all instances, Ctrl-C, the time-out. */
    readonly error?: unknown;
    /** The line of results. */
    readonly results: string;
}

/** A call that changes something may hear its answer for this long after the run was told to stop. */
const LAST_WORD_MS = 1_200;

/**
 * The one loop of create, update and delete: observe, plan, act, confirm. What was under way is waited for and then
 * planned again, so the loop ends when nothing is left that waits.
 *
 * @param onPlanned hears how many waves of batches the run will take, once that is known
 */
export async function runFleet(
    environment: RunEnvironment,
    task: RunTask,
    onPlanned: (waves: number) => void,
): Promise<RunResult> {
    const ledger = new Ledger(task.recorded.clients);
    const { clock, random, log, signal } = environment;
    const progress = new Progress(log, clock, ledger);
    const run: RunContext = {
        ...environment,
        task,
        ledger,
        progress,
        watch: new ClientWatch(observer(environment, task), clock, random, signal),
        writeSignal: delayed(signal, LAST_WORD_MS, clock),
        remarks: new Remarks(),
        unconfirmed: [],
        booting: new Map(),
    };
    const heartbeat = new AbortController();
    void progress.keepShowing(heartbeat.signal);
    let planned = false;
    let error: unknown;
    try {
        await new FleetRun(run).rounds((waves) => {
            planned = true;
            onPlanned(waves);
        });
        error = run.stopped;
    } catch (thrown) {
        error = thrown;
    } finally {
        heartbeat.abort();
        run.remarks.tell(log);
    }
    return { ledger, planned, results: progress.results(), ...(error !== undefined && { error }) };
}

/** Actions that are done as soon as they are planned. */
const IDLE: readonly ActionKind[] = ["keep", "adopt", "conflict", "retain", "done"];

class FleetRun {
    /** What the state recorded, less what this run has cleared away. */
    private readonly known: Map<string, ClientEntry>;
    private readonly waits: Waits;
    private readonly removals: Removals;

    constructor(private readonly run: RunContext) {
        this.known = new Map(run.task.recorded.clients);
        this.waits = new Waits(run);
        this.removals = new Removals(run);
    }

    async rounds(onPlanned: (waves: number) => void): Promise<void> {
        const { run } = this;
        let open: ReadonlySet<string> | undefined;
        do {
            const { index } = await run.watch.look();
            const plan = planFleet(run.task.declared, this.recorded(), index);
            const current = open ? plan.filter((action) => open?.has(action.instanceId)) : plan;
            this.note(current);
            for (const notice of noticesOf(current)) run.log.warning(notice);
            const work = current.filter((action) => !IDLE.includes(action.kind));
            run.progress.planned(
                work.length,
                work.length > 0 && work.every(({ kind }) => kind === "uninstall")
                    ? "uninstalling"
                    : "installing",
            );
            if (!open) onPlanned(Math.max(1, wavesOf(work.length, run.task.rollout)));
            open = await this.act(current);
        } while (open.size > 0 && run.stopped === undefined);
        await together(run.unconfirmed.splice(0).map((confirm) => confirm()));
    }

    private recorded(): FleetState {
        return { spec: this.run.task.recorded.spec, clients: this.known };
    }

    /** Puts into the ledger what is planned, so that an early end leaves it pending, and what needs no action. */
    private note(plan: Plan): void {
        const { ledger } = this.run;
        for (const action of plan) {
            switch (action.kind) {
                case "keep":
                case "adopt":
                    this.takeOver(action);
                    break;
                case "conflict":
                    this.refuse(action);
                    break;
                case "retain":
                case "done":
                    ledger.gone(action.instanceId);
                    break;
                case "install":
                case "wait":
                case "grace":
                    ledger.planned(action.instanceId, this.pendingOf(action), action.declared, action.client);
                    if (action.kind === "grace" && action.client && isNew(action))
                        ledger.explained(action.instanceId, notTakenOver(action.client));
                    break;
                case "reinstall":
                case "uninstall":
                    ledger.planned(action.instanceId, action.kind, action.declared, action.client);
                    break;
            }
        }
    }

    private pendingOf(action: PlannedAction): PendingAction {
        const { declared, recorded } = this.run.task;
        return declared && this.waits.isWait(action)
            ? pendingWhileWaiting(action, declared, recorded.spec)
            : "install";
    }

    private takeOver({ declared, client, entry, kind }: PlannedAction): void {
        const { ledger, remarks, task } = this.run;
        if (!declared || !client) return;
        const drift = kind === "adopt" && task.declared ? driftedSettings(task.declared, client) : [];
        ledger.healthy(declared, client, drift.length > 0 ? "reinstall" : undefined);
        if (kind === "adopt") ledger.tally.adopted += 1;
        else if (entry?.pendingAction === "install") ledger.tally.installed += 1;
        if (drift.length > 0) {
            const text = `adopted as it is (${drift.join(", ")}); the next update reinstalls it with what is declared`;
            remarks.add("warning", declared.instanceId, text);
        }
    }

    private refuse({ instanceId, client }: PlannedAction): void {
        const message = `client ${client?.clientId ?? ""} (${client?.status ?? ""}) is already there, and adoptExisting is false`;
        this.run.ledger.failed(instanceId, { code: CLIENT_EXISTS, message }, "install", client);
    }

    /** Acts on a plan; gives the instances that have to be planned once more. */
    private async act(plan: Plan): Promise<ReadonlySet<string>> {
        const again = new Set<string>();
        const waits = plan.filter((action) => this.waits.isWait(action));
        const waiting = new Set(waits);
        const removals = plan.filter((action) => action.kind === "uninstall" && !waiting.has(action));
        const installs = plan.filter((action) => action.kind === "install" && !waiting.has(action));
        const reinstalls = plan.filter((action) => action.kind === "reinstall" && !waiting.has(action));
        const { rollout } = this.run.task;
        const batches = [
            ...batchesOf(installs, rollout.batchSize),
            ...batchesOf(reinstalls, rollout.batchSize),
        ];
        for (const action of waits) again.add(action.instanceId);
        await together([
            this.waits.wait(waits),
            this.rollOut(batches, again),
            this.removals.removeAll(removals),
        ]);
        for (const instanceId of this.run.ledger.failures.keys()) again.delete(instanceId);
        return again;
    }

    /** Works through the batches, some at a time; starts none once the run is stopped or too many have failed. */
    private async rollOut(batches: readonly Plan[], again: Set<string>): Promise<void> {
        const { run } = this;
        const queue = batches.values();
        const lane = async (): Promise<void> => {
            for (const batch of queue) {
                this.stopAfterTooManyFailures();
                if (run.stopped !== undefined) return;
                await this.runBatch(batch, again);
            }
            this.stopAfterTooManyFailures();
        };
        await together(Array.from({ length: run.task.rollout.parallelism }, lane));
    }

    private stopAfterTooManyFailures(): void {
        const { maxFailures } = this.run.task.rollout;
        if (maxFailures !== undefined && this.run.ledger.failures.size > maxFailures) {
            this.run.stopped ??= "too many failures";
        }
    }

    private async runBatch(batch: Plan, again: Set<string>): Promise<void> {
        const orders = await together(batch.map((action) => this.prepare(action, again)));
        if (this.run.stopped !== undefined && this.run.stopped !== "too many failures") return;
        await install(
            this.run,
            orders.flatMap((order) => order ?? []),
        );
    }

    /** Clears the old client of an instance away; gives the order to install, if that is what it now needs. */
    private async prepare(action: PlannedAction, again: Set<string>): Promise<InstallOrder | undefined> {
        const { instanceId, declared, client } = action;
        const { run } = this;
        if (!declared) return undefined;
        const counts = action.repair ? "repaired" : action.kind === "install" ? "installed" : "reinstalled";
        if (action.kind === "install") return { declared, counts };
        const failure = action.clusterChanged
            ? await this.removals.removeOld(action)
            : client && (await uninstall(run, client));
        if (failure) {
            this.removals.fail(action, failure, "reinstall");
            return undefined;
        }
        this.known.delete(instanceId);
        run.ledger.cleared(declared);
        return action.clusterChanged ? this.orderInNewCluster(action, again) : { declared, counts };
    }

    /** A client may already be there in the new cluster, or be on its way. */
    private async orderInNewCluster(
        { instanceId, declared }: PlannedAction,
        again: Set<string>,
    ): Promise<InstallOrder | undefined> {
        const { run } = this;
        const spec = run.task.declared;
        if (!spec || !declared) return undefined;
        const { index } = await run.watch.look();
        const action = planInstance(declared, spec, this.recorded(), index);
        if (action.kind === "install") return { declared, counts: "reinstalled" };
        if (action.kind === "adopt") this.takeOver(action);
        else if (action.kind === "conflict") this.refuse(action);
        else again.add(instanceId);
        return undefined;
    }
}
