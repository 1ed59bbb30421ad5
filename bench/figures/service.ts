import type { RawInputs } from "../../provider/check/inputs";
import { batchesOf, limitsOf } from "../../provider/fleet/waves";
import { listClients } from "../../provider/hbr/listClients";
import type { RecordedOutputs } from "../../provider/state";
import type { WorldInput } from "../../simulator/input";
import { seededRandom } from "../../tests/support/virtualClock";
import { fleetOf, type BenchInstance } from "../program/fleet";
import { type Cost, type Curve, type Figure, shown, shownSpread, shownTime } from "../results";
import { oneByOne, ratioOf, spreadOf } from "../statistics";
import { LATENCY_MS, VAULT, VirtualService } from "../virtual/service";

/** Terraform's default. The engine's default on two cores is 8. */
export const ALONE_PARALLEL = 10;
const BATCH = 20;
const PAGE = 99;

/** An instance, and how long its installation takes (ms). */
export type Timed = BenchInstance & { readonly installTime: number };

/** This package, the baseline and the ideal on the same instances. */
interface Comparison {
    readonly ours: Cost;
    readonly alone: Cost;
    readonly idealMs: number;
    readonly leastCalls: number;
}

/** Measures calls and time of the first installation of a fleet. */
export async function installation(quick: boolean): Promise<readonly Figure[]> {
    const turns = seeds(quick ? 3 : 9);
    const runs = await oneByOne(turns, (seed) => compare(200, seed));
    const fixed = await oneByOne(turns, (seed) => compare(200, seed, { parallelism: 4 }));
    return [callsFigure(runs), ...timeFigures(runs, fixed)];
}

const SPREAD = "200 instances, installs of 4 to 8 s, latency 20 ms";

function callsFigure(runs: readonly Comparison[]): Figure {
    const ours = runs.map(({ ours: { calls } }) => calls);
    const alone = runs.map(({ alone: { calls } }) => calls);
    const value = ratioOf(ours, alone);
    return {
        name: "calls",
        scenario: SPREAD,
        ours: `${shownSpread(spreadOf(ours), 0)} calls`,
        comparedWith: `per-instance ${shown(spreadOf(alone).median, 0)}`,
        value,
        mustReach: "at most 1/6",
        reached: value.max <= 1 / 6,
        note: `the least possible is ${runs[0]?.leastCalls ?? NaN}: the vault's list before (1 page), ${Math.ceil(200 / BATCH)} CreateClients, one perfectly timed poll of each task, ${pagesOf(200)} pages to confirm`,
    };
}

/** @param fixed the same with `parallelism: 4` */
function timeFigures(runs: readonly Comparison[], fixed: readonly Comparison[]): readonly Figure[] {
    const timesOf = (some: readonly Comparison[]): number[] => some.map(({ ours }) => ours.elapsedMs);
    const median = (times: readonly number[]): string => shownTime(spreadOf(times).median);
    const alone = runs.map(({ alone: { elapsedMs } }) => elapsedMs);
    const toFixed = ratioOf(timesOf(runs), timesOf(fixed));
    const toAlone = ratioOf(timesOf(runs), alone);
    return [
        idealFigure(fixed),
        {
            name: "time, default",
            scenario: SPREAD,
            ours: median(timesOf(runs)),
            comparedWith: `with \`parallelism: 4\` ${median(timesOf(fixed))}`,
            value: toFixed,
            mustReach: "at most 1/2",
            reached: toFixed.max <= 1 / 2,
            note: `one round instead of three: six batches a second start after the first four; if all ten started at once, an ideal schedule would take ${median(runs.map(({ idealMs: ms }) => ms))}`,
        },
        {
            name: "time, per-instance",
            scenario: SPREAD,
            ours: median(timesOf(runs)),
            comparedWith: `per-instance, ${ALONE_PARALLEL} at a time, ${median(alone)}`,
            value: toAlone,
            mustReach: "at most 1/5",
            reached: toAlone.max <= 1 / 5,
        },
    ];
}

function idealFigure(runs: readonly Comparison[]): Figure {
    const took = runs.map(({ ours }) => ours.elapsedMs);
    const ideal = runs.map(({ idealMs: ms }) => ms);
    const value = ratioOf(took, ideal);
    return {
        name: "time, ideal",
        scenario: "the same with `parallelism: 4`",
        ours: shownTime(spreadOf(took).median),
        comparedWith: `ideal schedule ${shownTime(spreadOf(ideal).median)}`,
        value,
        mustReach: "at most 1.2 in the median",
        reached: value.median <= 1.2,
        note: "three rounds; the next batch starts as soon as one ends, not when its round ends",
    };
}

