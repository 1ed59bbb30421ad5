import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

const config = new pulumi.Config();

/** The ECS instance IDs of each SAP HANA instance (cluster), by cluster ID. */
const clusters = config.requireObject<Record<string, string[]>>("clusters");

const fleet = new hbr.BackupClients(
    "hana",
    {
        vaultId: config.require("vaultId"),
        instances: Object.entries(clusters).flatMap(([clusterId, instanceIds]) =>
            instanceIds.map((instanceId) => ({ instanceId, clusterId })),
        ),
        // These three are optional, such as `rollout: { waves: [1, "10%", "100%"], soak: "5m" }`.
        useHttps: config.getBoolean("useHttps") ?? true,
        rollout: config.getObject<hbr.RolloutArgs>("rollout"),
        upgrades: config.get<hbr.Upgrades>("upgrades"),
        alertSetting: "INHERITED",
    },
    // They leave time for the soaks of a rollout, and for booting instances.
    { customTimeouts: { create: "2h", update: "2h", delete: "30m" } },
);

/** The status of each instance. `fleet.clients` has versions, client IDs and error messages. */
export const statuses = fleet.clients.apply((clients) =>
    Object.fromEntries(Object.values(clients).map(({ instanceId, status }) => [instanceId, status])),
);

/** The versions that clients are behind, by instance. `pulumi refresh` finds them, and `upgrades` acts on them. */
export const behind = fleet.clients.apply((clients) =>
    Object.fromEntries(
        Object.values(clients).flatMap(({ instanceId, latestVersion }) =>
            latestVersion === undefined ? [] : [[instanceId, latestVersion]],
        ),
    ),
);

/** Empty if nothing failed. The next `pulumi up` retries these instances. */
export const failedInstanceIds = fleet.failedInstanceIds;
