import type { Failure } from "../fleet/outcome";
import type { Clock, FleetSpec, FleetState, Random } from "../fleet/model";
import type { Promised } from "../fleet/plan";
import type { HbrError } from "../hbr/errors";
import type { CreateClientsRequest, HbrApi } from "../hbr/port";
import type { ResourceLog } from "../engine";
import type { Rollout } from "../state";
import type { ClientWatch } from "./watch";
import type { FirstAlone, Halt } from "./halt";
import type { FleetRecord } from "./record";
import type { Progress, Remarks } from "./tell";
import type { Refusals } from "./refusals";

/** What a run works with that is not its own. */
export interface RunEnvironment {
    readonly api: HbrApi;
    readonly clock: Clock;
    readonly random: Random;
    readonly log: ResourceLog;
    /** Aborted by Ctrl-C, by the time-out, or when the engine is gone; the reason says which. */
    readonly signal: AbortSignal;
    /** Whether another resource of this process declares the client. */
    isClaimedByOther(pair: { readonly instanceId: string; readonly clusterId?: string | undefined }): boolean;
}

/** What a run is to do. */
export interface RunGoal {
    readonly vaultId: string;
    /** Absent for a destroy. */
    readonly declared?: FleetSpec;
    readonly recorded: FleetState;
    readonly rollout: Rollout;
    /** Settings that every installation carries. */
    readonly installSettings: Omit<CreateClientsRequest, "vaultId" | "targets">;
}

/** What the parts of one run share. */
export interface RunContext extends RunEnvironment {
    readonly goal: RunGoal;
    readonly record: FleetRecord;
    readonly watch: ClientWatch;
    readonly progress: Progress;
    readonly remarks: Remarks;
    /**
     * Like `signal`, but a moment later: a call that changes something gets the time to hear its answer, which names
     * the task that the next run waits for.
     */
    readonly writeSignal: AbortSignal;
    /** Installations that their tasks report as done, still to be read back. */
    readonly unconfirmed: (() => Promise<void>)[];
    /** Since when an instance is known to be booting; milliseconds since the epoch. */
    readonly booting: Map<string, number>;
    /** What the preview has said of healthy clients. */
    readonly promised: Promised;
    readonly halt: Halt;
    readonly refusals: Refusals;
    readonly firstUninstall: FirstAlone;
    readonly firstDeletion: FirstAlone;
}

/** The failure that an error of the API is for an instance. */
export function failureOf(error: HbrError): Failure {
    return {
        code: error.code,
        message: error.message,
        operation: error.operation,
        ...(error.requestId !== undefined && { requestId: error.requestId }),
    };
}
