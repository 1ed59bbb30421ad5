import type * as pulumi from "@pulumi/pulumi";
import type { ClientStatus } from "./fleet/status";

/**
 * What happens to the client of an instance that is no longer declared; see {@link BackupClientsArgs.removal}.
 *
 * - `"Uninstall"`: the agent is uninstalled (UninstallClient). The client's record stays in the vault.
 * - `"UninstallAndDelete"`: the record is deleted too (DeleteClient). Expect its backups to be lost.
 * - `"Retain"`: nothing is called, and the client keeps running.
 */
export type Removal = "UninstallAndDelete" | "Uninstall" | "Retain";

/**
 * What happens to a client whose agent is behind the latest version; see {@link BackupClientsArgs.upgrades}.
 *
 * - `"Manual"`: nothing. The output `clients` shows the latest version.
 * - `"Latest"`: the agent is upgraded (UpgradeClient). This cannot be undone.
 */
export type Upgrades = "Manual" | "Latest";

/** One instance of a fleet, an element of the parameter ClientInfo of CreateClients. */
export interface InstanceArgs {
    /**
     * The ID of the ECS instance (`i-…`). Each instance may be declared once in a resource. An instance that is added
     * gets a client; the client of one that is left out is removed as {@link BackupClientsArgs.removal} says.
     */
    instanceId: pulumi.Input<string>;
    /**
     * The ID of the SAP HANA instance (`cl-…`) that the ECS instance belongs to. A change removes the client of the old
     * cluster as {@link BackupClientsArgs.removal} says and installs one for the new cluster, on this instance only. If
     * the vault does not know the new cluster, the instance fails and keeps its client.
     */
    clusterId?: pulumi.Input<string | undefined>;
    /**
     * The kinds of data source that the client backs up, at least one. `"HANA"` is the only one that is documented; for
     * any other the preview warns. The order does not matter. A change reinstalls the client of this instance.
     *
     * @default ["HANA"]
     */
    sourceTypes?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    /**
     * The ID of the access key that the client itself uses; it requires `accessKeySecret`. Both are stored encrypted, in
     * the output `credentials`. A change reinstalls the client of this instance. `""` is the same as leaving it out.
     */
    accessKeyId?: pulumi.Input<string | undefined>;
    /** The secret of the access key that the client itself uses; it requires `accessKeyId`, and behaves the same. */
    accessKeySecret?: pulumi.Input<string | undefined>;
}

/**
 * How installations, reinstallations and upgrades proceed through the fleet. A percentage (`"5%"`, at most `"100%"`) is a
 * share of the declared instances. Instances without an agent come first, then reinstallations, then upgrades, each in the
 * order of the instance IDs.
 */
export interface RolloutArgs {
    /**
     * The number of instances in one batch, from 1 to 20: those of one CreateClients call, or clients that are upgraded
     * together.
     *
     * @default 20
     */
    batchSize?: pulumi.Input<number | undefined>;
    /**
     * As a number: the batches that are in flight at the same time, from 1 to 100. As a percentage, rounded up: the
     * instances that are in flight at the same time; batches are cut to fit. What an earlier run left in progress counts
     * too.
     *
     * By default, a run starts with 4 batches, and goes up to 10: one more for each call that the service answers, and more
     * slowly while it throttles. The default time-out counts with 10. Between `4` and the default there is no diff, because 4
     * was the default once, and a state may still hold it.
     */
    parallelism?: pulumi.Input<number | string | undefined>;
    /**
     * The number of instances that may fail without failing the run, 0 or more, or a percentage, rounded down. Their
     * failures are warnings, and the next `pulumi up` tries them again. When one more fails, no further batch is started,
     * and the run fails. An existing client that is not adopted, or a removal that fails, counts too, but does not keep
     * batches from being started.
     *
     * By default, it is 0 with `waves` or `soak`. Without them, every instance is attempted, and any failure fails the run.
     */
    maxFailures?: pulumi.Input<number | string | undefined>;
    /**
     * The sizes of the successive waves in which clients are installed, reinstalled and upgraded: numbers of at least 1, or
     * percentages, rounded up. The last size repeats. A wave starts when every instance of the one before has its result and
     * has passed the `soak`. By default there is one wave. Removals do not wait for waves.
     *
     * A run that failed or was interrupted is continued with the wave that it had reached. The rollout starts at the first
     * wave again if the program adds work, or if a later version is found for clients to be upgraded.
     *
     * @example
     * ```ts
     * // One instance first, then a tenth of the fleet, then all others.
     * waves: [1, "10%", "100%"],
     * ```
     */
    waves?: pulumi.Input<pulumi.Input<number | string>[] | undefined>;
    /**
     * How long the clients of a wave are watched before the next wave starts (`"90s"`, `"5m"`, `"1h30m"`); those of the last
     * wave are watched too. A client that is not `ACTIVATED` at the end counts as failed. It stays as it is, and the next
     * `pulumi up` looks at it again before it goes on. A client without a heartbeat in this time is a warning. A soak that is
     * cut off is not repeated. By default there is no soak.
     *
     * The default time-out of a run includes the soaks. `customTimeouts` must leave time for them.
     */
    soak?: pulumi.Input<string | undefined>;
    /**
     * `"firstWave"` ends the run after the first wave, so that you can look at its clients. The run succeeds with a warning,
     * **resources that depend on this one go on**, and the next `pulumi up` continues with the second wave, without another
     * pause. Without `waves` it is an error in the preview. A replacement does not pause, even if it takes several runs,
     * because the old fleet is gone by then; the run warns about this. By default there is no pause.
     */
    pauseAfter?: pulumi.Input<"firstWave" | undefined>;
    /**
     * How long a run waits for an instance that is booting, such as `"10m"`: one that is not running, or whose Cloud Assistant
     * is not up yet (`InstanceNotRunning`, `CloudAssistNotRunningOnInstance`). It is tried every 10 to 30 seconds, and the
     * others go on meanwhile. After that it has failed. An instance that failed with such a code in the last run is waited
     * for a minute at most. `"0s"`: not at all. It adds to the default time-out, for each wave; `customTimeouts` must contain
     * it.
     *
     * @default "5m"
     */
    bootTimeout?: pulumi.Input<string | undefined>;
}

