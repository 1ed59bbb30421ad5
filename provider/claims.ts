import { abortable } from "./async";
import type { MaybeUnknown } from "./unknown";

/**
 * What the resources of this process want of each other's instances. The dynamic provider of a program runs in one
 * process, so module state is enough to keep two resources from working on one instance at a time, and to let a
 * client move from one resource to another.
 */

const claims = new Map<string, ReadonlySet<string>>();

/** A client, by what it is declared with. */
export interface ClaimedPair {
    readonly region: MaybeUnknown<string>;
    readonly vaultId: MaybeUnknown<string>;
    readonly instanceId: MaybeUnknown<string>;
    readonly clusterId?: MaybeUnknown<string> | undefined;
}

/** Says which clients a resource declares, instead of what it declared before. */
export function claim(owner: string, pairs: Iterable<ClaimedPair>): void {
    claims.set(owner, new Set([...pairs].map(keyOf)));
}

const renamed = new Map<string, string>();

/** Says that a resource had another URN before (an alias); its old outputs, which `delete` gets, still hold that one. */
export function rename(before: string, owner: string): void {
    if (before !== owner) renamed.set(before, owner);
}

/** The URN that a resource has now; its old outputs may hold an earlier one. */
export function currentUrn(urn: string): string {
    return renamed.get(urn) ?? urn;
}

/** Whether another resource of this process declares the client. */
export function isClaimedByOther(owner: string, pair: ClaimedPair): boolean {
    const key = keyOf(pair);
    const now = currentUrn(owner);
    return [...claims].some(([other, keys]) => other !== now && keys.has(key));
}

function keyOf(pair: ClaimedPair): string {
    return JSON.stringify([pair.region, pair.vaultId, pair.instanceId, pair.clusterId ?? null]);
}

const tails = new Map<string, Promise<unknown>>();

/**
 * Runs `work` when no other run of this process works on any of these instances, and keeps others from them until it
 * ends. All are taken at once, so that two runs cannot wait for each other.
 */
export async function withInstances<T>(
    instanceIds: Iterable<string>,
    signal: AbortSignal,
    work: () => Promise<T>,
): Promise<T> {
    const ids = [...instanceIds];
    const before = ids.flatMap((id) => tails.get(id) ?? []);
    const mine = Promise.withResolvers<unknown>();
    const tail = Promise.all([...before, mine.promise]);
    for (const id of ids) tails.set(id, tail);
    try {
        await abortable(Promise.all(before), signal);
        return await work();
    } finally {
        mine.resolve(undefined);
        for (const id of ids) if (tails.get(id) === tail) tails.delete(id);
    }
}
