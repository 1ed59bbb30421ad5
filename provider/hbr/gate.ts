import type { Clock, Random } from "../fleet/model";

/** Slowest rate that throttling can bring us to (calls a second). */
const MIN_RATE = 0.5;
/** What is left of the rate after a throttled call. */
const DECREASE = 0.8;
/** A second of calls that went through adds this part of the last rate known to be too high, and at least MIN_INCREASE. */
const INCREASE = 0.05;
const MIN_INCREASE = 0.2;
/** Longest pause after a throttled call for which the service named none, before jitter (ms). */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 20_000;
/** How long after the last throttled call the limit is lifted (ms). */
const LIFT_AFTER_MS = 120_000;
const SECOND_MS = 1_000;

/**
 * The pace of one kind of call. Open until the service throttles for the first time; then a rate that the service's
 * answers steer: each refusal lowers it (multiplicative decrease), each success raises it a little (additive increase).
 */
export class Gate {
    readonly #clock: Clock;
    readonly #random: Random;
    #rate = Number.POSITIVE_INFINITY;
    /** The lowest rate at which we were last refused. */
    #ceiling = 0;
    #nextAt = 0;
    #lastDecreaseAt = Number.NEGATIVE_INFINITY;
    #lastThrottledAt = Number.NEGATIVE_INFINITY;
    /** Refusals since the last success, each burst counted once. */
    #streak = 0;
    /** When the successes of the last second came, from which the first rate is guessed. */
    #successes: number[] = [];

    constructor(clock: Clock, random: Random) {
        this.#clock = clock;
        this.#random = random;
    }

    /** When the next call may start (ms since the epoch); in the past when it may start at once. */
    get nextAt(): number {
        return this.#nextAt;
    }

    /** Calls a second at present. */
    get rate(): number {
        return this.#rate;
    }

    /** Takes the place of a call that starts now. */
    book(): void {
        const now = this.#clock.now();
        if (this.#rate !== Number.POSITIVE_INFINITY && now - this.#lastThrottledAt > LIFT_AFTER_MS) {
            this.#rate = Number.POSITIVE_INFINITY;
        }
        if (this.#rate === Number.POSITIVE_INFINITY) return;
        this.#nextAt = Math.max(this.#nextAt, now) + SECOND_MS / this.#rate;
    }

    /** A call went through. */
    succeeded(): void {
        this.#streak = 0;
        if (this.#rate === Number.POSITIVE_INFINITY) {
            const now = this.#clock.now();
            this.#successes.push(now);
            if (this.#successes.length > 64) this.#successes = this.#recentSuccesses(now);
            return;
        }
        this.#rate += Math.max(MIN_INCREASE, this.#ceiling * INCREASE) / this.#rate;
    }

    /** A call that started at `startedAt` was throttled; the service may have said how long to wait. */
    throttled(startedAt: number, retryAfterMs?: number): void {
        const now = this.#clock.now();
        this.#lastThrottledAt = now;
        // Calls that were under way at the last decrease say nothing about the rate that it led to.
        const isNews = startedAt > this.#lastDecreaseAt;
        if (isNews) {
            this.#streak += 1;
            this.#lastDecreaseAt = now;
            const refused =
                this.#rate === Number.POSITIVE_INFINITY
                    ? this.#recentSuccesses(now).length / DECREASE
                    : this.#rate;
            this.#ceiling = refused;
            this.#rate = Math.max(MIN_RATE, refused * DECREASE);
            this.#successes = [];
        }
        if (retryAfterMs !== undefined) {
            // Never earlier than told; a little later, so that the processes of several stacks do not come back as one.
            this.#pauseUntil(now + retryAfterMs * (1 + 0.1 * this.#random()));
        } else if (isNews) {
            const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#streak - 1));
            this.#pauseUntil(now + longest * this.#random());
        }
    }

    #pauseUntil(time: number): void {
        this.#nextAt = Math.max(this.#nextAt, time);
    }

    #recentSuccesses(now: number): number[] {
        return this.#successes.filter((at) => at > now - SECOND_MS);
    }
}
