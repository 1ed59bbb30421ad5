import { isDeepStrictEqual } from "node:util";
import { isOurs } from "./fleet/entry";
import type { ClientEntry, Clock, FleetState } from "./fleet/model";
import { LIST_LAG_MS } from "./fleet/status";
import type { EarlierAttempts } from "./run/goal";
import type { KnownInputs, RecordedOutputs } from "./state";

/** What tells an operation from every other one. The engine passes the same again when it repeats it. */
export interface Operation {
    readonly inputs: KnownInputs;
    readonly recorded: FleetState;
}

/** What a run that failed has left of a resource. */
export interface Unfinished {
    /** The result of every instance, with the tasks that are still open. */
    readonly outputs: RecordedOutputs;
    readonly attempts: EarlierAttempts;
}

/**
 * What the runs of this process that failed have left. A hook `onError` makes the engine repeat an operation at once, and
 * the engine then passes the state of before, which knows nothing of what the failed one has submitted.
 *
 * A URN is not enough to find it again: the state may hold several resources of one URN, all but one of which wait for their
 * deletion.
 */
export class UnfinishedRuns {
    private runs: readonly (Unfinished & { readonly operation: Operation })[] = [];

    /** What an operation goes on with if it is a repetition; undefined if it is not. */
    of(operation: Operation): Unfinished | undefined {
        return this.runs.find((run) => isSame(run.operation, operation));
    }

    /** Keeps what a run has left. It takes the place of what the one that it repeats has. */
    keep(operation: Operation, left: Unfinished): void {
        this.forget(operation);
        this.runs = [...this.runs, { ...left, operation }];
    }

    /** Forgets an operation, because it has succeeded. */
    forget(operation: Operation): void {
        this.runs = this.runs.filter((run) => !isSame(run.operation, operation));
    }

    /** Waits until the list shows what a run of any resource has left on these instances. */
    async shown(instanceIds: ReadonlySet<string>, clock: Clock, signal: AbortSignal): Promise<void> {
        const ends = this.runs.flatMap(({ outputs, attempts: { endedAt } }) =>
            Object.values(outputs.clients).some(
                (entry) => instanceIds.has(entry.instanceId) && mayBeBehind(entry, outputs.taskIds),
            )
                ? endedAt
                : [],
        );
        const rest = Math.max(-Infinity, ...ends) + LIST_LAG_MS - clock.now();
        if (rest > 0) await clock.sleep(rest, signal);
    }
}

/**
 * Whether the list may yet show something else than what the run knows: a call may have taken effect whose end the run has not
 * seen, or its task has failed, and the list may still show the client in progress.
 */
function mayBeBehind(entry: ClientEntry, taskIds: readonly string[]): boolean {
    const { pendingAction, errorCode, taskId } = entry;
    if (errorCode !== undefined) return taskId !== undefined && taskIds.includes(taskId);
    return isOurs(entry) && pendingAction !== undefined;
}

function isSame(one: Operation, other: Operation): boolean {
    return isDeepStrictEqual(one.inputs, other.inputs) && isDeepStrictEqual(one.recorded, other.recorded);
}
