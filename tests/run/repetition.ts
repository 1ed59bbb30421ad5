import fc from "fast-check";
import type { FaultInput } from "../../simulator/index";

/** One operation that fails under faults, and that the engine repeats with the state of before. */
export interface Repetition {
    readonly operation: "create" | "update" | "replace" | "destroy";
    /** The number of instances of the fleet. */
    readonly count: number;
    /** On so many of them somebody else has installed a client before a create. */
    readonly initial: number;
    readonly adoptExisting: boolean;
    readonly removal: "Uninstall" | "UninstallAndDelete";
    /** How an update changes the program: a reinstallation, and instances that move, leave and join. */
    readonly change: {
        readonly triggers: boolean;
        readonly moved: number;
        readonly left: number;
        readonly joined: number;
    };
    readonly upgrades: boolean;
    readonly isInOtherVault: boolean;
    readonly rollout: {
        readonly batchSize: number;
        readonly bootTimeout: string;
        readonly parallelism?: number;
        readonly waves?: readonly number[];
        readonly pauseAfter?: string;
        readonly soak?: string;
        readonly maxFailures?: number;
    };
    readonly timeout: string | undefined;
    readonly installTime: number;
    readonly switches: {
        readonly listLag: number;
        readonly taskLag: number;
        readonly resultShape: "array" | "object" | "empty";
        readonly keepClientId: boolean;
        readonly maxClientInfo: number | null;
    };
    /** The quota of CreateClients. */
    readonly perSecond: number | undefined;
    readonly faults: readonly FaultInput[];
    /** The numbers of instances, and what is wrong with them. */
    readonly unfit: readonly { readonly instance: number; readonly how: Unfit }[];
    readonly repeats: number;
    /** After so many attempts everything is put right. */
    readonly mendedAfter: number;
    /** After so many attempts somebody else installs a client on an instance of a create. */
    readonly foreign: { readonly instance: number; readonly after: number } | undefined;
    readonly cancelledAfterMs: number | undefined;
    /** Whether the engine drops the results of a create, as at its limit. */
    readonly isDropped: boolean;
    readonly seed: number;
}

type Unfit =
    { readonly failInstall: string } | { readonly cloudAssistant: false } | { readonly state: "Stopped" };

const WRITES = [
    "CreateClients",
    "CreateClients",
    "CreateClients",
    "UninstallClient",
    "DeleteClient",
] as const;
const READS = ["DescribeTask", "DescribeClients"] as const;

const strikes = {
    times: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }) },
        { weight: 1, arbitrary: fc.constant("always" as const) },
    ),
    after: fc.constantFrom(0, 0, 0, 1, 2, 4),
};

const cut: fc.Arbitrary<FaultInput> = fc
    .record({
        action: fc.constantFrom(...WRITES, ...READS, "*"),
        kind: fc.constantFrom(
            ...(["reset-before", "reset-after", "hang", "not-json", "empty-body"] as const),
            ...(["success-false", "late-effect", "throttle"] as const),
        ),
        ...strikes,
    })
    .map((fault) => (fault.kind === "late-effect" ? { ...fault, ms: 1_000 } : fault));

const badTask: fc.Arbitrary<FaultInput> = fc.record({
    action: fc.constantFrom("CreateClients", "CreateClients", "UninstallClient"),
    kind: fc.constantFrom("task-failed", "task-expired", "task-cancelled", "task-vanishes", "result-object"),
    ...strikes,
});

const refusal: fc.Arbitrary<FaultInput> = fc
    .tuple(
        fc.record({
            action: fc.constantFrom(...WRITES, ...READS),
            kind: fc.constant("status" as const),
            ...strikes,
        }),
        fc.constantFrom(
            { status: 500, code: "InternalError" },
            { status: 500, code: "EcsClientError" },
            { status: 400, code: "BadRequest" },
            { status: 403, code: "NoPermission" },
        ),
    )
    .map(([fault, error]) => ({ ...fault, ...error }));

const rollout = fc
    .record(
        {
            batchSize: fc.integer({ min: 1, max: 3 }),
            bootTimeout: fc.constantFrom("0s", "90s"),
            parallelism: fc.integer({ min: 1, max: 2 }),
            waves: fc.constantFrom<number[][]>([1], [2], [1, 2]),
            pauseAfter: fc.constant("firstWave"),
            soak: fc.constantFrom("10s", "1m"),
            maxFailures: fc.nat({ max: 2 }),
        },
        { requiredKeys: ["batchSize", "bootTimeout"] },
    )
    .map(({ pauseAfter, ...others }) => ({
        ...others,
        ...(others.waves && pauseAfter !== undefined && { pauseAfter }),
    }));

const unfit: fc.Arbitrary<Unfit> = fc.constantFrom<Unfit[]>(
    { failInstall: "NoSpace" },
    { cloudAssistant: false },
    { state: "Stopped" },
);

/** A random operation that is repeated. */
export const repetition: fc.Arbitrary<Repetition> = fc.record({
    operation: fc.constantFrom(
        "create",
        "create",
        "create",
        "update",
        "update",
        "replace",
        "replace",
        "destroy",
    ),
    count: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
        { weight: 1, arbitrary: fc.integer({ min: 7, max: 16 }) },
    ),
    initial: fc.constantFrom(0, 0, 1, 2),
    adoptExisting: fc.boolean(),
    removal: fc.constantFrom("Uninstall", "UninstallAndDelete"),
    change: fc.record({
        triggers: fc.boolean(),
        moved: fc.constantFrom(0, 0, 1, 2),
        left: fc.constantFrom(0, 0, 1),
        joined: fc.constantFrom(0, 1, 3),
    }),
    upgrades: fc.constantFrom(false, false, true),
    isInOtherVault: fc.boolean(),
    rollout,
    timeout: fc.constantFrom(undefined, "5s", "5s", "20s", "90s"),
    installTime: fc.constantFrom(4_000, 20_000, 60_000),
    switches: fc.record({
        listLag: fc.constantFrom(0, 3_000, 8_000, 8_000),
        taskLag: fc.constantFrom(0, 0, 5_000),
        resultShape: fc.constantFrom("array", "array", "array", "object", "empty"),
        keepClientId: fc.boolean(),
        maxClientInfo: fc.constantFrom(null, null, 2),
    }),
    perSecond: fc.constantFrom(undefined, undefined, 1, 0.2),
    faults: fc.array(
        fc.oneof(
            { weight: 2, arbitrary: cut },
            { weight: 1, arbitrary: badTask },
            { weight: 2, arbitrary: refusal },
        ),
        { maxLength: 3 },
    ),
    unfit: fc.array(fc.record({ instance: fc.nat({ max: 5 }), how: unfit }), { maxLength: 2 }),
    repeats: fc.integer({ min: 1, max: 15 }),
    mendedAfter: fc.constantFrom(1, 2, 4, 100),
    foreign: fc.option(fc.record({ instance: fc.nat({ max: 5 }), after: fc.nat({ max: 4 }) }), {
        nil: undefined,
    }),
    cancelledAfterMs: fc.option(fc.nat({ max: 60_000 }), { nil: undefined, freq: 1 }),
    isDropped: fc.constantFrom(false, false, true),
    seed: fc.nat({ max: 1_000_000 }),
});
