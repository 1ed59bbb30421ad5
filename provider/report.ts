import { adviceFor, HbrError } from "./hbr/errors";
import { idList, MOST_IDS } from "./fleet/planText";
import type { Failure } from "./fleet/outcome";
import { compareText } from "./fleet/plan";
import { isOurs } from "./fleet/entry";
import { Interrupted } from "./interrupted";
import { ProviderError } from "./providerError";
import type { RunResult } from "./run/run";
import { AgentsKept, AllRefused, withoutIds } from "./run/halt";
import type { RecordedOutputs } from "./state";

/**
 * An error that keeps the resource: the engine records these properties, prints each reason, and calls `update` in the
 * next run.
 */
export class PartialFailure extends ProviderError {
    constructor(
        readonly id: string,
        readonly properties: RecordedOutputs,
        readonly reasons: readonly string[],
    ) {
        super(reasons.join("\n"));
    }
}

/** The line for failures that are alike: instances, code, message of the service, advice. */
function reasonOf(instanceIds: readonly string[], failure: Failure): string {
    const { code, message, operation, requestId, taskId } = failure;
    const ids = [
        ...(requestId !== undefined && !message.includes(requestId) ? [`request id ${requestId}`] : []),
        ...(taskId !== undefined && !message.includes(taskId) ? [`task ${taskId}`] : []),
    ];
    const suffix = ids.length > 0 ? ` (${ids.join(", ")})` : "";
    const text = message.includes(code) ? message : `${code}: ${message}`;
    return withAdvice(`${whom(instanceIds)}: ${text}${suffix}`, code, operation);
}

/** `i-a`, or `200 instances (i-a, i-b, +198)`. */
function whom(instanceIds: readonly string[]): string {
    const [only, ...others] = instanceIds;
    if (others.length === 0) return only ?? "";
    const shown = instanceIds.length > MOST_IDS ? instanceIds.slice(0, 2) : instanceIds;
    const hidden = instanceIds.length - shown.length;
    return `${instanceIds.length} instances (${[...shown, ...(hidden > 0 ? [`+${hidden}`] : [])].join(", ")})`;
}

/** The lines of failures, sorted by instance. Failures that differ only in the IDs in them share one. */
function failureLines(failures: ReadonlyMap<string, Failure>): string[] {
    const sorted = [...failures].sort(([a], [b]) => compareText(a, b));
    const alike = Map.groupBy(sorted, ([instanceId, { code, message }]) =>
        withoutIds(`${code} ${message}`)
            .replaceAll(instanceId, "…")
            .replace(/\bc-[\w-]+/g, "…"),
    );
    return [...alike.values()].flatMap((group) => {
        const [first] = group;
        if (!first) return [];
        const [instanceId, failure] = first;
        const ids = group.map(([id]) => id);
        // A message with an instance ID would name only the first of them.
        const message = ids.length > 1 ? failure.message.replaceAll(instanceId, "…") : failure.message;
        return [reasonOf(ids, { ...failure, message })];
    });
}

/** The line for an error that ended a run. */
export function describeError(error: unknown): string {
    if (error instanceof AllRefused)
        return (
            `the service refused every installation with the same error (${error.refusal.code}), so the other ` +
            "instances were not tried; run `pulumi up` again once that is fixed"
        );
    if (error instanceof AgentsKept) return describeKept(error);
    if (error instanceof HbrError) return withAdvice(error.message, error.code, error.operation);
    return error instanceof Error ? error.message : String(error);
}

function describeKept({ instanceIds, because: { instanceIds: failedIds, failure } }: AgentsKept): string {
    const without = failedIds.length === 1 ? `, or without ${failedIds.join()} in the program` : "";
    return (
        `${whom(instanceIds)}: kept as ${instanceIds.length === 1 ? "it is" : "they are"}, because installing, uninstalling or upgrading failed for ${whom(failedIds)} ` +
        `(${failure.code}); run \`pulumi up\` again once that is fixed${without}`
    );
}

function withAdvice(text: string, code: string, operation?: string): string {
    const advice = adviceFor(code, operation);
    return advice === undefined || text.includes(advice) ? text : `${text}; ${advice}`;
}

/** The reasons of an unfinished run: first the error that ended it, then the failures, then the instances with work left. */
export function reasonsOf(result: RunResult): string[] {
    const { record, isPaused } = result;
    const open = isPaused
        ? "paused after the first wave, because rollout.pauseAfter is set; run `pulumi up` to go on with "
        : "still to be done, by the next `pulumi up`: ";
    const unsoaked = "not watched to the end of the soak, so the next `pulumi up` looks at them again: ";
    return [...endingsOf(result), ...naming(open, record.pending), ...naming(unsoaked, [...record.unsoaked])];
}

/** A text with the IDs that it is about; nothing if there are none. */
function naming(text: string, instanceIds: readonly string[]): readonly string[] {
    return instanceIds.length === 0 ? [] : [text + idList([...instanceIds].sort(compareText))];
}

/**
 * The reasons of an unfinished removal. Their advice fits all cases: the provider cannot tell a destroy from a resource
 * that was taken out of the program, and a plain `pulumi up` of a program with the fleet would see no difference.
 */
export function reasonsOfRemoval(result: RunResult): string[] {
    const byStatus = Map.groupBy([...result.record.entries.values()].filter(isOurs), ({ status }) => status);
    const left = [...byStatus].map(
        ([status, entries]) => `${entries.map(({ instanceId }) => instanceId).join(", ")} (${status})`,
    );
    return [
        ...endingsOf(result),
        "run the same command again to go on with the removal; where the program still declares this fleet, " +
            "`pulumi up --refresh` repairs it instead",
        ...(left.length > 0 ? [`left: ${left.join("; ")}`] : []),
    ];
}

/** The line for what ended a run. One that had to stop while the service was in trouble names the last error. */
export function describeEnd({ error, lastError }: Pick<RunResult, "error" | "lastError">): string {
    const text = describeError(error);
    if (!(error instanceof Interrupted) || lastError === undefined) return text;
    return `${text}; the last error: ${describeError(lastError)}`;
}

function endingsOf(result: RunResult): string[] {
    const { error, record } = result;
    const failures = failureLines(record.failures);
    if (error === undefined) return failures;
    const text = describeEnd(result);
    return [error instanceof Interrupted ? `stopped: ${text}` : text, ...failures];
}

/** The warning of a removal that finds no vault. */
export function removedWithVault(
    { vaultId, region }: { readonly vaultId: string; readonly region: string },
    instanceIds: readonly string[],
): string {
    return (
        `there is no vault ${vaultId} (region ${region}): its clients count as removed, without an uninstallation ` +
        `(${idList(instanceIds)}). If the vault exists, region, endpoint or keys of the provider are not its own, and the ` +
        "clients are still there"
    );
}
