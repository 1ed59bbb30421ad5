import { together } from "../async";
import type { UnfinishedRollout } from "../fleet/model";
import { type ActionKind, type Plan, type PlannedAction, rolloutOrder } from "../fleet/plan";
import { isHealthy } from "../fleet/status";
import { firstBatch, isBegun, isInWaves, isUnproven, roundsOf, wavesOf } from "../fleet/waves";
import type { HbrError } from "../hbr/errors";
import { Additions } from "./additions";
import type { RunContext } from "./context";
import { soak } from "./gate";
import type { RunEnvironment, RunGoal } from "./goal";
import { AgentsKept, AllRefused, type CommonFailure, Halt, type StopReason, TooManyFailures } from "./halt";
import { InFlight } from "./inFlight";
import { Lanes } from "./lanes";
import { Planner } from "./planner";
import { ReadBack } from "./readBack";
import { SharedReadings } from "./readings";
import { FleetRecord } from "./record";
import { Reporter } from "./reporter";
import { Resumption } from "./resume";
import { Rollout } from "./rollout";
import { SharedPolls } from "./sharedPolls";
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
    /** The last error of a call that had no answer by then. */
    readonly lastError?: HbrError | undefined;
    /** The summary line. */
    readonly results: string;
    /** The rollout in waves that it is part of; absent without waves. */
    readonly rollout?: UnfinishedRollout;
    /** Whether the run ended at the pause after the first wave. */
    readonly isPaused: boolean;
    /** Why healthy clients kept their agents; absent if nothing was in the way. */
    readonly keptAgents?: CommonFailure | undefined;
}

/** The time that a planned run may take. */
export interface Schedule {
    /** The number of rounds of batches. */
    readonly rounds: number;
    /** The time that the run waits for booting instances in its waves, and watches clients after them (ms). */
    readonly watchMs: number;
}

/**
 * The one loop of create, update and delete: observe, plan, act, confirm. It waits for work in progress and then plans
 * again, until nothing is left to wait for.
 *
 * @param onPlanned called once the run has a plan
 */
export async function runFleet(
    environment: RunEnvironment,
    goal: RunGoal,
    onPlanned: (schedule: Schedule) => void,
): Promise<RunResult> {
    const { clock, random, log, signal, troubles } = environment;
    const record = new FleetRecord(goal.recorded.clients);
    const reporter = new Reporter(log, clock, record, troubles);
    const vault = new Vault(environment, goal);
    const watch = new ClientWatch(() => vault.clients(), clock, random, signal);
    const readings = new SharedReadings(watch, (pageNumber) => vault.clientsOnPage(pageNumber), clock);
    const polls = new SharedPolls(readings, clock);
    const readBack = new ReadBack(readings, polls, clock);
    const halt = new Halt();
    const inFlight = new InFlight(goal.rollout.inFlight, signal);
    const over = new AbortController();
    const lanes = new Lanes(goal.rollout, () => environment.throttledAt(), clock, over.signal);
    const additions = new Additions(watch, (known) => vault.clientsAfter(known), clock);
    const lists = { vault, watch, additions, polls, readBack };
    const run = { clock, random, signal, goal, ...lists, record, reporter, halt, inFlight, lanes };
    const fleet = new FleetRun(run, environment);
    void reporter.keepShowing(over.signal);
    let planned = false;
    let error: unknown;
    try {
        await fleet.converge((schedule) => {
            planned = true;
            onPlanned(schedule);
        });
        error = fleet.endedBy;
    } catch (thrown) {
        error = thrown;
    } finally {
        over.abort();
        reporter.tellRemarks();
    }
    const results = reporter.results(error instanceof AllRefused ? "not tried" : "pending", fleet.remains);
    const { lastError } = troubles;
    return {
        record,
        planned,
        results,
        isPaused: fleet.isPaused,
        keptAgents: halt.keepsAgents,
        lastError,
        ...(goal.rollout.waves && { rollout: fleet.rolloutSoFar }),
        ...(error !== undefined && { error }),
    };
}

