import type { Clock, Random } from "../fleet/model";
import type { HbrError } from "./errors";
import { Gate } from "./gate";
import { Semaphore } from "./semaphore";

/** Calls under way at once, of all kinds together. */
const DEFAULT_CONCURRENCY = 32;

/** Leave to make one call; to be closed exactly once. */
export interface Permit {
    readonly startedAt: number;
    succeeded(): void;
    /** The call failed; only a throttled one changes the pace. */
    failed(error: HbrError | undefined): void;
}

interface Lane {
    /** One call at a time stands at the gate. */
    readonly turn: Semaphore;
    readonly gate: Gate;
}

/**
 * The one limiter of the process: all resources share it, because the service counts calls per account. A throttled call
 * slows down every call of that API action, `Throttling.User` every call there is. Nearly free as long as nothing is
 * throttled.
 */
export class Limiter {
    readonly #clock: Clock;
    readonly #random: Random;
    readonly #lanes = new Map<string, Lane>();
    readonly #user: Gate;
    readonly #places: Semaphore;
    #tickets = 0;

    constructor(clock: Clock, random: Random, concurrency: number = DEFAULT_CONCURRENCY) {
        this.#clock = clock;
        this.#random = random;
        this.#user = new Gate(clock, random);
        this.#places = new Semaphore(concurrency);
    }

    /** A place in the order of calls; a call that is repeated keeps its ticket, and so its place. */
    ticket(): number {
        this.#tickets += 1;
        return this.#tickets;
    }

    /** Waits until a call of this API action may start. */
    async acquire(operation: string, ticket: number, signal?: AbortSignal): Promise<Permit> {
        const lane = this.#lane(operation);
        await lane.turn.acquire(ticket, signal);
        try {
            for (;;) {
                await this.#untilOpen(lane.gate, signal);
                await this.#places.acquire(ticket, signal);
                // While we waited for a place somebody may have been throttled.
                if (this.#waitMs(lane.gate) <= 0) break;
                this.#places.release();
            }
        } finally {
            lane.turn.release();
        }
        lane.gate.book();
        this.#user.book();
        return this.#permit(lane.gate);
    }

    #lane(operation: string): Lane {
        let lane = this.#lanes.get(operation);
        if (lane === undefined) {
            lane = { turn: new Semaphore(1), gate: new Gate(this.#clock, this.#random) };
            this.#lanes.set(operation, lane);
        }
        return lane;
    }

    #waitMs(gate: Gate): number {
        return Math.max(gate.nextAt, this.#user.nextAt) - this.#clock.now();
    }

    async #untilOpen(gate: Gate, signal: AbortSignal | undefined): Promise<void> {
        for (let ms = this.#waitMs(gate); ms > 0; ms = this.#waitMs(gate)) {
            await this.#clock.sleep(Math.ceil(ms), signal);
        }
    }

    #permit(gate: Gate): Permit {
        const startedAt = this.#clock.now();
        return {
            startedAt,
            succeeded: () => {
                this.#places.release();
                gate.succeeded();
                this.#user.succeeded();
            },
            failed: (error) => {
                this.#places.release();
                const throttled = error?.errorClass === "throttled" ? error : undefined;
                const byUser = throttled?.code.startsWith("Throttling.User") === true;
                for (const each of [gate, this.#user]) {
                    if (throttled !== undefined && byUser === (each === this.#user)) {
                        each.throttled(startedAt, throttled.retryAfterMs);
                    } else {
                        each.failed();
                    }
                }
            },
        };
    }
}
