import { limitsOf } from "../../provider/fleet/waves";
import type { RecordedOutputs } from "../../provider/state";
import { type Cost, type Figure, shown, shownSpread, shownTime } from "../results";
import { oneByOne, type Spread, spreadOf } from "../statistics";
import { VirtualService } from "../virtual/service";
import { idealMs, inOrder, pagesOf, seeds, type Timed, timedFleet, upgradeCost, UPGRADING } from "./service";

const SOAK = "5m";
const SOAK_MS = 5 * 60_000;
const BATCH = 20;
const BOUND = 1.2;

type Amount = number | string;

/** Undefined is what a program gets that says nothing. */
const PARALLELISMS: readonly (Amount | undefined)[] = [undefined, 4, "10%"];
const PATTERNS: Readonly<Record<string, readonly Amount[]>> = {
    waves: [1, "10%", "100%"],
    "waves of 5 %": ["5%"],
};

interface Case {
    readonly pattern: string;
    readonly size: number;
    readonly parallelism: Amount | undefined;
    readonly seed: number;
}

interface Measured {
    readonly pattern: string;
    readonly size: number;
    readonly soaksMs: number;
    /** The time of the installation and of the ideal schedule of the same waves, both without the soaks. */
    readonly workMs: number;
    readonly idealMs: number;
    readonly install: Cost;
    readonly withoutWaves: Cost;
    /** The calls of the same batches, and of a reading of the list after each batch and each soak. */
    readonly expectedCalls: number;
    /** How many instances may be in flight. */
    readonly limit: number;
    /** The most that were at any request. */
    readonly mostInFlight: number;
}

/** Measures rollouts in waves: time, calls, and the number of instances in flight. */
export async function waves(quick: boolean): Promise<readonly Figure[]> {
    const sizes = quick ? [200] : [200, 1_000];
    // A thousand instances take ten times as long to measure, so they get one seed.
    const seedsOf = (size: number): number[] => seeds(quick || size > 200 ? 1 : 5);
    const cases = Object.keys(PATTERNS).flatMap((pattern) =>
        sizes.flatMap((size) =>
            PARALLELISMS.flatMap((parallelism) =>
                seedsOf(size).map((seed): Case => ({ pattern, size, parallelism, seed })),
            ),
        ),
    );
    const measured = await oneByOne(cases, measure);
    const fleet = `${sizes.map((size) => shown(size, 0)).join(" and ")} instances, installs of 4 to 8 s, parallelism ${PARALLELISMS.map((each) => each ?? "by default").join(", ")}`;
    const byPattern = Object.entries(PATTERNS).map(([name, pattern]) => ({
        name,
        scenario: `${fleet}, waves of ${pattern.join(", ")}, soak ${SOAK}`,
        runs: measured.filter((run) => run.pattern === name),
    }));
    return [
        ...byPattern.map(({ name, scenario, runs }) => timeFigure(`${name}, time`, scenario, runs)),
        ...byPattern.map(({ name, scenario, runs }) => callsFigure(`${name}, calls`, scenario, runs)),
        budgetFigure(`${fleet}, in these waves`, measured),
    ];
}

function timeFigure(name: string, scenario: string, runs: readonly Measured[]): Figure {
    const value = spreadOf(runs.map((run) => run.workMs / run.idealMs));
    const whole = spreadOf(runs.map((run) => (run.workMs + run.soaksMs) / (run.idealMs + run.soaksMs)));
    return {
        name,
        scenario,
        ours: `${shownTimes(runs.map(({ workMs }) => workMs))} beside the soaks`,
        comparedWith: `ideal schedule of the same waves ${shownTimes(runs.map((run) => run.idealMs))}`,
        value,
        mustReach: `at most ${shown(BOUND, 1)} in the median`,
        reached: value.median <= BOUND,
        note: `with the soaks on both sides ${shownSpread(whole)}; in the ideal schedule, a wave takes as many rounds as \`parallelism\` allows, each as long as its slowest installation`,
    };
}

function callsFigure(name: string, scenario: string, runs: readonly Measured[]): Figure {
    const perInstance = (cost: (run: Measured) => Cost): Spread =>
        spreadOf(runs.map((run) => cost(run).calls / run.size));
    const toWithout = spreadOf(runs.map(({ install, withoutWaves }) => install.calls / withoutWaves.calls));
    const value = spreadOf(runs.map(({ install, expectedCalls }) => install.calls / expectedCalls));
    return {
        name,
        scenario,
        ours: `${shownSpread(perInstance(({ install }) => install))} calls per instance`,
        comparedWith: `without waves ${shownSpread(perInstance(({ withoutWaves }) => withoutWaves))}; for its batches and a reading of the list after each batch and each soak ${shownSpread(spreadOf(runs.map(({ expectedCalls, size }) => expectedCalls / size)))}`,
        value,
        mustReach: `at most ${shown(BOUND, 1)}`,
        reached: value.max <= BOUND,
        note: `${shownSpread(toWithout)} times the calls of the same fleet without waves, because a wave ends a batch, and no further batch starts before the list has confirmed one`,
    };
}

