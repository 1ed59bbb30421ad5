import * as v from "valibot";

export const KillSchema = v.strictObject({
    /** 1 is the next API request. */
    requests: v.pipe(v.number(), v.integer(), v.minValue(1)),
    /** Never 0, 1 or a negative number: those stand for whole groups of processes, or for init. */
    pid: v.pipe(v.number(), v.integer(), v.minValue(2)),
    effect: v.optional(v.picklist(["before", "after"]), "after"),
});

export type KillInput = v.InferInput<typeof KillSchema>;
export type Kill = v.InferOutput<typeof KillSchema>;

/** Kills a process at a chosen request, for tests of what a crash leaves behind. */
export class KillAfter {
    #armed: Kill | undefined;

    arm(kill: Kill): void {
        this.#armed = kill;
    }

    /** Counts a request; answers with the kill where its time has come. */
    count(): Kill | undefined {
        const armed = this.#armed;
        if (armed === undefined) return undefined;
        const requests = armed.requests - 1;
        this.#armed = requests === 0 ? undefined : { ...armed, requests };
        return requests === 0 ? armed : undefined;
    }

    /** SIGKILL; a process that is gone already is dead enough. */
    static strike(pid: number): void {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            return;
        }
    }
}
