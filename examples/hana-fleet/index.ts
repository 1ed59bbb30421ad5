import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

const config = new pulumi.Config();

/** The ECS instances of each SAP HANA instance (cluster), by its ID. */
const clusters = config.requireObject<Record<string, string[]>>("clusters");

const fleet = new hbr.BackupClients(
    "hana",
    {
        vaultId: config.require("vaultId"),
        instances: Object.entries(clusters).flatMap(([clusterId, instanceIds]) =>
            instanceIds.map((instanceId) => ({ instanceId, clusterId })),
        ),
        useHttps: true,
        alertSetting: "INHERITED",
    },
    { customTimeouts: { create: "30m", update: "30m", delete: "30m" } },
);

/** One word for each instance; versions, client IDs and error texts are in `fleet.clients`. */
export const statuses = fleet.clients.apply((clients) =>
    Object.fromEntries(Object.values(clients).map(({ instanceId, status }) => [instanceId, status])),
);

/** Empty when all is well; what is in here is tried again by the next `pulumi up`. */
export const failedInstanceIds = fleet.failedInstanceIds;
