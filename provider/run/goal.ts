import type { ResourceLog } from "../engine";
import type { Clock, DeclaredInstance, FleetSpec, FleetState, Random } from "../fleet/model";
import type { CreateClientsRequest, HbrApi } from "../hbr/port";
import type { RolloutSettings } from "../state";

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
    readonly rollout: RolloutSettings;
    /** Settings that every installation carries. */
    readonly installSettings: Omit<CreateClientsRequest, "vaultId" | "targets">;
}

/** An instance to install on, and what its success counts as. */
export interface InstallOrder {
    readonly declared: DeclaredInstance;
    readonly accessKeyId?: string | undefined;
    readonly counts: "installed" | "reinstalled" | "repaired";
    /** The record that is there, without an agent. One that is not this resource's does not become so if the installation fails. */
    readonly existing?: { readonly clientId: string; readonly isOwn: boolean };
}
