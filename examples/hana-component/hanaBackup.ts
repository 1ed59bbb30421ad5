import { HanaInstance, Vault } from "@pulumi/alicloud/hbr";
import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

/** A SAP HANA database to back up, and the instances that it runs on. */
export interface HanaBackupArgs {
    /** Address of the master node. */
    host: pulumi.Input<string>;
    sid: pulumi.Input<string>;
    instanceNumber: pulumi.Input<number>;
    userName: pulumi.Input<string>;
    password: pulumi.Input<string>;
    /** IDs of the ECS instances of its nodes. */
    instanceIds: pulumi.Input<string>[];
}

/**
 * Everything that a SAP HANA database needs before it can be backed up: a vault, its registration and the clients.
 *
 * A destroy uninstalls the clients and keeps their records with their backups. As long as the vault has records, the
 * service may refuse to delete it. The README says how to delete the records deliberately.
 */
export class HanaBackup extends pulumi.ComponentResource {
    readonly vaultId: pulumi.Output<string>;
    readonly clusterId: pulumi.Output<string>;
    /** The client of each node, by ECS instance ID. */
    readonly clients: pulumi.Output<Record<string, hbr.ClientResult>>;

    constructor(name: string, args: HanaBackupArgs, options?: pulumi.ComponentResourceOptions) {
        super("example:index:HanaBackup", name, {}, options);
        const { instanceIds, ...database } = args;
        const ours = { parent: this };
        const vault = new Vault(name, { vaultName: name }, ours);
        const hana = new HanaInstance(
            name,
            { ...database, hanaName: name, vaultId: vault.id, ecsInstanceIds: instanceIds },
            ours,
        );
        const fleet = new hbr.BackupClients(
            name,
            {
                vaultId: vault.id,
                // A preview does not know the cluster ID yet, but it already names the instances.
                instances: instanceIds.map((instanceId) => ({ instanceId, clusterId: hana.hanaInstanceId })),
            },
            ours,
        );
        this.vaultId = vault.id;
        this.clusterId = hana.hanaInstanceId;
        this.clients = fleet.clients;
        this.registerOutputs({ vaultId: this.vaultId, clusterId: this.clusterId, clients: this.clients });
    }
}
