import { limitsOf } from "../../provider/fleet/waves";
import { PROGRESS_SHAPES, type Switches } from "../../simulator/switches";
import { fleetOf } from "../program/fleet";
import { type Cost, type Figure, shown, shownSpread, shownTime } from "../results";
import { oneByOne, type Spread, spreadOf } from "../statistics";
import { VAULT, VirtualService } from "../virtual/service";
import { leastFor, pagesOf, seeds, timedFleet } from "./service";

type Shape = Switches["progressShape"];

const LONGEST_LAG_MS = 30_000;
const DURATIONS_S = [2, 3, 5, 8, 13, 21, 34, 60, 89, 144, 233, 377, 610, 900];
/** What progress is good for, by its shape in the simulator. */
const USELESS: readonly Shape[] = ["zero", "stalls"];
const MISLEADING: readonly Shape[] = ["backwards", "slow", "hasty"];
const MINUTE_S = 60;
const MOST_POLLS_OF_A_MINUTE = 8;

interface Watched {
    readonly seconds: number;
    readonly durationMs: number;
    readonly lagMs: number;
    readonly polls: number;
}

/** Measures how late the end of a task is detected, and after how many polls. */
export async function detection(quick: boolean): Promise<readonly Figure[]> {
    const count = quick ? 5 : 20;
    const useful = await watchAll(["linear"], count);
    const useless = await watchAll(USELESS, count);
    const misleading = await watchAll(MISLEADING, count);
    const minute = pollsFor(useful, MINUTE_S);
    const value = lagOf(useful);
    return [
        {
            name: "detection lag",
            scenario: `tasks of 2 s to 15 min whose progress is that of their instances, ${useful.length} in virtual time`,
            ours: ours(useful),
            comparedWith: "the task's duration",
            value,
            mustReach: `median at most 5 %, ${MOST_POLLS_OF_A_MINUTE} polls for a minute`,
            reached: value.median <= 0.05 && minute.max <= MOST_POLLS_OF_A_MINUTE && isInTime(useful),
            note: "the polls double the time until the forecast is near, and then come just after it; from a minute on, they are 30 s apart at most",
        },
        {
            name: "detection lag, useless progress",
            scenario: `the same with progress that is 0 until the end, or stalls at 90 %, ${useless.length} tasks`,
            ours: ours(useless),
            comparedWith: "the task's duration",
            value: lagOf(useless),
            mustReach: "within 20 % and 30 s",
            reached: isInTime(useless),
            note: "the number of polls grows with the logarithm of the duration until the pause reaches 30 s, at two and a half minutes",
        },
        {
            name: "detection lag, misleading progress",
            scenario: `the same with progress that runs backwards, or shows a half or three times of what is done, ${misleading.length} tasks`,
            ours: ours(misleading),
            comparedWith: "the task's duration",
            value: lagOf(misleading),
            mustReach: "within 30 s",
            reached: misleading.every(({ lagMs }) => lagMs <= LONGEST_LAG_MS),
            note: "each is the first task of its run; after one that has misled, the others are seen within 20 %",
        },
    ];
}

function ours(watched: readonly Watched[]): string {
    const polls = [2, 21, MINUTE_S, 144, 900].map(
        (seconds) => `${shownSpread(pollsFor(watched, seconds), 0)} for ${seconds} s`,
    );
    return `${shownTime(spreadOf(watched.map(({ lagMs }) => lagMs)).max)} at most; polls: ${polls.join(", ")}`;
}

function lagOf(watched: readonly Watched[]): Spread {
    return spreadOf(watched.map(({ durationMs, lagMs }) => lagMs / durationMs));
}

function pollsFor(watched: readonly Watched[], seconds: number): Spread {
    return spreadOf(watched.filter((each) => each.seconds === seconds).map(({ polls }) => polls));
}

function isInTime(watched: readonly Watched[]): boolean {
    return watched.every(({ durationMs, lagMs }) => lagMs <= Math.min(LONGEST_LAG_MS, durationMs * 0.2) + 1);
}

/** An installation to measure. */
interface Case {
    readonly shape: Shape;
    readonly seconds: number;
    readonly seed: number;
}

function casesOf(shapes: readonly Shape[], count: number): readonly Case[] {
    return shapes.flatMap((shape) =>
        DURATIONS_S.flatMap((seconds) => seeds(count).map((seed) => ({ shape, seconds, seed }))),
    );
}

async function watchAll(shapes: readonly Shape[], count: number): Promise<readonly Watched[]> {
    return oneByOne(casesOf(shapes, count), watch);
}

/** Watches one installation. Answers take no time, so only the schedule counts. */
async function watch({ shape, seconds, seed }: Case): Promise<Watched> {
    const durationMs = seconds * 1_000 - 1 - (seed % 7) * 40;
    const [instance] = fleetOf(1);
    if (!instance) throw new Error("a fleet of one has one instance");
    const instances = [{ instanceId: instance.instanceId, installTime: durationMs }];
    const service = new VirtualService(seed, { latency: 0, world: { vaults: [VAULT], instances } });
    service.simulator.setSwitches({ progressShape: shape });
    await service.create([instance]);
    const { log, byAction } = service.simulator.requests();
    const submitted = log.find(({ action }) => action === "CreateClients")?.at ?? NaN;
    const seen = log.findLast(({ action }) => action === "DescribeTask")?.at ?? NaN;
    return {
        seconds,
        durationMs,
        lagMs: seen - submitted - durationMs,
        polls: byAction["DescribeTask"] ?? 0,
    };
}

