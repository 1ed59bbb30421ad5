/** A run was told to stop: nothing has failed, and nothing more is to be done. */
export class Interrupted extends Error {}

/** The engine asked us to stop (Ctrl-C). */
export class Cancelled extends Interrupted {
    constructor() {
        super("cancelled");
        this.name = "Cancelled";
    }
}

/** The engine is gone: nobody hears the result, and the user's next run must not be disturbed. */
export class EngineGone extends Interrupted {
    constructor() {
        super("the Pulumi engine that started this run is gone");
        this.name = "EngineGone";
    }
}

/** The time of a run is over. */
export class TimedOut extends Interrupted {
    constructor(limitMs: number) {
        super(`the time-out of ${formatDuration(limitMs)} is over (resource option customTimeouts)`);
        this.name = "TimedOut";
    }
}

/** A duration as a person writes it. */
function formatDuration(ms: number): string {
    const minutes = ms / 60_000;
    return minutes >= 1 ? `${Math.round(minutes * 10) / 10} min` : `${Math.round(ms / 100) / 10} s`;
}
