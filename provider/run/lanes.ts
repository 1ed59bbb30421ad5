import type { Clock } from "../fleet/model";
import type { RolloutLimits } from "../fleet/waves";

/**
 * The time between two lanes that open (ms). The first calls of a run come all at once: a quota that takes those takes one more
 * after each such pause too.
 */
const PAUSE_MS = 250;

/**
 * The lanes in which a run works on batches, one at a time in each. Where the program does not say how many there are, the run
 * starts with a few, and each answered call opens one more while the service does not throttle: only its answers tell how many
 * calls it takes. A lane never closes, because the rate limiter slows down what is under way.
 */
export class Lanes {
    private count: number;
    /** The lanes that are open or are about to open. */
    private expected: number;
    private line: Promise<void> = Promise.resolve();
    /** Starts another lane of each work in progress. */
    private readonly works = new Set<() => void>();

    /** @param signal aborted when the run ends */
    constructor(
        private readonly limits: Pick<RolloutLimits, "batches" | "batchesAtFirst">,
        private readonly isThrottled: () => boolean,
        private readonly clock: Clock,
        private readonly signal: AbortSignal,
    ) {
        this.count = limits.batchesAtFirst ?? limits.batches;
        this.expected = this.count;
    }

    /** Works in every open lane, and in each that opens meanwhile, until the work ends in all of them. */
    async work(work: () => Promise<void>): Promise<void> {
        const lanes: Promise<void>[] = [];
        const ends: Promise<void>[] = [];
        const start = (): void => {
            const lane = work();
            lanes.push(lane);
            ends.push(lane.catch(() => undefined));
        };
        for (let count = 0; count < this.count; count += 1) start();
        this.works.add(start);
        try {
            // Goes on with the lanes that are added meanwhile.
            for (const end of ends) await end;
        } finally {
            this.works.delete(start);
        }
        await Promise.all(lanes);
    }

    /** Notes that the service has answered a call of a batch. */
    answered(): void {
        if (this.expected >= this.limits.batches) return;
        this.expected += 1;
        this.line = this.line
            .then(() => this.clock.sleep(PAUSE_MS, this.signal))
            .then(
                () => {
                    this.open();
                },
                () => undefined,
            );
    }

    private open(): void {
        if (this.isThrottled()) {
            this.expected -= 1;
            return;
        }
        this.count += 1;
        for (const start of this.works) start();
    }
}
