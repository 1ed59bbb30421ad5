import { RolloutRun, roundsOf } from "./rollout";
import type { ClientEntry } from "../fleet/model";
import {
    type ActionKind,
    type Plan,
    planFleet,
    type PlannedAction,
    promisedBy,
    replacesAgent,
} from "../fleet/plan";
import { isHealthy } from "../fleet/status";
import { ClientWatch, observer } from "./watch";
import { confirmReported } from "./confirm";
import type { RunContext, RunEnvironment, RunGoal } from "./context";
import { AgentsKept, AllRefused, FirstAlone, Halt, type StopReason } from "./halt";
import { FleetRecord } from "./record";
import { PlanRecorder } from "./planRecorder";
import { warningsOf, Progress, Remarks } from "./tell";
import { Refusals } from "./refusals";
import { Removals } from "./uninstall";
import { delayed, together } from "../async";
import { isNew, Resumption } from "./resume";

/** How a run ended; the record holds what is true of every instance, whatever happened. */
export interface RunResult {
    readonly record: FleetRecord;
    /** Whether it got as far as a plan, so that the record knows more than the state. */
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
 * @param onPlanned hears how many rounds of batches the run will take, once that is known
 */
export async function runFleet(
    environment: RunEnvironment,
    goal: RunGoal,
    onPlanned: (rounds: number) => void,
): Promise<RunResult> {
    const record = new FleetRecord(goal.recorded.clients);
    const { clock, random, log, signal } = environment;
    const progress = new Progress(log, clock, record);
    const run: RunContext = {
        ...environment,
        goal,
        record,
        progress,
        watch: new ClientWatch(observer(environment, goal), clock, random, signal),
        writeSignal: delayed(signal, LAST_WORD_MS, clock),
        remarks: new Remarks(),
        unconfirmed: [],
        booting: new Map(),
        promised: promisedBy(planFleet(goal.declared, goal.recorded)),
        halt: new Halt(),
        refusals: new Refusals(),
        firstUninstall: new FirstAlone(),
        firstDeletion: new FirstAlone(),
    };
    const heartbeat = new AbortController();
    void progress.keepShowing(heartbeat.signal);
    const fleet = new FleetRun(run);
    let planned = false;
    let error: unknown;
    try {
        await fleet.rounds((rounds) => {
            planned = true;
            onPlanned(rounds);
        });
        error = fleet.endedBy;
    } catch (thrown) {
        error = thrown;
    } finally {
        heartbeat.abort();
        run.remarks.tell(log);
    }
    const results = progress.results(error instanceof AllRefused ? "not tried" : "pending", fleet.remains);
    return { record, planned, results, ...(error !== undefined && { error }) };
}

/** Actions that are done as soon as they are planned. */
const IDLE: readonly ActionKind[] = ["keep", "adopt", "conflict", "retain", "leave", "done"];

class FleetRun {
    /** What the state recorded, less what this run has cleared away. */
    private readonly known: Map<string, ClientEntry>;
    private readonly waits: Resumption;
    private readonly removals: Removals;
    private readonly notes: PlanRecorder;
    private readonly actions: RolloutRun;

    constructor(private readonly run: RunContext) {
        this.known = new Map(run.goal.recorded.clients);
        this.waits = new Resumption(run, this.known);
        this.removals = new Removals(run);
        this.notes = new PlanRecorder(run, this.removals);
        this.actions = new RolloutRun(run, this.removals, this.notes, this.known);
    }

    /** What is left in the vault of what was uninstalled. */
    get remains(): string | undefined {
        return this.removals.remains;
    }

    /** What ended the run before everything that can succeed had been tried, if anything did. */
    get endedBy(): StopReason | AgentsKept | undefined {
        const { stopped, keepsAgents } = this.run.halt;
        const { heldBack } = this.actions;
        // Where each instance was tried, their failures say it all.
        if (stopped instanceof AllRefused && this.run.record.open === 0) return undefined;
        if (stopped !== undefined) return stopped;
        return keepsAgents && heldBack.length > 0 ? new AgentsKept(heldBack, keepsAgents) : undefined;
    }

    async rounds(onPlanned: (rounds: number) => void): Promise<void> {
        const { run } = this;
        let open: ReadonlySet<string> | undefined;
        do {
            const plan = await this.plan();
            const current = open ? plan.filter((action) => open?.has(action.instanceId)) : plan;
            this.notes.record(current);
            for (const notice of warningsOf(current)) run.log.warning(notice);
            const work = current.filter((action) => !IDLE.includes(action.kind));
            run.progress.planned(
                work.length,
                work.length > 0 && work.every(({ kind }) => kind === "uninstall")
                    ? "uninstalling"
                    : "installing",
            );
            if (!open) onPlanned(this.roundsFor(work));
            open = await this.act(current);
        } while (open.size > 0 && run.halt.stopped === undefined);
        await confirmReported(run);
    }

    private async plan(): Promise<Plan> {
        const { watch, goal, promised } = this.run;
        const { index } = await watch.look();
        const recorded = { spec: goal.recorded.spec, clients: this.known };
        return planFleet(goal.declared, recorded, index, promised);
    }

    /** The first batch of healthy clients that lose their agents has a round of its own. */
    private roundsFor(work: Plan): number {
        const { rollout } = this.run.goal;
        const replaced = work.filter(replacesAgent).length;
        const rounds = roundsOf(work.length - replaced, rollout);
        const further = roundsOf(Math.max(0, replaced - rollout.batchSize), rollout);
        return Math.max(1, rounds + (replaced > 0 ? 1 + further : 0));
    }

    /** Acts on a plan; gives the instances that have to be planned once more. */
    private async act(plan: Plan): Promise<ReadonlySet<string>> {
        const waits = plan.filter((action) => this.waits.isWait(action));
        const waiting = new Set(waits);
        const ready = plan.filter((action) => !waiting.has(action));
        const removals = ready.filter(({ kind }) => kind === "uninstall");
        const replaced = ready.filter(replacesAgent);
        const without = ready.filter(
            (action) => (action.kind === "install" || action.kind === "reinstall") && !replacesAgent(action),
        );
        // An earlier run may have left these without an agent: first they get one again.
        const isHalfDone = waits.some((action) => action.declared && !isAtWork(action));
        const again = new Set(
            [...waits, ...(isHalfDone ? replaced : [])].map(({ instanceId }) => instanceId),
        );
        await together([
            this.waits.wait(waits),
            this.actions.rollOut(without, isHalfDone ? [] : replaced, again),
            this.removals.removeAll(removals),
        ]);
        for (const instanceId of this.run.record.failures.keys()) again.delete(instanceId);
        return again;
    }
}

/** Whether an instance has an agent that works, as far as the list tells. */
function isAtWork(action: PlannedAction): boolean {
    return isHealthy(action.observation) && (action.kind !== "grace" || isNew(action));
}
