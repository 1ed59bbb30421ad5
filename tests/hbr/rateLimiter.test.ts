import { HbrError } from "../../provider/hbr/errors";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
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
    const limiter = new RateLimiter(clock, random);
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

function throttled(retryAfterMs?: number, code = "Throttling"): HbrError {
    return new HbrError("x", {
        operation: "A",
        code,
        errorClass: "throttled",
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
}

/** A call that is throttled the first time. */
function onceThrottled(retryAfterMs?: number, code?: string): () => Promise<void> {
    let isFirst = true;
    return () => {
        const refused = isFirst;
        isFirst = false;
        return refused ? Promise.reject(throttled(retryAfterMs, code)) : Promise.resolve();
    };
}

const succeeding = () => Promise.resolve();

test.each([0, 0.5, 0.999])(
    "Retry-After is never cut short, and hardly exceeded (random %d)",
    async (random) => {
        const clock = new VirtualClock();
        const limiter = new RateLimiter(clock, () => random);
        const start = clock.now();
        const repeated = limiter.run("A", onceThrottled(7_000));
        const later = limiter.run("A", succeeding);
        await Promise.all([repeated, later]);
        expect(clock.now() - start).toBeGreaterThanOrEqual(7_000);
        expect(clock.now() - start).toBeLessThanOrEqual(7_000 * 1.1 + 250);
    },
);

test.each([
    ["Throttling.User", ["A", "B"]],
    ["Throttling.Api", ["B", "A"]],
])("%s holds up calls of its own operation and of others in this order: %p", async (code, expected) => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(clock, () => 0.5);
    const order: string[] = [];
    const refused = limiter.run("A", onceThrottled(5_000, code)).then(() => order.push("A"));
    await clock.sleep(1_000);
    expect(order).toEqual([]);
    const other = limiter.run("B", succeeding).then(() => order.push("B"));
    await Promise.all([refused, other]);
    expect(order).toEqual(expected);
});

test("one stray refusal costs little: the rate is found again within seconds", async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(clock, () => 0.5);
    const start = clock.now();
    await limiter.run("A", onceThrottled());
    for (let call = 0; call < 100; call += 1) await limiter.run("A", succeeding);
    expect(clock.now() - start).toBeLessThan(10_000);
});

test("long after the last throttled call there is no limit left", async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(clock, () => 0.5);
    await limiter.run("A", onceThrottled());
    await clock.sleep(121_000);
    const start = clock.now();
    for (let call = 0; call < 100; call += 1) await limiter.run("A", succeeding);
    expect(clock.now() - start).toBe(0);
});

test("a waiting call can be aborted: behind others, and while its operation is slowed down", async () => {
    const clock = new VirtualClock({ auto: false });
    const limiter = new RateLimiter(clock, () => 0.9, 1);
    const reason = new Error("enough");
    const first = Promise.withResolvers<undefined>();
    const holder = new AbortController();
    const held = limiter.run("A", () => first.promise, holder.signal);
    const controller = new AbortController();
    const behind = [1, 2].map(() => limiter.run("A", succeeding, controller.signal));
    controller.abort(reason);
    for (const call of behind) await expect(call).rejects.toBe(reason);

    first.reject(throttled());
    await clock.advance(1);
    holder.abort(reason);
    await expect(held).rejects.toBe(reason);
    expect(clock.sleeping).toBe(0);

    const next = limiter.run("A", succeeding);
    expect(clock.sleeping).toBe(1);
    await clock.advance(2_000);
    await next;
    await expect(limiter.run("A", succeeding, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test("a repeated call keeps its position, behind the next call alone", async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(clock, () => 0.5, 1);
    const order: string[] = [];
    const made = (name: string, call: () => Promise<void>) =>
        limiter.run("A", call).then(() => order.push(name));
    const first = made("first", onceThrottled());
    await Promise.all([first, ...["second", "third", "fourth"].map((name) => made(name, succeeding))]);
    expect(order).toEqual(["second", "first", "third", "fourth"]);
});

test.each(["Throttling", "Throttling.User"])(
    "a call that is always refused with %s holds up no other",
    async (code) => {
        const clock = new VirtualClock();
        const limiter = new RateLimiter(clock, () => 0.5, 1);
        const over = new AbortController();
        const refusal = new HbrError("x", { operation: "A", code, errorClass: "throttled" });
        const refused = limiter.run("A", () => Promise.reject(refusal), over.signal);
        const others = ["A", "A", "A", "B", "B"].map((operation) => limiter.run(operation, succeeding));
        const first = await Promise.race([
            Promise.all(others).then(() => "others"),
            clock.sleep(60_000).then(() => "a minute"),
        ]);
        over.abort(new Error("enough"));
        await expect(refused).rejects.toThrow("enough");
        expect(first).toBe("others");
    },
);

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
        { limiter: new RateLimiter(clock, random, 3), clock, random },
    );
    await Promise.all(Array.from({ length: 20 }, () => api.describeTask("t")));
    expect(most).toBe(3);
});

test("says when a call was last refused for its rate, and of no other error", async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(clock, () => 0.5);
    const failure = (errorClass: "throttled" | "unavailable"): HbrError =>
        new HbrError("x", { operation: "A", code: "Throttling.Api", errorClass, retryAfterMs: 5_000 });
    await limiter.run("A", succeeding);
    await expect(limiter.run("A", () => Promise.reject(failure("unavailable")))).rejects.toThrow("x");
    expect(limiter.refusedAt).toBe(-Infinity);
    const refusals: number[] = [];
    await limiter.run("B", () => {
        if (refusals.length === 2) return succeeding();
        refusals.push(clock.now());
        return Promise.reject(failure("throttled"));
    });
    expect(refusals[1]).toBeGreaterThan(refusals[0] ?? NaN);
    expect(limiter.refusedAt).toBe(refusals[1]);
    await clock.sleep(1_000);
    await limiter.run("A", succeeding);
    expect(limiter.refusedAt).toBe(refusals[1]);
});

test("a waiting call that is given up takes no other one with it", async () => {
    const limiter = new RateLimiter(new VirtualClock(), () => 0, 1);
    const first = Promise.withResolvers<string>();
    const over = new AbortController();
    const calls = [
        limiter.run("Op", () => first.promise),
        limiter.run("Op", () => Promise.resolve("given up"), over.signal),
        limiter.run("Op", () => Promise.resolve("third")),
    ];
    over.abort(new Error("enough"));
    await expect(calls[1]).rejects.toThrow("enough");
    first.resolve("first");
    expect(await Promise.all([calls[0], calls[2]])).toEqual(["first", "third"]);
});
