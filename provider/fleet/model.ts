import type { ReinstallingName, ReportedName, SETTINGS, Values } from "../arguments";
import type { Unknown } from "../unknown";

/**
 * The records that the pure core works on. They carry no Pulumi and no SDK type, so that the core can move to
 * another kind of provider unchanged.
 */

/** Every status that DescribeClients documents, in the order of its page. */
export const CLIENT_STATUSES = [
    "REGISTERED",
    "ACTIVATED",
    "DEACTIVATED",
    "INSTALLING",
    "INSTALL_FAILED",
    "NOT_INSTALLED",
    "UPGRADING",
    "UPGRADE_FAILED",
    "UNINSTALLING",
    "UNINSTALL_FAILED",
    "STOPPED",
    "UNKNOWN",
] as const;

/** Status of a client, as DescribeClients reports it. */
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** Whether a text is one of the documented statuses. */
export function isClientStatus(text: unknown): text is ClientStatus {
    return (CLIENT_STATUSES as readonly unknown[]).includes(text);
}

/** A client as the service lists it (DescribeClients). Times are in milliseconds since the epoch. */
export interface ObservedClient {
    readonly clientId: string;
    readonly vaultId: string;
    readonly instanceId: string;
    readonly clusterId?: string;
    /** A word that is not documented is read as UNKNOWN. */
    readonly status: ClientStatus;
    readonly statusMessage?: string;
    readonly clientVersion?: string;
    readonly instanceName?: string;
    readonly networkType?: string;
    readonly useHttps?: boolean;
    readonly alertSetting?: string;
    readonly createdTime?: number;
}

/** Reported settings with the values that the service shows. */
export type ShownSettings = Readonly<Partial<Record<ReportedName, string | boolean>>>;

/**
 * Access key that a client uses on its instance (ClientInfo `accessKeyId`, `accessKeySecret`). Here and below, `U` is
 * what may stand for a value that is not known yet: nothing, and in a preview {@link Unknown}.
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

/** What is to become of a client that is no longer declared. */
export type Removal = "UninstallAndDelete" | "Uninstall" | "Retain";

/** Work that was planned and is not confirmed. */
export type PendingAction = "install" | "reinstall" | "uninstall";

/** The settings of a fleet that decide what happens to its clients. */
export interface FleetSpec<U extends Unknown = never> extends Values<
    Pick<typeof SETTINGS, ReinstallingName | "removal" | "adoptExisting">,
    U
> {
    readonly instances: ReadonlyMap<string, DeclaredInstance<U>>;
    readonly credentials: ReadonlyMap<string, ClientCredential<U>>;
}

/** What the state holds of one client; an element of the output `clients`. */
export interface ClientEntry {
    readonly instanceId: string;
    /** The declared cluster. */
    readonly clusterId?: string;
    /** Status as DescribeClients reports it; NOT_INSTALLED where the service has no record. */
    readonly status: ClientStatus;
    /** Whether an agent is on the instance, as far as the status tells. */
    readonly installed: boolean;
    readonly clientId?: string;
    readonly clientVersion?: string;
    readonly instanceName?: string;
    readonly networkType?: string;
    readonly statusMessage?: string;
    /** False where the service says that no client can be installed on the instance (ValidInstance). */
    readonly validInstance?: boolean;
    /** Why the last attempt failed. */
    readonly errorCode?: string;
    readonly errorMessage?: string;
    /** The task that is or was at work on an instance that is not done. */
    readonly taskId?: string;
    /** Work that was planned and is not confirmed; the next `pulumi up` goes on with it. */
    readonly pendingAction?: PendingAction;
    /**
     * False where nothing on the instance is this resource's: its client was refused, none has been submitted yet, or
     * nothing has come of what was.
     * No later step touches what is there until it is taken over, or installed by this resource.
     */
    readonly owned?: false;
    /** Settings that differ from what is declared, with the value that the service shows; why a reinstallation is pending. */
    readonly drift?: ShownSettings;
    /** Settings that an installation did not change, with the value that the service shows; no drift while it stays so. */
    readonly settingsNotTaken?: ShownSettings;
}

/** What the state recorded of a fleet. */
export interface FleetState<U extends Unknown = never> {
    readonly spec: FleetSpec<U>;
    readonly clients: ReadonlyMap<string, ClientEntry>;
}

/** Gives the time and lets time pass; handed in, so that tests can run on virtual time. */
export interface Clock {
    /** Milliseconds since the epoch. */
    now(): number;
    /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as the signal is aborted. */
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1), like `Math.random`; handed in, so that tests can repeat a run. */
export type Random = () => number;
