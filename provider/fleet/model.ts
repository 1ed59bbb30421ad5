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
    readonly updatedTime?: number;
}

/** The settings that DescribeClients reports, so that drift of them can be seen. */
export const REPORTED_SETTINGS = ["useHttps", "alertSetting"] as const;

/** A setting that DescribeClients reports. */
export type ReportedSetting = (typeof REPORTED_SETTINGS)[number];

/** Reported settings with the values that the service shows. */
export type ShownSettings = Readonly<Partial<Record<ReportedSetting, string | boolean>>>;

/** Access key that a client uses on its instance (ClientInfo `accessKeyId`, `accessKeySecret`). */
export interface ClientCredential {
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
}

/** One declared instance. */
export interface DeclaredInstance {
    readonly instanceId: string;
    readonly clusterId?: string;
    readonly sourceTypes: readonly string[];
}

/** What is to become of a client that is no longer declared. */
export type Removal = "UninstallAndDelete" | "Uninstall" | "Retain";

/** Work that was planned and is not confirmed. */
export type PendingAction = "install" | "reinstall" | "uninstall";

/** The settings of a fleet that decide what happens to its clients. */
export interface FleetSpec {
    readonly instances: ReadonlyMap<string, DeclaredInstance>;
    readonly credentials: ReadonlyMap<string, ClientCredential>;
    readonly alertSetting?: string;
    readonly useHttps?: boolean;
    readonly resourceGroupId?: string;
    readonly removal: Removal;
    readonly adoptExisting: boolean;
    /** Compared by value, never looked into. */
    readonly triggers?: unknown;
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
     * False where nothing on the instance is this resource's: its client was refused, or none has been submitted yet.
     * No later step touches what is there until it is taken over, or installed by this resource.
     */
    readonly owned?: false;
    /** Settings that differ from what is declared, with the value that the service shows; why a reinstallation is pending. */
    readonly drift?: ShownSettings;
    /** Settings that an installation did not change, with the value that the service shows; no drift while it stays so. */
    readonly settingsNotTaken?: ShownSettings;
}

/** What the state recorded of a fleet. */
export interface FleetState {
    readonly spec: FleetSpec;
    readonly clients: ReadonlyMap<string, ClientEntry>;
}

/**
 * Stands for a value that is not known yet in a preview. It is the engine's own placeholder text, so a value that
 * holds it goes through the core unharmed.
 */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Gives the time and lets time pass; handed in, so that tests can run on virtual time. */
export interface Clock {
    /** Milliseconds since the epoch. */
    now(): number;
    /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as the signal is aborted. */
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1), like `Math.random`; handed in, so that tests can repeat a run. */
export type Random = () => number;
