/** The simulator's source of time. On a virtual clock, a 15-minute installation passes in milliseconds. */
export interface Clock {
    /** Milliseconds since the epoch. */
    now(): number;
    /** Resolves after so many milliseconds of this clock. */
    sleep(ms: number): Promise<void>;
}

/** The machine's clock. Its sleeps end early when the simulator closes, so that they do not keep the process alive. */
export class WallClock implements Clock {
    readonly #sleepers = new Map<NodeJS.Timeout, () => void>();

    now(): number {
        return Date.now();
    }

    sleep(ms: number): Promise<void> {
        return new Promise((resolve) => {
            const timer = setTimeout(() => {
                this.#sleepers.delete(timer);
                resolve();
            }, ms);
            this.#sleepers.set(timer, resolve);
        });
    }

    wakeAll(): void {
        for (const [timer, resolve] of this.#sleepers) {
            clearTimeout(timer);
            resolve();
        }
        this.#sleepers.clear();
    }
}
