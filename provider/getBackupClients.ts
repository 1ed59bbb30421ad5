import * as pulumi from "@pulumi/pulumi";
import type { ClientResult } from "./backupClients";

/** Which clients to look up. */
export interface GetBackupClientsArgs {
    /** ID of the backup vault (`v-…`). */
    vaultId: string;
    /** Only the clients of that SAP HANA instance (`cl-…`). */
    clusterId?: string;
    /** Default: the configured region. */
    region?: string;
}

/** The clients that were found. */
export interface GetBackupClientsResult {
    /** By instance id; of an instance in several clusters the client that is activated. */
    readonly clients: Record<string, ClientResult>;
}

/**
 * Looks up the clients of a vault (DescribeClients), with the provider's own configuration. It is a plain call of the
 * program, made in previews too; nothing of it is kept in the state.
 *
 * @throws Error for missing credentials or region, a vault that does not exist, or a call that failed
 */
export async function getBackupClients(args: GetBackupClientsArgs): Promise<GetBackupClientsResult> {
    // Loaded when called: the program of somebody who never calls it loads nothing of the SDK.
    const { lookUp } = await import("./lookUp.js");
    return lookUp(args, (key) => {
        const [namespace = "", name = ""] = key.split(":");
        return new pulumi.Config(namespace).get(name);
    });
}
