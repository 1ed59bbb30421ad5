import type { Clock } from "../fleet/model";
import { TimedOut } from "../interrupted";
import { parseDuration } from "./duration";

/** The service's own limit for a task is 15 minutes; this is what a round of batches gets without `customTimeouts`. */
const ROUND_TIMEOUT_MS = 20 * 60_000;

/** The time-out of a run: what the option `customTimeouts` says, else so much for each round of batches. */
export class Deadline {
    private readonly controller = new AbortController();
    private over = new AbortController();
    readonly signal: AbortSignal = this.controller.signal;
    private readonly custom: boolean;

    constructor(
        private readonly clock: Clock,
        custom: string | undefined,
    ) {
        this.custom = custom !== undefined;
        if (custom !== undefined) this.run(parseDuration(custom));
    }

    /** Counts from now on; a start before is forgotten. */
    start(rounds: number): void {
        if (!this.custom) this.run(rounds * ROUND_TIMEOUT_MS);
    }

    stop(): void {
        this.over.abort();
    }

    private run(ms: number): void {
        this.over.abort();
        this.over = new AbortController();
        this.clock.sleep(ms, this.over.signal).then(
            () => {
                this.controller.abort(new TimedOut(ms));
            },
            () => undefined,
        );
    }
}
