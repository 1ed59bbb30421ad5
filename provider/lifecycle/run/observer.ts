import type { ObservedClient } from "../../fleet/model";
import { failStuck, remember, type StatusHistory } from "../../fleet/stuck";
import { listClients } from "../../hbr/listClients";
import type { RunEnvironment, RunTask } from "./context";

/** Lists the clients that concern the run: those of one cluster where all instances are in that one. */
export function observer(
    { api, clock }: RunEnvironment,
    task: RunTask,
): (signal: AbortSignal) => Promise<readonly ObservedClient[]> {
    const pairs = [...(task.declared?.instances.values() ?? []), ...task.recorded.clients.values()];
    const clusterIds = new Set(pairs.map((pair) => pair.clusterId));
    const [clusterId] = clusterIds;
    const scope = {
        vaultId: task.vaultId,
        ...(clusterIds.size === 1 && clusterId !== undefined && { clusterId }),
    };
    let history: StatusHistory = new Map();
    return async (signal) => {
        const clients = await listClients(api, scope, signal);
        history = remember(history, clients, clock.now());
        return failStuck(clients, history, clock.now());
    };
}
