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

    test("as a quota allows: in less time than with four, and with hardly more refused calls", async () => {
        const program = { instances: instances(300) };
        const refusals = { adapting: 0, fixed: 0 };
        for (const action of ["CreateClients", "*"]) {
            for (const perSecond of [1, 2, 3]) {
                const [adapting, fixed] = [
                    watched({ [action]: { perSecond } }),
                    watched({ [action]: { perSecond } }),
                ];
                const end = await adapting.stack.up(program);
                const fixedEnd = await fixed.stack.up({ ...program, rollout: { parallelism: 4 } });
                expect([end.ok, fixedEnd.ok]).toEqual([true, true]);
                expect(end.elapsedMs).toBeLessThan(0.8 * fixedEnd.elapsedMs);
                expect(fixed.most()).toBe(80);
                refusals.adapting += adapting.refused().length;
                refusals.fixed += fixed.refused().length;
            }
        }
        expect(refusals.fixed).toBeGreaterThan(0);
        expect(refusals.adapting).toBeLessThanOrEqual(1.2 * refusals.fixed);
    });

    test("as a quota allows that takes the first calls: none is refused", async () => {
        const limits = { CreateClients: { perSecond: 5 } };
        const { stack, most, refused } = watched(limits, { installTime: 8_000 });
        expect((await stack.up({ instances: instances(300) })).ok).toBe(true);
        expect(most()).toBe(200);
        expect(refused()).toEqual([]);
    });

    test("as four after the first refused call, then one more every four seconds, up to ten", async () => {
        const { stack, most, refused } = watched({ CreateClients: { perSecond: 2 } });
        const { simulator, clock } = stack;
        void clock.sleep(3_000).then(() => {
            simulator.setLimits({});
        });
        expect((await stack.up({ instances: instances(160), rollout: { batchSize: 4 } })).ok).toBe(true);
        const last = refused().at(-1)?.at ?? NaN;
        const after = [4, 8, 12, 16, 20, 24].map((seconds) => most(-Infinity, last + seconds * 1_000));
        expect(after).toEqual([16, 20, 24, 28, 32, 36]);
        expect(most()).toBe(40);
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

    function lanesOf(batches: number, batchesAtFirst: number, refusedAt = () => -Infinity) {
        const clock = new VirtualClock();
        const over = new AbortController();
        return {
            clock,
            over,
            lanes: new Lanes({ batches, batchesAtFirst }, refusedAt, clock, over.signal),
        };
    }

    /** Work that goes on in every lane until it is to end; `opened`: when each lane began it (ms from now). */
    function workIn(lanes: Lanes, clock: VirtualClock) {
        const startedAt = clock.now();
        const opened: number[] = [];
        const gate = Promise.withResolvers<undefined>();
        const work = lanes.work(async () => {
            opened.push(clock.now() - startedAt);
            await gate.promise;
        });
        const end = async (): Promise<void> => {
            gate.resolve(undefined);
            await work;
        };
        return { opened, end };
    }

    test("open one after the other, and those that are open already count from the next work on", async () => {
        const { clock, lanes } = lanesOf(4, 1);
        const { opened, end } = workIn(lanes, clock);
        for (let call = 0; call < 9; call += 1) lanes.answered();
        await clock.sleep(10_000);
        expect(opened).toEqual([0, 170, 340, 510]);
        await end();
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

    test("open slowly after a refused call, until the limit that was found lifts", async () => {
        const refused = { at: -Infinity };
        const { clock, lanes } = lanesOf(5, 1, () => refused.at);
        refused.at = clock.now();
        const { opened, end } = workIn(lanes, clock);
        for (let call = 0; call < 2; call += 1) lanes.answered();
        await clock.sleep(120_000);
        expect(opened).toEqual([0, 4_000, 8_000]);
        for (let call = 0; call < 2; call += 1) lanes.answered();
        await clock.sleep(1_000);
        expect(opened.slice(3)).toEqual([120_170, 120_340]);
        await end();
    });

    test("wait anew when another call is refused meanwhile", async () => {
        const refused = { at: -Infinity };
        const { clock, lanes } = lanesOf(2, 1, () => refused.at);
        const { opened, end } = workIn(lanes, clock);
        lanes.answered();
        for (const ms of [100, 3_000, 3_900]) {
            await clock.sleep(ms);
            refused.at = clock.now();
        }
        await clock.sleep(10_000);
        expect(opened).toEqual([0, 11_000]);
        await end();
    });

    test("stay closed once the run is over", async () => {
        const { clock, over, lanes } = lanesOf(2, 1);
        const { opened, end } = workIn(lanes, clock);
        lanes.answered();
        await settled();
        over.abort();
        await settled();
        expect(clock.sleeping).toBe(0);
        expect(opened).toHaveLength(1);
        await end();
    });
});
