import * as pulumi from "@pulumi/pulumi";
import { ARGUMENTS } from "./arguments";
import type { BackupClientsArgs, ClientResult, Removal, ResolvedInstance } from "./publicTypes";
import {
    assertReachable,
    assertReachesCheck,
    engineOptions,
    internalInputs,
    splitCredentials,
} from "./construct";
// Pulumi recognizes this very object as an installed module. It would store a copy as code.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would copy the exports object
import provider = require("./dynamicProvider");

/**
 * Alibaba Cloud Backup (HBR) clients on a fleet of ECS instances of SAP HANA databases. They are installed with
 * CreateClients and followed until each of them is `ACTIVATED`. Later runs touch only the instances whose identity,
 * settings or health have changed. The ID of the resource is the ID of the vault.
 *
 * A run that fails, is cancelled or times out records the result of every instance, and the next `pulumi up` continues
 * from there. The resource option `customTimeouts` applies to create, update and delete; without it, each round of
 * batches has 20 minutes.
 *
 * @example
 * ```ts
 * import * as hbr from "pulumi-alicloud-hbr";
 *
 * const fleet = new hbr.BackupClients("hana", {
 *     vaultId: "v-0001ufe000000000kgm",
 *     instances: [
 *         { instanceId: "i-bp1aaa", clusterId: "cl-000cnu7ti2rmj23dhp77" },
 *         { instanceId: "i-bp1bbb", clusterId: "cl-000cnu7ti2rmj23dhp77" },
 *     ],
 * });
 *
 * export const clients = fleet.clients; // { "i-bp1aaa": { status: "ACTIVATED", clientId: "c-…", … }, … }
 * export const failed = fleet.failedInstanceIds; // []
 * ```
 */
export class BackupClients
    extends pulumi.dynamic.Resource
    implements Readonly<Record<keyof BackupClientsArgs, pulumi.Output<unknown>>>
{
    /** The result of every instance, by instance ID. */
    declare readonly clients: pulumi.Output<Record<string, ClientResult>>;
    /** The IDs of the tasks of the last run that started any (TaskId of CreateClients and UninstallClient). */
    declare readonly taskIds: pulumi.Output<string[]>;
    /** The IDs of the instances that failed, sorted; empty if none did. */
    declare readonly failedInstanceIds: pulumi.Output<string[]>;
    /** The ID of the backup vault. It is also the ID of the resource. */
    declare readonly vaultId: pulumi.Output<string>;
    /** The declared instances, by instance ID. */
    declare readonly instances: pulumi.Output<Record<string, ResolvedInstance>>;
    /** The access keys of the clients, by instance ID; a secret. Absent if no instance has one. */
    declare readonly credentials: pulumi.Output<
        Record<string, { accessKeyId: string; accessKeySecret: string }> | undefined
    >;
    /** The declared alert setting. Absent if none is declared; the one of a client may differ, see `clients`. */
    declare readonly alertSetting: pulumi.Output<string | undefined>;
    /** Whether HTTPS is declared. Absent if nothing is declared; the setting of a client may differ, see `clients`. */
    declare readonly useHttps: pulumi.Output<boolean | undefined>;
    /** The ID of the resource group, if one is declared. */
    declare readonly resourceGroupId: pulumi.Output<string | undefined>;
    /** `"SELF_ACCOUNT"` or `"CROSS_ACCOUNT"`. */
    declare readonly crossAccountType: pulumi.Output<string | undefined>;
    /** The ID of the source account, as a string. Absent with `"SELF_ACCOUNT"`. */
    declare readonly crossAccountUserId: pulumi.Output<string | undefined>;
    /** The name of the RAM role in the source account. Absent with `"SELF_ACCOUNT"`. */
    declare readonly crossAccountRoleName: pulumi.Output<string | undefined>;
    /** The region of the vault, as declared or configured. */
    declare readonly region: pulumi.Output<string>;
    /** How installations proceed through the fleet, with the defaults. */
    declare readonly rollout: pulumi.Output<{ batchSize: number; parallelism: number; maxFailures?: number }>;
    /** What happens to the clients of instances that are no longer declared. */
    declare readonly removal: pulumi.Output<Removal>;
    /** Whether existing clients are adopted. */
    declare readonly adoptExisting: pulumi.Output<boolean>;
    /** The declared triggers. */
    declare readonly triggers: pulumi.Output<unknown>;

    /**
     * Declares the clients of a fleet.
     *
     * @param name the unique name of the resource
     * @param args the vault, the instances and their settings
     * @param options the options of the resource
     * @throws RunError if `args` has `id`, `urn` or `credentials`, or if the engine cannot load this package from the
     * program's folder
     */
    constructor(name: string, args: BackupClientsArgs, options?: pulumi.CustomResourceOptions);
    constructor(
        name: string,
        args: BackupClientsArgs | undefined,
        options: pulumi.CustomResourceOptions = {},
    ) {
        assertReachable();
        assertReachesCheck(name, args);
        super(
            provider,
            name,
            {
                ...OUTPUTS,
                ...args,
                ...splitCredentials(args?.instances),
                ...internalInputs(name, options),
            },
            // Created first, the new resource would adopt the clients of the same vault that are then removed.
            pulumi.mergeOptions(engineOptions(options), {
                additionalSecretOutputs: ["credentials"],
                deleteBeforeReplace: true,
            }),
            "alicloud-hbr",
            "BackupClients",
        );
    }

    /**
     * Reads existing clients (DescribeClients) without managing them: no run changes them, and a destroy leaves them. An
     * instance with clients in several clusters has the one that is activated. A vault that does not exist is an error.
     *
     * @example
     * ```ts
     * const existing = hbr.BackupClients.get("existing", "v-0001ufe000000000kgm");
     *
     * export const statuses = existing.clients.apply((clients) =>
     *     Object.values(clients).map(({ instanceId, status }) => `${instanceId}: ${status}`),
     * );
     * ```
     *
     * @param name the unique name of the resource
     * @param id `<vaultId>` for all clients of a vault, or `<vaultId>/<clusterId>` for those of one cluster
     * @param options the options of the resource
     */
    static get(
        name: string,
        id: pulumi.Input<pulumi.ID>,
        options?: pulumi.CustomResourceOptions,
    ): BackupClients {
        return new BackupClients(name, undefined as unknown as BackupClientsArgs, { ...options, id });
    }
}

/** The resource has an output only for a property that it is given. */
const OUTPUTS = {
    clients: undefined,
    taskIds: undefined,
    failedInstanceIds: undefined,
    ...Object.fromEntries(Object.keys(ARGUMENTS).map((name) => [name, undefined])),
};
