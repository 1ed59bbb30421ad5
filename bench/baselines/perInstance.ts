/**
 * The baseline `perInstance`: what users of the peers do today, one resource for each instance, its task polled with
 * the cadence of Terraform's provider. It is spared what would count against it: no other resource's clients are
 * looked at, and each client is read back by its own ID with one call.
 */

/** What it works with; handed in, so that it runs on the engine as well as on virtual time. */
export interface Surroundings {
    /** One call of the API; gives the body of the answer. */
    call(
        action: string,
        parameters: Readonly<Record<string, string>>,
    ): Promise<Readonly<Record<string, unknown>>>;
    sleep(ms: number): Promise<void>;
}

interface Client {
    readonly vaultId: string;
    readonly instanceId: string;
    readonly clusterId: string;
}

/** Pauses before the looks at a task; the last one repeats (ms). */
const PAUSES_MS = [5_000, 3_000, 6_000, 10_000];

/** Installs one client and gives its ID. */
export async function installAlone(around: Surroundings, { vaultId, ...instance }: Client): Promise<string> {
    const ClientInfo = JSON.stringify([{ ...instance, sourceTypes: ["HANA"] }]);
    const { TaskId } = await around.call("CreateClients", { VaultId: vaultId, ClientInfo });
    const clientId = await settled(around, String(TaskId), "ACTIVATED");
    await around.call("DescribeClients", { VaultId: vaultId, ClientType: "ECS_AGENT", ClientId: clientId });
    return clientId;
}

/** Uninstalls one client and deletes its record. */
export async function removeAlone(around: Surroundings, vaultId: string, clientId: string): Promise<void> {
    const client = { VaultId: vaultId, ClientId: clientId };
    const { TaskId } = await around.call("UninstallClient", client);
    await settled(around, String(TaskId), "NOT_INSTALLED");
    await around.call("DeleteClient", client);
}

/** Polls a task until its one client has the status. */
async function settled(around: Surroundings, taskId: string, wanted: string): Promise<string> {
    for (let look = 0; ; look += 1) {
        await around.sleep(PAUSES_MS[Math.min(look, PAUSES_MS.length - 1)] ?? 0);
        const { Result } = await around.call("DescribeTask", { TaskId: taskId });
        const [client] = JSON.parse(String(Result)) as { clientId: string; clientStatus: string }[];
        if (client?.clientStatus === wanted) return client.clientId;
    }
}
