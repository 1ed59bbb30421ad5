import { HbrError } from "../../provider/hbr/errors";
import { Limiter } from "../../provider/hbr/limiter";
import type { HbrApi } from "../../provider/hbr/port";
import { resilient } from "../../provider/hbr/retry";
import { seededRandom, VirtualClock } from "../support/virtualClock";
import { type Counting, ThrottledService } from "./throttledService";

const WRITES_PER_SECOND = 5;
const READS_PER_SECOND = 20;
const RESOURCES = 4;
const INSTANCES = 100;

function setUp(options: Partial<ConstructorParameters<typeof ThrottledService>[1]> = {}, seed = 1) {
    const clock = new VirtualClock();
    const random = seededRandom(seed);
    const service = new ThrottledService(clock, {
        writes: WRITES_PER_SECOND,
        reads: READS_PER_SECOND,
        counting: "bucket",
        ...options,
    });
    const limiter = new Limiter(clock, random);
    const resources = Array.from({ length: RESOURCES }, () => resilient(service, { limiter, clock, random }));
    return { clock, service, limiter, resources };
}

/** Each resource makes the call once for every instance; gives the time at which each resource was done (s). */
async function run(
    clock: VirtualClock,
    resources: HbrApi[],
    call: (api: HbrApi) => Promise<unknown>,
): Promise<number[]> {
    const start = clock.now();
    return Promise.all(
        resources.map(async (api) => {
            await Promise.all(Array.from({ length: INSTANCES }, () => call(api)));
            return (clock.now() - start) / 1_000;
        }),
    );
}

const remove = (api: HbrApi) => api.uninstallClient({ vaultId: "v-1", clientId: "c-1" });
const look = (api: HbrApi) => api.describeTask("t-1");

describe.each<Counting>(["bucket", "window"])(
    "4 resources of 100 instances, limits counted as a %s",
    (counting) => {
        describe.each([undefined, 1_000])("retry-after %s ms", (retryAfterMs) => {
            const wait = retryAfterMs === undefined ? {} : { retryAfterMs };

            test.each([1, 2, 3])(
                "writes: nobody fails, within 1.5 times the time needed (seed %i)",
                async (seed) => {
                    const { clock, service, resources } = setUp({ counting, ...wait }, seed);
                    const needed = (RESOURCES * INSTANCES) / WRITES_PER_SECOND;
                    const times = await run(clock, resources, remove);
                    expect(Math.max(...times)).toBeLessThan(1.5 * needed);
                    expect(service.served).toBe(RESOURCES * INSTANCES);
                    expect(service.refused).toBeLessThan((RESOURCES * INSTANCES) / 4);
                },
            );

            test.each([1, 2, 3])(
                "reads: nobody fails, within 1.5 times the time needed (seed %i)",
                async (seed) => {
                    const { clock, resources } = setUp({ counting, ...wait }, seed);
                    const needed = (RESOURCES * INSTANCES) / READS_PER_SECOND;
                    expect(Math.max(...(await run(clock, resources, look)))).toBeLessThan(1.5 * needed);
                },
            );
        });

        test.each(["Throttling.User", "Throttling.Api"])(
            "writes and reads at once, refused with %s",
            async (code) => {
                const { clock, resources } = setUp({ counting, code });
                const needed = (RESOURCES * INSTANCES) / WRITES_PER_SECOND;
                const [writes, reads] = await Promise.all([
                    run(clock, resources, remove),
                    run(clock, resources, look),
                ]);
                // Throttling.User holds the reads back to the writes' pace, which is what it asks for.
                const all = code === "Throttling.User" ? 2 * needed : needed;
                expect(Math.max(...writes, ...reads)).toBeLessThan(1.5 * all);
            },
        );
    },
);

test("calls are served in the order of their first attempt, so nobody starves", async () => {
    const { clock, resources } = setUp();
    const done: number[] = [];
    const calls = Array.from({ length: 200 }, async (_, index) => {
        const api = resources[index % RESOURCES];
        if (api !== undefined) await remove(api);
        done.push(index);
    });
    await Promise.all(calls);
    // The calls under way at once may overtake each other, no more.
    done.forEach((index, place) => {
        expect(Math.abs(index - place)).toBeLessThan(32);
    });
    expect(clock.sleeping).toBe(0);
});

