import type { ClientCredential, ObservedClient } from "../fleet/model";
import type { TaskResult } from "../fleet/outcome";

/**
 * The port: the calls of the Cloud Backup API (HBR, version 2017-09-08) that this provider makes, with records of its
 * own that keep the SDKs out of the rest of the code. They hold only what is used.
 *
 * Every call throws an HbrError, or the reason of `signal` when that is aborted, and nothing else.
 */
export interface HbrApi {
    /** CreateClients: starts the installation on up to 20 instances. Not idempotent. */
    createClients(request: CreateClientsRequest, signal?: AbortSignal): Promise<CreateClientsAnswer>;
    /** DescribeTask: the state of an asynchronous task. */
    describeTask(taskId: string, signal?: AbortSignal): Promise<TaskRecord>;
    /** DescribeClients: one page of the clients of a vault. */
    describeClients(query: ClientQuery, signal?: AbortSignal): Promise<ClientPage>;
    /** CheckRole: throws if Cloud Backup cannot assume this role of the source account. */
    checkRole(role: CrossAccountRole, signal?: AbortSignal): Promise<CheckRoleAnswer>;
    /** DescribeHanaInstances: the SAP HANA instances that are registered with a vault under one ID. */
    describeHanaInstances(query: HanaInstanceQuery, signal?: AbortSignal): Promise<HanaInstancePage>;
    /** UninstallClient: starts the removal of the agent of one client; its record stays, as NOT_INSTALLED. */
    uninstallClient(client: ClientReference, signal?: AbortSignal): Promise<StartedTask>;
    /** UpgradeClient: starts the upgrade of one client to the latest version. It cannot be undone. */
    upgradeClient(client: ClientReference, signal?: AbortSignal): Promise<StartedTask>;
    /** DeleteClient: removes the record of a client whose agent is uninstalled. */
    deleteClient(client: ClientReference, signal?: AbortSignal): Promise<void>;
}

/** One element of the request parameter ClientInfo. */
export interface InstallTarget {
    readonly instanceId: string;
    readonly clusterId?: string;
    readonly sourceTypes: readonly string[];
    readonly credential?: ClientCredential;
}

/** Request of CreateClients. */
export interface CreateClientsRequest {
    readonly vaultId: string;
    readonly targets: readonly InstallTarget[];
    readonly alertSetting?: string;
    readonly useHttps?: boolean;
    readonly resourceGroupId?: string;
    readonly crossAccountType?: string;
    /** A 16-digit number, kept as text. */
    readonly crossAccountUserId?: string;
    readonly crossAccountRoleName?: string;
    /** Updated while the call is made. */
    readonly delivery?: Delivery;
}

/** Tells the caller of an aborted write whether it may have acted. */
export interface Delivery {
    /** Whether the request has been sent and not been answered. */
    isUnanswered: boolean;
}

/** Answer of CreateClients. */
export interface CreateClientsAnswer {
    /** Missing if the service started nothing, or did not say what it started. */
    readonly taskId?: string;
    readonly instanceStatuses: readonly InstanceFitness[];
    readonly requestId?: string;
}

/** Whether a client can be installed on an instance (an element of InstanceStatuses). */
export interface InstanceFitness {
    readonly instanceId: string;
    readonly valid: boolean;
    /** Not documented for CreateClients; kept if the service sends it. */
    readonly errorCode?: string;
}

/** State of a task, from its Description and Progress. */
export type TaskState = "running" | "completed" | "failed" | "expired" | "cancelled";

/** Answer of DescribeTask. */
export interface TaskRecord {
    readonly taskId: string;
    readonly state: TaskState;
    /** Per cent, 0 to 100; -1 if the task failed. */
    readonly progress?: number;
    /** One entry for each instance that the task's Result names. */
    readonly results: readonly TaskResult[];
    readonly requestId?: string;
}

/** Query of DescribeClients. */
export interface ClientQuery {
    readonly vaultId: string;
    readonly clusterId?: string;
    readonly clientId?: string;
    readonly pageNumber: number;
    /** 1 to 99. */
    readonly pageSize: number;
}

/** One page of DescribeClients. */
export interface ClientPage {
    readonly clients: readonly ObservedClient[];
    /** Clients that the query matches, on all pages. */
    readonly totalCount: number;
    /** Records on this page that were left out because they name no client or no instance; by default 0. */
    readonly ignored?: number;
    readonly requestId?: string;
}

/** Names one client. */
export interface ClientReference {
    readonly vaultId: string;
    readonly clientId: string;
}

/** Answer of UninstallClient and UpgradeClient. */
export interface StartedTask {
    readonly taskId?: string;
    readonly requestId?: string;
}

/** The role of another account through which its instances are backed up. */
export interface CrossAccountRole {
    /** A 16-digit number, kept as text. */
    readonly crossAccountUserId: string;
    readonly crossAccountRoleName: string;
}

/** Answer of CheckRole; a role that cannot be assumed is an error. */
export interface CheckRoleAnswer {
    readonly requestId?: string;
}

/** Query of DescribeHanaInstances. */
export interface HanaInstanceQuery {
    readonly vaultId: string;
    readonly clusterId: string;
}

/** First page of DescribeHanaInstances. There is no second one, since an ID names at most one instance. */
export interface HanaInstancePage {
    readonly clusterIds: readonly string[];
    readonly requestId?: string;
}

/** An operation of the Cloud Backup API that this provider calls. */
export interface Operation {
    /** Its name in the API. */
    readonly name: string;
    /**
     * Whether it changes something. A read is retried while the service is unavailable. A write is not, because it may
     * have acted, and none is made once a run has to stop.
     */
    readonly writes: boolean;
}

/** Wraps a call of the API; `call` makes it, with the signal that it is given. */
type Around = <Answer>(
    operation: Operation,
    call: (signal: AbortSignal | undefined) => Promise<Answer>,
    signal: AbortSignal | undefined,
) => Promise<Answer>;

/** The same API with each of its calls wrapped by `around`. */
export function decorated(api: HbrApi, around: Around): HbrApi {
    const wrap =
        (writes: boolean) =>
        <Request, Answer>(name: string, call: (request: Request, signal?: AbortSignal) => Promise<Answer>) =>
        (request: Request, signal?: AbortSignal): Promise<Answer> =>
            around({ name, writes }, (own) => call(request, own), signal);
    const read = wrap(false);
    const write = wrap(true);
    return {
        createClients: write("CreateClients", (request, signal) => api.createClients(request, signal)),
        uninstallClient: write("UninstallClient", (client, signal) => api.uninstallClient(client, signal)),
        upgradeClient: write("UpgradeClient", (client, signal) => api.upgradeClient(client, signal)),
        deleteClient: write("DeleteClient", (client, signal) => api.deleteClient(client, signal)),
        describeTask: read("DescribeTask", (taskId, signal) => api.describeTask(taskId, signal)),
        describeClients: read("DescribeClients", (query, signal) => api.describeClients(query, signal)),
        checkRole: read("CheckRole", (role, signal) => api.checkRole(role, signal)),
        describeHanaInstances: read("DescribeHanaInstances", (query, signal) =>
            api.describeHanaInstances(query, signal),
        ),
    };
}
