import * as v from "valibot";
import { DATA_NETWORK_TYPES, DATA_PROXY_SETTINGS } from "./client";
import { ControlError } from "./errors";
import { CLIENT_STATUSES } from "./lifecycle";
import { toMilliseconds } from "./durations";

/** States of an ECS instance. A released one no longer exists. */
export const INSTANCE_STATES = ["Pending", "Starting", "Running", "Stopping", "Stopped", "Released"] as const;

export const HIGHEST_PORT = 65_535;

export const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const WholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Since the epoch. */
const Seconds = WholeNumber;

export const Duration = v.pipe(
    v.union([v.string(), v.number()]),
    v.transform(toMilliseconds),
    v.number('a duration such as "5s", or a number of milliseconds'),
);

const InstanceChanges = {
    state: v.optional(v.picklist(INSTANCE_STATES)),
    cloudAssistant: v.optional(v.boolean()),
    /** The error code that an installation ends with; null lets installations succeed again. */
    failInstall: v.optional(v.nullable(Name)),
    /** The error code that an upgrade ends with; null lets upgrades succeed again. */
    failUpgrade: v.optional(v.nullable(Name)),
    /** How long an installation takes; null restores the default. */
    installTime: v.optional(v.nullable(Duration)),
    /** How long after its installation or upgrade an agent falls over; null leaves that to the switch. */
    fallOverAfter: v.optional(v.nullable(Duration)),
    /** False: its agents stop beating, and stay ACTIVATED. */
    heartbeat: v.optional(v.boolean()),
    instanceName: v.optional(v.string()),
};

const DataPlane = v.strictObject({
    alertOnPartialComplete: v.optional(v.boolean()),
    dataNetworkType: v.optional(v.picklist(DATA_NETWORK_TYPES)),
    dataProxySetting: v.optional(v.picklist(DATA_PROXY_SETTINGS)),
    maxCpuCore: v.optional(WholeNumber),
    maxMemory: v.optional(WholeNumber),
    maxWorker: v.optional(WholeNumber),
    proxyHost: v.optional(v.string()),
    proxyPassword: v.optional(v.string()),
    proxyPort: v.optional(v.pipe(WholeNumber, v.maxValue(HIGHEST_PORT))),
    proxyUser: v.optional(v.string()),
});

const ClientChanges = {
    status: v.optional(v.picklist(CLIENT_STATUSES)),
    errorCode: v.optional(v.string()),
    statusMessage: v.optional(v.string()),
    clientName: v.optional(v.string()),
    clientVersion: v.optional(v.string()),
    maxVersion: v.optional(v.string()),
    useHttps: v.optional(v.boolean()),
    alertSetting: v.optional(v.string()),
    instanceName: v.optional(v.string()),
    networkType: v.optional(v.picklist(["CLASSIC", "VPC"])),
    sourceTypes: v.optional(v.array(Name)),
    settings: v.optional(DataPlane),
};

const VAULT_STATUSES = ["UNKNOWN", "INITIALIZING", "CREATED", "ERROR"] as const;

const VaultRecord = v.strictObject({
    vaultId: Name,
    vaultName: v.optional(v.string()),
    vaultType: v.optional(v.picklist(["STANDARD", "OTS_BACKUP"])),
    vaultRegionId: v.optional(Name),
    status: v.optional(v.picklist(VAULT_STATUSES)),
});

const HanaRecord = v.strictObject({
    vaultId: Name,
    clusterId: Name,
    hanaName: v.optional(v.string()),
    host: v.optional(v.string()),
    instanceNumber: v.optional(v.pipe(v.number(), v.integer())),
    userName: v.optional(v.string()),
    useSsl: v.optional(v.boolean()),
    validateCertificate: v.optional(v.boolean()),
    alertSetting: v.optional(v.string()),
    status: v.optional(v.pipe(v.number(), v.integer())),
    statusMessage: v.optional(v.string()),
});

const RoleRecord = v.strictObject({
    crossAccountUserId: v.pipe(v.string(), v.regex(/^\d{1,19}$/, "an account id, as a text")),
    crossAccountRoleName: Name,
});

export const VaultPatchSchema = v.strictObject({ status: v.picklist(VAULT_STATUSES) });
export const InstancePatchSchema = v.strictObject(InstanceChanges);
export const ClientPatchSchema = v.strictObject(ClientChanges);

const InstanceRecord = v.strictObject({ instanceId: Name, ...InstanceChanges });

export const ClientRecord = v.strictObject({
    clientId: v.optional(Name),
    clientType: v.optional(v.picklist(["ECS_AGENT", "ECS_CLIENT"])),
    vaultId: v.optional(v.string()),
    instanceId: Name,
    clusterId: v.optional(v.string()),
    createdTime: v.optional(Seconds),
    updatedTime: v.optional(Seconds),
    ...ClientChanges,
});

/** A world as `--world FILE` and `PUT /_simulator/world` take it. `tasks`, which a GET returns, is ignored. */
export const WorldSchema = v.strictObject({
    $schema: v.optional(v.string()),
    strict: v.optional(v.boolean()),
    vaults: v.optional(v.array(v.union([Name, VaultRecord]))),
    instances: v.optional(v.array(InstanceRecord)),
    clients: v.optional(v.array(ClientRecord)),
    hanaInstances: v.optional(v.array(HanaRecord)),
    roles: v.optional(v.array(RoleRecord)),
    tasks: v.optional(v.array(v.unknown())),
});

/** A world to set. What it leaves out is empty, or has the default of the service. */
export type WorldInput = v.InferInput<typeof WorldSchema>;
export type WorldRecords = v.InferOutput<typeof WorldSchema>;
export type VaultPatch = v.InferInput<typeof VaultPatchSchema>;
/** What can be changed of an instance from outside. What is left out stays as it is. */
export type InstancePatch = v.InferInput<typeof InstancePatchSchema>;
export type InstanceChange = v.InferOutput<typeof InstancePatchSchema>;
/** What can be changed of a client from outside. What is left out stays as it is. */
export type ClientPatch = v.InferInput<typeof ClientPatchSchema>;
export type ClientChange = v.InferOutput<typeof ClientPatchSchema>;
/** A client that another program has installed. */
export type ClientInput = v.InferInput<typeof ClientRecord>;
export type NewClient = v.InferOutput<typeof ClientRecord>;

/** Parses input with the schema, or throws a 400 that names the first problem and its path. */
export function parseInput<T extends v.GenericSchema>(schema: T, input: unknown): v.InferOutput<T> {
    // The schemas would accept an empty array as an empty object.
    if (Array.isArray(input)) throw new ControlError(400, "Invalid type: Expected Object but received Array");
    const result = v.safeParse(schema, input);
    if (result.success) return result.output;
    const [issue] = result.issues;
    const path = v.getDotPath(issue);
    throw new ControlError(400, path === null ? issue.message : `${path}: ${issue.message}`);
}
