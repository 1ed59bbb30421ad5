import * as pulumi from "@pulumi/pulumi";
import type { ClientResult } from "./publicTypes";

/** The arguments of {@link getBackupClients}. */
export interface GetBackupClientsArgs {
    /** The ID of the backup vault (`v-…`; parameter VaultId of DescribeClients). */
    vaultId: string;
    /** The ID of a SAP HANA instance (`cl-…`; parameter ClusterId). By default the clients of all clusters are read. */
    clusterId?: string;
    /** The region of the vault. By default it is the configured one, `alicloud:region` or `ALICLOUD_REGION`. */
    region?: string;
}

/** The result of {@link getBackupClients}. */
export interface GetBackupClientsResult {
    /**
     * The clients by instance ID. An instance with several clients (in several clusters, or beside an old record) has the
     * one that is activated, else one whose work is in progress, else the newest.
     */
    readonly clients: Record<string, ClientResult>;
}

/**
 * Reads the clients of a vault (DescribeClients), with the configuration of the provider. The call is made by the
 * program, in previews too, and nothing of it is stored in the state.
 *
 * @example
 * ```ts
 * const { clients } = await hbr.getBackupClients({ vaultId: "v-0001ufe000000000kgm" });
 * const broken = Object.values(clients).filter(({ status }) => status !== "ACTIVATED");
 * ```
 *
 * @throws Error if credentials or a region are missing, if the vault does not exist, if the call fails, or if the service
 * has not answered for 30 seconds
 */
export async function getBackupClients(args: GetBackupClientsArgs): Promise<GetBackupClientsResult> {
    // Loaded on the first call: a program that never calls this loads none of it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- jest refuses an import() in a program's unit tests
    const { lookUp } = require("./read") as typeof import("./read");
    const { clients } = await lookUp(args, (key) => {
        const [namespace = "", name = ""] = key.split(":");
        return new pulumi.Config(namespace).get(name);
    });
    return { clients };
}