/** Which part of the run carries out an action; `none` if nothing is left to do. */
const ACTORS: Readonly<Record<ActionKind, "none" | "resumption" | "rollout" | "removals">> = {
    install: "rollout",
    reinstall: "rollout",
    upgrade: "rollout",
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
    /** The number of waves that are done, also by earlier runs of the same rollout. */
    private wavesDone: number;
    /** Whether the run ended at the pause after the first wave. */
    isPaused = false;
    /** The instances of the wave in progress, until it has passed its soak. */
    private unsoaked: readonly string[] = [];
    private readonly planner: Planner;
    private readonly resumption: Resumption;
    private readonly removals: Removals;
    private readonly rollout: Rollout;

    constructor(
        private readonly run: RunContext,
        environment: RunEnvironment,
    ) {
        this.planner = new Planner(run);
        this.wavesDone = this.planner.rolloutBefore.wavesDone;
        this.resumption = new Resumption(run, this.planner);
        this.removals = new Removals(run, (pair) => environment.isClaimedByOther(pair));
        this.rollout = new Rollout(run, this.planner, this.removals);
    }

    /** What is done of the rollout that the run is part of. */
    get rolloutSoFar(): UnfinishedRollout {
        return { ...this.planner.rolloutBefore, wavesDone: this.wavesDone };
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
        const isOfFailures = stopped instanceof AllRefused || stopped instanceof TooManyFailures;
        if (isOfFailures && this.run.record.pending.length === 0) return undefined;
        if (stopped !== undefined) return stopped;
        return keepsAgents && heldBack.length > 0 ? new AgentsKept(heldBack, keepsAgents) : undefined;
    }

    async converge(onPlanned: (schedule: Schedule) => void): Promise<void> {
        const { watch, reporter, goal } = this.run;
        const { index } = await watch.look();
        const plan = this.planner.plan(index);
        this.planner.apply(plan);
        for (const action of plan) if (action.kind === "done") this.removals.alreadyGone(action);
        reporter.warn(plan);
        const work = plan.filter(({ kind }) => ACTORS[kind] !== "none");
        const counted = this.planner.countedInFirstWave.length;
        const waves = wavesOf(work, goal.rollout, this.wavesDone, counted).map((wave) => this.partsOf(wave));
        // What is no longer declared is removed beside the first wave.
        const others = work.filter((action) => !isInWaves(action));
        reporter.planned(work.map(({ instanceId }) => instanceId));
        const rounds = [...waves.flat(), others].reduce((sum, part) => sum + this.roundsFor(part), 0);
        const watchMs = waves.length * (goal.bootMs + goal.soakMs);
        onPlanned({ rounds: Math.max(1, rounds), watchMs });
        // An earlier attempt has ended at the pause. A repetition does not go beyond it.
        this.isPaused = goal.earlier?.isPaused === true && waves.length > 0;
        if (waves.length === 0 || this.isPaused) await this.complete(others);
        else await this.rollOut(waves, others).finally(this.leaveUnsoaked);
    }

    /**
     * Rolls out wave by wave, as long as nothing stops the run.
     *
     * @param waves the parts of each wave, in their order
     * @param others what is done beside the first part
     */
    private async rollOut(waves: readonly (readonly Plan[])[], others: Plan): Promise<void> {
        const { goal, reporter } = this.run;
        const before = this.wavesDone;
        const all = before + waves.length;
        let beside = others;
        for (const [index, wave] of waves.entries()) {
            const number = before + index + 1;
            const isPause = number === 1 && number < all && this.planner.pausesAfterFirst;
            const instanceIds = wave.flat().map(({ instanceId }) => instanceId);
            this.unsoaked = isPause ? [...instanceIds, ...this.planner.countedInFirstWave] : instanceIds;
            if (goal.rollout.waves) reporter.inWave(`${number}/${all}`);
            for (const part of wave) {
                await this.complete([...part, ...beside]);
                if (!this.mayGoOn()) return;
                beside = [];
            }
            // A soak that is cut off is not repeated, so the wave counts as done; but nobody has seen the pause yet.
            if (!isPause) this.wavesDone = number;
            await this.soak();
            if (!this.mayGoOn()) {
                this.wavesDone = number - 1;
                return;
            }
            if (isPause) {
                this.wavesDone = number;
                this.isPaused = true;
                return;
            }
        }
    }

    /**
     * The parts of a wave, which follow one another. If a client fell over in the wave before, everything that an earlier run
     * has begun is judged before more is started.
     */
    private partsOf(wave: Plan): readonly Plan[] {
        if (!this.isGated || !wave.some(isUnproven)) return [wave];
        const begun = wave.filter((action) => isBegun(action));
        return [begun, wave.filter((action) => !begun.includes(action))];
    }

    private get isGated(): boolean {
        const { rollout, soakMs } = this.run.goal;
        return rollout.waves !== undefined || soakMs > 0;
    }

    /** Whether the soak or the next wave may start. Stops the run after too many failures. */
    private mayGoOn(): boolean {
        return this.rollout.mayStart() && this.endedBy === undefined;
    }

    /** Watches the clients of the wave that the run has worked on. */
    private async soak(): Promise<void> {
        const clients = this.toBeSoaked;
        if (clients.length > 0) await soak(this.run, clients);
        this.unsoaked = [];
    }

    /** Leaves the clients to the next run whose wave has not passed its soak, because this run ends before. */
    private readonly leaveUnsoaked = (): void => {
        for (const instanceId of this.toBeSoaked) this.run.record.soakMissed(instanceId);
    };

    private get toBeSoaked(): readonly string[] {
        const { goal, record } = this.run;
        if (goal.soakMs === 0) return [];
        return this.unsoaked.filter(
            (id) => record.isDone(id) && record.entries.get(id)?.status === "ACTIVATED",
        );
    }

    /** Acts on a plan, and plans again what had to wait, until nothing is left to wait for. */
    private async complete(plan: Plan): Promise<void> {
        const { watch, reporter, halt } = this.run;
        let toReplan = await this.act(plan);
        while (toReplan.size > 0 && !halt.endsAll) {
            const { index } = await watch.look();
            const current = this.planner.plan(index).filter(({ instanceId }) => toReplan.has(instanceId));
            this.planner.apply(current);
            for (const action of current) if (action.kind === "done") this.removals.alreadyGone(action);
            reporter.warn(current);
            // Too many have failed: what has ended well is recorded, and nothing more is started.
            if (halt.stopped !== undefined) break;
            toReplan = await this.act(current);
        }
        await this.rollout.confirm();
    }

    /** The number of rounds of batches. The first batch of healthy clients of each kind has a round of its own. */
    private roundsFor(wave: Plan): number {
        const { rollout } = this.run.goal;
        const { replaced, upgraded } = rolloutOrder(wave);
        const alone = ({ length }: Plan): number =>
            length === 0 ? 0 : 1 + roundsOf(Math.max(0, length - firstBatch(rollout)), rollout);
        return (
            roundsOf(wave.length - replaced.length - upgraded.length, rollout) +
            alone(replaced) +
            alone(upgraded)
        );
    }

    /** Acts on a plan, and returns the instances that have to be planned again. */
    private async act(plan: Plan): Promise<ReadonlySet<string>> {
        const waits = plan.filter((action) => this.resumption.isWait(action));
        const waiting = new Set(waits);
        const ready = plan.filter((action) => !waiting.has(action));
        const removals = ready.filter(({ kind }) => ACTORS[kind] === "removals");
        const { without, replaced, upgraded } = rolloutOrder(ready);
        // An earlier run may have left some of these without an agent. They get one before any healthy client loses its own.
        const isHalfDone = waits.some((action) => action.declared && !isAtWork(action));
        const postponed = isHalfDone ? [...replaced, ...upgraded] : [];
        const { reporter } = this.run;
        const [, again] = await together([
            reporter.during(waits.length > 0 ? ["waiting"] : [], () => this.resumption.wait(waits)),
            isHalfDone
                ? this.rollout.rollOut(without, [], [])
                : this.rollout.rollOut(without, replaced, upgraded),
            reporter.during(removals.length > 0 ? ["uninstalling"] : [], () =>
                this.run.halt.part(this.removals.removeAll(removals)),
            ),
        ]);
        const open = new Set([...again, ...[...waits, ...postponed].map(({ instanceId }) => instanceId)]);
        for (const instanceId of this.run.record.failures.keys()) open.delete(instanceId);
        return open;
    }
}

/** Whether an instance has a working agent, according to the list. */
function isAtWork(action: PlannedAction): boolean {
    return isHealthy(action.observation) && !isUnproven(action);
}
