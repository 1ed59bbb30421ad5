import fc from "fast-check";
import { Lanes } from "../../provider/run/lanes";
import type { LimitsInput } from "../../simulator/limits";
import { VirtualClock } from "../support/virtualClock";
import { instances, VirtualStack } from "./virtualStack";

/** A stack, and how many instances were in flight, or had a client, at each request. */
function watched(limits: LimitsInput = {}, options: ConstructorParameters<typeof VirtualStack>[0] = {}) {
    const stack = new VirtualStack(options);
    const { simulator, clock } = stack;
    const seen: { readonly at: number; readonly inFlight: number; readonly installed: number }[] = [];
    simulator.setLimits(limits);
    simulator.onRequest(() => {
        const { clients } = simulator.world();
        const countOf = (wanted: string): number => clients.filter(({ status }) => status === wanted).length;
        const installed = countOf("ACTIVATED");
        const inFlight = clients.length - installed - countOf("INSTALL_FAILED");
        seen.push({ at: clock.now(), inFlight, installed });
    });
    return {
        stack,
        seen,
        most: (from = -Infinity, to = Infinity) =>
            Math.max(0, ...seen.filter(({ at }) => at >= from && at < to).map(({ inFlight }) => inFlight)),
        refused: () => simulator.requests().log.filter(({ code }) => code.startsWith("Throttling")),
    };
}

/** A limit that the first four calls exceed. */
const quota = fc.record({
    action: fc.constantFrom("CreateClients", "*"),
    perSecond: fc.constantFrom(0.5, 1, 2, 3),
    retryAfter: fc.boolean(),
});

jest.setTimeout(120_000);

describe("without a number in the program, as many batches are under way", () => {
    test("as the service takes: the fifth is submitted before the first has ended", async () => {
        const { stack, seen } = watched({}, { installTime: 8_000 });
        const end = await stack.up({ instances: instances(100) });
        expect(end.ok).toBe(true);
        const { log } = stack.simulator.requests();
        const firstEnd = seen.find(({ installed }) => installed > 0)?.at ?? NaN;
        const calls = log.filter(({ action }) => action === "CreateClients");
        expect(calls.filter(({ at }) => at < firstEnd)).toHaveLength(5);
        expect(calls).toHaveLength(5);
    });

    test("as ten, and never more", async () => {
        const { stack, seen, most } = watched();
        expect((await stack.up({ instances: instances(1_000) })).ok).toBe(true);
        expect(seen.find(({ inFlight }) => inFlight > 0)?.inFlight).toBeLessThanOrEqual(80);
        expect(most()).toBe(200);
    });

    test("as ten of any size, one by one, whatever the fleet and the service's answers", async () => {
        const given = fc.record({
            count: fc.integer({ min: 1, max: 60 }),
            batchSize: fc.integer({ min: 1, max: 6 }),
            latency: fc.constantFrom(1, 50, 900),
            invalid: fc.uniqueArray(fc.nat({ max: 59 }), { maxLength: 5 }),
        });
        let full = 0;
        await fc.assert(
            fc.asyncProperty(given, async ({ count, batchSize, latency, invalid }) => {
                const { stack, seen, most } = watched({}, { latency });
                const declared = instances(count);
                for (const index of invalid) {
                    const instanceId = declared[index]?.instanceId;
                    if (instanceId !== undefined)
                        stack.simulator.patchInstance(instanceId, { failInstall: "NoSpace" });
                }
                await stack.up({ instances: declared, rollout: { batchSize } });
                expect(most()).toBeLessThanOrEqual(10 * batchSize);
                // So many calls come at once, and no answer has opened another lane before it is there.
                const first = seen.find(({ inFlight }) => inFlight > 0)?.at ?? Infinity;
                expect(most(first, first + latency)).toBeLessThanOrEqual(4 * batchSize);
                if (most() === 10 * batchSize) full += 1;
            }),
            { numRuns: 30 },
        );
        expect(full).toBeGreaterThan(0);
    });

    test("as four, where the service refuses the first calls: no call more is refused than with four", async () => {
        await fc.assert(
            fc.asyncProperty(quota, fc.integer({ min: 20, max: 60 }), async (limit, count) => {
                const { action, ...rest } = limit;
                const program = { instances: instances(count), rollout: { batchSize: 4 } };
                const explicit = { ...program, rollout: { batchSize: 4, parallelism: 4 } };
                const adapting = watched({ [action]: rest }, { installTime: 8_000 });
                const fixed = watched({ [action]: rest }, { installTime: 8_000 });
                expect((await adapting.stack.up(program)).ok).toBe(true);
                expect((await fixed.stack.up(explicit)).ok).toBe(true);
                expect(adapting.most()).toBeLessThanOrEqual(16);
                expect(fixed.refused().length).toBeGreaterThan(0);
                expect(adapting.refused().length).toBeLessThanOrEqual(fixed.refused().length);
            }),
            { numRuns: 12 },
        );
    });

    test("as a quota allows that takes the first four: none is refused", async () => {
        const limits = { CreateClients: { perSecond: 4 } };
        const { stack, most, refused } = watched(limits, { installTime: 8_000 });
        expect((await stack.up({ instances: instances(300) })).ok).toBe(true);
        expect(most()).toBe(200);
        expect(refused()).toEqual([]);
    });

    test("as four until two minutes after the last refused call, and then up to ten", async () => {
        const { stack, most, refused } = watched({ CreateClients: { perSecond: 2 } });
        const { simulator, clock } = stack;
        void clock.sleep(5_000).then(() => {
            simulator.setLimits({});
        });
        expect((await stack.up({ instances: instances(320), rollout: { batchSize: 8 } })).ok).toBe(true);
        const lifted = (refused().at(-1)?.at ?? NaN) + 120_000;
        expect(most(-Infinity, lifted)).toBe(32);
        expect(most(lifted)).toBe(80);
    });

    test("after the first batch of healthy clients alone", async () => {
        for (const work of ["reinstall", "upgrade"]) {
            const { stack, seen, most } = watched();
            const program = { instances: instances(80), upgrades: "Latest", rollout: { batchSize: 5 } };
            await stack.up(program);
            if (work === "upgrade") stack.simulator.setSwitches({ latestVersion: "2.11.0" });
            await stack.refresh();
            seen.length = 0;
            const end = await stack.up({ ...program, ...(work === "reinstall" && { triggers: [1] }) });
            expect(end.ok).toBe(true);
            const isBack = ({ inFlight }: { readonly inFlight: number }, index: number): boolean =>
                inFlight === 0 && (seen[index - 1]?.inFlight ?? 0) > 0;
            const firstEnd = seen.find(isBack)?.at ?? NaN;
            expect(most(-Infinity, firstEnd)).toBe(5);
            expect(most(firstEnd)).toBe(50);
        }
    });
});

