import { fleetOf } from "../program/fleet";
import { type Figure, shown, shownTime } from "../results";
import { oneByOne, spreadOf } from "../statistics";
import { VirtualService } from "../virtual/service";
import { seeds } from "./service";

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
