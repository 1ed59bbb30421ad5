import type { ClientCredential, ObservedClient } from "../fleet/model";

/**
 * The port: just the calls of the Cloud Backup API (HBR, 2017-09-08) that this provider makes, with records of our
 * own. They shield the rest of the code from the SDKs, and hold only what is used.
 *
 * Every call throws an {@link HbrError} and nothing else, except the reason of `signal` when that is aborted.
 */
export interface HbrApi {
    /** CreateClients: starts the installation on up to 20 instances. Not idempotent. */
    createClients(request: CreateClientsRequest, signal?: AbortSignal): Promise<CreateClientsAnswer>;
    /** DescribeTask: the state of an asynchronous task. */
    describeTask(taskId: string, signal?: AbortSignal): Promise<TaskRecord>;
    /** DescribeClients: one page of the clients of a vault. */
    describeClients(query: ClientQuery, signal?: AbortSignal): Promise<ClientPage>;
    /** CheckRole: throws where Cloud Backup cannot assume this role of the source account. */
    checkRole(role: CrossAccountRole, signal?: AbortSignal): Promise<CheckRoleAnswer>;
    /** DescribeHanaInstances: the SAP HANA instances that are registered with a vault under one id. */
    describeHanaInstances(query: HanaInstanceQuery, signal?: AbortSignal): Promise<HanaInstancePage>;
    /** UninstallClient: starts the removal of the agent of one client; its record stays, as NOT_INSTALLED. */
    uninstallClient(client: ClientReference, signal?: AbortSignal): Promise<UninstallAnswer>;
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
    /** A 16-digit long, kept as text. */
    readonly crossAccountUserId?: string;
    readonly crossAccountRoleName?: string;
    /** Kept up to date while the call is made. */
    readonly delivery?: Delivery;
}

/** Tells the caller of a write that is cut off whether it may have acted. */
export interface Delivery {
    /** Whether it is on its way, and its answer is not there. */
    isUnanswered: boolean;
}

/** Answer of CreateClients. */
export interface CreateClientsAnswer {
    /** Missing when the service started nothing, or did not say what it started. */
    readonly taskId?: string;
    readonly instanceStatuses: readonly InstanceFitness[];
    readonly requestId?: string;
}

/** Whether a client can be installed on an instance (InstanceStatuses of the answer). */
export interface InstanceFitness {
    readonly instanceId: string;
    readonly valid: boolean;
    /** Not documented for CreateClients; kept where the service sends it. */
    readonly errorCode?: string;
}

/** What a task says of itself: under way, or how it ended. */
export type TaskState = "running" | "completed" | "failed" | "expired" | "cancelled";

/** Answer of DescribeTask. */
export interface TaskRecord {
    readonly taskId: string;
    readonly state: TaskState;
    /** 0 to 100; -1 where the task failed. */
    readonly progress?: number;
    /** One entry for each instance that the task's Result names; empty where it names none. */
    readonly results: readonly TaskResult[];
    readonly requestId?: string;
}

/** What a task reports of one instance (an element of Result). */
export interface TaskResult {
    readonly instanceId: string;
    readonly clientId?: string;
    readonly clientStatus?: string;
    readonly errorCode?: string;
    readonly errorMessage?: string;
}

/** Query of DescribeClients; ClientType is always sent, SourceType never, so that clients of every source are listed. */
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
    readonly totalCount: number;
    readonly requestId?: string;
}

/** Names one client. */
export interface ClientReference {
    readonly vaultId: string;
    readonly clientId: string;
}

/** Answer of UninstallClient. */
export interface UninstallAnswer {
    readonly taskId?: string;
    readonly requestId?: string;
}

/** The role of another account through which its instances are backed up. */
export interface CrossAccountRole {
    /** A 16-digit long, kept as text. */
    readonly crossAccountUserId: string;
    readonly crossAccountRoleName: string;
}

/** Answer of CheckRole: that it came is all it says. */
export interface CheckRoleAnswer {
    readonly requestId?: string;
}

/** Query of DescribeHanaInstances. */
export interface HanaInstanceQuery {
    readonly vaultId: string;
    readonly clusterId: string;
}

/** The first page of DescribeHanaInstances, which is all of them: an id names one instance at most. */
export interface HanaInstancePage {
    readonly clusterIds: readonly string[];
    readonly requestId?: string;
}

/** An operation of the Cloud Backup API that this provider calls. */
export interface Operation {
    /** Its name in the API. */
    readonly name: string;
    /**
     * Whether it changes something. A read is made again when the service is unavailable; a write never is, because nobody
     * knows whether it acted, and none is made once a run is to stop.
     */
    readonly writes: boolean;
}

/** Every operation, by its method of the port. */
export const OPERATIONS: Readonly<Record<keyof HbrApi, Operation>> = {
    createClients: { name: "CreateClients", writes: true },
    uninstallClient: { name: "UninstallClient", writes: true },
    deleteClient: { name: "DeleteClient", writes: true },
    describeTask: { name: "DescribeTask", writes: false },
    describeClients: { name: "DescribeClients", writes: false },
    checkRole: { name: "CheckRole", writes: false },
    describeHanaInstances: { name: "DescribeHanaInstances", writes: false },
};

type Method = (request: unknown, signal?: AbortSignal) => Promise<unknown>;

/** What is done around a call; `call` makes it. */
export type Around = (
    operation: Operation,
    call: (signal: AbortSignal | undefined) => Promise<unknown>,
    signal: AbortSignal | undefined,
) => Promise<unknown>;

/** The same API, with something around each of its calls. */
export function decorated(api: HbrApi, around: Around): HbrApi {
    const methods = Object.entries(OPERATIONS).map(([name, operation]) => {
        const method: Method = (request, signal) => {
            const plain = Reflect.get(api, name) as Method;
            return around(operation, (own) => plain.call(api, request, own), signal);
        };
        return [name, method] as const;
    });
    return Object.fromEntries(methods) as unknown as HbrApi;
}
