import { delayed } from "../async";
import { OUTCOME_CODES } from "../fleet/codes";
import type { Failure } from "../fleet/outcome";
import type { DeclaredInstance, ObservedClient } from "../fleet/model";
import { failureOf, HbrError } from "../hbr/errors";
import type { ClientScope } from "../hbr/listClients";
import { ClientList } from "./clientList";
import type { CreateClientsAnswer, Delivery, InstallTarget, StartedTask, TaskRecord } from "../hbr/port";
import type { RunEnvironment, RunGoal } from "./goal";

/** How often a write is submitted before its error counts. */
export const MAX_SUBMISSIONS = 5;

/** How long a write may wait for its answer after the run was told to stop (ms). */
export const LAST_WORD_MS = 1_200;

/**
 * The vault as a run uses it: list, install, uninstall, delete, query a task. It hides requests, clusters and access keys;
 * the rest of `run/` deals only with instances and clients.
 */
export class Vault {
    readonly id: string;
    private readonly list: ClientList;
    /**
     * Aborted {@link LAST_WORD_MS} after the run's own signal: the answer to a write names the task that the next run waits
     * for.
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

    /** Lists the clients (DescribeClients, all pages). */
    clients(): Promise<readonly ObservedClient[]> {
        return this.list.read(this.environment.signal);
    }

    /** Lists the clients on one page of the list (DescribeClients). */
    clientsOnPage(pageNumber: number): Promise<readonly ObservedClient[]> {
        return this.list.readPage(pageNumber, this.environment.signal);
    }

    /** Lists the clients after those that are known; undefined if only the whole list can tell. */
    clientsAfter(known: readonly ObservedClient[]): Promise<readonly ObservedClient[] | undefined> {
        return this.list.readAfter(known, this.environment.signal);
    }

    /**
     * Calls CreateClients.
     *
     * @param delivery shows whether a call that was cut off may have reached the service
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

    /** Calls UninstallClient. */
    uninstall(client: ObservedClient): Promise<StartedTask> {
        return this.environment.api.uninstallClient(client, this.writeSignal);
    }

    /** Calls UpgradeClient. */
    upgrade(client: ObservedClient): Promise<StartedTask> {
        return this.environment.api.upgradeClient(client, this.writeSignal);
    }

    /** Calls DeleteClient. */
    deleteRecord(client: ObservedClient): Promise<void> {
        return this.environment.api.deleteClient(client, this.writeSignal);
    }

    /** Calls DescribeTask. */
    task(taskId: string): Promise<TaskRecord> {
        return this.environment.api.describeTask(taskId, this.environment.signal);
    }

    /** Looks up a cluster (DescribeHanaInstances) before an instance moves to it. */
    async lookUpCluster(clusterId: string): Promise<ClusterLookUp> {
        const { api, signal } = this.environment;
        try {
            const { clusterIds } = await api.describeHanaInstances({ vaultId: this.id, clusterId }, signal);
            if (clusterIds.includes(clusterId)) return {};
            const message = `vault ${this.id} has no SAP HANA instance ${clusterId}; the instance keeps its client`;
            return { failure: { code: OUTCOME_CODES.noCluster, message } };
        } catch (error) {
            if (!(error instanceof HbrError)) throw error;
            if (error.errorClass !== "account") return { failure: failureOf(error) };
            const warning = `cluster ${clusterId} could not be looked up (${error.code}); grant hbr:DescribeHanaInstances to have it checked`;
            return { warning };
        }
    }
}

/** The result of looking up a cluster; empty if the cluster exists. */
export interface ClusterLookUp {
    /** Why no client can be installed for it. */
    readonly failure?: Failure;
    /** Why the check was skipped: the caller lacks the permission. */
    readonly warning?: string;
}

/** The one cluster that all instances are in, or otherwise the whole vault. */
function scopeOf(vaultId: string, pairs: readonly { readonly clusterId?: string }[]): ClientScope {
    const [clusterId, ...others] = new Set(pairs.map((pair) => pair.clusterId));
    return { vaultId, ...(clusterId !== undefined && others.length === 0 && { clusterId }) };
}