/** Measures all calls of small fleets against those of the baseline, by duration and by what progress says. */
export async function smallFleets(quick: boolean): Promise<readonly Figure[]> {
    const one = await ratios(1, ["linear"], quick);
    const four = await ratios(4, PROGRESS_SHAPES, quick);
    const figure = (name: string, scenario: string, { all, example }: Ratios): Figure => {
        const value = spreadOf(all);
        return {
            name,
            scenario,
            ours: `${shown(example.ours, 0)} calls for 5 s`,
            comparedWith: `per-instance ${shown(example.alone, 0)}`,
            value,
            mustReach: "at most 1",
            reached: value.max <= 1,
        };
    };
    return [
        figure("calls, 1", "one instance, installs of 2 s to 15 min, useful progress", one),
        figure("calls, 4", "four instances, the same, whatever progress says", four),
    ];
}

interface Ratios {
    readonly all: readonly number[];
    /** The calls for an installation of 5 s. */
    readonly example: { readonly ours: number; readonly alone: number };
}

async function ratios(size: number, shapes: readonly Shape[], quick: boolean): Promise<Ratios> {
    const counted = await oneByOne(casesOf(shapes, quick ? 1 : 5), async ({ shape, seconds, seed }) => {
        const fleet = fleetOf(size);
        const instances = fleet.map(({ instanceId }) => ({ instanceId, installTime: seconds * 1_000 - 50 }));
        const [ours, alone] = [0, 1].map(() => new VirtualService(seed, { world: { instances } }));
        if (!ours || !alone) throw new Error("there are two services");
        ours.simulator.setSwitches({ progressShape: shape });
        const ourCost = await ours.cost(() => ours.create(fleet));
        const aloneCost = await alone.cost(() => alone.createAlone(fleet, size));
        return { seconds, ours: ourCost.calls, alone: aloneCost.calls };
    });
    const example = counted.find(({ seconds }) => seconds === 5) ?? { ours: NaN, alone: NaN };
    return { all: counted.map(({ ours, alone }) => ours / alone), example };
}

/** Measures the calls of a larger fleet against the least possible, by what tasks say of themselves. */
export async function leastCalls(quick: boolean): Promise<readonly Figure[]> {
    const size = 200;
    const least = leastFor(size);
    const counts = await oneByOne(PROGRESS_SHAPES, async (progressShape) =>
        spreadOf(
            await oneByOne(seeds(quick ? 3 : 9), async (seed) => {
                const { instances, world } = timedFleet(size, seed);
                const service = new VirtualService(seed, { world });
                service.simulator.setSwitches({ progressShape });
                return (await service.cost(() => service.create(instances))).calls;
            }),
        ),
    );
    const medians = counts.map(({ median }) => median);
    const value = spreadOf(medians.map((calls) => calls / least));
    const texts = PROGRESS_SHAPES.map((shape, index) => `${shape} ${shown(medians[index] ?? NaN, 0)}`);
    return [
        {
            name: "calls, least",
            scenario: `${size} instances, installs of 4 to 8 s, by the shape of progress`,
            ours: `calls: ${texts.join(", ")}`,
            comparedWith: `least possible ${least}`,
            value,
            mustReach: "at most 2.5",
            reached: value.max <= 2.5,
            note: "the shapes are those of the simulator's switch `progressShape`: `hasty` shows three times of what is done",
        },
        ...(await withoutResults()),
    ];
}

/** Measures how often the list is read where tasks say nothing of their instances. */
async function withoutResults(): Promise<readonly Figure[]> {
    const size = 2_000;
    const { instances, world } = timedFleet(size, 1);
    const readsOf = async (resultShape: "object" | "array", rollout = {}): Promise<Cost> => {
        const service = new VirtualService(1, { world });
        service.simulator.setSwitches({ resultShape });
        return service.cost(() => service.create(instances, { rollout }));
    };
    const figure = async (name: string, pages: number, rollout: object, note: string): Promise<Figure> => {
        const without = await readsOf("object", rollout);
        const within = await readsOf("array", rollout);
        const reads = without.byAction["DescribeClients"] ?? NaN;
        const value = spreadOf([reads / pages]);
        return {
            name,
            scenario: `${size} instances whose tasks say nothing of them (Result \`{}\`)`,
            ours: `${shown(reads, 0)} DescribeClients, ${shown(without.calls, 0)} calls`,
            comparedWith: `${pages} pages; with a Result ${shown(within.byAction["DescribeClients"] ?? NaN, 0)} DescribeClients, ${shown(within.calls, 0)} calls`,
            value,
            mustReach: "at most 2, and no more calls than with a Result",
            reached: value.max <= 2 && without.calls <= within.calls,
            note,
        };
    };
    const { inFlight } = limitsOf({ batchSize: 20 }, size);
    const rounds = Array.from({ length: size / inFlight }, (_, round) => pagesOf(inFlight * (round + 1)));
    return [
        await figure(
            "calls, empty Result",
            pagesOf(size),
            {},
            "the whole list is read before and after; what was added to it is read before a batch whose plan is older than 30 s, and a page where that replaces polls of several tasks",
        ),
        await figure(
            "calls, empty Result, maxFailures",
            rounds.reduce((sum, pages) => sum + pages, 0),
            { maxFailures: 5 },
            `the pages of the list after each of ${rounds.length} rounds; single pages that confirm batches or replace polls count`,
        ),
    ];
}
