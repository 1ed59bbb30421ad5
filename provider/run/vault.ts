import { delayed } from "../async";
import { isOurs } from "../fleet/entry";
import type { Failure } from "../fleet/outcome";
import type { ClientEntry, DeclaredInstance, ObservedClient } from "../fleet/model";
import { failureOf, HbrError } from "../hbr/errors";
import { type ClientScope, listClients } from "../hbr/listClients";
import type {
    CreateClientsAnswer,
    Delivery,
    HbrApi,
    InstallTarget,
    TaskRecord,
    UninstallAnswer,
} from "../hbr/port";
import type { RunEnvironment, RunGoal } from "./goal";
/** A write may wait this long for its answer after the run was told to stop. */
const LAST_WORD_MS = 1_200;

/**
 * The vault as a run uses it: list, install, uninstall, delete, ask a task. Requests, clusters and access keys end here; the
 * rest of `run/` knows instances and clients.
 */
export class Vault {
    readonly id: string;
    private readonly list: ClientList;
    /**
     * Aborted a moment after the run's own signal: the answer to a write names the task that the next run waits for.
     */
    private readonly writeSignal: AbortSignal;

    constructor(
        private readonly environment: Pick<RunEnvironment, "api" | "clock" | "signal">,
        private readonly goal: RunGoal,
    ) {
        const { api, clock, signal } = environment;
        const declared = goal.declared?.instances ?? new Map<string, DeclaredInstance>();
        const entries = [...goal.recorded.clients.values()];
        this.id = goal.vaultId;
        this.list = new ClientList(
            api,
            scopeOf(goal.vaultId, [...declared.values(), ...entries]),
            entries,
            declared.keys(),
        );
        this.writeSignal = delayed(signal, LAST_WORD_MS, clock);
    }

    /** DescribeClients, all pages. */
    clients(): Promise<readonly ObservedClient[]> {
        return this.list.read(this.environment.signal);
    }

    /**
     * CreateClients.
     *
     * @param delivery tells whether a call that was cut off may have reached the service
     */
    install(instances: readonly DeclaredInstance[], delivery: Delivery): Promise<CreateClientsAnswer> {
        const { declared, installSettings } = this.goal;
        const targets = instances.map((instance): InstallTarget => {
            const credential = declared?.credentials.get(instance.instanceId);
            return { ...instance, ...(credential && { credential }) };
        });
        const request = { ...installSettings, vaultId: this.id, targets, delivery };
        return this.environment.api.createClients(request, this.writeSignal);
    }

    /** UninstallClient. */
    uninstall(client: ObservedClient): Promise<UninstallAnswer> {
        return this.environment.api.uninstallClient(client, this.writeSignal);
    }

    /** DeleteClient. */
    deleteRecord(client: ObservedClient): Promise<void> {
        return this.environment.api.deleteClient(client, this.writeSignal);
    }

    /** DescribeTask. */
    task(taskId: string): Promise<TaskRecord> {
        return this.environment.api.describeTask(taskId, this.environment.signal);
    }

    /** Looks a cluster up (DescribeHanaInstances), before an instance leaves another one for it. */
    async lookUpCluster(clusterId: string): Promise<ClusterLookUp> {
        const { api, signal } = this.environment;
        try {
            const { clusterIds } = await api.describeHanaInstances({ vaultId: this.id, clusterId }, signal);
            if (clusterIds.includes(clusterId)) return {};
            const message = `vault ${this.id} has no SAP HANA instance ${clusterId}; register it there, or correct clusterId; the instance keeps its client`;
            return { failure: { code: "ClusterNotFound", message } };
        } catch (error) {
            if (!(error instanceof HbrError)) throw error;
            if (error.errorClass !== "account") return { failure: failureOf(error) };
            const warning = `cluster ${clusterId} could not be looked up (${error.code}); grant hbr:DescribeHanaInstances to have it checked`;
            return { warning };
        }
    }
}

/** What a look-up of a cluster found: nothing where the cluster is there. */
export interface ClusterLookUp {
    /** Why no client can be installed for it. */
    readonly failure?: Failure;
    /** Why it is not known: the access key may not look clusters up. */
    readonly warning?: string;
}

/** One cluster where all instances are in that one, else the whole vault. */
function scopeOf(vaultId: string, pairs: readonly { readonly clusterId?: string }[]): ClientScope {
    const [clusterId, ...others] = new Set(pairs.map((pair) => pair.clusterId));
    return { vaultId, ...(clusterId !== undefined && others.length === 0 && { clusterId }) };
}

/** Up to this many missing clients are looked at by their ids; for more, the whole list is read again. */
const MOST_LOOKS = 20;

/**
 * The list of clients as runs and refreshes read it. A record that moves to an earlier page while the list is read (another
 * one was deleted, and one more created) is missing from the list although it is there: its client would be installed
 * again, forgotten by a removal, or counted as uninstalled. So a client that was there before is looked at by its id before
 * it counts as gone.
 */
export class ClientList {
    private known: ReadonlySet<string>;
    private readonly instanceIds: ReadonlySet<string>;

    /**
     * @param entries what the state holds; the clients that it names are taken to be there
     * @param declared ids of further instances whose clients matter
     */
    constructor(
        private readonly api: HbrApi,
        private readonly scope: ClientScope,
        entries: readonly ClientEntry[],
        declared: Iterable<string> = [],
    ) {
        this.instanceIds = new Set([...declared, ...entries.map(({ instanceId }) => instanceId)]);
        this.known = new Set(entries.flatMap((entry) => (isOurs(entry) ? (entry.clientId ?? []) : [])));
    }

    async read(signal?: AbortSignal): Promise<readonly ObservedClient[]> {
        const listed = await listClients(this.api, this.scope, signal);
        const byId = new Map(listed.map((client) => [client.clientId, client]));
        const missing = [...this.known].filter((clientId) => !byId.has(clientId));
        if (missing.length > 0)
            for (const client of await this.find(missing, signal)) byId.set(client.clientId, client);
        const clients = [...byId.values()];
        this.known = new Set(
            clients.flatMap(({ instanceId, clientId }) =>
                this.instanceIds.has(instanceId) ? [clientId] : [],
            ),
        );
        return clients;
    }

    private async find(
        clientIds: readonly string[],
        signal?: AbortSignal,
    ): Promise<readonly ObservedClient[]> {
        if (clientIds.length > MOST_LOOKS) return listClients(this.api, this.scope, signal);
        const found = await Promise.all(clientIds.map((clientId) => this.lookAt(clientId, signal)));
        return found.flat();
    }

    private async lookAt(clientId: string, signal?: AbortSignal): Promise<readonly ObservedClient[]> {
        try {
            const query = { ...this.scope, clientId, pageNumber: 1, pageSize: 1 };
            const { clients } = await this.api.describeClients(query, signal);
            const isOther = clients.some((client) => client.clientId !== clientId);
            // A service that ignores the filter would make every missing client count as gone.
            return isOther ? await listClients(this.api, this.scope, signal) : clients;
        } catch (error) {
            if (error instanceof HbrError && error.about === "client") return [];
            throw error;
        }
    }
}
