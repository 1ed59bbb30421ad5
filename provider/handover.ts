import { isDeepStrictEqual } from "node:util";
import type { RecordedOutputs } from "./state";

/*
 * The engine may replace a resource of which `diff` has said that it needs no replacement: with `replaceOnChanges: ["*"]`, if
 * its last operation has failed. What `diff` has shown is what an update would do. So the deletion removes nothing, and the
 * creation goes on with the clients of the old resource, as an update would.
 */

/** The URNs whose `check` had old inputs, so that the `diff` that follows is of the program. */
const registered = new Set<string>();

/** Notes that the program declares a resource that is in the state. */
export function noteRegistered(urn: string): void {
    registered.add(urn);
}

/** What `diff` has compared with, if nothing is to be replaced; by URN. */
const compared = new Map<string, RecordedOutputs>();

/** What deletions have left to the creation that follows, by URN. */
const handedOver = new Map<string, RecordedOutputs>();

/**
 * Notes what `diff` has compared with, and returns whether the resource stays. The engine also asks for resources that depend
 * on a replaced one, before the program has declared them: that says nothing about what becomes of them.
 */
export function noteCompared(urn: string, olds: RecordedOutputs, isReplaced: boolean): boolean {
    const isKept = registered.delete(urn) && !isReplaced;
    if (isKept) compared.set(urn, olds);
    else compared.delete(urn);
    return isKept;
}

/** Whether a deletion leaves everything to the creation that follows. It does not if another resource of the URN is deleted. */
export function handOver(urn: string, props: RecordedOutputs): boolean {
    if (!isDeepStrictEqual(compared.get(urn), props)) return false;
    handedOver.set(urn, props);
    return true;
}

/** What a creation goes on with. A deletion that follows it is that of an earlier resource. */
export function takeOver(urn: string): RecordedOutputs | undefined {
    compared.delete(urn);
    return handedOver.get(urn);
}
