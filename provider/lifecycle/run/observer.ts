import type { ObservedClient } from "../../fleet/model";
import { failStuck, remember, type StatusHistory } from "../../fleet/stuck";
import type { RunEnvironment, RunTask } from "./context";
import { ClientList } from "./lookAgain";

/** Lists the clients that concern the run: those of one cluster where all instances are in that one. */
export function observer(
    { api, clock }: RunEnvironment,
    task: RunTask,
): (signal: AbortSignal) => Promise<readonly ObservedClient[]> {
    const declared = task.declared?.instances ?? new Map<string, never>();
    const entries = [...task.recorded.clients.values()];
    const pairs = [...declared.values(), ...entries];
    const clusterIds = new Set(pairs.map((pair) => pair.clusterId));
    const [clusterId] = clusterIds;
    const scope = {
        vaultId: task.vaultId,
        ...(clusterIds.size === 1 && clusterId !== undefined && { clusterId }),
    };
    const list = new ClientList(api, scope, entries, declared.keys());
    let history: StatusHistory = new Map();
    return async (signal) => {
        const clients = await list.read(signal);
        history = remember(history, clients, clock.now());
        return failStuck(clients, history, clock.now());
    };
}