/** Calls and time by the size of the fleet. */
export async function installationCurves(
    quick: boolean,
): Promise<{ calls: Record<string, Curve>; time: Record<string, Curve> }> {
    const sizes = [1, 10, 20, 50, 100, 200, 500, 1_000, ...(quick ? [] : [2_000, 5_000])];
    const points: (readonly [number, Comparison])[] = [];
    for (const size of sizes) points.push([size, await compare(size, 1)]);
    const curve = (value: (comparison: Comparison) => number): Curve =>
        points.map(([size, comparison]) => [size, value(comparison)]);
    return {
        calls: {
            "per-instance": curve(({ alone }) => alone.calls),
            BackupClients: curve(({ ours }) => ours.calls),
            least: curve(({ leastCalls }) => leastCalls),
        },
        time: {
            "per-instance": curve(({ alone }) => alone.elapsedMs / 1_000),
            BackupClients: curve(({ ours }) => ours.elapsedMs / 1_000),
            ideal: curve(({ idealMs }) => idealMs / 1_000),
        },
    };
}

async function compare(
    size: number,
    seed: number,
    rollout: { readonly parallelism?: number } = {},
): Promise<Comparison> {
    const { timed, instances, world } = timedFleet(size, seed);
    const ours = new VirtualService(seed, { world });
    const alone = new VirtualService(seed, { world });
    return {
        ours: await ours.cost(() => ours.create(instances, { rollout })),
        alone: await alone.cost(() => alone.createAlone(instances, ALONE_PARALLEL)),
        idealMs: idealMs(timed, limitsOf({ batchSize: BATCH, ...rollout }, size).inFlight),
        leastCalls: leastFor(size),
    };
}

/** The vault before, a CreateClients and a perfectly timed poll for each batch, the pages after. */
export function leastFor(size: number): number {
    return 1 + 2 * Math.ceil(size / BATCH) + pagesOf(size);
}

/** A fleet with installations of 4 to 8 s, and a world in which they take so long. */
export function timedFleet(
    size: number,
    seed: number,
): {
    readonly timed: readonly Timed[];
    readonly instances: readonly BenchInstance[];
    readonly world: WorldInput;
} {
    const random = seededRandom(seed);
    const timed = fleetOf(size).map((instance): Timed => ({
        ...instance,
        installTime: Math.round(4_000 + 4_000 * random()),
    }));
    return {
        timed,
        instances: timed.map(({ installTime: _, ...instance }) => instance),
        world: {
            vaults: [VAULT],
            instances: timed.map(({ instanceId, installTime }) => ({ instanceId, installTime })),
        },
    };
}

/** One round after the other, each as long as its slowest installation plus one round trip. */
export function idealMs(timed: readonly Timed[], inFlight: number): number {
    return batchesOf(inOrder(timed), inFlight)
        .map((round) => Math.max(...round.map(({ installTime }) => installTime)))
        .reduce((sum, ms) => sum + ms + LATENCY_MS, 0);
}

/** In the order in which runs work on a fleet. */
export function inOrder(timed: readonly Timed[]): readonly Timed[] {
    return timed.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
}

/** The number of pages of a list of so many clients. */
export function pagesOf(size: number): number {
    return Math.ceil(size / PAGE);
}

/** Measures the polls of a removal, besides the two calls that each client needs. */
export async function removal(quick: boolean): Promise<Figure> {
    const size = 500;
    const runs = await oneByOne(seeds(quick ? 2 : 5), async (seed) => {
        const service = new VirtualService(seed, { installTime: 8_000 });
        const state = await service.create(fleetOf(size));
        const cost = await service.cost(() => service.destroy(state));
        const ticks = looks(service);
        return { cost, ticks, waiting: pagesIn(cost) + (cost.byAction["DescribeTask"] ?? 0) };
    });
    const each = runs.every(
        ({ cost: { byAction } }) => byAction["UninstallClient"] === size && byAction["DeleteClient"] === size,
    );
    const ratio = spreadOf(runs.map(({ waiting, ticks }) => waiting / (ticks * size)));
    const waiting = spreadOf(runs.map((run) => run.waiting));
    return {
        name: "removal",
        scenario: `${size} clients, uninstalled in 6.4 to 8 s`,
        ours: `${shownSpread(waiting, 0)} reads while waiting, ${each ? "one" : "more than one"} UninstallClient and DeleteClient per client`,
        comparedWith: `one poll per client and tick: ${shown(spreadOf(runs.map(({ ticks }) => ticks * size)).median, 0)}`,
        value: ratio,
        mustReach: "at most 1/20",
        reached: each && ratio.max <= 1 / 20,
        note: `a page holds ${PAGE} clients, so each tick takes ${pagesOf(size)} calls`,
    };
}

