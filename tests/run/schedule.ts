import fc from "fast-check";
import { CLIENT_STATUSES, type FaultInput, type SwitchesInput } from "../../simulator/index";
import { PROGRESS_SHAPES, RESULT_SHAPES } from "../../simulator/switches";
import type { Interruption } from "./virtualStack";

/** An instance of a schedule: what it is like, what is on it at first, and what the two programs declare of it. */
export interface ScheduledInstance {
    readonly fitness: "fit" | "stopped" | "boots" | "no assistant" | "install fails" | "slow";
    /** Status of the client that somebody else has put there. */
    readonly initial: (typeof CLIENT_STATUSES)[number] | undefined;
    readonly first: Cluster | undefined;
    readonly second: Cluster | undefined;
    /** Which of the program's resources declares it. */
    readonly resource: "one" | "other";
}

export type Cluster = "none" | "cl-1" | "cl-2";

/** One random history of a fleet. */
export interface Schedule {
    readonly instances: readonly ScheduledInstance[];
    /** Whether the first program has been applied, without faults, before the faults begin. */
    readonly prepared: boolean;
    /** What is done under the faults. */
    readonly command: "up" | "destroy";
    readonly faults: readonly FaultInput[];
    readonly switches: SwitchesInput;
    readonly removal: "UninstallAndDelete" | "Uninstall" | "Retain";
    readonly adoptExisting: boolean;
    /** Whether the second program reinstalls the whole fleet. */
    readonly triggers: boolean;
    readonly rollout: {
        readonly batchSize: number;
        readonly parallelism: number;
        readonly maxFailures?: number;
        readonly waves?: readonly (number | string)[];
        readonly soak?: string;
        readonly bootTimeout: string;
    };
    /** Whether there is a later version of the agent by then, and the programs ask for it. */
    readonly upgrades: boolean;
    readonly useHttps: boolean;
    readonly timeout: string | undefined;
    readonly interruption: Interruption | undefined;
    /** How long after the command the next run begins (ms). */
    readonly pauseMs: number;
    readonly refreshBetween: boolean;
    /** What interrupts that run, so that another one follows. */
    readonly secondInterruption: Interruption | undefined;
    readonly seed: number;
    /** How often the engine repeats an operation that fails under the faults, with the state of before. */
    readonly repeats: number;
}

type Action =
    | "CreateClients"
    | "DescribeTask"
    | "DescribeClients"
    | "UninstallClient"
    | "DeleteClient"
    | "UpgradeClient";

/** A write whose answer gets lost is what a run must not repeat blindly, so most faults strike there. */
const AIMS: readonly { readonly weight: number; readonly action: Action | "*" }[] = [
    { weight: 6, action: "CreateClients" },
    { weight: 2, action: "UninstallClient" },
    { weight: 2, action: "DescribeTask" },
    { weight: 2, action: "DescribeClients" },
    { weight: 1, action: "DeleteClient" },
    { weight: 1, action: "UpgradeClient" },
    { weight: 1, action: "*" },
];

type Kind = FaultInput["kind"];

const EVERYWHERE = [
    "reset-before",
    "reset-after",
    "hang",
    "not-json",
    "empty-body",
    "slow-body",
    "success-false",
    "late-effect",
    "status",
    "throttle",
] as const satisfies readonly Kind[];

const OF_TASKS = ["task-failed", "task-expired", "task-cancelled", "task-vanishes"] as const;

const FURTHER: Readonly<Record<Action | "*", readonly Kind[]>> = {
    CreateClients: [...OF_TASKS, "result-object", "flat-list"],
    DescribeTask: ["result-object"],
    DescribeClients: ["flat-list"],
    UninstallClient: [...OF_TASKS, "result-object"],
    DeleteClient: [],
    UpgradeClient: [...OF_TASKS, "result-object"],
    "*": [],
};

/** Every kind of fault that a schedule may have. */
export const KINDS: readonly Kind[] = [...new Set([...EVERYWHERE, ...Object.values(FURTHER).flat()])];

