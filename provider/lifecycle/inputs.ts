import * as v from "valibot";
import type { ClientCredential, DeclaredInstance, Removal } from "../fleet/model";
import { compareText, unknownKey } from "../fleet/plan";
import { InstanceSchema, SettingsSchema, show } from "./schema";
import { type CanonicalInputs, isUnknown, STATE_VERSION, type Rollout, type Timeouts } from "./state";

/** A fault in one property, as `check` reports it. */
export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

/** What `check` makes of the arguments. */
export interface CheckedInputs {
    readonly inputs: CanonicalInputs;
    readonly failures: readonly CheckFailure[];
    readonly warnings: readonly string[];
}

/** Plain JSON from the program or the state; validated here and nowhere else. */
export type RawInputs = Readonly<Record<string, unknown>>;

const KNOWN_SOURCE_TYPES = ["HANA"];
const ROLLOUT_DEFAULTS: Rollout = { batchSize: 20, parallelism: 4 };

/**
 * Validates everything that is known and brings the arguments into their one canonical form: defaults applied, the
 * array of instances as a map by instance id, access keys apart. Anything that is not known yet passes through.
 *
 * @param olds the old canonical inputs; empty for a new resource
 * @param configuredRegion the region of the stack configuration or environment, which `region` overrides
 */
export function canonicalInputs(
    olds: RawInputs,
    news: RawInputs,
    configuredRegion: string | undefined,
): CheckedInputs {
    const failures: CheckFailure[] = [...settingsFailures(news), ...crossAccountFailures(news)];
    const region = news["region"] ?? configuredRegion;
    const { instances, credentials } = collectInstances(olds, news, failures);
    const passed = [
        "alertSetting",
        "useHttps",
        "resourceGroupId",
        "crossAccountType",
        "crossAccountRoleName",
        "triggers",
        "__urn",
        "__timeouts",
    ];
    const inputs = {
        ...Object.fromEntries(passed.flatMap((name) => (news[name] == null ? [] : [[name, news[name]]]))),
        vaultId: news["vaultId"] as string,
        region: region as string,
        instances,
        ...(Object.keys(credentials).length > 0 && { credentials }),
        ...(news["crossAccountUserId"] != null && {
            crossAccountUserId: accountText(news["crossAccountUserId"]),
        }),
        rollout: isUnknown(news["rollout"])
            ? (news["rollout"] as never)
            : { ...ROLLOUT_DEFAULTS, ...(news["rollout"] as object) },
        removal: (news["removal"] ?? "UninstallAndDelete") as Removal,
        adoptExisting: (news["adoptExisting"] ?? true) as boolean,
        __version: STATE_VERSION,
    } as CanonicalInputs;
    return { inputs, failures, warnings: sourceTypeWarnings(inputs) };
}

/** The account ID as text: it is a long, and a number may have too few digits for it. */
function accountText(value: unknown): string {
    return typeof value === "number" ? value.toFixed(0) : (value as string);
}

function settingsFailures(news: RawInputs): CheckFailure[] {
    const present = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null));
    return issuesOf(v.safeParse(SettingsSchema, present), "");
}

function issuesOf(result: v.SafeParseResult<v.GenericSchema>, prefix: string): CheckFailure[] {
    return (result.issues ?? []).map((issue) => ({
        property: (issue.path ?? []).reduce<string>((path, { key }) => joinPath(path, key), prefix),
        reason: issue.message,
    }));
}

function joinPath(path: string, key: unknown): string {
    if (typeof key === "number") return `${path}[${key}]`;
    return path === "" ? String(key) : `${path}.${String(key)}`;
}

function crossAccountFailures(news: RawInputs): CheckFailure[] {
    const type = news["crossAccountType"];
    if (isUnknown(type)) return [];
    return ["crossAccountUserId", "crossAccountRoleName"].flatMap((property) => {
        const given = news[property] != null;
        if (type === "CROSS_ACCOUNT" && !given)
            return [{ property, reason: 'is required with crossAccountType "CROSS_ACCOUNT"' }];
        if (type !== "CROSS_ACCOUNT" && given)
            return [{ property, reason: 'goes only with crossAccountType "CROSS_ACCOUNT"' }];
        return [];
    });
}

interface Collected {
    readonly instances: Record<string, DeclaredInstance>;
    readonly credentials: Record<string, ClientCredential>;
}

/** `instances` is an array from the program, or the old map where the option `ignoreChanges` keeps it. */
function collectInstances(olds: RawInputs, news: RawInputs, failures: CheckFailure[]): Collected {
    const given = news["instances"];
    if (isUnknown(given)) return { instances: given as never, credentials: {} };
    const kept = given !== null && typeof given === "object" && !Array.isArray(given);
    if (!kept && (!Array.isArray(given) || given.length === 0)) {
        failures.push({ property: "instances[0]", reason: "at least one instance is required" });
        return { instances: {}, credentials: {} };
    }
    const elements: unknown[] = kept ? Object.values(given) : (given as unknown[]);
    const keys = kept
        ? keptCredentials(olds, news, elements)
        : (news["credentials"] as unknown[] | undefined);
    return canonicalInstances(elements, Array.isArray(keys) ? keys : [], failures);
}

