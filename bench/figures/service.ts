import { batchesOf } from "../../provider/run/rollout";
import { listClients } from "../../provider/hbr/listClients";
import { seededRandom } from "../../tests/support/virtualClock";
import { fleetOf, type BenchInstance } from "../program/fleet";
import { type Cost, type Curve, type Figure, shown, shownSpread, shownTime } from "../results";
import { oneByOne, ratioOf, spreadOf } from "../statistics";
import { LATENCY_MS, VAULT, VirtualService } from "../virtual/service";

/** Terraform's default. The engine's default on two cores is 8. */
export const ALONE_PARALLEL = 10;
const BATCH = 20;
const PARALLEL = 4;
const PAGE = 99;

type Timed = BenchInstance & { readonly installTime: number };

/** This package, the baseline and the ideal on the same instances. */
interface Comparison {
    readonly ours: Cost;
    readonly alone: Cost;
    readonly idealMs: number;
    readonly leastCalls: number;
}

/** Measures calls and time of the first installation of a fleet. */
export async function installation(quick: boolean): Promise<readonly Figure[]> {
    const runs = await oneByOne(seeds(quick ? 3 : 9), (seed) => compare(200, seed));
    const scenario = "200 instances, installs of 4 to 8 s, latency 20 ms";
    const calls = ratioOf(
        runs.map(({ ours }) => ours.calls),
        runs.map(({ alone }) => alone.calls),
    );
    const toIdeal = ratioOf(
        runs.map(({ ours }) => ours.elapsedMs),
        runs.map(({ idealMs }) => idealMs),
    );
    const toAlone = ratioOf(
        runs.map(({ ours }) => ours.elapsedMs),
        runs.map(({ alone }) => alone.elapsedMs),
    );
    const ourCalls = spreadOf(runs.map(({ ours }) => ours.calls));
    const ourTime = shownTime(spreadOf(runs.map(({ ours }) => ours.elapsedMs)).median);
    const least = runs[0]?.leastCalls ?? NaN;
    return [
        {
            name: "calls",
            scenario,
            ours: `${shownSpread(ourCalls, 0)} calls`,
            comparedWith: `per-instance ${shown(spreadOf(runs.map(({ alone }) => alone.calls)).median, 0)}`,
            value: calls,
            mustReach: "at most 1/6",
            reached: calls.max <= 1 / 6,
            note: `the least possible is ${least}: the vault's list before (1 page), ${Math.ceil(200 / BATCH)} CreateClients, one perfectly timed poll of each task, ${Math.ceil(200 / PAGE)} pages to confirm`,
        },
        {
            name: "time, ideal",
            scenario,
            ours: ourTime,
            comparedWith: `ideal schedule ${shownTime(spreadOf(runs.map(({ idealMs }) => idealMs)).median)}`,
            value: toIdeal,
            mustReach: "at most 1.2",
            reached: toIdeal.max <= 1.2,
            note: "the next batch starts as soon as one ends, not when its round ends",
        },
        {
            name: "time, per-instance",
            scenario,
            ours: ourTime,
            comparedWith: `per-instance, ${ALONE_PARALLEL} at a time, ${shownTime(spreadOf(runs.map(({ alone }) => alone.elapsedMs)).median)}`,
            value: toAlone,
            mustReach: "at most 1/5",
            reached: toAlone.max <= 1 / 5,
        },
    ];
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

async function compare(size: number, seed: number): Promise<Comparison> {
    const random = seededRandom(seed);
    const timed = fleetOf(size).map((instance): Timed => ({
        ...instance,
        installTime: Math.round(4_000 + 4_000 * random()),
    }));
    const instances = timed.map(({ installTime: _, ...instance }) => instance);
    const world = {
        vaults: [VAULT],
        instances: timed.map(({ instanceId, installTime }) => ({ instanceId, installTime })),
    };
    const ours = new VirtualService(seed, { world });
    const alone = new VirtualService(seed, { world });
    return {
        ours: await ours.cost(() => ours.create(instances)),
        alone: await alone.cost(() => alone.createAlone(instances, ALONE_PARALLEL)),
        ...idealOf(timed),
    };
}

/** One round after the other, each as long as its slowest installation plus one round trip. */
function idealOf(timed: readonly Timed[]): { readonly idealMs: number; readonly leastCalls: number } {
    const sorted = timed.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
    const rounds = batchesOf(batchesOf(sorted, BATCH), PARALLEL);
    const slowest = rounds.map((round) => Math.max(...round.flat().map(({ installTime }) => installTime)));
    return {
        idealMs: slowest.reduce((sum, ms) => sum + ms + LATENCY_MS, 0),
        leastCalls: 1 + 2 * Math.ceil(timed.length / BATCH) + Math.ceil(timed.length / PAGE),
    };
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
        note: `a page holds ${PAGE} clients, so each tick takes ${Math.ceil(size / PAGE)} calls`,
    };
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
    const least = Math.ceil(size / PAGE);
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
