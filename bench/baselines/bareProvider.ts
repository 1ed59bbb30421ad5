/**
 * The baseline `bare`: a dynamic provider that does nothing and has the same inputs and outputs as this package. It
 * shows what the engine, the CLI and the SDK cost on their own. Like this package, it is a module of an installed
 * package.
 */

type Properties = Record<string, unknown>;

interface Instance {
    readonly instanceId: string;
    readonly clusterId: string;
}

const SETTINGS = {
    region: "cn-hangzhou",
    rollout: { batchSize: 20 },
    removal: "UninstallAndDelete",
    adoptExisting: true,
    __version: 1,
};

export function check(_olds: Properties, { vaultId, instances, __urn }: Properties): Promise<unknown> {
    const entries = (instances as readonly Instance[]).map(({ instanceId, clusterId }) => [
        instanceId,
        { instanceId, clusterId, sourceTypes: ["HANA"] },
    ]);
    return Promise.resolve({
        inputs: { ...SETTINGS, vaultId, __urn, instances: Object.fromEntries(entries) as unknown },
        failures: [],
    });
}

export function diff(): Promise<unknown> {
    return Promise.resolve({ changes: false, replaces: [], deleteBeforeReplace: true });
}

export function create(inputs: Properties): Promise<unknown> {
    const instances = Object.values(inputs["instances"] as Record<string, Instance>);
    const clients = instances.map(({ instanceId, clusterId }, index) => [
        instanceId,
        {
            instanceId,
            clusterId,
            status: "ACTIVATED",
            installed: true,
            clientId: `c-${String(index).padStart(20, "0")}`,
            clientVersion: "2.10.3",
            instanceName: `instance-${instanceId}`,
            networkType: "VPC",
        },
    ]);
    const results = { clients: Object.fromEntries(clients) as unknown, taskIds: [], failedInstanceIds: [] };
    return Promise.resolve({ id: inputs["vaultId"], outs: { ...inputs, ...results } });
}
