import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

const config = new pulumi.Config();

const fleet = new hbr.BackupClients("hana", {
    vaultId: config.require("vaultId"),
    // Replace these with your own: each ECS instance, with the SAP HANA instance (cluster) that it belongs to.
    instances: [
        { instanceId: "i-bp1example1", clusterId: "cl-000example" },
        { instanceId: "i-bp1example2", clusterId: "cl-000example" },
    ],
});

/** The client of each instance: its status, version, ID, and what has failed. */
export const clients = fleet.clients;

/** Empty if nothing failed. The next `pulumi up` retries these instances. */
export const failedInstanceIds = fleet.failedInstanceIds;
