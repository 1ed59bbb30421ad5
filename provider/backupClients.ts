import * as pulumi from "@pulumi/pulumi";
import { ARGUMENTS } from "./arguments";
import type { ClientEntry, DeclaredInstance, Removal } from "./fleet/model";
import { type CredentialInput, splitCredentials } from "./credentialsInput";
import { durationOf } from "./check/timeouts";
import { isEmpty } from "./check/given";
import { assertReachable } from "./reachable";
// It is what Pulumi recognizes as an installed module; a copy would be stored as code.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would give a copy of the exports object
import provider = require("./dynamicProvider");

/** One instance of a fleet. */
export interface InstanceArgs {
    /** ID of the ECS instance (`i-…`; ClientInfo `instanceId`). Each instance may be declared once. */
    instanceId: pulumi.Input<string>;
    /** ID of the SAP HANA instance that the ECS instance belongs to (`cl-…`; ClientInfo `clusterId`). */
    clusterId?: pulumi.Input<string | undefined>;
    /** What the client is to back up (ClientInfo `sourceTypes`). Default: `["HANA"]`, the only documented value. */
    sourceTypes?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    /** Access key ID for the client (ClientInfo `accessKeyId`); goes with `accessKeySecret`. Kept as a secret. */
    accessKeyId?: pulumi.Input<string | undefined>;
    /** Access key secret for the client (ClientInfo `accessKeySecret`). Kept as a secret. */
    accessKeySecret?: pulumi.Input<string | undefined>;
}

/** How an installation or reinstallation goes through the fleet. */
export interface RolloutArgs {
    /** Instances in one CreateClients call: 1 to 20. Default: 20. */
    batchSize?: pulumi.Input<number | undefined>;
    /** Batches under way at once: 1 to 100. Default: 4. */
    parallelism?: pulumi.Input<number | undefined>;
    /**
     * How many instances may fail in one run without failing it; they are tried again by the next `pulumi up`. One
     * more, and no further batch is started. Default: every instance is attempted, and any failure fails the run.
     */
    maxFailures?: pulumi.Input<number | undefined>;
}

/** Arguments of {@link BackupClients}; the names are those of the API operation CreateClients, in camelCase. */
export interface BackupClientsArgs {
    /** ID of the backup vault (`v-…`; VaultId). A change replaces the resource. */
    vaultId: pulumi.Input<string>;
    /** The instances, at least one; their order does not matter (ClientInfo). */
    instances: pulumi.Input<pulumi.Input<InstanceArgs>[]>;
    /** Only `INHERITED`: alerts go the way that the vault says (AlertSetting). */
    alertSetting?: pulumi.Input<string | undefined>;
    /** Whether data travels over HTTPS (UseHttps). Default: the service's own, which is not documented. */
    useHttps?: pulumi.Input<boolean | undefined>;
    /** ID of the resource group (`rg-…`; ResourceGroupId). */
    resourceGroupId?: pulumi.Input<string | undefined>;
    /** `SELF_ACCOUNT` (default) or `CROSS_ACCOUNT` (CrossAccountType). A change replaces the resource. */
    crossAccountType?: pulumi.Input<string | undefined>;
    /** ID of the source account, with `CROSS_ACCOUNT` (CrossAccountUserId). A change replaces the resource. */
    crossAccountUserId?: pulumi.Input<string | number | undefined>;
    /** RAM role in the source account, with `CROSS_ACCOUNT` (CrossAccountRoleName). A change replaces the resource. */
    crossAccountRoleName?: pulumi.Input<string | undefined>;
    /** Region of the vault and the instances. Default: the configured one. A change replaces the resource. */
    region?: pulumi.Input<string | undefined>;
    /** How an installation goes through the fleet. */
    rollout?: pulumi.Input<RolloutArgs | undefined>;
    /**
     * What happens to a client when its instance leaves the list or changes its cluster, or when the resource is
     * replaced or destroyed.
     *
     * - `"Uninstall"` (default): the agent is removed. Its record stays in the vault with all that hangs on it: backup
     *   plans, jobs and snapshots. It is taken up again when the instance is declared again.
     * - `"UninstallAndDelete"`: the record is deleted too. For the sibling operation DeleteBackupClient the service
     *   documents that the client's backup plans, backup jobs and snapshots are deleted with it; for DeleteClient it
     *   says nothing. Expect backups to be lost.
     * - `"Retain"`: the client is left alone.
     */
    removal?: pulumi.Input<Removal | undefined>;
    /**
     * Whether a healthy client that is already there for that vault, instance and cluster is taken over instead of
     * being an error. Default: true. It is also what lets the next run go on after one that was killed.
     */
    adoptExisting?: pulumi.Input<boolean | undefined>;
    /** Any values; a change of one reinstalls the whole fleet, batch by batch. */
    triggers?: pulumi.Input<unknown>;
}

/** What is known of the client of one instance. */
export type ClientResult = ClientEntry;

/** An instance as resolved, an element of the output `instances`. */
export type ResolvedInstance = DeclaredInstance;

/**
 * Alibaba Cloud Backup (HBR) clients on a fleet of instances: installed with CreateClients, followed until each is
 * ACTIVATED, and kept as declared. The id of the resource is the id of the vault.
 *
 * A run that fails, is cancelled or times out keeps the result of every instance, and the next one goes on from
 * there. Time-outs: the resource option `customTimeouts`; default 20 minutes for each wave of batches.
 */