/** With `ignoreChanges: ["instances"]` the old instances stay, and with them the old key of any that lost its own. */
function keptCredentials(olds: RawInputs, news: RawInputs, elements: readonly unknown[]): unknown[] {
    const fresh = Array.isArray(news["credentials"]) ? (news["credentials"] as unknown[]) : [];
    const old = (olds["credentials"] ?? {}) as Record<string, unknown>;
    return elements.map((element) => {
        const instanceId = (element as DeclaredInstance).instanceId;
        return (
            fresh.find((key) => (key as { instanceId?: unknown } | null)?.instanceId === instanceId) ??
            old[instanceId]
        );
    });
}

function canonicalInstances(
    elements: readonly unknown[],
    keys: readonly unknown[],
    failures: CheckFailure[],
): Collected {
    const instances = new Map<string, DeclaredInstance>();
    const credentials = new Map<string, ClientCredential>();
    const positions = new Map<string, number>();
    let unknowns = 0;
    elements.forEach((given, index) => {
        const element = isUnknown(given) ? { instanceId: given } : given;
        const path = `instances[${index}]`;
        const raw = withoutNulls({ ...(element as object), ...pickKeys(keys[index]) });
        const faults =
            element !== null && typeof element === "object"
                ? issuesOf(v.safeParse(InstanceSchema, raw), path)
                : [{ property: path, reason: "must be an object with an instanceId" }];
        failures.push(...faults);
        const key = isUnknown(raw["instanceId"]) ? unknownKey(++unknowns) : String(raw["instanceId"]);
        const earlier = positions.get(key);
        if (earlier !== undefined && raw["instanceId"] !== undefined) {
            failures.push({
                property: `${path}.instanceId`,
                reason: `${show(key)} is already declared by instances[${earlier}]; an instance in two clusters takes a second resource`,
            });
        }
        if (raw["instanceId"] !== undefined) positions.set(key, index);
        const { accessKeyId, accessKeySecret } = raw;
        failures.push(...halfKeyFailures(path, accessKeyId, accessKeySecret));
        instances.set(key, canonicalInstance(raw));
        if (accessKeyId !== undefined && accessKeySecret !== undefined) {
            credentials.set(key, {
                accessKeyId: accessKeyId as string,
                accessKeySecret: accessKeySecret as string,
            });
        }
    });
    return { instances: sortedObject(instances), credentials: sortedObject(credentials) };
}

function canonicalInstance(raw: RawInputs): DeclaredInstance {
    const sourceTypes = raw["sourceTypes"] ?? ["HANA"];
    return {
        instanceId: raw["instanceId"] as string,
        ...(raw["clusterId"] !== undefined && { clusterId: raw["clusterId"] as string }),
        sourceTypes: Array.isArray(sourceTypes)
            ? [...new Set(sourceTypes as string[])].sort(compareText)
            : (sourceTypes as never),
    };
}

function halfKeyFailures(path: string, accessKeyId: unknown, accessKeySecret: unknown): CheckFailure[] {
    if ((accessKeyId === undefined) === (accessKeySecret === undefined)) return [];
    const [missing, given] =
        accessKeyId === undefined ? ["accessKeyId", "accessKeySecret"] : ["accessKeySecret", "accessKeyId"];
    return [
        {
            property: `${path}.${missing}`,
            reason: `is required because ${given} is given: an access key has two halves`,
        },
    ];
}

function pickKeys(key: unknown): RawInputs {
    if (key === null || typeof key !== "object")
        return isUnknown(key) ? { accessKeyId: key, accessKeySecret: key } : {};
    const { accessKeyId, accessKeySecret } = key as Record<string, unknown>;
    return withoutNulls({ accessKeyId, accessKeySecret });
}

function withoutNulls(record: object): Record<string, unknown> {
    return Object.fromEntries(Object.entries(record).filter(([, value]) => value != null));
}

function sortedObject<T>(map: ReadonlyMap<string, T>): Record<string, T> {
    return Object.fromEntries([...map].sort(([a], [b]) => compareText(a, b)));
}

function sourceTypeWarnings(inputs: CanonicalInputs): string[] {
    if (isUnknown(inputs.instances)) return [];
    return Object.entries(inputs.instances).flatMap(([instanceId, { sourceTypes }]) => {
        const types = isUnknown(sourceTypes) ? [] : sourceTypes;
        const odd = types.filter((type) => !KNOWN_SOURCE_TYPES.includes(type) && !isUnknown(type));
        return odd.length > 0
            ? [
                  `${instanceId}: sourceTypes ${odd.join(", ")} is not documented for CreateClients, which installs SAP HANA clients; passed on as it is`,
              ]
            : [];
    });
}

/** Time-outs that the program gave, where they can be read. */
export type { Timeouts };
