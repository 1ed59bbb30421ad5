import { adviceFor, HbrError } from "../hbr/errors";
import { idList } from "../fleet/idList";
import type { Failure } from "../fleet/judge";
import { Interrupted } from "../interrupted";
import type { RunResult } from "./run/fleetRun";
import { pendingEntries, type RecordedOutputs } from "./state";

/**
 * An error whose text is for the user. The engine shows it at the resource; the server besides prints the error and
 * its stack on the console, which would say the same once more and then what helps nobody.
 */
export class ProviderError extends Error {
    constructor(message: string, cause?: unknown) {
        super(message, { cause });
        this.name = "ProviderError";
        this.stack = "an error, shown at its resource";
    }

    override toString(): string {
        return "pulumi-alicloud-hbr";
    }
}

/**
 * An error that leaves something behind: the engine keeps the resource with these properties, prints each reason,
 * and calls `update` in the next run.
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

/** One line for a failure: which instance, the code, what the service said, what to do. */
export function reasonOf(instanceId: string, failure: Failure): string {
    const { code, message, requestId } = failure;
    const request =
        requestId !== undefined && !message.includes(requestId) ? ` (request id ${requestId})` : "";
    const text = message.includes(code) ? message : `${code}: ${message}`;
    return withAdvice(`${instanceId}: ${text}${request}`, code);
}

/** One line for an error that ended a whole run. */
export function describeError(error: unknown): string {
    if (error === "too many failures")
        return "too many failures: no further batch was started (rollout.maxFailures)";
    if (error instanceof HbrError) return withAdvice(error.message, error.code, error.operation);
    return error instanceof Error ? error.message : String(error);
}

function withAdvice(text: string, code: string, operation?: string): string {
    const advice = adviceFor(code, operation);
    return advice === undefined ? text : `${text}; ${advice}`;
}

/** The reasons of a run that did not reach its end: first what ended it, then each instance, then what is left. */
export function reasonsOf(result: RunResult, outputs: RecordedOutputs): string[] {
    const { failures } = result.ledger;
    const pending = pendingEntries(outputs).filter((entry) => !failures.has(entry.instanceId));
    const ended = result.error === undefined ? [] : [endOf(result.error)];
    const failed = [...failures]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([id, failure]) => reasonOf(id, failure));
    const left = pending.map(({ instanceId }) => instanceId);
    const open = left.length > 0 ? [`still to be done, by the next \`pulumi up\`: ${idList(left)}`] : [];
    return [...ended, ...failed, ...open];
}

function endOf(error: unknown): string {
    const text = describeError(error);
    return error instanceof Interrupted ? `stopped: ${text}` : text;
}
