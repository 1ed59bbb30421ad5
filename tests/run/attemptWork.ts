import type { Clock } from "../../provider/fleet/model";
import { LAST_WORD_MS } from "../../provider/run/vault";

/** The calls and pauses of one attempt: when it has ended, none is left, and none begins. */
export class AttemptWork {
    readonly #open = new Set<symbol>();
    #isOver = false;
    readonly clock: Clock;

    /** @param leftBehind collects what outlives the attempt */
    constructor(
        clock: Clock,
        private readonly leftBehind: string[],
    ) {
        this.clock = {
            now: () => clock.now(),
            // After this one, nothing but the wait for an answer ends.
            sleep: (ms, signal) =>
                ms === LAST_WORD_MS
                    ? clock.sleep(ms, signal)
                    : this.during(`a pause of ${ms} ms`, () => clock.sleep(ms, signal)),
        };
    }

    async during<T>(what: string, work: () => Promise<T>): Promise<T> {
        const own = Symbol(what);
        if (this.#isOver) this.leftBehind.push(what);
        this.#open.add(own);
        try {
            return await work();
        } finally {
            this.#open.delete(own);
        }
    }

    async ended(): Promise<void> {
        // What its end has cut off ends within some microtasks, in which no time passes.
        for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
        this.#isOver = true;
        this.leftBehind.push(...[...this.#open].map(({ description = "" }) => description));
    }
}
