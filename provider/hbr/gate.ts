import type { Clock, Random } from "../fleet/model";

/** Slowest rate that throttling can bring us to (calls a second). */
const MIN_RATE = 0.5;
/** Least first guess (calls a second): a refusal out of the blue says little about the limit. */
const MIN_GUESS = 4;
/** What is left of the rate after a throttled call. */
const DECREASE = 0.85;
/**
 * A second of calls that went through adds this part of the last rate that was refused, and more with each second since
 * then: slowly near that rate, because a refusal costs everybody a pause, and fast where it was far too low.
 */
const INCREASE = 0.02;
const INCREASE_GROWTH = 0.01;
/** The same as long as the rate is a guess that has not been refused. */
const GUESS_INCREASE = 0.25;
/** Least that it adds (calls a second). */
const MIN_INCREASE = 0.05;
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
    /** The rate at which we were last refused. */
    #ceiling = 0;
    /** Calls that have started and not ended. */
    #underWay = 0;
    /** Whether the rate is the first guess, counted from what the service has let through. */
    #guessing = false;
    #nextAt = 0;
    /** The last pause that the service asked for. */
    #pauseMs = 0;
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

    /** Takes the place of a call that starts now; to be followed by `succeeded`, `failed` or `throttled`. */
    book(): void {
        this.#underWay += 1;
        const now = this.#clock.now();
        if (now - this.#lastThrottledAt > LIFT_AFTER_MS) this.#rate = Number.POSITIVE_INFINITY;
        if (this.#rate !== Number.POSITIVE_INFINITY)
            this.#nextAt = Math.max(this.#nextAt, now) + SECOND_MS / this.#rate;
    }

    /** A call went through. */
    succeeded(): void {
        this.#underWay -= 1;
        this.#streak = 0;
        if (this.#rate === Number.POSITIVE_INFINITY) {
            const now = this.#clock.now();
            this.#successes.push(now);
            if (this.#successes.length > 64) this.#successes = this.#recentSuccesses(now);
            return;
        }
        this.#rate += this.#increase() / this.#rate;
    }

    /** A call failed in a way that says nothing about the pace. */
    failed(): void {
        this.#underWay -= 1;
    }

    /** A call that started at `startedAt` was throttled; the service may have said how long to wait. */
    throttled(startedAt: number, retryAfterMs?: number): void {
        this.#underWay -= 1;
        const now = this.#clock.now();
        // Calls that were under way at the last decrease say nothing about the rate that it led to.
        const isNews = startedAt > this.#lastDecreaseAt;
        if (isNews) this.#decrease(now);
        else if (this.#guessing) this.#setRate(this.#rate - 1);
        this.#lastThrottledAt = now;
        if (retryAfterMs !== undefined) {
            this.#pauseMs = retryAfterMs;
            // Never earlier than told; a little later, so that the processes of several stacks do not come back as one.
            this.#pauseUntil(now + retryAfterMs * (1 + 0.1 * this.#random()));
        } else if (isNews) {
            const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#streak - 1));
            this.#pauseUntil(now + longest * this.#random());
        }
    }

    #decrease(now: number): void {
        this.#streak += 1;
        this.#lastDecreaseAt = now;
        this.#guessing = this.#rate === Number.POSITIVE_INFINITY;
        if (this.#guessing) {
            // What went through within a second is a fair guess; of the calls under way, those refused are taken off.
            this.#setRate(this.#recentSuccesses(now).length + this.#underWay);
            this.#successes = [];
        } else {
            this.#ceiling = this.#rate;
            this.#setRate(this.#rate * DECREASE);
        }
    }

    #setRate(rate: number): void {
        this.#rate = Math.max(this.#guessing ? MIN_GUESS : MIN_RATE, rate);
    }

    /**
     * What a second of successes adds to the rate: the more, the longer nothing was refused, and the less, the longer
     * the pause that the next refusal will cost.
     */
    #increase(): number {
        if (this.#guessing) return this.#rate * GUESS_INCREASE;
        const seconds = (this.#clock.now() - this.#lastThrottledAt) / SECOND_MS;
        const part = (INCREASE + INCREASE_GROWTH * seconds) / (1 + this.#pauseMs / SECOND_MS);
        return Math.max(MIN_INCREASE, this.#ceiling * part);
    }

    #pauseUntil(time: number): void {
        this.#nextAt = Math.max(this.#nextAt, time);
    }

    #recentSuccesses(now: number): number[] {
        return this.#successes.filter((at) => at > now - SECOND_MS);
    }
}