/** Errors of the service that are neither throttling nor a lie about what exists. */
const ERRORS = [
    { status: 500, code: "InternalError" },
    { status: 503, code: "ServiceUnavailable" },
    { status: 500, code: "EcsClientError" },
    { status: 400, code: "BadRequest" },
    { status: 403, code: "NoPermission" },
    { status: 502, code: "BadGateway" },
] as const;

const strikes = {
    times: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 4 }) },
        { weight: 1, arbitrary: fc.constant("always" as const) },
    ),
    // The first call of an action comes in every schedule that has the action, and the fifth in few.
    after: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
    ),
    probability: fc.constantFrom(1, 1, 1, 0.5),
};

/** A fault of one of these kinds; undefined if the action has none of them. */
function faultOf(action: Action | "*", allowed: readonly Kind[]): fc.Arbitrary<FaultInput> | undefined {
    const kinds = [...EVERYWHERE, ...FURTHER[action]].filter((kind) => allowed.includes(kind));
    if (kinds.length === 0) return undefined;
    return fc.constantFrom(...kinds).chain((kind) => {
        const fault = fc.record({ action: fc.constant(action), kind: fc.constant(kind), ...strikes });
        if (kind === "status")
            return fc.tuple(fault, fc.constantFrom(...ERRORS)).map(([one, error]) => ({ ...one, ...error }));
        // With the lag of the list, less than the ten seconds after which a call is made again.
        if (kind === "late-effect") return fault.map((one) => ({ ...one, ms: 1_000 }));
        if (kind !== "throttle") return fault;
        return fc
            .tuple(fault, fc.option(fc.nat({ max: 5_000 })))
            .map(([one, retryAfterMs]) => (retryAfterMs === null ? one : { ...one, retryAfterMs }));
    });
}

/**
 * Up to five faults. Each schedule leaves out whole kinds of them: what many kinds together hide may show when only a few
 * are there.
 */
const storm: fc.Arbitrary<readonly FaultInput[]> = fc
    .oneof(
        { weight: 1, arbitrary: fc.constant([...KINDS]) },
        { weight: 3, arbitrary: fc.subarray([...KINDS], { minLength: 1, maxLength: 4 }) },
    )
    .chain((kinds) => {
        const aims = AIMS.flatMap(({ weight, action }) => {
            const arbitrary = faultOf(action, kinds);
            return arbitrary ? [{ weight, arbitrary }] : [];
        });
        return fc.array(fc.oneof(...aims), { maxLength: 5 });
    });

const switches: fc.Arbitrary<SwitchesInput> = fc.record({
    listLag: fc.constantFrom(0, 0, 3_000, 8_000),
    listLagJitter: fc.constantFrom(0, 500),
    duplicateRows: fc.constantFrom(0, 0, 0.5),
    taskLag: fc.constantFrom(0, 0, 5_000, 9_000),
    latencyTail: fc.constantFrom(0, 0, 10_000),
    maxClientInfo: fc.constantFrom(null, null, 1, 2),
    uninstallWhileInstalling: fc.constantFrom("interrupt", "refuse"),
    keepClientId: fc.boolean(),
    partialAcceptance: fc.boolean(),
    singleUnfitIsError: fc.boolean(),
    resultShape: fc.constantFrom("array", "array", "array", "array", "array", ...RESULT_SHAPES),
    progressShape: fc.constantFrom(...PROGRESS_SHAPES),
    numericCode: fc.boolean(),
    stuckInstalling: fc.constantFrom(false, false, false, false, true),
    createOnActive: fc.constantFrom("conflict", "reinstall", "ignore"),
    deleteActive: fc.constantFrom("refuse", "allow"),
    statusWhileRunning: fc.constantFrom("created", "running", ""),
    ignoreSettings: fc.constantFrom([], [], ["UseHttps" as const]),
    hideSettings: fc.constantFrom([], [], ["UseHttps" as const]),
});

const declared = fc.option(fc.constantFrom<Cluster>("cl-1", "cl-1", "cl-2", "none"), {
    nil: undefined,
    freq: 4,
});

const instance: fc.Arbitrary<ScheduledInstance> = fc.record({
    fitness: fc.constantFrom(
        "fit",
        "fit",
        "fit",
        "stopped",
        "boots",
        "no assistant",
        "install fails",
        "slow",
    ),
    initial: fc.option(fc.constantFrom(...CLIENT_STATUSES), { nil: undefined, freq: 2 }),
    first: declared,
    second: declared,
    resource: fc.constantFrom("one", "one", "other"),
});