describe("a number or a share in the program", () => {
    test.each([
        [4, 80],
        [2, 40],
        [12, 240],
        ["50%", 150],
    ])("stays what it is: %j", async (parallelism, inFlight) => {
        const { stack, most } = watched();
        expect((await stack.up({ instances: instances(300), rollout: { parallelism } })).ok).toBe(true);
        expect(most()).toBe(inFlight);
    });
});

describe("lanes", () => {
    const settled = (): Promise<void> => new Promise(setImmediate);

    function lanesOf(batches: number, batchesAtFirst: number, isThrottled = () => false) {
        const clock = new VirtualClock();
        const over = new AbortController();
        return {
            clock,
            over,
            lanes: new Lanes({ batches, batchesAtFirst }, isThrottled, clock, over.signal),
        };
    }

    test("open one after the other, and those that are open already count from the next work on", async () => {
        const { clock, lanes } = lanesOf(4, 1);
        const startedAt = clock.now();
        const opened: number[] = [];
        const gate = Promise.withResolvers<undefined>();
        const work = lanes.work(async () => {
            opened.push(clock.now() - startedAt);
            await gate.promise;
        });
        for (let call = 0; call < 9; call += 1) lanes.answered();
        await clock.sleep(10_000);
        expect(opened).toEqual([0, 250, 500, 750]);
        gate.resolve(undefined);
        await work;
        opened.length = 0;
        await lanes.work(() => Promise.resolve(void opened.push(0)));
        expect(opened).toHaveLength(4);
    });

    test("wait for all work, also that of later lanes, before they throw the first error", async () => {
        const { clock, lanes } = lanesOf(2, 1);
        let started = 0;
        let ended = 0;
        const work = lanes.work(async () => {
            started += 1;
            const isFirst = started === 1;
            await clock.sleep(isFirst ? 1_000 : 5_000);
            ended += 1;
            throw new Error(isFirst ? "first" : "second");
        });
        lanes.answered();
        await expect(work).rejects.toThrow("first");
        expect(ended).toBe(2);
    });

    test("stay closed while the service throttles, and once the run is over", async () => {
        let isThrottled = true;
        const { clock, over, lanes } = lanesOf(3, 1, () => isThrottled);
        let started = 0;
        const gate = Promise.withResolvers<undefined>();
        const work = lanes.work(() => {
            started += 1;
            return gate.promise.then(() => undefined);
        });
        for (let call = 0; call < 5; call += 1) lanes.answered();
        await clock.sleep(2_000);
        expect(started).toBe(1);
        isThrottled = false;
        lanes.answered();
        await clock.sleep(2_000);
        expect(started).toBe(2);
        lanes.answered();
        over.abort();
        await settled();
        expect(clock.sleeping).toBe(0);
        expect(started).toBe(2);
        gate.resolve(undefined);
        await work;
    });
});
