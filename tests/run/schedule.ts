import fc from "fast-check";
import { CLIENT_STATUSES, type FaultInput, type SwitchesInput } from "../../simulator/index";
import { RESULT_SHAPES } from "../../simulator/switches";
import type { Interruption } from "./virtualStack";

/** An instance of a schedule: what it is like, what is on it at first, and what the two programs declare of it. */
export interface ScheduledInstance {
    readonly fitness: "fit" | "stopped" | "no assistant" | "install fails" | "slow";
    /** Status of the client that somebody else has put there. */
    readonly initial: (typeof CLIENT_STATUSES)[number] | undefined;
    readonly first: Cluster | undefined;
    readonly second: Cluster | undefined;
}

type Cluster = "none" | "cl-1" | "cl-2";

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
    };
    /** Whether there is a later version of the agent by then, and the programs ask for it. */
    readonly upgrades: boolean;
    readonly useHttps: boolean;
    readonly timeout: string | undefined;
    readonly interruption: Interruption | undefined;
    readonly refreshBetween: boolean;
    readonly seed: number;
}

const ACTIONS = [
    "CreateClients",
    "DescribeTask",
    "DescribeClients",
    "UninstallClient",
    "DeleteClient",
    "UpgradeClient",
] as const;

const SILENT = [
    "reset-before",
    "reset-after",
    "hang",
    "not-json",
    "empty-body",
    "slow-body",
    "success-false",
] as const;
const OF_TASKS = ["result-object", "task-failed", "task-expired", "task-cancelled", "task-vanishes"] as const;

const KINDS: Readonly<Record<(typeof ACTIONS)[number] | "*", readonly FaultInput["kind"][]>> = {
    CreateClients: [...OF_TASKS, "flat-list"],
    DescribeTask: ["result-object"],
    DescribeClients: ["flat-list"],
    UninstallClient: OF_TASKS,
    DeleteClient: [],
    UpgradeClient: OF_TASKS,
    "*": [],
};

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
    after: fc.nat({ max: 4 }),
    probability: fc.constantFrom(1, 1, 0.5, 0.2),
};

const fault: fc.Arbitrary<FaultInput> = fc.constantFrom(...ACTIONS, "*" as const).chain((action) =>
    fc.oneof(
        fc.record({
            action: fc.constant(action),
            kind: fc.constantFrom(...SILENT, ...KINDS[action]),
            ...strikes,
        }),
        // With the lag of the list, less than the ten seconds after which a call is made again.
        fc.record({
            action: fc.constant(action),
            kind: fc.constant("late-effect" as const),
            ms: fc.constant(1_000),
            ...strikes,
        }),
        fc
            .record({ error: fc.constantFrom(...ERRORS), ...strikes })
            .map(({ error, ...rest }): FaultInput => ({ action, kind: "status", ...error, ...rest })),
        fc
            .record({ retryAfterMs: fc.option(fc.nat({ max: 5_000 })), ...strikes })
            .map(({ retryAfterMs, ...rest }): FaultInput => ({
                action,
                kind: "throttle",
                ...rest,
                ...(retryAfterMs !== null && { retryAfterMs }),
            })),
    ),
);

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
    fitness: fc.constantFrom("fit", "fit", "fit", "stopped", "no assistant", "install fails", "slow"),
    initial: fc.option(fc.constantFrom(...CLIENT_STATUSES), { nil: undefined, freq: 2 }),
    first: declared,
    second: declared,
});

const anySchedule: fc.Arbitrary<Schedule> = fc.record({
    instances: fc.array(instance, { minLength: 1, maxLength: 8 }),
    prepared: fc.boolean(),
    command: fc.constantFrom("up", "up", "up", "destroy"),
    faults: fc.array(fault, { maxLength: 5 }),
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
        },
        { requiredKeys: ["batchSize", "parallelism"] },
    ),
    upgrades: fc.constantFrom(false, false, true),
    useHttps: fc.boolean(),
    timeout: fc.option(fc.constantFrom("20s", "90s", "5m"), { nil: undefined, freq: 2 }),
    interruption: fc.option(
        fc.record({
            kind: fc.constantFrom("Ctrl-C" as const, "killed" as const),
            afterMs: fc.oneof(fc.nat({ max: 2_000 }), fc.nat({ max: 120_000 })),
        }),
        { nil: undefined, freq: 2 },
    ),
    refreshBetween: fc.boolean(),
    seed: fc.nat({ max: 1_000_000 }),
});

/**
 * A random history; small ones and few faults come first when a failure is narrowed down. With `adoptExisting: false`
 * nothing is killed: what a killed first run has left is foreign to the next one, and stays.
 */
export const schedule: fc.Arbitrary<Schedule> = anySchedule.map((history) =>
    history.adoptExisting || history.interruption === undefined
        ? history
        : { ...history, interruption: { ...history.interruption, kind: "Ctrl-C" } },
);
