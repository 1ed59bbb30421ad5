import { withoutClient } from "../fleet/entry";
import {
    type ClientCredential,
    type ClientEntry,
    type DeclaredInstance,
    type FleetSpec,
    type FleetState,
    type PendingAction,
    type Removal,
    UNKNOWN_VALUE,
} from "../fleet/model";
import { compareText } from "../fleet/plan";

/**
 * Version of the shape of the state; a state of a later version is refused. Version 2 says in `owned` whose a client
 * is, and holds a `removal` that was chosen: in version 1 `UninstallAndDelete` was the default.
 */
export const STATE_VERSION = 2;

/** How a rollout proceeds (argument `rollout`, defaults filled in). */
export interface Rollout {
    readonly batchSize: number;
    readonly parallelism: number;
    readonly maxFailures?: number;
}

/** The inputs as `check` leaves them: what the program declares, validated, with defaults, `instances` as a map. */
export interface CanonicalInputs {
    readonly vaultId: string;
    readonly region: string;
    readonly instances: Readonly<Record<string, DeclaredInstance>>;
    readonly credentials?: Readonly<Record<string, ClientCredential>>;
    readonly alertSetting?: string;
    readonly useHttps?: boolean;
    readonly resourceGroupId?: string;
    readonly crossAccountType: string;
    readonly crossAccountUserId?: string;
    readonly crossAccountRoleName?: string;
    readonly rollout: Rollout;
    readonly removal: Removal;
    readonly adoptExisting: boolean;
    readonly triggers?: unknown;
    readonly __urn?: string;
    readonly __timeouts?: Timeouts;
    readonly __version: number;
}

/** The resource option `customTimeouts`, as the program wrote it (`30m`). */
export interface Timeouts {
    readonly create?: string;
    readonly update?: string;
    readonly delete?: string;
}

/** The outputs: every argument as resolved, and the result of every instance. */
export interface RecordedOutputs extends CanonicalInputs {
    readonly clients: Readonly<Record<string, ClientEntry>>;
    readonly taskIds: readonly string[];
    readonly failedInstanceIds: readonly string[];
}

/** What an argument is where a program does not give it. */
export const DEFAULTS = {
    crossAccountType: "SELF_ACCOUNT",
    rollout: { batchSize: 20, parallelism: 4 },
    removal: "Uninstall",
    adoptExisting: true,
} as const;

/** Properties a change of which replaces the resource. */
export const REPLACING_PROPERTIES = [
    "vaultId",
    "region",
    "crossAccountType",
    "crossAccountUserId",
    "crossAccountRoleName",
] as const;

/** The fleet that inputs or outputs describe. An instance whose id is not known yet goes by its key in the map. */
export function specOf(props: CanonicalInputs): FleetSpec {
    const instances = mapOf(props.instances);
    for (const [key, instance] of instances)
        if (instance.instanceId !== key) instances.set(key, { ...instance, instanceId: key });
    return {
        instances,
        credentials: mapOf(props.credentials ?? {}),
        ...(props.alertSetting !== undefined && { alertSetting: props.alertSetting }),
        ...(props.useHttps !== undefined && { useHttps: props.useHttps }),
        ...(props.resourceGroupId !== undefined && { resourceGroupId: props.resourceGroupId }),
        ...(props.triggers !== undefined && { triggers: props.triggers }),
        removal: props.removal,
        adoptExisting: props.adoptExisting,
    };
}

/** The access keys of clients: a text of the service may quote them long after they were sent. */
export function secretsIn(...specs: readonly FleetSpec[]): readonly string[] {
    const keys = specs.flatMap(({ credentials }) => [...credentials.values()]);
    return keys.flatMap(({ accessKeyId, accessKeySecret }) => [accessKeyId, accessKeySecret]);
}

/** What outputs record of a fleet. */
export function stateOf(outputs: RecordedOutputs): FleetState {
    return { spec: specOf(outputs), clients: mapOf(outputs.clients) };
}

