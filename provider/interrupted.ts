import type { Clock } from "./fleet/model";

/** The reason of a run that was told to stop. Nothing has failed, and nothing more may be started. */
export class Interrupted extends Error {}

/** The engine cancelled the run (Ctrl-C). */
export class Cancelled extends Interrupted {
    constructor() {
        super("cancelled");
        this.name = "Cancelled";
    }
}

/** The engine is gone. The result would be lost, and the user's next run must not be disturbed. */
export class EngineGone extends Interrupted {
    constructor() {
        super("the Pulumi engine that started this run is gone");
        this.name = "EngineGone";
    }
}

/** The time-out of the run has passed. */
export class TimedOut extends Interrupted {
    constructor(limitMs: number) {
        super(`the time-out of ${formatDuration(limitMs)} is over (resource option customTimeouts)`);
        this.name = "TimedOut";
    }
}

/** `20 min`, `30 s` */
export function formatDuration(ms: number): string {
    const minutes = ms / 60_000;
    return minutes >= 1 ? `${Math.round(minutes * 10) / 10} min` : `${Math.round(ms / 100) / 10} s`;
}

/** The time-out of a round of batches without `customTimeouts`. The service's own limit for a task is 15 minutes. */
const ROUND_TIMEOUT_MS = 20 * 60_000;

/** The time-out of a run: that of `customTimeouts` from the beginning, or otherwise one for the remaining rounds. */
export class Deadline {
    private readonly controller = new AbortController();
    private timer = new AbortController();
    /** Aborted with {@link TimedOut} when the time-out has passed. */
    readonly signal: AbortSignal = this.controller.signal;

    constructor(
        private readonly clock: Clock,
        private readonly customMs: number | undefined,
    ) {
        if (customMs !== undefined) this.startTimer(customMs);
    }

    /**
     * Restarts the default time-out. It has no effect on a custom one.
     *
     * @param rounds the number of rounds of batches
     * @param watchMs the time that the run waits and watches in between (ms)
     */
    start(rounds: number, watchMs = 0): void {
        if (this.customMs === undefined) this.startTimer(rounds * ROUND_TIMEOUT_MS + watchMs);
    }

    stop(): void {
        this.timer.abort();
    }

    private startTimer(ms: number): void {
        this.timer.abort();
        this.timer = new AbortController();
        this.clock.sleep(ms, this.timer.signal).then(
            () => {
                this.controller.abort(new TimedOut(ms));
            },
            () => undefined,
        );
    }
}
