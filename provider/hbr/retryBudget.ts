import type { Clock } from "../fleet/model";

/** Retries that may come at once. */
const CAPACITY = 20;
/** Retries a second after that. */
const REFILL_PER_SECOND = 4;

/**
 * A token bucket for the retries of the whole process: when the service is in trouble, hundreds of waiting instances must
 * not multiply its load. An empty bucket delays a retry instead of failing it, since its caller has a time-out of its own.
 */
export class RetryBudget {
    readonly #clock: Clock;
    #tokens = CAPACITY;
    #countedAt: number;

    constructor(clock: Clock) {
        this.#clock = clock;
        this.#countedAt = clock.now();
    }

    /** Takes a token, and gives the time to wait for it (ms). */
    take(): number {
        const now = this.#clock.now();
        const gained = (Math.max(0, now - this.#countedAt) / 1_000) * REFILL_PER_SECOND;
        this.#tokens = Math.min(CAPACITY, this.#tokens + gained) - 1;
        this.#countedAt = now;
        return this.#tokens >= 0 ? 0 : (-this.#tokens / REFILL_PER_SECOND) * 1_000;
    }
}