/** A plain loop, because a preview does this with thousands of entries. */
function mapOf<T>(record: Readonly<Record<string, T>>): Map<string, T> {
    const map = new Map<string, T>();
    for (const key of Object.keys(record)) map.set(key, record[key] as T);
    return map;
}

/** A fleet of which nothing is recorded yet. */
export function emptyState(spec: FleetSpec): FleetState {
    return { spec, clients: new Map() };
}

/** Puts outputs together: plain JSON, maps ordered by instance id, so that equal fleets have equal texts. */
export function outputsOf(
    inputs: CanonicalInputs,
    clients: ReadonlyMap<string, ClientEntry>,
    taskIds: readonly string[],
): RecordedOutputs {
    const entries = [...clients.values()].sort((a, b) => compareText(a.instanceId, b.instanceId));
    const failed = entries.filter((entry) => entry.errorCode !== undefined);
    return {
        ...inputs,
        clients: Object.fromEntries(entries.map((entry) => [entry.instanceId, entry])),
        taskIds,
        failedInstanceIds: failed.map((entry) => entry.instanceId),
    };
}

/** The work that a state still has open. */
export function pendingEntries(
    outputs: RecordedOutputs,
): readonly (ClientEntry & { pendingAction: PendingAction })[] {
    return Object.values(outputs.clients).filter(
        (entry): entry is ClientEntry & { pendingAction: PendingAction } => entry.pendingAction !== undefined,
    );
}

/** Outputs of any version, as this one reads them. */
export interface ReadOutputs {
    readonly outputs: RecordedOutputs;
    /**
     * The state says `UninstallAndDelete` because that was the default of version 1. Until an update has recorded the
     * choice, it is read as `Uninstall`: nobody loses a backup by a default.
     */
    readonly removalIsUnsaid: boolean;
}

/**
 * Reads outputs of any version: what an older one lacks is at its default.
 *
 * @throws Error for outputs of a later version
 */
export function readOutputs(recorded: RecordedOutputs): ReadOutputs {
    assertReadable(recorded);
    const isFirst = recorded.__version === 1;
    const given: Partial<RecordedOutputs> = recorded;
    const removalIsUnsaid = isFirst && given.removal === "UninstallAndDelete";
    return {
        outputs: {
            ...recorded,
            crossAccountType: given.crossAccountType ?? DEFAULTS.crossAccountType,
            removal: (removalIsUnsaid ? undefined : given.removal) ?? DEFAULTS.removal,
            adoptExisting: given.adoptExisting ?? DEFAULTS.adoptExisting,
            ...(isFirst && { clients: withOwnership(recorded.clients) }),
        },
        removalIsUnsaid,
    };
}

/** Version 1 knew only by the error code that a client had been refused; no later version decides by one. */
const REFUSALS_OF_VERSION_1 = ["ClientAlreadyExists", "ClientNotHealthy"];

function isOurOfVersion1({ clientId, errorCode }: ClientEntry): boolean {
    const hasFailed = clientId === undefined && errorCode !== undefined;
    return !hasFailed && !REFUSALS_OF_VERSION_1.includes(errorCode ?? "");
}

function withOwnership(clients: RecordedOutputs["clients"]): RecordedOutputs["clients"] {
    return Object.fromEntries(
        Object.entries(clients).map(([instanceId, entry]) => [
            instanceId,
            isOurOfVersion1(entry) ? entry : withoutClient(entry),
        ]),
    );
}

/** Refuses a state that a later version of this package wrote: its meaning is not known here. */
function assertReadable(outputs: { readonly __version?: unknown }): void {
    const version = outputs.__version;
    if (typeof version === "number" && version > STATE_VERSION) {
        throw new Error(
            `the state of this resource was written by a newer pulumi-alicloud-hbr (state version ${version}, ` +
                `this one knows ${STATE_VERSION}): update the package where this program is run`,
        );
    }
}

/** Whether a value is the engine's placeholder for one that is not known yet. */
export function isUnknown(value: unknown): boolean {
    return value === UNKNOWN_VALUE;
}
