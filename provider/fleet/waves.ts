import { isUnknown, type Unknown } from "../unknown";
import { isOwn, ownOf } from "./entry";
import { isOpen, openTask } from "./installation";
import type { ClientEntry, FleetState, RolloutSettings, UnfinishedRollout } from "./model";
import { isRolledOut, type Plan, planFleet, type PlannedAction, rolloutOrder } from "./plan";
import { isInProgress, isInstalled } from "./status";

/** The argument `rollout` in numbers, for a fleet of a certain size. */
export interface RolloutLimits {
    /** The largest number of instances in one batch. */
    readonly batchSize: number;
    /** The largest number of batches at the same time. */
    readonly batches: number;
    /** The number of batches that a run starts with, if it has to find out whether the service takes more of them. */
    readonly batchesAtFirst?: number;
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

/** The batches at the same time where the program does not say how many: at first, and at most. */
const BATCHES_AT_FIRST = 4;
const MOST_BATCHES = 10;

/** @param declared the number of declared instances, which percentages refer to */
export function limitsOf(rollout: Omit<RolloutSettings, "bootTimeout">, declared: number): RolloutLimits {
    const { batchSize, maxFailures, waves, soak } = rollout;
    const isDefault = maxFailures === undefined && (waves !== undefined || soak !== undefined);
    const tolerated = isDefault ? 0 : maxFailures;
    return {
        batchSize,
        ...batchLimits(rollout, declared),
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

function batchLimits(
    { batchSize, parallelism }: Pick<RolloutSettings, "batchSize" | "parallelism">,
    declared: number,
): Pick<RolloutLimits, "batches" | "batchesAtFirst" | "inFlight" | "isCut"> {
    if (typeof parallelism === "string") {
        const inFlight = atLeastOne(parallelism, declared);
        // One more than the full batches, for what is left.
        return { batches: Math.ceil(inFlight / batchSize) + 1, inFlight, isCut: true };
    }
    const batches = parallelism ?? MOST_BATCHES;
    return {
        batches,
        ...(parallelism === undefined && { batchesAtFirst: BATCHES_AT_FIRST }),
        inFlight: batches * batchSize,
        isCut: false,
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

/** Splits work into batches, in order. */
export function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
    return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
        items.slice(index * size, (index + 1) * size),
    );
}

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
 * has begun. The grace of a client that is not this resource's is no such work: it may be refused in every run, and must not
 * take the place of an installation that is to prove itself.
 */
export function isInWaves(action: PlannedAction<Unknown>): boolean {
    const { kind, declared } = action;
    return declared !== undefined && (isRolledOut(kind) || kind === "wait" || isUnproven(action));
}

/** Whether an action waits for a client of this resource that may still come back to life. */
export function isUnproven({ kind, entry, client }: PlannedAction<Unknown>): boolean {
    const own = ownOf(entry);
    return kind === "grace" && own !== undefined && (client === undefined || isOwn(own, client));
}

/**
 * Whether an action has to wait for work that is in progress, or that an earlier run has left unresolved: its result decides
 * what is left to do.
 *
 * @param askedTasks the tasks whose result is known already
 */
export function isBegun(
    { kind, entry, observation }: PlannedAction<Unknown>,
    askedTasks: ReadonlySet<string> = NO_TASKS,
): boolean {
    if (kind === "retain" || kind === "leave") return false;
    if (kind === "wait" || kind === "grace" || isOpen(entry)) return true;
    const taskId = openTask(entry);
    if (taskId === undefined || askedTasks.has(taskId)) return false;
    // Only its task can tell an upgrade that has changed nothing from one that is still to come.
    const isUnseen = !isInstalled(observation) && !isInProgress(observation);
    return isUnseen || entry?.pendingAction === "upgrade";
}

const NO_TASKS: ReadonlySet<string> = new Set();

/**
 * The rollout that a run goes on with: the recorded one, unless the plan has work that is not left over from it. Left over is
 * what the recorded program has still to do, also on a client that broke since then. Upgrades that became known since then
 * join the rollout, but once only failures are left of it, they begin another one.
 *
 * @param plan what the preview shows
 */
export function rolloutLeft(
    plan: Plan<Unknown>,
    recorded: FleetState<Unknown>,
): UnfinishedRollout | undefined {
    if (!recorded.rollout) return undefined;
    const left = new Map(
        planFleet(recorded.spec, recorded)
            .filter(isInWaves)
            .map((action) => [action.instanceId, action]),
    );
    const isOver = ![...left.values()].some(({ entry }) => isUntried(entry));
    const isNew = ({ kind, instanceId, entry }: PlannedAction<Unknown>): boolean =>
        !left.has(instanceId) || (isOver && kind === "upgrade" && entry?.pendingAction === undefined);
    const isAnother = plan.some((action) => isRolledOut(action.kind) && isNew(action));
    return isAnother ? undefined : recorded.rollout;
}

function isUntried(entry: ClientEntry | undefined): boolean {
    return entry?.pendingAction !== undefined && entry.errorCode === undefined;
}

/**
 * The waves of a plan that are still to come. What an earlier run has begun is in the first of them, whatever its size.
 *
 * @param done the number of waves that are done
 * @param counted the number of instances without work that count towards the first of these waves
 */
export function wavesOf<U extends Unknown = never>(
    plan: Plan<U>,
    limits: Pick<RolloutLimits, "waves">,
    done: number,
    counted = 0,
): readonly Plan<U>[] {
    const work = plan.filter(isInWaves);
    const begun = work.filter((action) => isBegun(action));
    const { without, replaced, upgraded } = rolloutOrder(work.filter((action) => !isBegun(action)));
    return cutIntoWaves(limits, begun, [...without, ...replaced, ...upgraded], done, counted);
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

/** The sizes of the waves to come, and what is done of the rollout. */
interface ShownWaves extends UnfinishedRollout {
    readonly sizes: readonly number[];
}

/** The waves that a preview shows; undefined if there are none, or if they are not known yet. */
export function shownWaves(
    plan: Plan<Unknown>,
    rollout: RolloutSettings<Unknown> | Unknown,
    declared: number,
    recorded: FleetState<Unknown>,
): ShownWaves | undefined {
    if (isUnknown(rollout) || !isKnown(rollout)) return undefined;
    const limits = limitsOf(rollout, declared);
    if (!limits.waves) return undefined;
    const rolloutBefore = rolloutLeft(plan, recorded) ?? { wavesDone: 0 };
    const sizes = wavesOf(plan, limits, rolloutBefore.wavesDone).map(({ length }) => length);
    return sizes.length > 0 ? { ...rolloutBefore, sizes } : undefined;
}

function isKnown(rollout: RolloutSettings<Unknown>): rollout is RolloutSettings {
    return !Object.values(rollout).flat().some(isUnknown);
}
