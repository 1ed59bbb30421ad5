import * as pulumi from "@pulumi/pulumi";
import { getBackupClients } from "pulumi-alicloud-hbr";

const config = new pulumi.Config("lookup");

export const all = getBackupClients({ vaultId: config.require("vaultId") });
export const ofCluster = getBackupClients({
    vaultId: config.require("vaultId"),
    clusterId: config.require("clusterId"),
});
export const missing = getBackupClients({ vaultId: "v-nowhere", region: "cn-beijing" }).catch(
    (error: unknown) => (error instanceof Error ? (error.stack ?? "") : ""),
);
