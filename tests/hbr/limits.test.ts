import { HbrError } from "../../provider/hbr/errors";
import { longestBackoffMs, RateLimiter, TokenBucket } from "../../provider/hbr/rateLimiter";
import { VirtualClock } from "../support/virtualClock";

describe("a bucket of tokens", () => {
    test("is full at first, fills at its rate, and holds no more than it can", () => {
        const bucket = new TokenBucket(2, 3);
        expect([1, 2, 3, 4, 5].map(() => bucket.take(10_000))).toEqual([0, 0, 0, 500, 1_000]);
        // Two tokens in debt: a second brings it to none.
        expect(bucket.waitMs(11_000)).toBe(500);
        expect(bucket.waitMs(11_250)).toBe(250);
        expect(bucket.waitMs(11_500)).toBe(0);
        expect([1, 2, 3, 4].map(() => bucket.take(60_000))).toEqual([0, 0, 0, 500]);
    });

    test("does not fill while the clock goes back", () => {
        const bucket = new TokenBucket(1, 1);
        bucket.take(10_000);
        expect(bucket.waitMs(5_000)).toBe(1_000);
        expect(bucket.waitMs(10_500)).toBe(500);
    });
});

test("the longest back-off doubles up to 20 s", () => {
    expect([1, 2, 3, 6, 9].map((failures) => longestBackoffMs(500, failures))).toEqual([
        500, 1_000, 2_000, 16_000, 20_000,
    ]);
});

/** The pauses between the calls of an operation that is refused as often as there are waits (ms). */
async function pauses(waits: readonly (number | undefined)[], jitter = 0.5): Promise<readonly number[]> {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(clock, () => jitter);
    const starts: number[] = [];
    await limiter.run("DescribeTask", () => {
        starts.push(clock.now());
        const retryAfterMs = waits[starts.length - 1];
        if (starts.length > waits.length) return Promise.resolve();
        const about = { operation: "DescribeTask", code: "Throttling", errorClass: "throttled" } as const;
        return Promise.reject(
            new HbrError("throttled", { ...about, ...(retryAfterMs !== undefined && { retryAfterMs }) }),
        );
    });
    return starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
}

describe("a call that is throttled", () => {
    test("pauses for longer each time, and a long pause is never a short one", async () => {
        const refused = Array<undefined>(8).fill(undefined);
        expect(await pauses(refused)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 24_000, 48_000, 67_500]);
        expect((await pauses(refused, 0)).slice(-2)).toEqual([16_000, 32_000]);
    });

    test("pauses for as long as the service asks, and a little longer", async () => {
        expect(await pauses([5_000, 40_000])).toEqual([5_250, 42_000]);
        expect(await pauses([5_000], 0)).toEqual([5_000]);
    });
});
