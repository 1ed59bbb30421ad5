import type { Client } from "../client";
import type { OperationContext } from "./operation";

/** When the service last heard of an agent. For one that it never heard of, it reports the last change instead. */
export function lastBeat(client: Client, time: number, { world, switches }: OperationContext): number {
    const active = client.lastActive(time);
    if (active === undefined) return client.stateAt(time).at;
    return world.heartbeats.last(client.identity.instanceId, active, switches.heartbeatInterval);
}
