import type { Clock } from "../../provider/fleet/model";

interface Sleeper {
    readonly at: number;
    readonly order: number;
    readonly wake: () => void;
}

/**
 * A clock whose time passes when nothing else happens: as soon as all microtasks are drained and somebody sleeps, it
 * jumps to the earliest waking. Waiting for hours takes milliseconds, in the same order every time. It knows nothing of
 * I/O: a test that talks over a socket meanwhile should use `{ auto: false }` and {@link VirtualClock.advance}.
 */
export class VirtualClock implements Clock {
    #now: number;
    readonly #auto: boolean;
    readonly #sleepers: Sleeper[] = [];
    #order = 0;
    #scheduled = false;

    constructor({ start = 1_700_000_000_000, auto = true }: { start?: number; auto?: boolean } = {}) {
        this.#now = start;
        this.#auto = auto;
    }

    now(): number {
        return this.#now;
    }

    /** How many sleep at present. */
    get sleeping(): number {
        return this.#sleepers.length;
    }

    async sleep(ms: number, signal?: AbortSignal): Promise<void> {
        signal?.throwIfAborted();
        await new Promise<void>((resolve, reject) => {
            this.#order += 1;
            const sleeper: Sleeper = {
                at: this.#now + Math.max(0, ms),
                order: this.#order,
                wake: () => {
                    signal?.removeEventListener("abort", abort);
                    resolve();
                },
            };
            const abort = (): void => {
                this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
                // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whoever aborts chooses the reason
                reject(signal?.reason);
            };
            signal?.addEventListener("abort", abort, { once: true });
            this.#insert(sleeper);
            this.#schedule();
        });
    }

    /** Lets `ms` pass by hand, waking whoever is due, each with its own time and in order. */
    async advance(ms: number): Promise<void> {
        const end = this.#now + ms;
        for (;;) {
            await drained();
            const next = this.#sleepers[0];
            if (next === undefined || next.at > end) break;
            this.#wakeNext();
        }
        this.#now = end;
        await drained();
    }

    #insert(sleeper: Sleeper): void {
        let at = this.#sleepers.length;
        while (at > 0 && (this.#sleepers[at - 1]?.at ?? 0) > sleeper.at) at -= 1;
        this.#sleepers.splice(at, 0, sleeper);
    }

    #schedule(): void {
        if (!this.#auto || this.#scheduled || this.#sleepers.length === 0) return;
        this.#scheduled = true;
        void drained().then(() => {
            this.#scheduled = false;
            this.#wakeNext();
            this.#schedule();
        });
    }

    #wakeNext(): void {
        const next = this.#sleepers.shift();
        if (next === undefined) return;
        this.#now = Math.max(this.#now, next.at);
        next.wake();
    }
}

/** Two turns of the event loop: all promises that can settle without I/O have settled. */
async function drained(): Promise<void> {
    await new Promise(setImmediate);
    await new Promise(setImmediate);
}

/** A repeatable `Random` (a linear congruential generator, good enough for jitter). */
export function seededRandom(seed: number): () => number {
    let state = seed >>> 0;
    return () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 2 ** 32;
    };
}
