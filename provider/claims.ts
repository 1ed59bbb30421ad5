import { abortable } from "./async";
import { idList } from "./fleet/planText";
import { isUnknown, type MaybeUnknown } from "./unknown";
import { nameIn } from "./urn";

/**
 * What the resources of one program must know about each other. The dynamic provider of a program runs in one process, so
 * module state is enough to let only one run at a time work on an instance, and to let a client move from one resource to
 * another.
 */

/** A client, by what declares it. */
export interface ClaimedClient {
    readonly region: MaybeUnknown<string>;
    readonly vaultId: MaybeUnknown<string>;
    readonly instanceId: MaybeUnknown<string>;
    readonly clusterId?: MaybeUnknown<string> | undefined;
}

/** The keys of the clients that each resource declares, by URN. */
const claims = new Map<string, ReadonlySet<string>>();

/** Records the clients that a resource declares. They replace the ones it declared before. */
export function claim(urn: string, clients: Iterable<ClaimedClient>): void {
    claims.set(urn, new Set([...clients].map(keyOf)));
}

/** The URNs of the resources that are in the state at the end of this run. */
const standing = new Set<string>();

/**
 * Records whether a resource stays. An earlier one of its URN may be deleted then: in a replacement that creates first (a
 * transform can make the engine do so), or after one that was cut off.
 */
export function stays(urn: string, does: boolean): void {
    if (does) standing.add(urn);
    else standing.delete(urn);
}

/** Whether another resource of this process declares the client; in a deletion, one of the same URN that stays too. */
export function isClaimedByOther(urn: string, client: ClaimedClient, isDeletion = false): boolean {
    const key = keyOf(client);
    const own = currentUrn(urn);
    const isOther = (other: string): boolean => other !== own || (isDeletion && standing.has(own));
    return [...claims].some(([other, keys]) => isOther(other) && keys.has(key));
}

/** One warning for each other resource that declares some of these clients too. What is not known yet is not compared. */
export function claimWarnings(urn: string, clients: readonly ClaimedClient[]): readonly string[] {
    const known = clients.filter((client) => !Object.values(client).some(isUnknown));
    return [...claims].flatMap(([other, keys]) => {
        const shared = other === urn ? [] : known.filter((client) => keys.has(keyOf(client)));
        if (shared.length === 0) return [];
        const hasSameName = nameIn(urn) === nameIn(other);
        const [one, two] = hasSameName ? [urn, other] : [nameIn(urn), nameIn(other)];
        const ids = idList(shared.flatMap(({ instanceId }) => (isUnknown(instanceId) ? [] : instanceId)));
        const text = `"${one}" and "${two}" both declare ${ids}: each would reinstall, upgrade and remove the same clients`;
        return [`${text}. Take them out of one of the two`];
    });
}

function keyOf({ region, vaultId, instanceId, clusterId }: ClaimedClient): string {
    return JSON.stringify([region, vaultId, instanceId, clusterId ?? null]);
}

/** The current URNs of resources that an alias has renamed, by the URN before. */
const renamed = new Map<string, string>();

/** Records that an alias has renamed a resource. `delete` gets the old outputs, which hold the URN before. */
export function rename(before: string, urn: string): void {
    if (before !== urn) renamed.set(before, urn);
}

/** The current URN of a resource, by any URN in its outputs. */
export function currentUrn(urn: string): string {
    return renamed.get(urn) ?? urn;
}

/** The end of the last run that was queued for an instance, by instance ID. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` once no earlier run of this process works on any of these instances. A run queues for all of its
 * instances at the same time, so two runs cannot wait for each other.
 */
export async function withInstances<T>(
    instanceIds: Iterable<string>,
    signal: AbortSignal,
    work: () => Promise<T>,
): Promise<T> {
    const ids = [...instanceIds];
    const before = ids.flatMap((id) => queues.get(id) ?? []);
    const own = Promise.withResolvers<unknown>();
    const end = Promise.all([...before, own.promise]);
    for (const id of ids) queues.set(id, end);
    try {
        await abortable(Promise.all(before), signal);
        return await work();
    } finally {
        own.resolve(undefined);
        for (const id of ids) if (queues.get(id) === end) queues.delete(id);
    }
}
