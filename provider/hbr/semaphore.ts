interface Waiter {
    readonly ticket: number;
    readonly admit: () => void;
}

/**
 * A counting semaphore that admits in the order of tickets, not of arrival: whoever has to come back after a refusal
 * stands where it stood, so nobody starves.
 */
export class Semaphore {
    #free: number;
    readonly #waiters: Waiter[] = [];

    constructor(count: number) {
        this.#free = count;
    }

    /** Waits for a place; rejects with the signal's reason when that is aborted first. */
    async acquire(ticket: number, signal?: AbortSignal): Promise<void> {
        signal?.throwIfAborted();
        if (this.#free > 0) {
            this.#free -= 1;
            return;
        }
        await new Promise<void>((resolve, reject) => {
            const waiter: Waiter = {
                ticket,
                admit: () => {
                    signal?.removeEventListener("abort", leave);
                    resolve();
                },
            };
            const leave = (): void => {
                this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
                // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whoever aborts chooses the reason
                reject(signal?.reason);
            };
            signal?.addEventListener("abort", leave, { once: true });
            this.#insert(waiter);
        });
    }

    /** Gives the place back, to the waiter with the lowest ticket if there is one. */
    release(): void {
        const next = this.#waiters.shift();
        if (next === undefined) this.#free += 1;
        else next.admit();
    }

    #insert(waiter: Waiter): void {
        let at = this.#waiters.length;
        while (at > 0 && (this.#waiters[at - 1]?.ticket ?? 0) > waiter.ticket) at -= 1;
        this.#waiters.splice(at, 0, waiter);
    }
}