/**
 * The arguments of {@link BackupClients}. Their names are those of the parameters of CreateClients, in camel case.
 *
 * All known values are validated in the preview, and every failure names its property (`instances[3].clusterId`). A
 * default that is written out is no change, and `""` for an optional ID is the same as leaving it out.
 */
export interface BackupClientsArgs {
    /** The ID of the backup vault (`v-…`; parameter VaultId). A change replaces the resource. */
    vaultId: pulumi.Input<string>;
    /**
     * The instances, at least one, in any order (parameter ClientInfo). A change touches only the instances that differ.
     *
     * @example
     * ```ts
     * instances: [
     *     { instanceId: "i-bp1aaa", clusterId: "cl-000cnu7ti2rmj23dhp77" },
     *     { instanceId: "i-bp1bbb", clusterId: "cl-000cnu7ti2rmj23dhp77" },
     * ],
     * ```
     */
    instances: pulumi.Input<pulumi.Input<InstanceArgs>[]>;
    /**
     * How alerts are sent (parameter AlertSetting). Only `"INHERITED"`, the setting of the vault, is allowed. By default
     * it is not sent. A change reinstalls the fleet; drift is found by `pulumi refresh`.
     */
    alertSetting?: pulumi.Input<string | undefined>;
    /**
     * Whether the clients transfer data over HTTPS (parameter UseHttps). By default it is not sent, and the service
     * applies its own default, which is not documented. A change reinstalls the fleet; drift is found by `pulumi refresh`.
     */
    useHttps?: pulumi.Input<boolean | undefined>;
    /** The ID of the resource group (`rg-…`; parameter ResourceGroupId). A change reinstalls the fleet. */
    resourceGroupId?: pulumi.Input<string | undefined>;
    /**
     * `"SELF_ACCOUNT"`, or `"CROSS_ACCOUNT"` for instances of another account (parameter CrossAccountType). The latter
     * requires `crossAccountUserId` and `crossAccountRoleName`. A change replaces the resource.
     *
     * @default "SELF_ACCOUNT"
     */
    crossAccountType?: pulumi.Input<string | undefined>;
    /**
     * The ID of the source account, which owns the instances (parameter CrossAccountUserId): required with
     * `"CROSS_ACCOUNT"`, and not allowed otherwise. An ID that a number cannot hold exactly must be a string. A change
     * replaces the resource.
     */
    crossAccountUserId?: pulumi.Input<string | number | undefined>;
    /**
     * The name of a RAM role in the source account (parameter CrossAccountRoleName): required with `"CROSS_ACCOUNT"`,
     * and not allowed otherwise. A change replaces the resource.
     */
    crossAccountRoleName?: pulumi.Input<string | undefined>;
    /**
     * The region of the vault and the instances. By default it is the configured one: `alicloud:region`, or the
     * environment variable `ALICLOUD_REGION`. The preview fails if there is none. A change replaces the resource.
     */
    region?: pulumi.Input<string | undefined>;
    /**
     * How installations, reinstallations and upgrades proceed through the fleet. A change is recorded, without a call to
     * the service.
     *
     * @example
     * ```ts
     * // One instance, a tenth of the fleet, the rest. Five minutes after each, its clients must still be healthy.
     * rollout: { waves: [1, "10%", "100%"], soak: "5m" },
     * ```
     */
    rollout?: pulumi.Input<RolloutArgs | undefined>;
    /**
     * What happens to a client when its instance leaves the list or changes its cluster, and to all clients when the
     * resource is replaced or destroyed. A change is recorded, without a call to the service. A destroy uses the value
     * that the last `pulumi up` recorded.
     *
     * - `"Uninstall"`: the agent is uninstalled. The client's record stays in the vault, with its backup plans, jobs and
     *   snapshots, and is used again when the instance is declared again.
     * - `"UninstallAndDelete"`: the record is deleted too. Cloud Backup documents that DeleteBackupClient, a sibling
     *   operation, deletes the client's backup plans, jobs and snapshots with it; it says nothing about DeleteClient,
     *   which is called here. Expect backups to be lost.
     * - `"Retain"`: the client is left as it is.
     *
     * @default "Uninstall"
     */
    removal?: pulumi.Input<Removal | undefined>;
    /**
     * What happens to a client of this resource that is behind the latest version of the agent (MaxVersion). A change is
     * recorded.
     *
     * - `"Manual"`: nothing. {@link ClientResult.latestVersion} shows the version.
     * - `"Latest"`: the client is upgraded (UpgradeClient) after installations and reinstallations, in batches and waves.
     *   `pulumi refresh` and updates find out that a client is behind, and the next preview shows the upgrade. No run makes
     *   an upgrade that its preview has not shown. **An upgrade cannot be undone**, and the service offers no version but
     *   the latest. A client whose upgrade fails keeps its agent, and the next `pulumi up` tries again.
     *
     * @default "Manual"
     */
    upgrades?: pulumi.Input<Upgrades | undefined>;
    /**
     * Whether to adopt clients that already exist for the vault, instance and cluster: a healthy one is adopted as it is,
     * and a broken one is reinstalled. With `false`, a client that may have an agent is an error (`ClientAlreadyExists`),
     * even one that an interrupted first run has installed. A change is recorded, without a call to the service.
     *
     * @default true
     */
    adoptExisting?: pulumi.Input<boolean | undefined>;
    /**
     * Any values. When one changes, all clients are reinstalled, batch by batch, each with the latest version of the agent.
     *
     * @example
     * ```ts
     * // Reinstalls the fleet once a quarter.
     * triggers: ["2025-Q1"],
     * ```
     */
    triggers?: pulumi.Input<unknown>;
}

