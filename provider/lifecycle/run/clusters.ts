import type { Failure } from "../../fleet/judge";
import type { Plan } from "../../fleet/plan";
import { HbrError } from "../../hbr/errors";
import { failureOf, type RunContext } from "./context";
import { together } from "./together";

/** Error code of a cluster that the service does not know. */
const CLUSTER_NOT_FOUND = "ClusterNotFound";

/**
 * Looks up the clusters that instances move to, before anything is taken from the old ones. Gives those that the
 * service does not know, or that could not be looked up, with the reason.
 */
export async function unknownClusters(run: RunContext, moves: Plan): Promise<ReadonlyMap<string, Failure>> {
    const seen = new Set(run.watch.latest.clients.map(({ clusterId }) => clusterId));
    const ids = new Set(moves.flatMap(({ declared }) => declared?.clusterId ?? []));
    const failures = await together(
        [...ids]
            .filter((clusterId) => !seen.has(clusterId))
            .map(async (clusterId) => [clusterId, await lookUp(run, clusterId, moves)] as const),
    );
    return new Map(failures.flatMap(([clusterId, failure]) => (failure ? [[clusterId, failure]] : [])));
}

/** DescribeHanaInstances; a key that may not call it is no reason to stop. */
async function lookUp(run: RunContext, clusterId: string, moves: Plan): Promise<Failure | undefined> {
    const { vaultId } = run.task;
    try {
        const { clusterIds } = await run.api.describeHanaInstances({ vaultId, clusterId }, run.signal);
        if (clusterIds.includes(clusterId)) return undefined;
        const message = `vault ${vaultId} has no SAP HANA instance ${clusterId}; register it there, or correct clusterId; the instance keeps its client`;
        return { code: CLUSTER_NOT_FOUND, message };
    } catch (error) {
        if (!(error instanceof HbrError)) throw error;
        if (error.errorClass !== "account") return failureOf(error);
        const text = `cluster ${clusterId} could not be looked up (${error.code}); grant hbr:DescribeHanaInstances to have it checked`;
        for (const { declared } of moves)
            if (declared?.clusterId === clusterId) run.remarks.add("warning", declared.instanceId, text);
        return undefined;
    }
}
