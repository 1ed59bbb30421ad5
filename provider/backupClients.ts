import * as pulumi from "@pulumi/pulumi";
import { ARGUMENTS } from "./arguments";
import type { BackupClientsArgs, BackupClientsOutputs } from "./publicTypes";
import {
    assertProviderCounts,
    assertReachable,
    assertReachesCheck,
    engineOptions,
    internalInputs,
    splitCredentials,
} from "./construct";
// Pulumi recognizes this very object as an installed module. It would store a copy as code.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would copy the exports object
import provider = require("./dynamicProvider");

// The class has these outputs too: they stand beside the arguments, so that a new argument is documented in one place.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unsafe-declaration-merging -- Pulumi sets them
export interface BackupClients extends BackupClientsOutputs {}

/**
 * Alibaba Cloud Backup (HBR) clients on a fleet of ECS instances of SAP HANA databases. They are installed with
 * CreateClients and followed until each of them is `ACTIVATED`. Later runs touch only the instances whose identity,
 * settings or health have changed. The ID of the resource is the ID of the vault.
 *
 * A run that fails, is cancelled or times out records the result of every instance, and the next `pulumi up` continues
 * from there, as does an attempt that the hook `onError` repeats, at most 98 times. The resource option `customTimeouts`
 * applies to create, update and delete; without it, each round of batches has 20 minutes.
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
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- Pulumi sets the outputs, as it does declared members
export class BackupClients
    extends pulumi.dynamic.Resource
    implements Readonly<Record<keyof BackupClientsArgs, pulumi.Output<unknown>>>
{
    /**
     * Declares the clients of a fleet.
     *
     * @param name the unique name of the resource
     * @param args the vault, the instances and their settings
     * @param options the options of the resource
     * @throws RunError if `args` has `id`, `urn` or `credentials`, if the option `provider` is one of another package, or if
     * the engine cannot load this package from the program's folder
     */
    constructor(name: string, args: BackupClientsArgs, options?: pulumi.CustomResourceOptions);
    constructor(
        name: string,
        args: BackupClientsArgs | undefined,
        options: pulumi.CustomResourceOptions = {},
    ) {
        assertReachable();
        assertReachesCheck(name, args);
        assertProviderCounts(name, options);
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
     * instance with several clients (in several clusters, or beside an old record) has the one that is activated, else one
     * whose work is in progress, else the newest. A vault that does not exist is an error, and so are 2 minutes without an
     * answer of the service.
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
