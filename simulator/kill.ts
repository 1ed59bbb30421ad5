import * as v from "valibot";

export const KillSchema = v.strictObject({
    /** 1 is the next API request. */
    requests: v.pipe(v.number(), v.integer(), v.minValue(1)),
    /** At least 2: 0 and negative numbers address process groups, and 1 is init. */
    pid: v.pipe(v.number(), v.integer(), v.minValue(2)),
    effect: v.optional(v.picklist(["before", "after"]), "after"),
});

/** At which request which process is killed, and whether the request takes effect. */
export type KillInput = v.InferInput<typeof KillSchema>;
export type Kill = v.InferOutput<typeof KillSchema>;

/** Kills a process at a chosen request, to test what a crash leaves behind. */
export class KillAfter {
    #armed: Kill | undefined;

    arm(kill: Kill): void {
        this.#armed = kill;
    }

    /** Counts a request, and returns the kill if it is due. */
    count(): Kill | undefined {
        const armed = this.#armed;
        if (armed === undefined) return undefined;
        const requests = armed.requests - 1;
        this.#armed = requests === 0 ? undefined : { ...armed, requests };
        return requests === 0 ? armed : undefined;
    }

    /** Sends SIGKILL. A process that is already gone is not an error. */
    static strike(pid: number): void {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            return;
        }
    }
}
