import fc from "fast-check";
import type { FaultInput } from "../../simulator/index";
import { instances, type Interruption, VAULT, VirtualStack } from "./virtualStack";

/** A number of instances, and a percentage of them. */
const share = fc.oneof(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 60 }).map((percent) => `${percent}%`),
);

const rollout = fc.record(
    {
        batchSize: fc.integer({ min: 1, max: 5 }),
        parallelism: fc.oneof(
            fc.integer({ min: 1, max: 3 }),
            fc.integer({ min: 1, max: 50 }).map((percent) => `${percent}%`),
        ),
        maxFailures: fc.oneof(
            fc.nat({ max: 4 }),
            fc.integer({ min: 0, max: 30 }).map((percent) => `${percent}%`),
        ),
        waves: fc.array(share, { minLength: 1, maxLength: 3 }),
        soak: fc.constant("2m"),
        bootTimeout: fc.constantFrom("0s", "2m"),
    },
    { requiredKeys: ["batchSize", "bootTimeout"] },
);

const WRITES = ["CreateClients", "UninstallClient", "UpgradeClient"] as const;

const fault: fc.Arbitrary<FaultInput> = fc
    .oneof(
        fc.record({
            action: fc.constantFrom(...WRITES, "DescribeTask", "DescribeClients"),
            kind: fc.constantFrom("reset-before", "reset-after", "status"),
        }),
        fc.record({
            action: fc.constantFrom(...WRITES),
            kind: fc.constantFrom("task-vanishes", "task-failed"),
        }),
    )
    .chain((struck) =>
        fc.record({
            action: fc.constant(struck.action),
            kind: fc.constant(struck.kind as FaultInput["kind"]),
            status: fc.constantFrom(400, 500, 503),
            code: fc.constantFrom("InternalError", "InvalidParameter", "ServiceUnavailable"),
            times: fc.integer({ min: 1, max: 3 }),
            after: fc.nat({ max: 3 }),
        }),
    );

const interruption: fc.Arbitrary<Interruption | undefined> = fc.option(
    fc.record({
        kind: fc.constantFrom("Ctrl-C" as const, "killed" as const),
        afterMs: fc.nat({ max: 240_000 }),
    }),
    { nil: undefined, freq: 3 },
);

/** Some instances whose agent cannot be installed, does not start on time, or falls over. */
const unfit = fc.array(
    fc.record({
        index: fc.nat({ max: 19 }),
        fitness: fc.constantFrom(
            { failInstall: "AgentDownloadFailed" },
            { failUpgrade: "NoSpace" },
            { fallOverAfter: "1m" },
            { installTime: "10m" },
            { state: "Stopped" as const },
            { state: "Starting" as const },
        ),
    }),
    { maxLength: 6 },
);

const history = fc.record({
    count: fc.integer({ min: 2, max: 20 }),
    rollout,
    unfit,
    faults: fc.array(fault, { maxLength: 3 }),
    /** What is done: a first installation, a reinstallation, or an upgrade of everything. */
    work: fc.constantFrom("install" as const, "reinstall" as const, "upgrade" as const),
    interruptions: fc.array(interruption, { minLength: 2, maxLength: 3 }),
    partialAcceptance: fc.boolean(),
    seed: fc.nat(),
});

const INSTALLING = ["INSTALLING", "REGISTERED"];
const IN_PROGRESS = [...INSTALLING, "UPGRADING", "UNINSTALLING"];

function inProgress({ simulator }: VirtualStack, statuses = IN_PROGRESS): readonly string[] {
    const clients = simulator.world().clients.filter(({ status }) => statuses.includes(status));
    return clients.map(({ instanceId }) => instanceId);
}

/** Watches a run: the most that were in flight at the same time, those of an earlier run alone left aside. */
class Watch {
    most = 0;
    private left: readonly string[];

    constructor(
        private readonly stack: VirtualStack,
        private readonly statuses = IN_PROGRESS,
    ) {
        this.left = inProgress(stack);
        stack.simulator.onRequest(() => {
            this.look();
        });
    }

    look(): void {
        const now = inProgress(this.stack, this.statuses);
        this.left = this.left.filter((instanceId) => now.includes(instanceId));
        if (now.length > this.left.length) this.most = Math.max(this.most, now.length);
    }
}

