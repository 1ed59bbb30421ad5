import type { ReinstallingName, ReportedName, ROLLOUT, SETTINGS, Values } from "../arguments";
import type { ClientResult } from "../publicTypes";
import type { ClientStatus } from "./status";
import type { Unknown } from "../unknown";

/*
 * The records that the pure core works on. They use no type of Pulumi or the SDK, so that the core can move unchanged to
 * another kind of provider.
 */

/**
 * A client as the service lists it (DescribeClients). Times are in milliseconds since the epoch, by the clock of the
 * service.
 */
export interface ObservedClient {
    readonly clientId: string;
    readonly vaultId: string;
    readonly instanceId: string;
    readonly clusterId?: string;
    /** An undocumented status is read as UNKNOWN. */
    readonly status: ClientStatus;
    readonly statusMessage?: string;
    readonly clientVersion?: string;
    /** The latest version of the agent. */
    readonly maxVersion?: string;
    readonly instanceName?: string;
    readonly networkType?: string;
    readonly useHttps?: boolean;
    readonly alertSetting?: string;
    readonly createdTime?: number;
    /** When the service last heard from the agent, by the service's own clock. */
    readonly heartbeatTime?: number;
}

/** Reported settings with the values that the service shows. */
export type ShownSettings = Readonly<Partial<Record<ReportedName, string | boolean>>>;

/** What an installation or an upgrade was to bring and did not, with what the service shows. */
export interface NotTaken extends ShownSettings {
    /** The version that an upgrade was to bring. */
    readonly latestVersion?: string;
}

/** The argument `rollout`, with its defaults. */
export type RolloutSettings<U extends Unknown = never> = Values<typeof ROLLOUT, U>;

/**
 * Access key that a client uses on its instance (ClientInfo `accessKeyId`, `accessKeySecret`). Here and below, `U` is the
 * type of values that are not known yet: {@link Unknown} in a preview, `never` in a run.
 */
export interface ClientCredential<U extends Unknown = never> {
    readonly accessKeyId: string | U;
    readonly accessKeySecret: string | U;
}

/** One declared instance. */
export interface DeclaredInstance<U extends Unknown = never> {
    readonly instanceId: string;
    readonly clusterId?: string | U;
    readonly sourceTypes: readonly (string | U)[];
}

export type { PendingAction, Removal } from "../publicTypes";

/** The settings of a fleet that decide what happens to its clients. */
export interface FleetSpec<U extends Unknown = never> extends Values<
    Pick<typeof SETTINGS, ReinstallingName | "removal" | "adoptExisting" | "upgrades">,
    U
> {
    readonly instances: ReadonlyMap<string, DeclaredInstance<U>>;
    readonly credentials: ReadonlyMap<string, ClientCredential<U>>;
}

/** One client in the state. */
export type ClientEntry = ClientResult;

/** A fleet in the state. */
export interface FleetState<U extends Unknown = never> {
    readonly spec: FleetSpec<U>;
    readonly clients: ReadonlyMap<string, ClientEntry>;
    /** A rollout in waves that is not finished. */
    readonly rollout?: UnfinishedRollout;
}

/** What the state remembers of a rollout in waves until nothing of it is left to do. */
export interface UnfinishedRollout {
    /** The number of waves that are done. */
    readonly wavesDone: number;
    /** Set if it takes the place of a fleet that is gone, so that it does not pause. */
    readonly isReplacement?: true;
}

/**
 * The clock of all durations, pauses and time-outs; injected, so that tests can run on virtual time. It never goes back,
 * and says nothing about the time of day: its times can only be compared with each other.
 */
export interface Clock {
    /** Milliseconds since some moment. */
    now(): number;
    /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as the signal is aborted. */
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Returns random numbers in [0, 1), like `Math.random`; injected, so that tests can repeat a run. */
export type Random = () => number;
