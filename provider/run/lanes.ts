import type { Clock } from "../fleet/model";
import type { RolloutLimits } from "../fleet/waves";
import { LIFT_AFTER_MS } from "../hbr/rateLimiter";

/**
 * The time between two lanes that open (ms): six in a second, after the first calls, which come all at once. A quota of five
 * calls a second takes them all.
 */
const PAUSE_MS = 170;
/**
 * The same while a limit holds that the rate limiter has found (ms). So much time must also have passed without a refused call:
 * by then, the calls that were refused have been made again, and one more finds room.
 */
const PAUSE_UNDER_LIMIT_MS = 4_000;

/**
 * The lanes in which a run works on batches, one at a time in each. Where the program does not say how many there are, the run
 * starts with a few, and each answered call opens one more: one after the other, and later where the service throttles. Only its
 * answers tell how many calls it takes. A lane never closes, because the rate limiter slows down what is under way.
 */
export class Lanes {
    private count: number;
    /** The lanes that are open or are about to open. */
    private expected: number;
    private line: Promise<void> = Promise.resolve();
    private openedAt = Number.NEGATIVE_INFINITY;
    /** Starts another lane of each work in progress. */
    private readonly works = new Set<() => void>();

    /**
     * @param refusedAt when the service has last refused a call of this process for its rate
     * @param signal aborted when the run ends
     */
    constructor(
        private readonly limits: Pick<RolloutLimits, "batches" | "batchesAtFirst">,
        private readonly refusedAt: () => number,
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
        this.line = this.line.then(() => this.open()).catch(() => undefined);
    }

    private async open(): Promise<void> {
        let wait = PAUSE_MS;
        while (wait > 0) {
            await this.clock.sleep(wait, this.signal);
            wait = this.waitUnderLimitMs();
        }
        this.openedAt = this.clock.now();
        this.count += 1;
        for (const start of this.works) start();
    }

    /** How long the next lane has still to wait because the service throttles (ms); 0 or less if it does not. */
    private waitUnderLimitMs(): number {
        const now = this.clock.now();
        const refusedAt = this.refusedAt();
        if (now - refusedAt > LIFT_AFTER_MS) return 0;
        return Math.max(refusedAt, this.openedAt) + PAUSE_UNDER_LIMIT_MS - now;
    }
}
