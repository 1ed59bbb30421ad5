import { isClaimedByOther } from "./claims";
import { changeOf, creationLine, removalLine, replacementLine } from "./change";
import type { ResourceLog } from "./engine";
import { planFleet } from "./fleet/plan";
import { isCompared, registeredInputs } from "./handover";
import { type CanonicalInputs, type RecordedOutputs, stateOf } from "./state";

/*
 * The plan lines of creations and removals, for which the engine asks for no diff. What one line has said of a resource, no
 * other one repeats; and nothing goes that none has said.
 */

/** What a diff has compared and replaces, by URN: a creation that follows belongs to it. */
const replaced = new Map<string, { readonly olds: RecordedOutputs; readonly creation: string }>();

/** The instances that a plan line without a diff has named as removed, by URN. Other deletions are the engine's to show. */
const named = new Map<string, readonly string[]>();

/** Notes what `diff` has compared, and whether it has logged a replacement. */
export function noteDiff(
    urn: string,
    olds: RecordedOutputs,
    news: CanonicalInputs,
    isReplacement: boolean,
): void {
    if (isReplacement) replaced.set(urn, { olds, creation: creationLine(news, true) });
    else replaced.delete(urn);
}

/** Notes that the program only reads the resource. What it was before may then be deleted, and no hook is asked before. */
export function noteRead(urn: string | undefined): void {
    if (urn !== undefined) named.set(urn, []);
}

/** Whether `diff` has logged a replacement of this resource, which has not been created yet. */
export function isReplaced(urn: string): boolean {
    return replaced.has(urn);
}

/**
 * Logs the plan of a resource that the engine creates. It may replace one: `diff` has said so then, or was not asked. If it
 * was, and the engine does not follow it, the plan line of that diff still holds (`handover.ts`).
 */
export function planCreation(urn: string, inputs: CanonicalInputs, log: ResourceLog): void {
    const replacement = replaced.get(urn);
    if (replacement) {
        replaced.delete(urn);
        replan(replacement, inputs, log);
        return;
    }
    if (isCompared(urn)) return;
    const old = registeredInputs(urn);
    named.set(urn, Object.keys(old?.instances ?? {}));
    log.info(old ? replacementLine(old, inputs) : creationLine(inputs));
}

/**
 * Logs a replacement again if `diff` has compared other instances than those that come: the old ones, where a dependency
 * causes it and the program has not declared the resource by then, or those that `ignoreChanges` keeps only in an update.
 */
function replan(
    { olds, creation }: { readonly olds: RecordedOutputs; readonly creation: string },
    inputs: CanonicalInputs,
    log: ResourceLog,
): void {
    const now = creationLine(inputs, true);
    if (now === creation) return;
    const { replaces, line } = changeOf(olds, inputs);
    log.info(replaces.length > 0 ? line : now);
}

/** Logs a removal if a plan line without a diff has not named all of it: old inputs do not tell what a failed update has left. */
export function planRemoval(urn: string, outputs: RecordedOutputs, log: ResourceLog): void {
    const told = named.get(urn);
    named.delete(urn);
    if (!told) return;
    const { region, vaultId, clients } = outputs;
    const isLeft = planFleet(undefined, stateOf(outputs))
        .filter(({ kind }) => kind === "uninstall" || kind === "retain")
        .map(({ instanceId }) => instanceId)
        .filter((id) => !told.includes(id))
        // A creation before the deletion has taken these over.
        .some((id) => !isClaimedByOther(urn, { region, vaultId, ...clients[id], instanceId: id }, true));
    if (isLeft) log.info(removalLine(outputs));
}
