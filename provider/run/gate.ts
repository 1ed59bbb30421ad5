import type { ObservedClient } from "../fleet/model";
import type { Failure } from "../fleet/outcome";
import { formatDuration } from "../interrupted";
import type { RunContext } from "./context";

/** Watches the clients of a wave for the soak time. The next wave starts only if they have not fallen over by then. */
export async function soak(run: RunContext, instanceIds: readonly string[]): Promise<void> {
    const { goal, clock, signal, watch, record, reporter } = run;
    const before = watch.latest;
    await reporter.during(["soaking"], () => clock.sleep(goal.soakMs, signal));
    const { index } = await watch.look();
    for (const instanceId of instanceIds) {
        const entry = record.entries.get(instanceId);
        if (entry?.clientId === undefined) continue;
        const earlier = before.get(entry.clientId);
        const client = index.get(entry.clientId);
        if (client?.status !== "ACTIVATED") {
            const gone = earlier && { ...earlier, status: "NOT_INSTALLED" as const };
            record.failed(instanceId, fellOver(client, goal.soakMs), "install", client ?? gone);
            continue;
        }
        if (isSilent(earlier, client)) {
            const text = `no heartbeat during the soak of ${formatDuration(goal.soakMs)}, though the client is ACTIVATED; look at the agent on the instance`;
            reporter.remark("warning", instanceId, text);
        }
    }
}

/** Whether the heartbeat is no newer. Only times of the service are compared: its clock may differ from this machine's. */
function isSilent(earlier: ObservedClient | undefined, { heartbeatTime }: ObservedClient): boolean {
    const last = earlier?.heartbeatTime;
    return last !== undefined && heartbeatTime !== undefined && heartbeatTime <= last;
}

function fellOver(client: ObservedClient | undefined, soakMs: number): Failure {
    const code = client?.status ?? "NOT_INSTALLED";
    const detail = client?.statusMessage === undefined ? "" : ` (${client.statusMessage})`;
    const message = `its client was ACTIVATED, and is ${code} after the soak of ${formatDuration(soakMs)}${detail}`;
    return { code, message };
}
