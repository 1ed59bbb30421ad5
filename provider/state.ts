import { DEFAULTS, namesOf, pick, REINSTALLING, type SETTINGS, type Values } from "./arguments";
import { OUTCOME_CODES } from "./fleet/codes";
import { withoutClient } from "./fleet/entry";
import type {
    ClientCredential,
    ClientEntry,
    DeclaredInstance,
    FleetSpec,
    FleetState,
    PendingAction,
    UnfinishedRollout,
} from "./fleet/model";
import { compareText } from "./fleet/plan";
import { ProviderError } from "./providerError";
import { isUnknown, type Unknown } from "./unknown";

/** The type of the resource in URNs and states: the one that Pulumi gives to dynamic resources of this module. */
export const RESOURCE_TYPE = "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients";

/**
 * The version of the state's shape. A state of a later version is refused. Since version 2, `owned` shows whether a client
 * is this resource's, and `removal` is what the program chose: in version 1 its default was `UninstallAndDelete`.
 */
export const STATE_VERSION = 2;

/** An instance in the canonical inputs. If its ID is not known yet, its key in the map is a placeholder. */
export interface CanonicalInstance<U extends Unknown = never> extends Omit<
    DeclaredInstance<U>,
    "instanceId"
> {
    readonly instanceId: string | U;
}

/**
 * The inputs in the canonical form that `check` returns: validated, with defaults, `instances` as a map. `U` is the type
 * of a value that is not known yet, and `I` that of `instances` as a whole.
 */
export interface Inputs<U extends Unknown, I extends U = U> extends Values<typeof SETTINGS, U> {
    readonly region: string | U;
    readonly instances: Readonly<Record<string, CanonicalInstance<U>>> | I;
    readonly credentials?: Readonly<Record<string, ClientCredential<U>>>;
    readonly __urn?: string;
    readonly __timeouts?: Timeouts<U> | U;
    readonly __version: number;
}

/** The inputs of a preview. */
export type CanonicalInputs = Inputs<Unknown>;

/** The inputs of a preview that knows which instances there are, if not every value of them. */
export type ListedInputs = Inputs<Unknown, never>;

/** The inputs of a run. */
export type KnownInputs = Inputs<never>;

/** The resource option `customTimeouts`, as the program wrote it (`30m`). */
export interface Timeouts<U extends Unknown = never> {
    readonly create?: string | U;
    readonly update?: string | U;
    readonly delete?: string | U;
}

/** Whether `instances` is known as a whole. */
export function instancesAreKnown(inputs: CanonicalInputs): inputs is ListedInputs {
    return !isUnknown(inputs.instances);
}

/**
 * The inputs of a run, in which the engine has replaced every unknown value.
 *
 * @throws ProviderError that names a property without a value
 */
export function knownInputs(inputs: CanonicalInputs): KnownInputs {
    assertKnown(inputs, "");
    return inputs as KnownInputs;
}

function assertKnown(record: object, path: string): void {
    for (const [name, value] of Object.entries(record) as [string, unknown][]) {
        if (isUnknown(value))
            throw new ProviderError(`${path}${name} is not known, and a run needs its value`);
        if (typeof value === "object" && value !== null) assertKnown(value, `${path}${name}.`);
    }
}

/** The outputs: every argument as resolved, and the result of every instance. */
export interface RecordedOutputs extends KnownInputs {
    readonly clients: Readonly<Record<string, ClientEntry>>;
    readonly taskIds: readonly string[];
    readonly failedInstanceIds: readonly string[];
    /** A rollout in waves that is not finished. */
    readonly __rollout?: UnfinishedRollout;
}

/** The fleet that inputs or outputs describe. An instance whose ID is not known yet has its key in the map as ID. */
export function specOf<U extends Unknown = never>(props: Inputs<U, never>): FleetSpec<U> {
    return {
        ...pick(props, REINSTALLING),
        instances: mapOf(props.instances, (instance, instanceId) =>
            hasId(instance, instanceId) ? instance : { ...instance, instanceId },
        ),
        credentials: mapOf(props.credentials ?? {}, asItIs),
        removal: props.removal,
        adoptExisting: props.adoptExisting,
        upgrades: props.upgrades,
    };
}

function hasId<U extends Unknown>(
    instance: CanonicalInstance<U>,
    id: string,
): instance is DeclaredInstance<U> {
    return instance.instanceId === id;
}

/** The access keys of clients. The service may quote them in an error long after they were sent. */
export function secretsIn(...specs: readonly FleetSpec[]): readonly string[] {
    const keys = specs.flatMap(({ credentials }) => [...credentials.values()]);
    return keys.flatMap(({ accessKeyId, accessKeySecret }) => [accessKeyId, accessKeySecret]);
}

