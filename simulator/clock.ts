/** Where the simulator takes its time from; a virtual one lets a 15-minute install pass in milliseconds. */
export interface Clock {
    /** Milliseconds since the epoch. */
    now(): number;
    sleep(ms: number): Promise<void>;
}

/** The machine's clock. Its sleeps end early when the simulator closes, so that none keeps the process alive. */
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
