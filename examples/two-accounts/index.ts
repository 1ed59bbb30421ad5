import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";
import { Account, type AccountSettings } from "./account";

/** The fleet of an account. */
interface Fleet {
    vaultId: string;
    /** The ECS instance IDs of each SAP HANA instance (cluster), by cluster ID. */
    clusters: Record<string, string[]>;
}

const config = new pulumi.Config();

const argsOf = ({ vaultId, clusters }: Fleet): hbr.BackupClientsArgs => ({
    vaultId,
    instances: Object.entries(clusters).flatMap(([clusterId, instanceIds]) =>
        instanceIds.map((instanceId) => ({ instanceId, clusterId })),
    ),
});

// The account of the stack's configuration.
const production = new hbr.BackupClients("production", argsOf(config.requireObject("fleet")));

const qualityAccount = new Account("quality-account", {
    ...config.requireObject<AccountSettings>("otherSettings"),
    "alicloud:secretKey": config.requireSecret("otherSecretKey"),
});
const quality = new hbr.BackupClients("quality", argsOf(config.requireObject("otherFleet")), {
    provider: qualityAccount,
});

export const clients = { production: production.clients, quality: quality.clients };