function budgetFigure(scenario: string, runs: readonly Measured[]): Figure {
    const exceeded = runs.filter(({ limit, mostInFlight }) => mostInFlight > limit).length;
    return {
        name: "waves, budget",
        scenario: `${scenario}: installed, reinstalled and upgraded`,
        ours: `exceeded in ${exceeded} of ${runs.length} fleets`,
        comparedWith: "the instances that may be in flight",
        value: spreadOf(runs.map(({ limit, mostInFlight }) => mostInFlight / limit)),
        mustReach: "at most 1, exceeded 0 times",
        reached: exceeded === 0,
        note: "the most clients at any request that are being installed, removed or upgraded, or are without an agent in between, as a part of the instances that may be in flight",
    };
}

function shownTimes(times: readonly number[]): string {
    const { min, max } = spreadOf(times);
    return min === max ? shownTime(min) : `${shownTime(min)} to ${shownTime(max)}`;
}

/** Installs a fleet without waves, then installs, reinstalls and upgrades the same fleet in waves. */
async function measure({ pattern, size, parallelism, seed }: Case): Promise<Measured> {
    const { timed, instances, world } = timedFleet(size, seed);
    const plain = new VirtualService(seed, { world });
    const given = parallelism === undefined ? {} : { parallelism };
    const withoutWaves = await plain.cost(() => plain.create(instances, { rollout: given }));

    const service = new VirtualService(seed, { world });
    const { simulator } = service;
    let mostInFlight = 0;
    simulator.onRequest(() => {
        // Nothing fails, so all of these are being worked on, or wait for their next agent.
        const inFlight = simulator.world().clients.filter(({ status }) => status !== "ACTIVATED");
        mostInFlight = Math.max(mostInFlight, inFlight.length);
    });
    const sizes = PATTERNS[pattern] ?? [];
    const program = { ...UPGRADING, rollout: { ...given, waves: sizes, soak: SOAK } };
    let state: RecordedOutputs | undefined;
    const install = await service.cost(async () => {
        state = await service.create(instances, program);
    });
    if (!state) throw new Error("a created fleet has a state");
    const again = { ...program, triggers: ["again"] };
    await upgradeCost(service, instances, await service.update(state, instances, again), again);

    const limit = limitsOf({ batchSize: BATCH, ...given }, size).inFlight;
    const inWaves = cut(inOrder(timed), sizes);
    const soaksMs = inWaves.length * SOAK_MS;
    return {
        pattern,
        size,
        soaksMs,
        workMs: install.elapsedMs - soaksMs,
        idealMs: inWaves.reduce((sum, wave) => sum + idealMs(wave, limit), 0),
        install,
        withoutWaves,
        expectedCalls: callsOf(inWaves, limit, withoutWaves),
        limit,
        mostInFlight,
    };
}

/** The waves of a fleet. The last size repeats. */
function cut(fleet: readonly Timed[], sizes: readonly Amount[]): readonly (readonly Timed[])[] {
    const inWaves: (readonly Timed[])[] = [];
    for (let from = 0; from < fleet.length; from += inWaves.at(-1)?.length ?? 0) {
        const size = sizes[Math.min(inWaves.length, sizes.length - 1)] ?? fleet.length;
        inWaves.push(fleet.slice(from, from + amountOf(size, fleet.length)));
    }
    return inWaves;
}

/** A percentage as a number of instances. */
function amountOf(amount: Amount, size: number): number {
    return typeof amount === "number" ? amount : Math.ceil((Number.parseInt(amount, 10) * size) / 100);
}

/**
 * The calls of the batches of these waves, as a run without waves makes them, and of a reading of the list after each batch
 * and each soak.
 */
function callsOf(inWaves: readonly (readonly Timed[])[], limit: number, { byAction }: Cost): number {
    const { CreateClients: batches = NaN, DescribeTask: polls = NaN } = byAction;
    let installed = 0;
    let calls = 1;
    for (const { length } of inWaves) {
        installed += length;
        const own = Math.ceil(length / Math.min(BATCH, limit));
        calls += own * (1 + polls / batches) + (own + 1) * pagesOf(installed);
    }
    return calls;
}