/** Measures the polls of upgrades, besides the call that each client needs. */
export async function upgrade(quick: boolean): Promise<Figure> {
    const size = 200;
    const runs = await oneByOne(seeds(quick ? 2 : 5), async (seed) => {
        const service = new VirtualService(seed, { installTime: 8_000 });
        const instances = fleetOf(size);
        const cost = await upgradeCost(service, instances, await service.create(instances, UPGRADING));
        return { cost, polled: looks(service) * size, upgrades: service.simulator.requests().upgrades };
    });
    const each = runs.every(
        ({ cost, upgrades }) =>
            cost.byAction["UpgradeClient"] === size &&
            Object.keys(upgrades).length === size &&
            cost.calls === size + pagesIn(cost),
    );
    const ratio = spreadOf(runs.map(({ cost, polled }) => pagesIn(cost) / polled));
    return {
        name: "upgrade",
        scenario: `${size} clients, upgraded in 3.2 to 4 s`,
        ours: `${shownSpread(spreadOf(runs.map(({ cost }) => pagesIn(cost))), 0)} reads, ${each ? "one" : "more than one"} UpgradeClient per client, nothing else; ${shownTime(spreadOf(runs.map(({ cost }) => cost.elapsedMs)).median)}`,
        comparedWith: `one poll per client and tick: ${shown(spreadOf(runs.map(({ polled }) => polled)).median, 0)}`,
        value: ratio,
        mustReach: "at most 1/20",
        reached: each && ratio.max <= 1 / 20,
        note: "the first batch goes alone; tasks are polled only if the list shows nothing new for 30 s",
    };
}

/** What a program needs for its clients to be upgraded. */
export const UPGRADING = { upgrades: "Latest" };

/** Releases a version of the agent, lets the fleet learn of it, and upgrades it. */
export async function upgradeCost(
    service: VirtualService,
    instances: readonly BenchInstance[],
    state: RecordedOutputs,
    program: RawInputs = UPGRADING,
): Promise<Cost> {
    service.simulator.setSwitches({ latestVersion: "2.11.0" });
    const behind = await service.update(state, instances, program);
    return service.cost(() => service.update(behind, instances, program));
}

function pagesIn(cost: Cost): number {
    return cost.byAction["DescribeClients"] ?? 0;
}

/** How often the list was read, counted by its first page. */
function looks({ simulator }: VirtualService): number {
    const { log } = simulator.requests();
    return log.filter(
        ({ action, parameters }) => action === "DescribeClients" && parameters["PageNumber"] === "1",
    ).length;
}

/** Measures a refresh, which reads every client once. */
export async function refresh(quick: boolean): Promise<Figure> {
    const size = quick ? 1_000 : 10_000;
    const clients = fleetOf(size).map((instance) => ({
        vaultId: VAULT,
        ...instance,
        status: "ACTIVATED" as const,
    }));
    const service = new VirtualService(1, { world: { vaults: [VAULT], clients } });
    const { calls, elapsedMs } = await service.cost(() => listClients(service.api(), { vaultId: VAULT }));
    const least = pagesOf(size);
    return {
        name: "refresh",
        scenario: `${shown(size)} clients, latency ${LATENCY_MS} ms`,
        ours: `${calls} reads in ${shownTime(elapsedMs)}`,
        comparedWith: `ceil(N/${PAGE}) = ${least} reads; in sequence they take ${shownTime(least * LATENCY_MS)}`,
        value: spreadOf([calls / least]),
        mustReach: "1, in parallel",
        reached: calls === least && elapsedMs < (least * LATENCY_MS) / 4,
        note: "the first page gives the total; the other pages are read in parallel, at most 32 at once",
    };
}

export function seeds(count: number): number[] {
    return Array.from({ length: count }, (_, index) => index + 1);
}
