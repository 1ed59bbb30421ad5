import fc from "fast-check";
import { limitsOf } from "../../provider/fleet/waves";
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
    { requiredKeys: ["batchSize", "parallelism", "bootTimeout"] },
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

const IN_PROGRESS = ["INSTALLING", "REGISTERED", "UPGRADING", "UNINSTALLING"];

function inProgress({ simulator }: VirtualStack): number {
    return simulator.world().clients.filter(({ status }) => IN_PROGRESS.includes(status)).length;
}

/** How many have failed, according to the summary. */
function failedIn(infos: readonly string[]): number {
    return Number(/(\d+) failed/.exec(infos.join())?.[1] ?? 0);
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
                const limits = limitsOf(given.rollout, count);
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
                    const left = inProgress(stack);
                    let most = 0;
                    stack.simulator.onRequest(() => {
                        most = Math.max(most, inProgress(stack));
                    });
                    const end = await stack.up(program, each);
                    most = Math.max(most, inProgress(stack));
                    const allowed = Math.max(limits.inFlight, left);
                    expect(most).toBeLessThanOrEqual(allowed);
                    const { maxFailures = Infinity, waves = [count] } = limits;
                    // A soak judges a whole wave at once.
                    const judged = given.rollout.soak === undefined ? 0 : Math.max(...waves);
                    expect(failedIn(end.infos)).toBeLessThanOrEqual(maxFailures + Math.max(allowed, judged));
                    figures.runs += 1;
                    if (most === limits.inFlight) figures.full += 1;
                    if (/rollout\.maxFailures is/.test(end.reasons.join("\n"))) figures.stopped += 1;
                }
                expect(stack.duplicateInstalls).toBe(0);
            }),
            { numRuns: Number(process.env["HBR_BUDGETS"] ?? 150) },
        );
    });

    test("is used up by what an earlier run left on instances that are no longer declared", async () => {
        const stack = new VirtualStack({
            world: { instances: instances(3).map(({ instanceId }) => ({ instanceId, installTime: "5m" })) },
        });
        const rollout = { batchSize: 3, parallelism: 1 };
        await stack.up({ instances: instances(3), rollout }, { kind: "Ctrl-C", afterMs: 10_000 });
        let most = 0;
        stack.simulator.onRequest(() => {
            most = Math.max(most, inProgress(stack));
        });
        await stack.up({ instances: instances(8).slice(3), rollout: { batchSize: 2, parallelism: 1 } });
        expect(most).toBe(3);
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
        let most = 0;
        stack.simulator.onRequest(() => {
            most = Math.max(most, inProgress(stack));
        });
        await stack.up({ instances: instances(6), rollout: { batchSize: 2, parallelism: 1 } });
        expect(most).toBe(2);
        expect(stack.duplicateInstalls).toBe(0);
    });
});
