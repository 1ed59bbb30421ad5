import type * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

/** The ECS instance IDs of each SAP HANA instance (cluster), by cluster ID. */
export type Clusters = Record<string, string[]>;

/** The clients of all clusters. A large fleet starts with one instance. */
export function hanaFleet(vaultId: pulumi.Input<string>, clusters: Clusters): hbr.BackupClients {
    const instances = Object.entries(clusters).flatMap(([clusterId, instanceIds]) =>
        instanceIds.map((instanceId) => ({ instanceId, clusterId })),
    );
    const isLarge = instances.length > 10;
    return new hbr.BackupClients("hana", {
        vaultId,
        instances,
        rollout: isLarge ? { waves: [1, "100%"], soak: "5m" } : undefined,
    });
}

/** The IDs of the instances whose client is not active. */
export function inactive(fleet: hbr.BackupClients): pulumi.Output<string[]> {
    return fleet.clients.apply((clients) =>
        Object.values(clients)
            .filter(({ status }) => status !== "ACTIVATED")
            .map(({ instanceId }) => instanceId),
    );
}

/** The IDs of the instances that have a client in the vault and that the program does not declare. */
export async function undeclared(
    vaultId: string,
    clusters: Clusters,
    lookUp = hbr.getBackupClients,
): Promise<string[]> {
    const { clients } = await lookUp({ vaultId });
    const declared = Object.values(clusters).flat();
    // The record of a client stays when the client is uninstalled.
    const installed = Object.values(clients).filter((client) => client.installed);
    return installed.map(({ instanceId }) => instanceId).filter((id) => !declared.includes(id));
}