export class BackupClients
    extends pulumi.dynamic.Resource
    implements Readonly<Record<keyof BackupClientsArgs, pulumi.Output<unknown>>>
{
    /** The result of every instance, by instance id. */
    declare readonly clients: pulumi.Output<Record<string, ClientResult>>;
    /** The tasks of the last run that submitted one. */
    declare readonly taskIds: pulumi.Output<string[]>;
    /** The instances that failed, sorted. */
    declare readonly failedInstanceIds: pulumi.Output<string[]>;
    declare readonly vaultId: pulumi.Output<string>;
    /** The instances by instance id. */
    declare readonly instances: pulumi.Output<Record<string, ResolvedInstance>>;
    /** The clients' access keys by instance id; a secret. */
    declare readonly credentials: pulumi.Output<
        Record<string, { accessKeyId: string; accessKeySecret: string }> | undefined
    >;
    declare readonly alertSetting: pulumi.Output<string | undefined>;
    declare readonly useHttps: pulumi.Output<boolean | undefined>;
    declare readonly resourceGroupId: pulumi.Output<string | undefined>;
    declare readonly crossAccountType: pulumi.Output<string | undefined>;
    declare readonly crossAccountUserId: pulumi.Output<string | undefined>;
    declare readonly crossAccountRoleName: pulumi.Output<string | undefined>;
    declare readonly region: pulumi.Output<string>;
    declare readonly rollout: pulumi.Output<{ batchSize: number; parallelism: number; maxFailures?: number }>;
    declare readonly removal: pulumi.Output<Removal>;
    declare readonly adoptExisting: pulumi.Output<boolean>;
    declare readonly triggers: pulumi.Output<unknown>;

    /** Declares the clients of a fleet. */
    constructor(name: string, args: BackupClientsArgs, options?: pulumi.CustomResourceOptions);
    constructor(
        name: string,
        args: BackupClientsArgs | undefined,
        options: pulumi.CustomResourceOptions = {},
    ) {
        assertReachable();
        assertReachesCheck(name, args);
        const { instances, credentials } = splitCredentials(args?.instances);
        super(
            provider,
            name,
            {
                ...OUTPUTS,
                ...args,
                instances,
                ...internalInputs(name, options, credentials),
            },
            // The other order would take the clients of the same vault over, and then remove them.
            pulumi.mergeOptions(engineOptions(options), {
                additionalSecretOutputs: ["credentials"],
                deleteBeforeReplace: true,
            }),
            "alicloud-hbr",
            "BackupClients",
        );
    }

    /**
     * Reads clients that are already there, without taking charge of them.
     *
     * @param id `<vaultId>` for every client of the vault, or `<vaultId>/<clusterId>` for those of one cluster
     */
    static get(
        name: string,
        id: pulumi.Input<pulumi.ID>,
        options?: pulumi.CustomResourceOptions,
    ): BackupClients {
        return new BackupClients(name, undefined as unknown as BackupClientsArgs, { ...options, id });
    }
}

/** Outputs exist on the resource only where they are among its properties. */
const OUTPUTS = {
    clients: undefined,
    taskIds: undefined,
    failedInstanceIds: undefined,
    ...Object.fromEntries(Object.keys(ARGUMENTS).map((name) => [name, undefined])),
};

/** Arguments that `check` never sees: Pulumi drops the first two, and our own keys take the place of the third. */
const LOST_ARGUMENTS = {
    id: "the id is that of the vault, which vaultId gives",
    urn: "Pulumi makes it from the names of the stack, the project and the resource",
    credentials: "access keys belong in the elements of instances",
};

/** @throws RunError for an argument that would go unnoticed */
function assertReachesCheck(name: string, args: object | undefined): void {
    const given: Readonly<Record<string, unknown>> = { ...args };
    for (const [argument, why] of Object.entries(LOST_ARGUMENTS)) {
        if (given[argument] != null)
            throw new pulumi.RunError(`${argument} is not an argument of BackupClients ("${name}"): ${why}`);
    }
}

/**
 * The engine answers a time-out that it cannot read with an error of the whole program that does not name the
 * resource, before it calls `check`. Kept from it, the time-out is one more fault that `check` reports.
 */
function engineOptions(options: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    const { customTimeouts, ...others } = options;
    const isReadable = Object.values(customTimeouts ?? {}).every(
        (value) => isEmpty(value) || durationOf(value) !== undefined,
    );
    return isReadable ? options : others;
}

/** What the engine does not hand to a dynamic provider, and the provider needs all the same. */
function internalInputs(
    name: string,
    { parent, customTimeouts }: pulumi.CustomResourceOptions,
    credentials: CredentialInput,
): pulumi.Inputs {
    return {
        credentials,
        __urn: urnOf(name, parent),
        ...(customTimeouts && { __timeouts: customTimeouts }),
    };
}

/**
 * The URN as a promise: as an Output it would make the resource depend on its parent, which Pulumi takes for a
 * dependency on all of the parent's children. Two fleets in one component would wait for each other for ever.
 */
function urnOf(name: string, parent: pulumi.Resource | undefined): Promise<string> {
    const urn = pulumi.createUrn(name, "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients", parent);
    return new Promise((resolve) => urn.apply(resolve));
}
