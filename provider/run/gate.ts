import type { ObservedClient } from "../fleet/model";
import type { Failure } from "../fleet/outcome";
import { formatDuration } from "../interrupted";
import type { RunContext } from "./context";

/** Watches the clients of a wave for the soak time. The next wave starts only if they have not fallen over by then. */
export async function soak(run: RunContext, instanceIds: readonly string[]): Promise<void> {
    const { goal, clock, signal, watch, record, reporter } = run;
    const before = watch.latest;
    reporter.doing("soaking");
    await clock.sleep(goal.soakMs, signal);
    const { index } = await watch.look();
    for (const instanceId of instanceIds) {
        const entry = record.entries.get(instanceId);
        if (entry?.clientId === undefined) continue;
        const client = index.get(entry.clientId);
        if (!client || client.status !== "ACTIVATED") {
            record.failed(instanceId, fellOver(client, goal.soakMs), "install", client);
            continue;
        }
        // Only times of the service are compared, because its clock may differ from this machine's.
        const last = before.get(client.clientId)?.heartbeatTime;
        if (last !== undefined && client.heartbeatTime !== undefined && client.heartbeatTime <= last)
            reporter.remark(
                "warning",
                instanceId,
                `no heartbeat during the soak of ${formatDuration(goal.soakMs)}, though the client is ACTIVATED; look at the agent on the instance`,
            );
    }
}

function fellOver(client: ObservedClient | undefined, soakMs: number): Failure {
    const code = client?.status ?? "NOT_INSTALLED";
    const detail = client?.statusMessage === undefined ? "" : ` (${client.statusMessage})`;
    const message = `its client was ACTIVATED, and is ${code} after the soak of ${formatDuration(soakMs)}${detail}; look at the agent on the instance`;
    return { code, message };
}