test("without throttling nobody waits", async () => {
    const { clock, resources } = setUp({ writes: 1e9, reads: 1e9, latencyMs: 0 });
    expect(Math.max(...(await run(clock, resources, remove)))).toBe(0);
});

test("another action goes on while one is throttled", async () => {
    const { clock, resources } = setUp({ writes: 1, latencyMs: 10 });
    const [api] = resources as [HbrApi];
    const writes = Promise.all([1, 2, 3, 4].map(() => remove(api)));
    await clock.sleep(20);
    const start = clock.now();
    await look(api);
    expect(clock.now() - start).toBeLessThanOrEqual(10);
    await writes;
});

test("the wait that the service names is kept, and never cut short", async () => {
    const clock = new VirtualClock();
    const limiter = new Limiter(clock, () => 0);
    const throttled = new HbrError("x", {
        operation: "DescribeTask",
        code: "Throttling",
        errorClass: "throttled",
        retryAfterMs: 7_000,
    });
    const first = await limiter.acquire("DescribeTask", limiter.ticket());
    first.failed(throttled);
    const start = clock.now();
    const second = await limiter.acquire("DescribeTask", limiter.ticket());
    expect(clock.now() - start).toBeGreaterThanOrEqual(7_000);
    second.succeeded();
});

test("one refusal out of the blue costs little: the pace is found again within seconds", async () => {
    const clock = new VirtualClock();
    const limiter = new Limiter(clock, () => 0.5);
    const throttled = new HbrError("x", { operation: "A", code: "Throttling", errorClass: "throttled" });
    (await limiter.acquire("A", limiter.ticket())).failed(throttled);
    const start = clock.now();
    for (let call = 0; call < 100; call += 1) (await limiter.acquire("A", limiter.ticket())).succeeded();
    expect(clock.now() - start).toBeLessThan(10_000);
});

test("the pace recovers: long after the last throttling there is no limit left", async () => {
    const clock = new VirtualClock();
    const limiter = new Limiter(clock, () => 0.5);
    const throttled = new HbrError("x", { operation: "A", code: "Throttling", errorClass: "throttled" });
    (await limiter.acquire("A", limiter.ticket())).failed(throttled);
    await clock.sleep(121_000);
    (await limiter.acquire("A", limiter.ticket())).succeeded();
    const start = clock.now();
    for (let call = 0; call < 100; call += 1) (await limiter.acquire("A", limiter.ticket())).succeeded();
    expect(clock.now() - start).toBe(0);
});

test("a waiting call can be aborted, in the queue and at the gate", async () => {
    const clock = new VirtualClock({ auto: false });
    const limiter = new Limiter(clock, () => 1, 1);
    const holder = await limiter.acquire("A", limiter.ticket());
    const controller = new AbortController();
    const reason = new Error("enough");
    const inQueue = limiter.acquire("A", limiter.ticket(), controller.signal);
    const behind = limiter.acquire("A", limiter.ticket(), controller.signal);
    controller.abort(reason);
    await expect(inQueue).rejects.toBe(reason);
    await expect(behind).rejects.toBe(reason);
    holder.failed(new HbrError("x", { operation: "A", code: "Throttling", errorClass: "throttled" }));
    const second = new AbortController();
    const atGate = limiter.acquire("A", limiter.ticket(), second.signal);
    await clock.advance(1);
    second.abort(reason);
    await expect(atGate).rejects.toBe(reason);
    const next = limiter.acquire("A", limiter.ticket());
    await clock.advance(2_000);
    (await next).succeeded();
});

test("no more calls are under way at once than allowed", async () => {
    const clock = new VirtualClock();
    const random = seededRandom(1);
    let underWay = 0;
    let most = 0;
    const api = resilient(
        {
            describeTask: async (taskId: string) => {
                underWay += 1;
                most = Math.max(most, underWay);
                await clock.sleep(10);
                underWay -= 1;
                return { taskId, state: "running", results: [] };
            },
        } as unknown as HbrApi,
        { limiter: new Limiter(clock, random, 3), clock, random },
    );
    await Promise.all(Array.from({ length: 20 }, () => api.describeTask("t")));
    expect(most).toBe(3);
});
