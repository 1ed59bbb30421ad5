/**
 * The baseline `perInstance`: one resource for each instance, with the calls and pauses of Terraform's provider and of
 * @pulumi/alicloud, which is made from it. That is what users do today.
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

/** Pauses before the polls of a state (ms); the last one repeats. */
const PAUSES_MS = [5_000, 3_000, 6_000, 10_000];

/** Installs one client. */
export async function installAlone(around: Surroundings, { vaultId, ...instance }: Client): Promise<void> {
    const ClientInfo = JSON.stringify([{ ...instance, sourceTypes: ["HANA"] }]);
    const { TaskId } = await around.call("CreateClients", { VaultId: vaultId, ClientInfo });
    const task = (): Promise<ClientInTask | undefined> => clientInTask(around, String(TaskId));
    await polled(around, async () => (await task())?.clientStatus === "ACTIVATED");
    // Once more, for the client's ID.
    const clientId = (await task())?.clientId ?? "";
    const described = { VaultId: vaultId, ClientType: "ECS_AGENT", ClientId: clientId };
    const read = (): Promise<Readonly<Record<string, unknown>>> => around.call("DescribeClients", described);
    await polled(around, async () => {
        const { Clients } = (await read()) as { Clients: { Client: readonly { Status: string }[] } };
        return Clients.Client.some(({ Status }) => Status === "ACTIVATED");
    });
    // Once more, for the outputs.
    await read();
}

interface ClientInTask {
    readonly clientId: string;
    readonly clientStatus: string;
}

async function clientInTask(around: Surroundings, taskId: string): Promise<ClientInTask | undefined> {
    const { Result } = await around.call("DescribeTask", { TaskId: taskId });
    const [client] = JSON.parse(String(Result)) as ClientInTask[];
    return client;
}

/** Asks until the answer is yes. */
async function polled(around: Surroundings, isReached: () => Promise<boolean>): Promise<void> {
    for (let look = 0; ; look += 1) {
        await around.sleep(PAUSES_MS[Math.min(look, PAUSES_MS.length - 1)] ?? 0);
        if (await isReached()) return;
    }
}
