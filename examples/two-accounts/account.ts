import * as pulumi from "@pulumi/pulumi";

type Setting =
    | "region"
    | "accessKey"
    | "secretKey"
    | "securityToken"
    | "profile"
    | "ecsRoleName"
    | "assumeRole"
    | "protocol"
    | "endpoints";

/** Keys of the stack's configuration that `BackupClients` reads, all as texts: `assumeRole` and `endpoints` are JSON. */
export type AccountSettings = { [key in `alicloud:${Setting}`]?: pulumi.Input<string> };

/**
 * Another account, region or endpoint for `BackupClients`, as its option `provider`. It inherits nothing of the stack's
 * configuration. The environment variables (`ALICLOUD_ACCESS_KEY`, …) count as they do for the stack.
 *
 * `BackupClients` is a dynamic resource, so its provider is Pulumi's own for those, and not one of `@pulumi/alicloud`.
 */
export class Account extends pulumi.ProviderResource {
    constructor(name: string, settings: AccountSettings, options?: pulumi.ResourceOptions) {
        super("pulumi-nodejs", name, settings, options);
    }
}