/** The fleet that outputs record. */
export function stateOf(outputs: RecordedOutputs): FleetState {
    return {
        spec: specOf(outputs),
        clients: mapOf(outputs.clients, asItIs),
        ...(outputs.__rollout && { rollout: outputs.__rollout }),
    };
}

/** A plain loop: a preview does this with thousands of entries, and `Object.entries` takes twice the time. */
function mapOf<T, R>(
    record: Readonly<Record<string, T>>,
    convert: (value: T, key: string) => R,
): ReadonlyMap<string, R> {
    const map = new Map<string, R>();
    for (const key of Object.keys(record)) map.set(key, convert(record[key] as T, key));
    return map;
}

function asItIs<T>(value: T): T {
    return value;
}

/** The state of a fleet that is not installed yet. */
export function emptyState<U extends Unknown = never>(spec: FleetSpec<U>): FleetState<U> {
    return { spec, clients: new Map() };
}

/**
 * Builds the outputs: plain JSON, ordered by instance ID, so that equal fleets have equal texts.
 *
 * @param rollout a rollout in waves; it is finished once nothing is pending
 */
export function outputsOf(
    inputs: KnownInputs,
    clients: ReadonlyMap<string, ClientEntry>,
    taskIds: readonly string[],
    rollout?: UnfinishedRollout,
): RecordedOutputs {
    const entries = [...clients.values()].sort((a, b) => compareText(a.instanceId, b.instanceId));
    const failed = entries.filter((entry) => entry.errorCode !== undefined);
    const isUnfinished = entries.some(({ pendingAction }) => pendingAction !== undefined);
    const isToBeKnown = rollout && (rollout.wavesDone > 0 || rollout.isReplacement);
    return {
        ...inputs,
        clients: Object.fromEntries(entries.map((entry) => [entry.instanceId, entry])),
        taskIds,
        failedInstanceIds: failed.map((entry) => entry.instanceId),
        ...(isUnfinished && isToBeKnown && { __rollout: rollout }),
    };
}

/** The entries with work that the next run has to do. */
export function pendingEntries(
    outputs: RecordedOutputs,
): readonly (ClientEntry & { pendingAction: PendingAction })[] {
    return Object.values(outputs.clients).filter(
        (entry): entry is ClientEntry & { pendingAction: PendingAction } => entry.pendingAction !== undefined,
    );
}

/** Outputs of any version, as this version reads them. */
export interface ReadOutputs {
    readonly outputs: RecordedOutputs;
    /**
     * The state says `UninstallAndDelete` because that was the default of version 1. It is read as `Uninstall` until an
     * update records a choice, so that a default deletes no backup.
     */
    readonly removalWasDefault: boolean;
}

/**
 * Reads outputs of any version. What an earlier version lacks has its default.
 *
 * @throws ProviderError for outputs of a later version
 */
export function readOutputs(recorded: RecordedOutputs): ReadOutputs {
    assertReadable(recorded);
    const isFirst = recorded.__version === 1;
    const given: Partial<RecordedOutputs> = recorded;
    const lacking = namesOf(DEFAULTS).filter((name) => given[name] == null);
    const removalWasDefault = isFirst && given.removal === "UninstallAndDelete";
    return {
        outputs: {
            ...recorded,
            ...pick(DEFAULTS, lacking),
            rollout: { ...DEFAULTS.rollout, ...given.rollout },
            ...(removalWasDefault && { removal: DEFAULTS.removal }),
            ...(isFirst && { clients: withOwnership(recorded.clients) }),
        },
        removalWasDefault,
    };
}

/** In version 1, only the error code shows that a client was refused. */
const REFUSALS_OF_VERSION_1: readonly string[] = [OUTCOME_CODES.clientExists, OUTCOME_CODES.clientNotHealthy];

function withOwnership(clients: RecordedOutputs["clients"]): RecordedOutputs["clients"] {
    return Object.fromEntries(
        Object.entries(clients).map(([instanceId, entry]) => {
            const { clientId, errorCode } = entry;
            const isOurs = errorCode === undefined || clientId !== undefined;
            const wasRefused = REFUSALS_OF_VERSION_1.includes(errorCode ?? "");
            return [instanceId, isOurs && !wasRefused ? entry : withoutClient(entry)];
        }),
    );
}

function assertReadable(outputs: { readonly __version?: unknown }): void {
    const version = outputs.__version;
    if (typeof version === "number" && version > STATE_VERSION) {
        throw new ProviderError(
            `the state of this resource was written by a newer pulumi-alicloud-hbr (state version ${version}, ` +
                `this one knows ${STATE_VERSION}): update the package where this program is run`,
        );
    }
}