/** How many attempts have failed: the refused clients, which stop nothing, do not count. */
function failedIn({ state }: VirtualStack, infos: readonly string[]): number {
    const failed = Number(/(\d+) failed/.exec(infos.join())?.[1] ?? 0);
    const codes = Object.values(state?.clients ?? {}).map(({ errorCode }) => errorCode);
    return failed - codes.filter((code) => code === "ClientNotHealthy").length;
}

/** So many of a fleet. */
function shareOf(share: number | string, count: number, round: (exact: number) => number): number {
    return typeof share === "number" ? share : round((Number.parseInt(share) * count) / 100);
}

function atLeastOne(share: number | string, count: number): number {
    return Math.max(1, shareOf(share, count, Math.ceil));
}

const figures = { runs: 0, full: 0, stopped: 0 };

afterAll(() => {
    const { runs, full, stopped } = figures;
    process.stdout.write(
        `runs within a budget: ${runs}; that used all of it: ${full}, stopped for failures: ${stopped}\n`,
    );
});

jest.setTimeout(600_000);

describe("any fleet, whatever fails and whenever it is interrupted", () => {
    test("has no more in flight than its budget and what was left before, and fails no more than that beyond maxFailures", async () => {
        await fc.assert(
            fc.asyncProperty(history, async (given) => {
                const { count, unfit, work, seed } = given;
                const { batchSize, parallelism = 10, waves, soak } = given.rollout;
                const budget =
                    typeof parallelism === "number"
                        ? batchSize * parallelism
                        : atLeastOne(parallelism, count);
                const isGated = waves !== undefined || soak !== undefined;
                const { maxFailures = isGated ? 0 : Infinity } = given.rollout;
                const tolerated = shareOf(maxFailures, count, Math.floor);
                // A soak judges a whole wave at once.
                const judged =
                    soak === undefined
                        ? 0
                        : Math.max(...(waves ?? [count]).map((size) => atLeastOne(size, count)));
                const stack = new VirtualStack({ seed, world: { vaults: [VAULT] } });
                const declared = instances(count);
                const more = { upgrades: "Latest" };
                if (work !== "install") await stack.up({ instances: declared, ...more });
                if (work === "upgrade") stack.simulator.setSwitches({ latestVersion: "2.11.0" });
                await stack.refresh();
                stack.simulator.setSwitches({ partialAcceptance: given.partialAcceptance });
                for (const { index, fitness } of unfit) {
                    const instanceId = `i-${String(index + 1).padStart(3, "0")}`;
                    stack.simulator.patchInstance(instanceId, fitness);
                    if (fitness.state === "Starting")
                        void stack.clock
                            .sleep((1 + index) * 30_000)
                            .then(() => stack.simulator.patchInstance(instanceId, { state: "Running" }));
                }
                for (const each of given.faults) stack.simulator.addFault(each);
                const program = {
                    instances: declared,
                    rollout: given.rollout,
                    ...more,
                    ...(work === "reinstall" && { triggers: [1] }),
                };
                for (const each of given.interruptions) {
                    const left = inProgress(stack).length;
                    const watch = new Watch(stack);
                    const end = await stack.up(program, each);
                    watch.look();
                    expect(watch.most).toBeLessThanOrEqual(budget);
                    // Nobody is left to count the failures of a killed run.
                    if (each?.kind !== "killed")
                        expect(failedIn(stack, end.infos)).toBeLessThanOrEqual(
                            tolerated + Math.max(budget, left, judged),
                        );
                    figures.runs += 1;
                    if (watch.most === budget) figures.full += 1;
                    if (/rollout\.maxFailures is/.test(end.reasons.join("\n"))) figures.stopped += 1;
                }
                expect(stack.duplicateInstalls).toBe(0);
            }),
            { numRuns: Number(process.env["HBR_BUDGETS"] ?? 80) },
        );
    });

    test("is not given up by what can no longer be followed: the list became unreadable", async () => {
        const stack = new VirtualStack();
        const program = { instances: instances(2), rollout: { batchSize: 1, parallelism: "1%" } };
        await stack.up(program, { kind: "killed", afterMs: 51 });
        stack.simulator.addFault({
            action: "DescribeClients",
            kind: "status",
            status: 400,
            code: "InvalidParameter",
            after: 1,
        });
        const watch = new Watch(stack);
        const end = await stack.up(program);
        watch.look();
        expect(end.reasons[0]).toMatch(/DescribeClients failed: InvalidParameter/);
        expect(watch.most).toBe(0);
        expect(stack.calls("CreateClients")).toBe(1);
    });

    test("is used up by what an earlier run left on instances that are no longer declared", async () => {
        const stack = new VirtualStack({
            world: { instances: instances(3).map(({ instanceId }) => ({ instanceId, installTime: "5m" })) },
        });
        const rollout = { batchSize: 3, parallelism: 1 };
        await stack.up({ instances: instances(3), rollout }, { kind: "Ctrl-C", afterMs: 10_000 });
        // Their removal is no part of the rollout.
        const watch = new Watch(stack, INSTALLING);
        await stack.up({ instances: instances(8).slice(3), rollout: { batchSize: 2, parallelism: 1 } });
        expect(watch.most).toBe(2);
    });

    test("is used up by what an earlier run left, also if its task cannot be queried", async () => {
        const slow = instances(3).map(({ instanceId }) => ({ instanceId, installTime: "9m" }));
        const stack = new VirtualStack({ world: { instances: slow } });
        const rollout = { batchSize: 3, parallelism: 1 };
        await stack.up({ instances: instances(3), rollout }, { kind: "Ctrl-C", afterMs: 10_000 });
        const refused = { kind: "status", status: 400, code: "InvalidParameter" } as const;
        stack.simulator.addFault({ action: "DescribeTask", ...refused });
        const watch = new Watch(stack);
        expect((await stack.up({ instances: instances(8), rollout })).infos).toEqual([
            "5 installed, 3 failed",
        ]);
        expect(watch.most).toBe(3);
    });

    test("is used up by what an earlier run left, also while a client that fell over is repaired", async () => {
        const slow = ["i-002", "i-003", "i-004"].map((instanceId) => ({ instanceId, installTime: "9m" }));
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-001", fallOverAfter: "1m" }, ...slow] },
        });
        const rollout = { batchSize: 3, parallelism: 1, waves: [1, 3, 9], soak: "2m", maxFailures: 3 };
        const program = { instances: instances(8), rollout };
        await stack.up(program, { kind: "Ctrl-C", afterMs: 200_000 });
        void stack.clock.sleep(30_000).then(() => {
            const fallen = stack.simulator.world().clients.find(({ status }) => status === "UNKNOWN");
            stack.simulator.patchClient(fallen?.clientId ?? "", { status: "DEACTIVATED" });
        });
        const watch = new Watch(stack);
        await stack.up(program);
        expect(watch.most).toBe(3);
        expect(stack.simulator.requests().installs["i-001"]).toBe(2);
    });

    test("holds back a batch that waits for room until too many have failed", async () => {
        const stack = new VirtualStack({
            world: {
                instances: [
                    { instanceId: "i-001", installTime: "9m" },
                    { instanceId: "i-002", failInstall: "DiskFull" },
                ],
            },
        });
        await stack.up({ instances: instances(1) }, { kind: "Ctrl-C", afterMs: 10_000 });
        // One slot is used up, and the other is i-002's: the second worker waits with i-003.
        const rollout = { batchSize: 1, parallelism: 2, maxFailures: 0 };
        const end = await stack.up({ instances: instances(4), rollout });
        expect(end.infos).toEqual(["1 installed, 1 failed, 2 pending"]);
    });

    test("in batches keeps them whole beside what an earlier run left", async () => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(8) });
        for (const instanceId of ["i-009", "i-010", "i-011"])
            stack.simulator.patchInstance(instanceId, { installTime: "9m" });
        await stack.up({ instances: instances(11) }, { kind: "Ctrl-C", afterMs: 10_000 });
        stack.simulator.patchInstance("i-012", { failInstall: "DiskFull" });
        const rollout = { batchSize: 4, parallelism: 1, maxFailures: 5 };
        const end = await stack.up({ instances: instances(16), triggers: [1], rollout });
        expect(end).toMatchObject({ ok: true, infos: ["4 installed, 11 reinstalled, 1 failed"] });
    });

    test("counts what a probe installs for another batch while its own is refused", async () => {
        const stack = new VirtualStack();
        // The whole of the first batch and both halves are refused; then a probe of the second gets through.
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 400,
            code: "InvalidParameter",
            times: 3,
        });
        const watch = new Watch(stack);
        await stack.up({ instances: instances(6), rollout: { batchSize: 2, parallelism: 1 } });
        expect(watch.most).toBe(2);
        expect(stack.duplicateInstalls).toBe(0);
    });
});
