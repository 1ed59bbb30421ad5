import { fleetOf } from "../program/fleet";
import { type Figure, shown, shownSpread, shownTime } from "../results";
import { oneByOne, spreadOf } from "../statistics";
import { VAULT, VirtualService } from "../virtual/service";
import { seeds } from "./service";

const LONGEST_LAG_MS = 30_000;
const DURATIONS_S = [2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 900];

interface Watched {
    readonly durationMs: number;
    readonly lagMs: number;
    readonly looks: number;
}

/** Measures how late the end of a task is detected, and after how many polls. */
export async function detection(quick: boolean): Promise<Figure> {
    const cases = DURATIONS_S.flatMap((seconds) =>
        seeds(quick ? 5 : 40).map((seed) => [seconds * 1_000 - 1 - (seed % 7) * 40, seed] as const),
    );
    const watched = await oneByOne(cases, ([duration, seed]) => watch(duration, seed));
    const late = watched.filter(
        ({ durationMs, lagMs }) => lagMs > Math.min(LONGEST_LAG_MS, durationMs * 0.2) + 1,
    );
    const part = spreadOf(watched.map(({ durationMs, lagMs }) => lagMs / durationMs));
    const looksFor = (seconds: number): string =>
        shownSpread(
            spreadOf(
                watched
                    .filter(({ durationMs }) => Math.ceil(durationMs / 1_000) === seconds)
                    .map(({ looks }) => looks),
            ),
            0,
        );
    return {
        name: "detection lag",
        scenario: `tasks of 2 s to 15 min, ${cases.length} in virtual time`,
        ours: `${shownTime(spreadOf(watched.map(({ lagMs }) => lagMs)).max)} at most; polls: ${[2, 21, 144, 900].map((s) => `${looksFor(s)} for ${s} s`).join(", ")}`,
        comparedWith: "the task's duration",
        value: part,
        mustReach: "within 20 % and 30 s",
        reached: late.length === 0,
        note: "the number of polls grows with the logarithm of the duration until the pause reaches 30 s, at two and a half minutes",
    };
}

/** Watches one installation of the given duration. Answers take no time, so only the schedule counts. */
async function watch(durationMs: number, seed: number): Promise<Watched> {
    const [instance] = fleetOf(1);
    if (!instance) throw new Error("a fleet of one has one instance");
    const instances = [{ instanceId: instance.instanceId, installTime: durationMs }];
    const service = new VirtualService(seed, { latency: 0, world: { vaults: [VAULT], instances } });
    await service.create([instance]);
    const { log, byAction } = service.simulator.requests();
    const submitted = log.find(({ action }) => action === "CreateClients")?.at ?? NaN;
    const seen = log.findLast(({ action }) => action === "DescribeTask")?.at ?? NaN;
    return { durationMs, lagMs: seen - submitted - durationMs, looks: byAction["DescribeTask"] ?? 0 };
}

const RESOURCES = 4;
const SIZE = 100;
const WRITES_PER_SECOND = 5;
const READS_PER_SECOND = 20;
const LIMITS = {
    CreateClients: { perSecond: WRITES_PER_SECOND },
    UninstallClient: { perSecond: WRITES_PER_SECOND },
    DeleteClient: { perSecond: WRITES_PER_SECOND },
    DescribeClients: { perSecond: READS_PER_SECOND },
    DescribeTask: { perSecond: READS_PER_SECOND },
};

interface UnderQuota {
    readonly installMs: number;
    readonly removeMs: number;
    readonly failures: number;
    readonly refused: number;
}

/** Measures several resources at once under a quota that the service enforces. */
export async function quota(quick: boolean): Promise<readonly Figure[]> {
    const turns = seeds(quick ? 2 : 7);
    const limited = await oneByOne(turns, (seed) => underQuota(seed, true));
    const free = await oneByOne(turns, (seed) => underQuota(seed, false));
    const failures = limited.reduce((sum, run) => sum + run.failures, 0);
    const scenario = `${RESOURCES} resources × ${SIZE} instances, ${WRITES_PER_SECOND} writes/s and ${READS_PER_SECOND} reads/s for each action`;
    const figure = (
        name: string,
        took: readonly number[],
        needed: readonly number[],
        why: string,
    ): Figure => {
        const value = spreadOf(took.map((ms, turn) => ms / (needed[turn] ?? NaN)));
        return {
            name,
            scenario,
            ours: `${shownTime(spreadOf(took).median)}, ${failures} failures, ${shown(spreadOf(limited.map((run) => run.refused)).median, 0)} refused calls`,
            comparedWith: `least possible under the quota, ${shownTime(spreadOf(needed).median)}`,
            value,
            mustReach: "0 failures, at most 1.5",
            reached: failures === 0 && value.max <= 1.5,
            note: why,
        };
    };
    const batches = (RESOURCES * SIZE) / 20;
    const writes = (count: number): number => ((count - WRITES_PER_SECOND) / WRITES_PER_SECOND) * 1_000;
    return [
        figure(
            "quota, install",
            limited.map(({ installMs }) => installMs),
            free.map(({ installMs }) => Math.max(installMs, writes(batches))),
            "least possible: the same run without a quota or its CreateClients at that rate, whichever takes longer",
        ),
        figure(
            "quota, removal",
            limited.map(({ removeMs }) => removeMs),
            free.map(({ removeMs }) => writes(RESOURCES * SIZE) + removeMs),
            "least possible: all UninstallClients at that rate, then the time of the last removal; records are deleted only after all agents of their resource are uninstalled, because deleting shifts the pages being read",
        ),
    ];
}

async function underQuota(seed: number, limited: boolean): Promise<UnderQuota> {
    const service = new VirtualService(seed, { installTime: 8_000 });
    if (limited) service.simulator.setLimits(LIMITS);
    let failures = 0;
    const counted = <T>(work: Promise<T>): Promise<T | undefined> =>
        work.catch(() => {
            failures += 1;
            return undefined;
        });
    const startedAt = service.clock.now();
    const states = await Promise.all(
        seeds(RESOURCES).map((number) => counted(service.create(fleetOf(SIZE, number * 1_000)))),
    );
    const installedAt = service.clock.now();
    await Promise.all(states.flatMap((state) => (state ? [counted(service.destroy(state))] : [])));
    const { log } = service.simulator.requests();
    return {
        installMs: installedAt - startedAt,
        removeMs: service.clock.now() - installedAt,
        failures,
        refused: log.filter(({ code }) => code.startsWith("Throttling")).length,
    };
}
