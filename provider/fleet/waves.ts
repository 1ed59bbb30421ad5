import { isUnknown, type Unknown } from "../unknown";
import type { RolloutSettings } from "./model";
import { isRolledOut, type PlannedAction } from "./plan";

/** The argument `rollout` in numbers, for a fleet of a certain size. */
export interface RolloutLimits {
    /** The largest number of instances in one batch. */
    readonly batchSize: number;
    /** The largest number of batches at the same time. */
    readonly batches: number;
    /** The largest number of instances in flight. */
    readonly inFlight: number;
    /** Whether batches are cut to fit what may still be in flight. Otherwise they wait until there is room. */
    readonly isCut: boolean;
    /** Absent if every instance is to be attempted. */
    readonly maxFailures?: number;
    /** Whether `maxFailures` is a default, because the rollout is gated. */
    readonly maxFailuresIsDefault?: true;
    /** The sizes of the waves, the last of which repeats. Absent if there is a single wave. */
    readonly waves?: readonly number[];
}

/** @param declared the number of declared instances, which percentages refer to */
export function limitsOf(rollout: RolloutSettings, declared: number): RolloutLimits {
    const { batchSize, parallelism, maxFailures, waves, soak } = rollout;
    const isDefault = maxFailures === undefined && (waves !== undefined || soak !== undefined);
    const tolerated = isDefault ? 0 : maxFailures;
    const inFlight =
        typeof parallelism === "number" ? parallelism * batchSize : atLeastOne(parallelism, declared);
    return {
        batchSize,
        // One more than the full batches, for what is left.
        batches: typeof parallelism === "number" ? parallelism : Math.ceil(inFlight / batchSize) + 1,
        inFlight,
        isCut: typeof parallelism !== "number",
        ...(tolerated !== undefined && {
            maxFailures:
                typeof tolerated === "number"
                    ? tolerated
                    : Math.floor(shareOf(tolerated, declared) + ROUNDING),
        }),
        ...(isDefault && { maxFailuresIsDefault: isDefault }),
        ...(waves && { waves: waves.map((size) => atLeastOne(size, declared)) }),
    };
}

function atLeastOne(size: number | string, declared: number): number {
    return typeof size === "number" ? size : Math.max(1, Math.ceil(shareOf(size, declared) - ROUNDING));
}

function shareOf(percentage: string, whole: number): number {
    return (Number.parseFloat(percentage) * whole) / 100;
}

/** More than the error of a product of two floating-point numbers, so that 7 % of 100 is 7. */
const ROUNDING = 1e-6;

/** The size of a batch that goes alone. */
export function firstBatch({ batchSize, inFlight }: RolloutLimits): number {
    return Math.min(batchSize, inFlight);
}

/** The number of rounds of parallel batches for so many instances. */
export function roundsOf(count: number, { inFlight }: Pick<RolloutLimits, "inFlight">): number {
    return Math.ceil(count / inFlight);
}

/**
 * Whether an action takes part in the waves: work on a client that stays declared, and the wait for work that an earlier run
 * has begun.
 */
export function isInWaves({ kind, declared }: PlannedAction<Unknown>): boolean {
    return declared !== undefined && (isRolledOut(kind) || kind === "wait" || kind === "grace");
}

/**
 * How many waves of a rollout are done before a run: those that the state names, unless the plan has work that is not left
 * over from them. A client that broke since then is no new work.
 *
 * @param plan what the preview shows
 */
export function wavesDone(plan: readonly PlannedAction<Unknown>[], recorded: number): number {
    const isAdded = plan.some(
        (action) =>
            isRolledOut(action.kind) &&
            !isLeftOver(action) &&
            // What has failed for good fails again in every run, until somebody mends it.
            action.entry?.errorCode === undefined &&
            !action.repair,
    );
    return isAdded ? 0 : recorded;
}

/**
 * Whether an earlier run has left the work. A pending installation may only have to be seen healthy: to reinstall or upgrade
 * its client is new work.
 */
function isLeftOver({ kind, entry }: PlannedAction<Unknown>): boolean {
    return entry?.pendingAction !== undefined && (entry.pendingAction !== "install" || kind === "install");
}

/**
 * Cuts the rest of a rollout into waves.
 *
 * @param begun what belongs to the first of these waves in any case, because an earlier run has begun it
 * @param rest what follows, in order
 * @param done the number of waves that are done
 * @param counted the number of further instances that count towards the first of these waves
 */
export function cutIntoWaves<T>(
    { waves }: Pick<RolloutLimits, "waves">,
    begun: readonly T[],
    rest: readonly T[],
    done = 0,
    counted = 0,
): readonly (readonly T[])[] {
    const isEmpty = begun.length + rest.length === 0;
    if (isEmpty) return [];
    if (!waves) return [[...begun, ...rest]];
    const cut: T[][] = [];
    let from = 0;
    for (let index = done; cut.length === 0 || from < rest.length; index += 1) {
        const size = waves[Math.min(index, waves.length - 1)] ?? rest.length;
        const isFirst = cut.length === 0;
        const room = isFirst ? Math.max(0, size - begun.length - counted) : size;
        const items = rest.slice(from, from + room);
        cut.push(isFirst ? [...begun, ...items] : items);
        from += room;
    }
    return cut;
}

/** The sizes of the waves that a preview shows; undefined if there are none, or if they are not known yet. */
export function shownWaves(
    plan: readonly PlannedAction<Unknown>[],
    rollout: RolloutSettings<Unknown> | Unknown,
    declared: number,
    recorded: number,
): { readonly sizes: readonly number[]; readonly done: number } | undefined {
    if (isUnknown(rollout) || !isKnown(rollout)) return undefined;
    const limits = limitsOf(rollout, declared);
    if (!limits.waves) return undefined;
    const work = plan.filter(isInWaves);
    const done = wavesDone(plan, recorded);
    const begun = work.filter(({ kind }) => !isRolledOut(kind));
    const rest = work.filter(({ kind }) => isRolledOut(kind));
    const sizes = cutIntoWaves(limits, begun, rest, done).map(({ length }) => length);
    return sizes.length > 0 ? { sizes, done } : undefined;
}

function isKnown(rollout: RolloutSettings<Unknown>): rollout is RolloutSettings {
    return !Object.values(rollout).flat().some(isUnknown);
}
