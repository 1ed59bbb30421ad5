import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

/** An account whose instances are backed up. */
interface SourceAccount {
    /** The ID of the account. */
    userId: string;
    /** The RAM role of that account which lets Cloud Backup work there. */
    roleName: string;
    /** The ECS instance IDs of each SAP HANA instance (cluster), by cluster ID. */
    clusters: Record<string, string[]>;
}

const config = new pulumi.Config();
const accounts = config.requireObject<Record<string, SourceAccount>>("accounts");

const fleets = Object.entries(accounts).map(
    ([name, { userId, roleName, clusters }]) =>
        new hbr.BackupClients(name, {
            vaultId: config.require("vaultId"),
            crossAccountType: "CROSS_ACCOUNT",
            crossAccountUserId: userId,
            crossAccountRoleName: roleName,
            instances: Object.entries(clusters).flatMap(([clusterId, instanceIds]) =>
                instanceIds.map((instanceId) => ({ instanceId, clusterId })),
            ),
        }),
);

/** The status of each instance of all accounts. */
export const statuses = pulumi
    .all(fleets.map(({ clients }) => clients))
    .apply((all) =>
        Object.fromEntries(
            all.flatMap((clients) =>
                Object.values(clients).map(({ instanceId, status }) => [instanceId, status]),
            ),
        ),
    );