/** The outputs of `BackupClients`: its arguments as resolved, and the result of every instance. */
export interface BackupClientsOutputs {
    /** The result of every instance, by instance ID. */
    readonly clients: pulumi.Output<Record<string, ClientResult>>;
    /** The IDs of the tasks of the last run that started any (CreateClients, UninstallClient and UpgradeClient). */
    readonly taskIds: pulumi.Output<string[]>;
    /** The IDs of the instances that failed, sorted; empty if none did. */
    readonly failedInstanceIds: pulumi.Output<string[]>;
    /** The ID of the backup vault. It is also the ID of the resource. */
    readonly vaultId: pulumi.Output<string>;
    /** The declared instances, by instance ID. */
    readonly instances: pulumi.Output<Record<string, ResolvedInstance>>;
    /** The access keys of the clients, by instance ID; a secret. Absent if no instance has one. */
    readonly credentials: pulumi.Output<
        Record<string, { accessKeyId: string; accessKeySecret: string }> | undefined
    >;
    /** The declared alert setting. Absent if none is declared; the one of a client may differ, see `clients`. */
    readonly alertSetting: pulumi.Output<string | undefined>;
    /** Whether HTTPS is declared. Absent if nothing is declared; the setting of a client may differ, see `clients`. */
    readonly useHttps: pulumi.Output<boolean | undefined>;
    /** The ID of the resource group, if one is declared. */
    readonly resourceGroupId: pulumi.Output<string | undefined>;
    /** `"SELF_ACCOUNT"` or `"CROSS_ACCOUNT"`. */
    readonly crossAccountType: pulumi.Output<string | undefined>;
    /** The ID of the source account, as a string. Absent with `"SELF_ACCOUNT"`. */
    readonly crossAccountUserId: pulumi.Output<string | undefined>;
    /** The name of the RAM role in the source account. Absent with `"SELF_ACCOUNT"`. */
    readonly crossAccountRoleName: pulumi.Output<string | undefined>;
    /** The region of the vault, as declared or configured. */
    readonly region: pulumi.Output<string>;
    /**
     * How installations, reinstallations and upgrades proceed through the fleet, with the defaults. `parallelism` is absent
     * if the program has none. It may also be a 4 that an earlier version recorded as the default.
     */
    readonly rollout: pulumi.Output<{
        batchSize: number;
        parallelism?: number | string;
        maxFailures?: number | string;
        waves?: (number | string)[];
        soak?: string;
        pauseAfter?: "firstWave";
        bootTimeout: string;
    }>;
    /** What happens to the clients of instances that are no longer declared. */
    readonly removal: pulumi.Output<Removal>;
    /** What happens to clients that are behind the latest version. */
    readonly upgrades: pulumi.Output<Upgrades>;
    /** Whether existing clients are adopted. */
    readonly adoptExisting: pulumi.Output<boolean>;
    /** The declared triggers. */
    readonly triggers: pulumi.Output<unknown>;
}

