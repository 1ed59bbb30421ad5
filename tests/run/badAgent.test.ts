import fc from "fast-check";
import { instances, type Interruption, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

/** A command of a history: whether and how it is cut off, and what is wrong before it. */
const command = fc.record({
    interruption: fc.option(
        fc.record({ kind: fc.constant("Ctrl-C" as const), afterMs: fc.nat({ max: 5 * MINUTE }) }),
        { nil: undefined },
    ),
    timeout: fc.constantFrom(undefined, undefined, "3m"),
    fault: fc.option(
        fc.record({
            action: fc.constantFrom("DescribeClients", "DescribeTask", "CreateClients", "UpgradeClient"),
            kind: fc.constantFrom("reset-before" as const, "reset-after" as const),
            after: fc.nat({ max: 5 }),
        }),
        { nil: undefined },
    ),
    unfit: fc.constantFrom(undefined, { failInstall: "X", failUpgrade: "X" }, { installTime: "3m" }),
});

const history = fc.record({
    work: fc.constantFrom("install" as const, "reinstall" as const, "upgrade" as const),
    fallOverAs: fc.constantFrom("UNKNOWN" as const, "STOPPED" as const),
    fallOverAfter: fc.constantFrom("1s", "20s", "1m", "100s"),
    /** The size of the first wave. */
    first: fc.integer({ min: 1, max: 3 }),
    batchSize: fc.integer({ min: 1, max: 3 }),
    pause: fc.boolean(),
    listLag: fc.constantFrom("0s", "8s"),
    commands: fc.array(command, { minLength: 2, maxLength: 5 }),
    seed: fc.nat({ max: 1_000 }),
});

jest.setTimeout(600_000);

test("a bad agent never gets beyond the first wave, however the runs are cut off, once it has shown itself", async () => {
    await fc.assert(
        fc.asyncProperty(history, async (given) => {
            const { work, first, batchSize, pause, fallOverAs, fallOverAfter, listLag } = given;
            const stack = new VirtualStack({ seed: given.seed });
            const { simulator } = stack;
            const fleet = { instances: instances(8), upgrades: "Latest" };
            if (work !== "install") await stack.up(fleet);
            await stack.clock.sleep(MINUTE);
            if (work === "upgrade") simulator.setSwitches({ latestVersion: "2.11.0" });
            await stack.refresh();
            simulator.setSwitches({ fallOverAs, fallOverAfter, listLag });
            simulator.resetRequests();
            const program = {
                ...fleet,
                ...(work === "reinstall" && { triggers: [1] }),
                rollout: {
                    batchSize,
                    waves: [first, 8],
                    soak: "2m",
                    ...(pause && { pauseAfter: "firstWave" }),
                },
            };
            for (const { interruption, timeout, fault, unfit } of given.commands) {
                if (unfit) simulator.patchInstance("i-001", unfit);
                if (fault) simulator.addFault({ ...fault, times: 1 });
                const timeouts = timeout ? { __timeouts: { create: timeout, update: timeout } } : {};
                await stack.up({ ...program, ...timeouts }, interruption satisfies Interruption | undefined);
                // By the next command, whatever has been installed or upgraded has fallen over.
                await stack.clock.sleep(6 * MINUTE);
                simulator.patchInstance("i-001", { failInstall: null, failUpgrade: null, installTime: null });
            }
            const { installs, upgrades } = simulator.requests();
            expect(Object.keys({ ...installs, ...upgrades }).length).toBeLessThanOrEqual(first);
        }),
        { numRuns: Number(process.env["HBR_BUDGETS"] ?? 40) },
    );
});
