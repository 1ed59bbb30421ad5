/**
 * The baseline `perInstance`: one resource for each instance, its task polled as often as Terraform's provider does.
 * That is what users of other providers do today. The baseline gets favourable conditions: it never reads the clients
 * of other resources, and it reads each client back by its ID with one call.
 */

/** The dependencies, passed in so that the baseline runs on the engine and on virtual time. */
export interface Surroundings {
    /** Makes one API call, and returns the body of the answer. */
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

/** Pauses before the polls of a task (ms); the last one repeats. */
const PAUSES_MS = [5_000, 3_000, 6_000, 10_000];

/** Installs one client, and returns its ID. */
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
