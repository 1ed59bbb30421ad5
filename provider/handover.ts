import { isDeepStrictEqual } from "node:util";
import type { KnownInputs, RecordedOutputs } from "./state";

/*
 * The engine may replace a resource of which `diff` has said that it needs no replacement: with `replaceOnChanges: ["*"]`, if
 * its last operation has failed. What `diff` has shown is what an update would do. So the deletion removes nothing, and the
 * creation goes on with the clients of the old resource, as an update would.
 */

/** The old inputs of the resources whose `check` had some, by URN: a `diff` that follows is of the program. */
const registered = new Map<string, Partial<KnownInputs>>();

/** Notes that the program declares a resource that is in the state. */
export function noteRegistered(urn: string, olds: Partial<KnownInputs>): void {
    registered.set(urn, olds);
}

/** The old inputs of a resource that the program declares, as long as no `diff` has compared them. */
export function registeredInputs(urn: string): Partial<KnownInputs> | undefined {
    return registered.get(urn);
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

/** Whether `diff` has compared the resource with the program, and replaces nothing. */
export function isCompared(urn: string): boolean {
    return compared.has(urn);
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
