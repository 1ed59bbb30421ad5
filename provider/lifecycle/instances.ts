import * as v from "valibot";
import { type ClientCredential, type DeclaredInstance, UNKNOWN_VALUE } from "../fleet/model";
import { compareText, unknownKey } from "../fleet/plan";
import { type CheckFailure, InstanceSchema, issuesOf, show } from "./schema";
import { isUnknown } from "./state";

type Json = Readonly<Record<string, unknown>>;

/** The instances in their canonical form: maps by instance id, access keys apart. */
export interface CanonicalInstances {
    readonly instances: Readonly<Record<string, DeclaredInstance>>;
    readonly credentials: Readonly<Record<string, ClientCredential>>;
    readonly failures: readonly CheckFailure[];
}

/**
 * Brings the instances into their canonical form. They are an array from the program, or the old map where the option
 * `ignoreChanges` keeps it; one whose id is not known yet goes by a name of our own.
 */
export function canonicalInstances(olds: Json, news: Json): CanonicalInstances {
    const given = news["instances"];
    if (isUnknown(given)) return { instances: given as never, credentials: {}, failures: [] };
    const kept = given !== null && typeof given === "object" && !Array.isArray(given);
    const elements: readonly unknown[] = kept ? Object.values(given) : Array.isArray(given) ? given : [];
    if (elements.length === 0) {
        const failure = { property: "instances[0]", reason: "at least one instance is required" };
        return { instances: {}, credentials: {}, failures: [failure] };
    }
    const keys = kept ? keptKeys(olds, news, given) : keysIn(news);
    const collector = new Collector();
    elements.forEach((element, index) => {
        collector.add(index, element, keys[index]);
    });
    return collector.result();
}

/** The access keys that the constructor took out of the instances; aligned with them. */
function keysIn(news: Json): readonly unknown[] {
    return Array.isArray(news["credentials"]) ? news["credentials"] : [];
}

/** With `ignoreChanges: ["instances"]` the old instances stay, and with them the old key of any that lost its own. */
function keptKeys(olds: Json, news: Json, kept: object): readonly unknown[] {
    const fresh = new Map(
        keysIn(news).map((key) => [(key as { readonly instanceId?: unknown } | null)?.instanceId, key]),
    );
    const old = new Map(Object.entries(olds["credentials"] ?? {}));
    return Object.entries(kept).map(
        ([name, element]) =>
            fresh.get((element as DeclaredInstance | null)?.instanceId) ?? (old.get(name) as unknown),
    );
}

class Collector {
    private readonly instances = new Map<string, DeclaredInstance>();
    private readonly credentials = new Map<string, ClientCredential>();
    private readonly positions = new Map<unknown, number>();
    private readonly failures: CheckFailure[] = [];
    private unknowns = 0;

    add(index: number, given: unknown, key: unknown): void {
        const path = `instances[${index}]`;
        const element = isUnknown(given) ? { instanceId: given } : given;
        if (element === null || typeof element !== "object") {
            this.failures.push({ property: path, reason: "must be an object with an instanceId" });
            return;
        }
        const raw = withoutNulls({ ...element, ...keyHalves(key) });
        const { instanceId, accessKeyId, accessKeySecret } = raw;
        this.failures.push(...issuesOf(v.safeParse(InstanceSchema, raw), path));
        this.failures.push(...halfKeyFailures(path, accessKeyId, accessKeySecret));
        if (typeof instanceId !== "string") return;
        this.failures.push(...this.repetition(path, index, instanceId));
        const name = isUnknown(instanceId) ? unknownKey(++this.unknowns) : instanceId;
        this.instances.set(name, canonicalInstance(instanceId, raw));
        if (accessKeyId !== undefined && accessKeySecret !== undefined) {
            this.credentials.set(name, { accessKeyId, accessKeySecret } as ClientCredential);
        }
    }

    result(): CanonicalInstances {
        return {
            instances: sortedObject(this.instances),
            credentials: sortedObject(this.credentials),
            failures: this.failures,
        };
    }

    private repetition(path: string, index: number, instanceId: string): readonly CheckFailure[] {
        if (isUnknown(instanceId)) return [];
        const earlier = this.positions.get(instanceId);
        this.positions.set(instanceId, index);
        if (earlier === undefined) return [];
        const reason = `${show(instanceId)} is already declared by instances[${earlier}]; an instance in two clusters takes a second resource`;
        return [{ property: `${path}.instanceId`, reason }];
    }
}

function canonicalInstance(
    instanceId: string,
    { clusterId, sourceTypes = ["HANA"] }: Json,
): DeclaredInstance {
    return {
        instanceId,
        ...(clusterId !== undefined && { clusterId: clusterId as string }),
        // Not known as a whole is as good as one type that is not known.
        sourceTypes: Array.isArray(sourceTypes)
            ? [...new Set(sourceTypes as string[])].sort(compareText)
            : [UNKNOWN_VALUE],
    };
}

function halfKeyFailures(
    path: string,
    accessKeyId: unknown,
    accessKeySecret: unknown,
): readonly CheckFailure[] {
    if ((accessKeyId === undefined) === (accessKeySecret === undefined)) return [];
    const [missing, given] =
        accessKeyId === undefined ? ["accessKeyId", "accessKeySecret"] : ["accessKeySecret", "accessKeyId"];
    const reason = `is required because ${given} is given: an access key has two halves`;
    return [{ property: `${path}.${missing}`, reason }];
}

function keyHalves(key: unknown): Json {
    if (key === null || typeof key !== "object") return {};
    const { accessKeyId, accessKeySecret } = key as Json;
    return withoutNulls({ accessKeyId, accessKeySecret });
}

function withoutNulls(record: object): Json {
    return Object.fromEntries(Object.entries(record).filter(([, value]) => value != null));
}

function sortedObject<T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
    return Object.fromEntries([...map].sort(([a], [b]) => compareText(a, b)));
}
