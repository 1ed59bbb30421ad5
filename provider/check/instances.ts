import { INSTANCE, type Values } from "../arguments";
import type { ClientCredential } from "../fleet/model";
import { compareText, unknownKey } from "../fleet/plan";
import { show } from "../forms";
import type { CanonicalInstance } from "../state";
import { isUnknown, type MaybeUnknown, type Unknown } from "../unknown";
import { strayNames } from "./names";
import { type CheckFailure, isRecord, type Json, parse, type Parsed, schemaOf, withoutEmpty } from "./schema";

/** The canonical form of the instances: maps by instance ID. An instance with a failure is left out. */
export interface CanonicalInstances {
    readonly instances: MaybeUnknown<Readonly<Record<string, CanonicalInstance<Unknown>>>>;
    readonly credentials: Readonly<Record<string, ClientCredential<Unknown>>>;
    readonly failures: readonly CheckFailure[];
}

const schema = schemaOf(INSTANCE);

/**
 * Returns the canonical form of the instances. The program passes an array; with the option `ignoreChanges` the engine
 * passes the old map. An instance whose ID is not known yet gets a placeholder as its key.
 */
export function canonicalInstances(olds: Json, news: Json): CanonicalInstances {
    const given = news["instances"];
    if (isUnknown(given)) return { instances: given, credentials: {}, failures: [] };
    const kept = isRecord(given);
    const elements: readonly unknown[] = kept ? Object.values(given) : Array.isArray(given) ? given : [];
    if (elements.length === 0) {
        const isList = given == null || kept || Array.isArray(given);
        const reason = isList
            ? "at least one instance is required"
            : "instances is not an array (its value is not shown)";
        const failure = { property: "instances[0]", reason };
        return { instances: {}, credentials: {}, failures: [failure] };
    }
    const keys = kept ? keptKeys(olds, news, given) : keysOf(news, elements);
    const instances = new Map<string, CanonicalInstance<Unknown>>();
    const credentials = new Map<string, ClientCredential<Unknown>>();
    const failures: CheckFailure[] = [];
    const positions = new Map<unknown, number>();
    let unknowns = 0;
    elements.forEach((element, index) => {
        const path = `instances[${index}]`;
        const { value, ...parsed } = parseInstance(path, element, keys[index] ?? {});
        failures.push(...parsed.failures, ...repetition(path, index, parsed.instanceId, positions));
        if (!value) return;
        const { accessKeyId, accessKeySecret, ...instance } = value;
        const { instanceId } = instance;
        const name = isUnknown(instanceId) ? unknownKey(++unknowns) : instanceId;
        instances.set(name, instance);
        if (accessKeyId !== undefined && accessKeySecret !== undefined)
            credentials.set(name, { accessKeyId, accessKeySecret });
    });
    return { instances: sortedObject(instances), credentials: sortedObject(credentials), failures };
}

function parseInstance(
    path: string,
    given: unknown,
    key: Json,
): Parsed<Values<typeof INSTANCE, Unknown>> & { readonly instanceId?: unknown } {
    const element = isUnknown(given) ? { instanceId: given } : given;
    if (!isRecord(element)) {
        const reason = "is not an object with an instanceId (its value is not shown)";
        return { failures: [{ property: path, reason }] };
    }
    const raw = { ...withoutEmpty(element), ...key };
    const { failures, ...parsed } = parse(schema, raw, path);
    return {
        ...parsed,
        instanceId: raw["instanceId"],
        failures: [
            ...failures,
            ...strayNames(path, raw, "an argument of an instance", INSTANCE),
            ...halfKeyFailures(path, raw),
        ],
    };
}

function repetition(
    path: string,
    index: number,
    instanceId: unknown,
    positions: Map<unknown, number>,
): readonly CheckFailure[] {
    if (typeof instanceId !== "string" || isUnknown(instanceId)) return [];
    const earlier = positions.get(instanceId);
    positions.set(instanceId, index);
    if (earlier === undefined) return [];
    const reason = `${show(instanceId)} is already declared by instances[${earlier}]; an instance in two clusters takes a second resource`;
    return [{ property: `${path}.instanceId`, reason }];
}

/**
 * The access keys of an array of instances, in its order. The constructor passes them as an array in that order;
 * `ignoreChanges` and an import pass a map by instance ID.
 */
function keysOf({ credentials }: Json, elements: readonly unknown[]): readonly Json[] {
    if (Array.isArray(credentials)) return credentials.map(keyHalves);
    const byInstance = mapOf(credentials);
    return elements.map((element) => keyHalves(byInstance.get(idOf(element))));
}

/** With `ignoreChanges: ["instances"]` the old instances stay. One without a new access key keeps its old one. */
function keptKeys(olds: Json, { credentials }: Json, kept: object): readonly Json[] {
    const fresh = Array.isArray(credentials)
        ? new Map(credentials.map((key: unknown) => [idOf(key), key]))
        : mapOf(credentials);
    const old = mapOf(olds["credentials"]);
    return Object.entries(kept).map(([name, element]) => {
        const halves = keyHalves(fresh.get(idOf(element)));
        return Object.keys(halves).length > 0 ? halves : keyHalves(old.get(name));
    });
}

function idOf(element: unknown): unknown {
    return isRecord(element) ? element["instanceId"] : undefined;
}

function mapOf(record: unknown): ReadonlyMap<unknown, unknown> {
    return new Map<unknown, unknown>(isRecord(record) ? Object.entries(record) : []);
}

function halfKeyFailures(path: string, { accessKeyId, accessKeySecret }: Json): readonly CheckFailure[] {
    if ((accessKeyId === undefined) === (accessKeySecret === undefined)) return [];
    const [missing, given] =
        accessKeyId === undefined ? ["accessKeyId", "accessKeySecret"] : ["accessKeySecret", "accessKeyId"];
    const reason = `is required because ${given} is given: an access key has two halves`;
    return [{ property: `${path}.${missing}`, reason }];
}

function keyHalves(key: unknown): Json {
    if (!isRecord(key)) return {};
    const { accessKeyId, accessKeySecret } = key;
    return withoutEmpty({ accessKeyId, accessKeySecret });
}

function sortedObject<T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
    return Object.fromEntries([...map].sort(([a], [b]) => compareText(a, b)));
}
