import { together } from "../async";
import { type ActionKind, type Plan, type PlannedAction, replacesAgent } from "../fleet/plan";
import { isHealthy } from "../fleet/status";
import type { RunContext } from "./context";
import type { RunEnvironment, RunGoal } from "./goal";
import { AgentsKept, AllRefused, Halt, type StopReason } from "./halt";
import { isNew, Planner } from "./planner";
import { FleetRecord } from "./record";
import { Reporter } from "./reporter";
import { Resumption } from "./resume";
import { Rollout, roundsOf } from "./rollout";
import { Removals } from "./uninstall";
import { Vault } from "./vault";
import { ClientWatch } from "./watch";

/** How a run ended. */
export interface RunResult {
    /** The result of every instance, however the run ended. */
    readonly record: FleetRecord;
    /** Whether the run got as far as a plan, so that the record holds more than the state. */
    readonly planned: boolean;
    /** What ended the run early: an error that affects all instances, Ctrl-C, or the time-out. */
    readonly error?: unknown;
    /** The summary line. */
    readonly results: string;
}

/**
 * The one loop of create, update and delete: observe, plan, act, confirm. It waits for work in progress and then plans
 * again, until nothing is left to wait for.
 *
 * @param onPlanned called with the number of rounds of batches, once that is known
 */
export async function runFleet(
    environment: RunEnvironment,
    goal: RunGoal,
    onPlanned: (rounds: number) => void,
): Promise<RunResult> {
    const { clock, random, log, signal } = environment;
    const record = new FleetRecord(goal.recorded.clients);
    const reporter = new Reporter(log, clock, record);
    const vault = new Vault(environment, goal);
    const watch = new ClientWatch(() => vault.clients(), clock, random, signal);
    const run = { clock, random, signal, goal, vault, watch, record, reporter, halt: new Halt() };
    const fleet = new FleetRun(run, environment);
    const over = new AbortController();
    void reporter.keepShowing(over.signal);
    let planned = false;
    let error: unknown;
    try {
        await fleet.converge((rounds) => {
            planned = true;
            onPlanned(rounds);
        });
        error = fleet.endedBy;
    } catch (thrown) {
        error = thrown;
    } finally {
        over.abort();
        reporter.tellRemarks();
    }
    const results = reporter.results(error instanceof AllRefused ? "not tried" : "pending", fleet.remains);
    return { record, planned, results, ...(error !== undefined && { error }) };
}

/** Which part of the run carries out an action; `none` if nothing is left to do. */
const ACTORS: Readonly<Record<ActionKind, "none" | "resumption" | "rollout" | "removals">> = {
    install: "rollout",
    reinstall: "rollout",
    adopt: "none",
    conflict: "none",
    keep: "none",
    wait: "resumption",
    grace: "resumption",
    uninstall: "removals",
    retain: "none",
    leave: "none",
    done: "none",
};

class FleetRun {
    private readonly planner: Planner;
    private readonly resumption: Resumption;
    private readonly removals: Removals;
    private readonly rollout: Rollout;

    constructor(
        private readonly run: RunContext,
        environment: RunEnvironment,
    ) {
        this.planner = new Planner(run);
        this.resumption = new Resumption(run, this.planner);
        this.removals = new Removals(run, (pair) => environment.isClaimedByOther(pair));
        this.rollout = new Rollout(run, this.planner, this.removals);
    }

    /** Which records of the uninstalled clients stay in the vault; undefined if none do. */
    get remains(): string | undefined {
        return this.removals.remains;
    }

    /** What ended the run before everything that can succeed was tried; undefined if nothing did. */
    get endedBy(): StopReason | AgentsKept | undefined {
        const { stopped, keepsAgents } = this.run.halt;
        const { heldBack } = this.rollout;
        // If every instance was tried, their failures are enough.
        if (stopped instanceof AllRefused && this.run.record.pendingCount === 0) return undefined;
        if (stopped !== undefined) return stopped;
        return keepsAgents && heldBack.length > 0 ? new AgentsKept(heldBack, keepsAgents) : undefined;
    }

    async converge(onPlanned: (rounds: number) => void): Promise<void> {
        const { watch, reporter, halt } = this.run;
        let toReplan: ReadonlySet<string> | undefined;
        do {
            const { index } = await watch.look();
            const plan = this.planner.plan(index);
            const current = toReplan ? plan.filter((action) => toReplan?.has(action.instanceId)) : plan;
            this.planner.apply(current);
            for (const action of current) if (action.kind === "done") this.removals.alreadyGone(action);
            reporter.warn(current);
            const work = current.filter(({ kind }) => ACTORS[kind] !== "none");
            const isRemoval = work.length > 0 && work.every(({ kind }) => ACTORS[kind] === "removals");
            reporter.planned(work.length, isRemoval ? "uninstalling" : "installing");
            if (!toReplan) onPlanned(this.roundsFor(work));
            toReplan = await this.act(current);
        } while (toReplan.size > 0 && halt.stopped === undefined);
        await this.rollout.confirm();
    }

    /** The number of rounds. The first batch of healthy clients that lose their agents has a round of its own. */
    private roundsFor(work: Plan): number {
        const { rollout } = this.run.goal;
        const replaced = work.filter(replacesAgent).length;
        const rounds = roundsOf(work.length - replaced, rollout);
        const further = roundsOf(Math.max(0, replaced - rollout.batchSize), rollout);
        return Math.max(1, rounds + (replaced > 0 ? 1 + further : 0));
    }

    /** Acts on a plan, and returns the instances that have to be planned again. */
    private async act(plan: Plan): Promise<ReadonlySet<string>> {
        const waits = plan.filter((action) => this.resumption.isWait(action));
        const waiting = new Set(waits);
        const ready = plan.filter((action) => !waiting.has(action));
        const removals = ready.filter(({ kind }) => ACTORS[kind] === "removals");
        const replaced = ready.filter(replacesAgent);
        const without = ready.filter((action) => ACTORS[action.kind] === "rollout" && !replacesAgent(action));
        // An earlier run may have left some of these without an agent. They get one before any healthy client loses its own.
        const isHalfDone = waits.some((action) => action.declared && !isAtWork(action));
        const postponed = isHalfDone ? replaced : [];
        const [, again] = await together([
            this.resumption.wait(waits),
            this.rollout.rollOut(without, isHalfDone ? [] : replaced),
            this.removals.removeAll(removals),
        ]);
        const open = new Set([...again, ...[...waits, ...postponed].map(({ instanceId }) => instanceId)]);
        for (const instanceId of this.run.record.failures.keys()) open.delete(instanceId);
        return open;
    }
}

/** Whether an instance has a working agent, according to the list. */
function isAtWork(action: PlannedAction): boolean {
    return isHealthy(action.observation) && (action.kind !== "grace" || isNew(action));
}
