import { DEFAULTS, namesOf, REINSTALLING, type ROLLOUT, type SETTINGS, type Values } from "./arguments";
import { withoutClient } from "./fleet/entry";
import type {
    ClientCredential,
    ClientEntry,
    DeclaredInstance,
    FleetSpec,
    FleetState,
    PendingAction,
} from "./fleet/model";
import { compareText } from "./fleet/plan";
import { isUnknown, type Unknown } from "./unknown";
import { pick } from "./check/given";

/**
 * Version of the shape of the state; a state of a later version is refused. Version 2 says in `owned` whose a client
 * is, and holds a `removal` that was chosen: in version 1 `UninstallAndDelete` was the default.
 */
export const STATE_VERSION = 2;

/** How a rollout proceeds (argument `rollout`, defaults filled in). */
export type Rollout = Values<typeof ROLLOUT>;

/** One instance of the canonical form. Where its id is not known yet, its key in the map is a name of our own. */
export interface CanonicalInstance<U extends Unknown = never> extends Omit<
    DeclaredInstance<U>,
    "instanceId"
> {
    readonly instanceId: string | U;
}

/**
 * The inputs as `check` leaves them: what the program declares, validated, with defaults, `instances` as a map. `U` is
 * what may stand for a value that is not known yet, and `I` for the instances as a whole.
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

/** The inputs of a preview in which it is known how many instances there are. */
export type CountedInputs = Inputs<Unknown, never>;

/** The inputs of a run. */
export type KnownInputs = Inputs<never>;

/** The resource option `customTimeouts`, as the program wrote it (`30m`). */
export interface Timeouts<U extends Unknown = never> {
    readonly create?: string | U;
    readonly update?: string | U;
    readonly delete?: string | U;
}

/** Whether it is known how many instances there are. */
export function isCounted(inputs: CanonicalInputs): inputs is CountedInputs {
    return !isUnknown(inputs.instances);
}

/**
 * The inputs of a run: what a preview may have left open has its value by now.
 *
 * @throws Error that names an argument without one
 */
export function knownInputs(inputs: CanonicalInputs): KnownInputs {
    assertKnown(inputs);
    return inputs;
}

function assertKnown(inputs: CanonicalInputs): asserts inputs is KnownInputs {
    refuseUnknown(inputs, "");
}

function refuseUnknown(record: object, path: string): void {
    for (const [name, value] of Object.entries<unknown>({ ...record })) {
        if (isUnknown(value)) throw new Error(`${path}${name} is not known, and a run needs its value`);
        if (typeof value === "object" && value !== null) refuseUnknown(value, `${path}${name}.`);
    }
}

/** The outputs: every argument as resolved, and the result of every instance. */
export interface RecordedOutputs extends KnownInputs {
    readonly clients: Readonly<Record<string, ClientEntry>>;
    readonly taskIds: readonly string[];
    readonly failedInstanceIds: readonly string[];
}

/** The fleet that inputs or outputs describe. An instance whose id is not known yet goes by its key in the map. */
export function specOf<U extends Unknown = never>(props: Inputs<U, never>): FleetSpec<U> {
    return {
        ...pick(props, REINSTALLING),
        instances: mapOf(props.instances, (instance, key) =>
            hasId(instance, key) ? instance : { ...instance, instanceId: key },
        ),
        credentials: mapOf(props.credentials ?? {}, asItIs),
        removal: props.removal,
        adoptExisting: props.adoptExisting,
    };
}

function hasId<U extends Unknown>(
    instance: CanonicalInstance<U>,
    id: string,
): instance is DeclaredInstance<U> {
    return instance.instanceId === id;
}

/** The access keys of clients: a text of the service may quote them long after they were sent. */
export function secretsIn(...specs: readonly FleetSpec[]): readonly string[] {
    const keys = specs.flatMap(({ credentials }) => [...credentials.values()]);
    return keys.flatMap(({ accessKeyId, accessKeySecret }) => [accessKeyId, accessKeySecret]);
}

/** What outputs record of a fleet. */
export function stateOf(outputs: RecordedOutputs): FleetState {
    return { spec: specOf(outputs), clients: mapOf(outputs.clients, asItIs) };
}

/** A plain loop, because a preview does this with thousands of entries. */
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

/** A fleet of which nothing is recorded yet. */
export function emptyState<U extends Unknown = never>(spec: FleetSpec<U>): FleetState<U> {
    return { spec, clients: new Map() };
}

/** Puts outputs together: plain JSON, maps ordered by instance id, so that equal fleets have equal texts. */
export function outputsOf(
    inputs: KnownInputs,
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
    const lacking = namesOf(DEFAULTS).filter((name) => given[name] == null);
    const removalIsUnsaid = isFirst && given.removal === "UninstallAndDelete";
    return {
        outputs: {
            ...recorded,
            ...pick(DEFAULTS, lacking),
            ...(removalIsUnsaid && { removal: DEFAULTS.removal }),
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
