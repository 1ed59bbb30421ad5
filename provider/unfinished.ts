import { currentUrn } from "./claims";
import { isOurs } from "./fleet/entry";
import type { ClientEntry, Clock } from "./fleet/model";
import { LIST_LAG_MS } from "./fleet/status";
import type { RecordedOutputs, Timeouts } from "./state";

/** What a run that failed has left of a resource. */
export interface Unfinished {
    readonly hook: keyof Timeouts;
    /** The result of every instance, with the tasks that are still open. */
    readonly outputs: RecordedOutputs;
    /** By the clock of the run. */
    readonly endedAt: number;
}

/**
 * What the runs of this process that failed have left. A hook `onError` makes the engine repeat an operation at once, and
 * the engine then passes the state of before, which knows nothing of what the failed one has submitted.
 */
export class UnfinishedRuns {
    private readonly byUrn = new Map<string, Unfinished>();

    /** What an operation goes on with if it is a repetition; undefined if it is not. */
    of(urn: string | undefined, hook: keyof Timeouts): Unfinished | undefined {
        const left = urn === undefined ? undefined : this.byUrn.get(currentUrn(urn));
        return left?.hook === hook ? left : undefined;
    }

    /** Keeps what a run has left. It takes the place of what an earlier one has. */
    keep(urn: string | undefined, left: Unfinished): void {
        if (urn !== undefined) this.byUrn.set(currentUrn(urn), left);
    }

    /** Forgets the resource, because an operation on it has succeeded. */
    forget(urn: string | undefined): void {
        if (urn !== undefined) this.byUrn.delete(currentUrn(urn));
    }

    /** Waits until the list shows what a run of any resource has left on these instances. */
    async shown(instanceIds: ReadonlySet<string>, clock: Clock, signal: AbortSignal): Promise<void> {
        const ends = [...this.byUrn.values()].flatMap(({ outputs, endedAt }) =>
            Object.values(outputs.clients).some(
                (entry) => mayBeUnderWay(entry) && instanceIds.has(entry.instanceId),
            )
                ? endedAt
                : [],
        );
        const rest = Math.max(-Infinity, ...ends) + LIST_LAG_MS - clock.now();
        if (rest > 0) await clock.sleep(rest, signal);
    }
}

/** Whether a call for the instance may have taken effect whose end the run has not seen. */
function mayBeUnderWay(entry: ClientEntry): boolean {
    return isOurs(entry) && entry.pendingAction !== undefined && entry.errorCode === undefined;
}
