import { RateLimiter } from "../../provider/hbr/rateLimiter";
import { failedCall } from "../../provider/hbr/errors";
import { ClientWatch } from "../../provider/run/watch";
import { Deadline } from "../../provider/interrupted";
import { systemClock } from "../../provider/session";
import { client } from "../fleet/builders";

const HOUR_MS = 3_600_000;

describe("a time of day that is set back by an hour", () => {
    // Setting the system time moves `Date` alone, as it does in reality.
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    const setBack = (): void => {
        jest.setSystemTime(new Date().getTime() - HOUR_MS);
    };

    test("does not delay the next look at the list", async () => {
        let looks = 0;
        const list = () => Promise.resolve([client("i-1", (looks += 1) < 5 ? "INSTALLING" : "ACTIVATED")]);
        const watch = new ClientWatch(list, systemClock, () => 0, new AbortController().signal);
        const isActive = watch.until(({ index }) => index.get("c-i-1")?.status === "ACTIVATED" || undefined);
        await jest.advanceTimersByTimeAsync(2_500);
        expect(looks).toBeGreaterThan(0);
        setBack();
        await jest.advanceTimersByTimeAsync(60_000);
        await expect(isActive).resolves.toBe(true);
    });

    test("does not delay a call that was throttled", async () => {
        const limiter = new RateLimiter(systemClock, () => 0.5);
        let attempts = 0;
        const call = limiter.run("DescribeTask", () => {
            if ((attempts += 1) > 1) return Promise.resolve("answer");
            const text = "slow down";
            return Promise.reject(
                failedCall({ operation: "DescribeTask", code: "Throttling", text, retryAfterMs: 5_000 }),
            );
        });
        await jest.advanceTimersByTimeAsync(1_000);
        setBack();
        await jest.advanceTimersByTimeAsync(10_000);
        await expect(call).resolves.toBe("answer");
    });

    test("does not delay a time-out, nor make a duration negative", async () => {
        const startedAt = systemClock.now();
        const deadline = new Deadline(systemClock, 60_000);
        setBack();
        await jest.advanceTimersByTimeAsync(60_000);
        expect(deadline.signal.aborted).toBe(true);
        expect(systemClock.now() - startedAt).toBe(60_000);
    });
});