/** The result of one instance, an element of the output `clients`. The fields of its client are from DescribeClients. */
export interface ClientResult {
    /** The ID of the ECS instance (InstanceId). */
    readonly instanceId: string;
    /** The ID of the declared SAP HANA instance (ClusterId). Absent if none is declared. */
    readonly clusterId?: string;
    /** The status of the client (Status). `"NOT_INSTALLED"` if the vault has no record of it. */
    readonly status: ClientStatus;
    /** Whether the instance has an agent of this resource, according to the status. */
    readonly installed: boolean;
    /** The ID of the client (ClientId, `c-…`). Absent while the instance has no client of this resource. */
    readonly clientId?: string;
    /** The version of the agent (ClientVersion). */
    readonly clientVersion?: string;
    /** The latest version of the agent (MaxVersion). Absent unless the client is behind it. */
    readonly latestVersion?: string;
    /** The name of the ECS instance (InstanceName). */
    readonly instanceName?: string;
    /** The network that the client uses (NetworkType), such as `"VPC"`. */
    readonly networkType?: string;
    /** What the service says about the status (StatusMessage). */
    readonly statusMessage?: string;
    /** `false` if CreateClients has answered that no client can be installed on the instance (ValidInstance). */
    readonly validInstance?: boolean;
    /** The error code of the last attempt, if that failed. Such an instance is also in `failedInstanceIds`. */
    readonly errorCode?: string;
    /** The error message of the last attempt, if that failed. */
    readonly errorMessage?: string;
    /** The ID of the last task that worked on an unfinished or failed instance (of CreateClients or UpgradeClient). */
    readonly taskId?: string;
    /** The work on this instance that is not finished. The next `pulumi up` continues it. */
    readonly pendingAction?: PendingAction;
    /**
     * `false` if nothing on the instance belongs to this resource: its client was refused (`adoptExisting: false`, or it
     * is not healthy), no installation has been submitted, or none has produced a client. The entry then has no
     * `clientId`, and no run touches what is there until this resource adopts it or installs a client.
     */
    readonly owned?: false;
    /**
     * The settings (UseHttps, AlertSetting) that differ from what is declared, with the values that the service reports.
     * The next preview shows the reinstallation.
     */
    readonly drift?: Readonly<Partial<Record<"alertSetting" | "useHttps", string | boolean>>>;
    /**
     * The settings (UseHttps, AlertSetting) that the service has not applied in an installation, with the values that the
     * service reports. They are tried again only when the program changes them. `latestVersion` is a version that an
     * upgrade did not bring. The upgrade is tried again only when there is a later version.
     */
    readonly settingsNotTaken?: Readonly<Partial<Record<"alertSetting" | "useHttps", string | boolean>>> & {
        readonly latestVersion?: string;
    };
}

/** An instance as resolved, an element of the output `instances`. */
export interface ResolvedInstance {
    /** The ID of the ECS instance. */
    readonly instanceId: string;
    /** The ID of the SAP HANA instance. Absent if none is declared. */
    readonly clusterId?: string;
    /** The kinds of data source, sorted; `["HANA"]` by default. */
    readonly sourceTypes: readonly string[];
}

/** Work that is planned and not confirmed. */
export type PendingAction = "install" | "reinstall" | "upgrade" | "uninstall";
