import { abortable } from "../async";
import type { Clock, Random } from "../fleet/model";
import { HbrError } from "./errors";

/** Calls under way at once, of all operations together. */
const MAX_CONCURRENT = 32;
/** Lowest rate, and lowest first estimate (calls a second): one stray refusal says little about the limit. */
const MIN_RATE = 0.5;
const MIN_ESTIMATE = 4;
/** Factor by which a throttled call lowers the rate. */
const DECREASE = 0.85;
/** What a success adds to the rate (calls a second), and to a first estimate that has not been refused yet. */
const INCREASE = 0.02;
const INCREASE_ESTIMATE = 0.25;
/** First back-off (ms) after a throttled call without Retry-After; it doubles while no call succeeds. */
const FIRST_BACKOFF_MS = 1_000;
/** Longest back-off of a retry (ms). */
const MAX_BACKOFF_MS = 20_000;
/**
 * Longest back-off after throttled calls (ms), while none succeeds. The service may refuse every call for a minute, and
 * start that minute anew with each of them.
 */
const MAX_PAUSE_MS = 90_000;
/** The rate is unlimited again this long (ms) after its last decrease. */
export const LIFT_AFTER_MS = 120_000;

/** The longest back-off before jitter (ms): exponential in the failures so far, and capped. */
export function longestBackoffMs(firstMs: number, failures: number): number {
    return Math.min(MAX_BACKOFF_MS, firstMs * 2 ** (failures - 1));
}

