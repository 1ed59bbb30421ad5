/** More than any client sends within the window; beyond it the oldest are forgotten early. */
const MOST_NONCES = 1_000_000;

/** The nonces of the last while, each good for one request. */
export class NonceStore {
    /** In the order of use, so the oldest is first. */
    readonly #usedAt = new Map<string, number>();
    readonly #keptMs: number;

    constructor(keptMs: number) {
        this.#keptMs = keptMs;
    }

    /** Whether the nonce is new; from now on it is not. */
    use(nonce: string, now: number): boolean {
        for (const [oldest, usedAt] of this.#usedAt) {
            if (usedAt >= now - this.#keptMs && this.#usedAt.size < MOST_NONCES) break;
            this.#usedAt.delete(oldest);
        }
        if (this.#usedAt.has(nonce)) return false;
        this.#usedAt.set(nonce, now);
        return true;
    }
}
