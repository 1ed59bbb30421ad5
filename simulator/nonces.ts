/** More than any client sends within the window. Beyond this, the oldest nonces are forgotten early. */
const MOST_NONCES = 1_000_000;

/** The recently used nonces. Each is valid for one request. */
export class NonceStore {
    /** In order of use, oldest first. */
    readonly #usedAt = new Map<string, number>();
    readonly #keptMs: number;

    constructor(keptMs: number) {
        this.#keptMs = keptMs;
    }

    /** Marks the nonce as used, and returns whether it was new. */
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