/** A handful of instances, or now and then so many that the list has several pages. */
const fleet: fc.Arbitrary<readonly ScheduledInstance[]> = fc
    .tuple(
        fc.array(instance, { minLength: 1, maxLength: 8 }),
        fc.oneof(
            { weight: 60, arbitrary: fc.constant(1) },
            { weight: 1, arbitrary: fc.integer({ min: 20, max: 40 }) },
        ),
    )
    .map(([instances, copies]) => Array.from({ length: copies }, () => instances).flat());

const interruption: fc.Arbitrary<Interruption> = fc.record({
    kind: fc.constantFrom("Ctrl-C" as const, "killed" as const),
    afterMs: fc.oneof(fc.nat({ max: 2_000 }), fc.nat({ max: 120_000 })),
});

const anySchedule: fc.Arbitrary<Schedule> = fc.record({
    instances: fleet,
    prepared: fc.boolean(),
    command: fc.constantFrom("up", "up", "up", "destroy"),
    faults: storm,
    switches,
    removal: fc.constantFrom("UninstallAndDelete", "UninstallAndDelete", "Uninstall", "Uninstall", "Retain"),
    adoptExisting: fc.constantFrom(true, true, false),
    triggers: fc.constantFrom(false, false, false, true),
    rollout: fc.record(
        {
            batchSize: fc.integer({ min: 1, max: 5 }),
            parallelism: fc.integer({ min: 1, max: 3 }),
            maxFailures: fc.nat({ max: 2 }),
            waves: fc.array(fc.constantFrom(1, 2, "30%"), { minLength: 1, maxLength: 2 }),
            soak: fc.constant("1m"),
            bootTimeout: fc.constantFrom("0s", "90s"),
        },
        { requiredKeys: ["batchSize", "parallelism", "bootTimeout"] },
    ),
    upgrades: fc.constantFrom(false, false, true),
    useHttps: fc.boolean(),
    timeout: fc.option(fc.constantFrom("20s", "90s", "5m"), { nil: undefined, freq: 2 }),
    interruption: fc.option(interruption, { nil: undefined, freq: 2 }),
    pauseMs: fc.constantFrom(0, 5_000, 20_000),
    refreshBetween: fc.boolean(),
    secondInterruption: fc.option(interruption, { nil: undefined, freq: 1 }),
    seed: fc.nat({ max: 1_000_000 }),
    repeats: fc.constantFrom(0, 0, 1, 4),
});

/** What is stuck counts as failed after a while, and each repetition rightly installs it anew. */
function isWithoutStuckClients({ switches, repeats }: Schedule): boolean {
    return repeats === 0 || switches.stuckInstalling !== true;
}

/** A random history; small ones and few faults come first when a failure is narrowed down. */
export const schedule: fc.Arbitrary<Schedule> = anySchedule.filter(isWithoutStuckClients).map(withinLimits);

/** Leaves out what docs/guarantees.md excludes from the guarantees. */
function withinLimits(history: Schedule): Schedule {
    const { adoptExisting, interruption, secondInterruption } = history;
    if (adoptExisting) return history;
    // What a killed run has left is foreign to the next one, and stays.
    const cancelled = (one: Interruption | undefined): Interruption | undefined =>
        one && { ...one, kind: "Ctrl-C" };
    return {
        ...history,
        interruption: cancelled(interruption),
        secondInterruption: cancelled(secondInterruption),
    };
}

/** How far the list may be behind, so that a run which nothing is known of any more shows in it (ms). */
const LIST_CATCHES_UP_MS = 20_000;

/** The pause after a command: a killed run, and a destroy that failed, leave no word of what they have done. */
export function pauseAfter(
    { pauseMs, switches }: Schedule,
    { isForgotten }: { readonly isForgotten: boolean },
): number {
    const mayLag = switches.listLag !== 0 || switches.listLagJitter !== 0;
    return isForgotten && mayLag ? Math.max(pauseMs, LIST_CATCHES_UP_MS) : pauseMs;
}