/** The pause after throttled calls (ms); a long one has its jitter in the upper half, so that it is long indeed. */
function pauseAfterThrottling(failures: number, jitter: number): number {
    const longest = Math.min(MAX_PAUSE_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
    return longest * (longest > MAX_BACKOFF_MS ? (1 + jitter) / 2 : jitter);
}

/** A token bucket that can go into debt: whoever takes a token that is not there yet waits until it is. */
export class TokenBucket {
    #tokens: number;
    #filledAt = 0;

    constructor(
        /** Tokens a second. */
        public rate: number,
        private readonly capacity: number,
    ) {
        this.#tokens = capacity;
    }

    /** Time until the next token is there (ms). */
    waitMs(now: number): number {
        if (now > this.#filledAt) {
            const gained = ((now - this.#filledAt) / 1_000) * this.rate;
            this.#tokens = Math.min(this.capacity, this.#tokens + gained);
            this.#filledAt = now;
        }
        return (Math.max(0, 1 - this.#tokens) / this.rate) * 1_000;
    }

    /** Takes a token; returns how long the caller has to wait for it (ms). */
    take(now: number): number {
        const wait = this.waitMs(now);
        this.#tokens -= 1;
        return wait;
    }
}

/**
 * The rate of one operation, or of the whole account. Unlimited until the service throttles; then it falls by a factor
 * with each throttled call and rises by a constant with each success (AIMD).
 */
class AdaptiveRate {
    #bucket = new TokenBucket(Number.POSITIVE_INFINITY, 1);
    /** The latest calls, from which the first rate is estimated. */
    #startTimes: number[] = [];
    #isEstimate = false;
    #decreasedAt = Number.NEGATIVE_INFINITY;
    #decreasesInARow = 0;
    #pausedUntil = 0;

    /** Time until the next call may start (ms). */
    waitMs(now: number): number {
        if (now - this.#decreasedAt > LIFT_AFTER_MS) this.#bucket.rate = Number.POSITIVE_INFINITY;
        return Math.max(this.#pausedUntil - now, this.#bucket.waitMs(now));
    }

    started(now: number): void {
        this.#bucket.take(now);
        this.#startTimes.push(now);
        if (this.#startTimes.length > 2 * MAX_CONCURRENT) this.#startTimes = this.#lastSecond(now);
    }

    succeeded(): void {
        this.#decreasesInARow = 0;
        this.#bucket.rate += this.#isEstimate ? INCREASE_ESTIMATE : INCREASE;
    }

    /** A call that started at `startedAt` was throttled; `jitter` is a random number in [0, 1). */
    throttled(startedAt: number, now: number, retryAfterMs: number | undefined, jitter: number): void {
        // A call that started before the last decrease says nothing about the rate since then.
        const isNews = startedAt > this.#decreasedAt;
        if (isNews) {
            this.#isEstimate = this.#bucket.rate === Number.POSITIVE_INFINITY;
            if (this.#isEstimate) this.#bucket = new TokenBucket(this.#lastSecond(now).length, 1);
            else this.#bucket.rate = Math.max(MIN_RATE, this.#bucket.rate * DECREASE);
            this.#decreasedAt = now;
            this.#decreasesInARow += 1;
        }
        // The estimate is what the service lets through in a second: the calls started, less those that it refuses.
        if (this.#isEstimate) this.#bucket.rate = Math.max(MIN_ESTIMATE, this.#bucket.rate - 1);
        if (retryAfterMs !== undefined) this.pause(now, retryAfterMs, jitter);
        else if (isNews) {
            this.#pausedUntil = Math.max(
                this.#pausedUntil,
                now + pauseAfterThrottling(this.#decreasesInARow, jitter),
            );
        }
    }

    /** The service asks to wait: no call may start before that time has passed. */
    pause(now: number, retryAfterMs: number, jitter: number): void {
        // Never earlier than told; a little later, so that several processes do not come back at the same moment.
        this.#pausedUntil = Math.max(this.#pausedUntil, now + retryAfterMs * (1 + 0.1 * jitter));
    }

    #lastSecond(now: number): number[] {
        return this.#startTimes.filter((at) => at > now - 1_000);
    }
}

/** A call that waits for its start. */
interface WaitingCall extends PromiseWithResolvers<undefined> {
    /** In the order of first attempts. */
    readonly position: number;
    readonly rate: AdaptiveRate;
}

/**
 * The rate limiter of the process. All resources share it, because the service counts calls per account: a throttled
 * call slows down its operation, and `Throttling.User` slows down all of them. Until the service throttles, only the
 * number of calls under way is limited.
 */
export class RateLimiter {
    readonly #account = new AdaptiveRate();
    readonly #operations = new Map<string, AdaptiveRate>();
    #waiting: WaitingCall[] = [];
    #underWay = 0;
    #refusedAt = Number.NEGATIVE_INFINITY;
    #lastPosition = 0;
    #timer = new AbortController();

    constructor(
        private readonly clock: Clock,
        private readonly random: Random,
        private readonly maxConcurrent = MAX_CONCURRENT,
    ) {}

    /**
     * Makes a call as soon as the limits allow, and again for as long as the service throttles it. A repeated call keeps
     * its position, so that it does not starve.
     *
     * @throws what `call` throws, except an HbrError of class `throttled`; the signal's reason while the call waits
     */
    async run<T>(operation: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
        const rate = this.#operations.get(operation) ?? new AdaptiveRate();
        this.#operations.set(operation, rate);
        const position = (this.#lastPosition += 1);
        for (;;) {
            await this.#untilStarted(rate, position, signal);
            const startedAt = this.clock.now();
            try {
                const result = await call();
                rate.succeeded();
                this.#account.succeeded();
                return result;
            } catch (error) {
                if (!(error instanceof HbrError)) throw error;
                if (error.errorClass !== "throttled") {
                    if (error.retryAfterMs !== undefined)
                        rate.pause(this.clock.now(), error.retryAfterMs, this.random());
                    throw error;
                }
                this.#refusedAt = this.clock.now();
                const limited = error.code.startsWith("Throttling.User") ? this.#account : rate;
                limited.throttled(startedAt, this.clock.now(), error.retryAfterMs, this.random());
            } finally {
                this.#underWay -= 1;
                this.#startCalls();
            }
        }
    }

    /** When the service has last refused a call for its rate, by the clock of the process; -Infinity if it never has. */
    get refusedAt(): number {
        return this.#refusedAt;
    }

    async #untilStarted(rate: AdaptiveRate, position: number, signal?: AbortSignal): Promise<void> {
        signal?.throwIfAborted();
        const call: WaitingCall = { position, rate, ...Promise.withResolvers<undefined>() };
        const before = this.#waiting.findLastIndex((other) => other.position < position);
        // Not before the next call of its operation, or else the next of all: one that is always throttled would hold them up.
        const next = this.#waiting.findIndex((other) => other.rate === rate);
        this.#waiting.splice(Math.max(before, next, 0) + 1, 0, call);
        this.#startCalls();
        await abortable(call.promise, signal, () => {
            this.#waiting = this.#waiting.filter((other) => other !== call);
            this.#startCalls();
        });
    }

    /** Starts every waiting call that may start now, and sets the timer for the next one. */
    #startCalls(): void {
        this.#timer.abort("set anew");
        const now = this.clock.now();
        let nextMs = Number.POSITIVE_INFINITY;
        // Thousands of calls may wait for a few rates, and a rate that is used up stays so until time has passed.
        const usedUp = new Set<AdaptiveRate>();
        for (const call of [...this.#waiting]) {
            if (this.#underWay >= this.maxConcurrent) return;
            if (usedUp.has(call.rate)) continue;
            const waitMs = Math.max(call.rate.waitMs(now), this.#account.waitMs(now));
            if (waitMs > 0) {
                nextMs = Math.min(nextMs, waitMs);
                usedUp.add(call.rate);
                continue;
            }
            this.#underWay += 1;
            call.rate.started(now);
            this.#account.started(now);
            this.#waiting.splice(this.#waiting.indexOf(call), 1);
            call.resolve(undefined);
        }
        if (nextMs === Number.POSITIVE_INFINITY) return;
        this.#timer = new AbortController();
        const start = (): void => {
            this.#startCalls();
        };
        this.clock.sleep(Math.ceil(nextMs), this.#timer.signal).then(start, () => undefined);
    }
}
