import type { ResourceLog } from "../engine";
import type { Clock, DeclaredInstance, FleetSpec, FleetState, Random } from "../fleet/model";
import type { CreateClientsRequest, HbrApi } from "../hbr/port";
import type { Troubles } from "../hbr/troubles";
import type { RolloutLimits } from "../fleet/waves";
import type { CommonFailure } from "./halt";

/** What a run needs from the process around it. */
export interface RunEnvironment {
    readonly api: HbrApi;
    /** The calls of the API that have no answer. */
    readonly troubles: Troubles;
    /** When the service has last refused a call of the process for its rate; -Infinity if it never has. */
    throttledAt(): number;
    readonly clock: Clock;
    readonly random: Random;
    readonly log: ResourceLog;
    /** Aborted by Ctrl-C, by the time-out, or when the engine is gone; the reason says which. */
    readonly signal: AbortSignal;
    /** Whether another resource of this process declares the client. */
    isClaimedByOther(pair: { readonly instanceId: string; readonly clusterId?: string | undefined }): boolean;
}

/** What earlier attempts of an operation that the engine repeats have come to. */
export interface EarlierAttempts {
    /** The instances whose clients they have adopted. */
    readonly adopted: readonly string[];
    /** Whether one has ended at the pause after the first wave. */
    readonly isPaused: boolean;
    /** Why the last of them that has kept the agents of healthy clients did so. */
    readonly keptAgents?: CommonFailure | undefined;
    /** When the last of them has ended, by the clock of the run. What they have submitted is older. */
    readonly endedAt: number;
}

/** What a run has to achieve. */
export interface RunGoal {
    readonly vaultId: string;
    /** Absent for a destroy. */
    readonly declared?: FleetSpec;
    readonly recorded: FleetState;
    /** What the preview compared with: `recorded`, unless the engine repeats an operation. */
    readonly previewed: FleetState;
    /** Absent unless the engine repeats an operation. */
    readonly earlier?: EarlierAttempts;
    readonly rollout: RolloutLimits;
    /** How long the clients of a wave are watched after it (ms); 0 if they are not. */
    readonly soakMs: number;
    /** How long a booting instance is waited for (ms); 0 if it is not. */
    readonly bootMs: number;
    /** Whether the run ends after the first wave of a rollout, unless that is a replacement. */
    readonly pausesAfterFirst: boolean;
    /** Whether the run takes the place of a fleet that is gone. */
    readonly isReplacement: boolean;
    /** The parameters that every CreateClients call of the run sends. */
    readonly installSettings: Omit<CreateClientsRequest, "vaultId" | "targets">;
}

/** An instance to install a client on, and the count its success adds to. */
export interface InstallOrder {
    readonly declared: DeclaredInstance;
    readonly accessKeyId?: string | undefined;
    readonly counts: "installed" | "reinstalled" | "repaired";
    /** The existing record, which has no agent. If it is not this resource's, a failed installation does not change that. */
    readonly existing?: { readonly clientId: string; readonly isOwn: boolean };
}
