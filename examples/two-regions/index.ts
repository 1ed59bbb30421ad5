import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

/** The fleet of a region. */
interface Fleet {
    vaultId: string;
    /** The ECS instance IDs of each SAP HANA instance (cluster), by cluster ID. */
    clusters: Record<string, string[]>;
}

const config = new pulumi.Config();
const fleets = Object.entries(config.requireObject<Record<string, Fleet>>("fleets")).map(
    ([region, { vaultId, clusters }]) =>
        new hbr.BackupClients(`hana-${region}`, {
            region,
            vaultId,
            instances: Object.entries(clusters).flatMap(([clusterId, instanceIds]) =>
                instanceIds.map((instanceId) => ({ instanceId, clusterId })),
            ),
        }),
);

/** The status of each instance, by region. */
export const statuses = pulumi
    .all(fleets.map(({ region, clients }) => pulumi.all([region, clients])))
    .apply((regions) =>
        Object.fromEntries(
            regions.map(([region, clients]) => [
                region,
                Object.fromEntries(
                    Object.values(clients).map(({ instanceId, status }) => [instanceId, status]),
                ),
            ]),
        ),
    );
