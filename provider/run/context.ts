import type { ResourceLog } from "../engine";
import type { Failure } from "../fleet/outcome";
import type { Clock, FleetSpec, FleetState, Random } from "../fleet/model";
import type { HbrError } from "../hbr/errors";
import type { CreateClientsRequest, HbrApi } from "../hbr/port";
import type { Rollout } from "../state";
import type { Halt } from "./halt";
import type { FleetRecord } from "./record";
import type { Reporter } from "./reporter";
import type { Vault } from "./vault";
import type { ClientWatch } from "./watch";

/** What a run needs from the process around it. */
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

/** What a run is to achieve. */
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
export interface RunContext extends Pick<RunEnvironment, "clock" | "random" | "signal"> {
    readonly goal: RunGoal;
    readonly vault: Vault;
    readonly watch: ClientWatch;
    readonly record: FleetRecord;
    readonly reporter: Reporter;
    readonly halt: Halt;
}

/** The failure of an instance whose API call ended in this error. */
export function failureOf(error: HbrError): Failure {
    return {
        code: error.code,
        message: error.message,
        operation: error.operation,
        ...(error.requestId !== undefined && { requestId: error.requestId }),
    };
}
