import { isDeepStrictEqual } from "node:util";
import type { RecordedOutputs } from "./state";

/*
 * The engine may replace a resource of which `diff` has said that it needs no replacement: with `replaceOnChanges: ["*"]`, if
 * its last operation has failed. What `diff` has shown is what an update would do. So the deletion removes nothing, and the
 * creation goes on with the clients of the old resource, as an update would.
 */

/** What `diff` has compared with, if nothing is to be replaced; by URN. */
const compared = new Map<string, RecordedOutputs>();

/** What deletions have left to the creation that follows, by URN. */
const handedOver = new Map<string, RecordedOutputs>();

/** Notes what `diff` has compared with; undefined if the resource is to be replaced. */
export function noteCompared(urn: string, olds: RecordedOutputs | undefined): void {
    if (olds) compared.set(urn, olds);
    else compared.delete(urn);
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
