import * as v from "valibot";

import { id, numeric, orAbsent, text } from "./fields";
import { parseEnvelope, withoutUndefined } from "./parse";
import type { TaskResult } from "../fleet/outcome";
import type { TaskRecord, TaskState } from "./port";
import { redact, type Redactor, shownWord } from "./secrets";

/** Description of a task that has ended; with any other word ("created", unknown ones) it is under way. */
const END_WORDS: ReadonlyMap<string, TaskState> = new Map<string, TaskState>([
    ["completed", "completed"],
    ["expired", "expired"],
    ["cancelled", "cancelled"],
    ["canceled", "cancelled"],
    ["failed", "failed"],
]);

const progress = v.pipe(
    numeric(/^-?\d{1,9}(\.\d+)?$/),
    v.finite(),
    v.transform((value) => Math.max(-1, Math.min(100, value))),
);
const taskSchema = v.object({ Description: text, Progress: orAbsent(progress) });

/** Reads the answer of DescribeTask. */
export function parseTask(body: unknown, taskId: string, redacted: Redactor = redact): TaskRecord {
    const envelope = parseEnvelope("DescribeTask", body, redacted);
    const { Description: description, Progress: progress } = v.parse(taskSchema, envelope.body);
    return {
        taskId,
        state: taskState(description, progress),
        results: parseResult(envelope.body["Result"], redacted),
        ...withoutUndefined({ progress, requestId: envelope.requestId }),
    };
}

/** Progress -1 means failed, whatever Description says. */
function taskState(description: string | undefined, progress: number | undefined): TaskState {
    if (progress !== undefined && progress < 0) return "failed";
    const ended = END_WORDS.get(description?.toLowerCase() ?? "");
    if (ended !== undefined) return ended;
    return progress !== undefined && progress >= 100 ? "completed" : "running";
}

/**
 * Reads a task's Result: JSON text with an array of one element for each instance, as soon as anything is known. Until
 * then it is `{}`, empty or absent. An element that cannot be read names no instance: what counts in the end is the
 * list of clients, not the task.
 */
export function parseResult(result: unknown, redacted: Redactor = redact): readonly TaskResult[] {
    const value = typeof result === "string" ? parsedJson(result) : result;
    const elements: readonly unknown[] = Array.isArray(value) ? (value as unknown[]) : [value];
    const byInstance = new Map<string, TaskResult>();
    for (const element of elements) {
        const entry = resultOf(element, redacted);
        if (entry !== undefined) byInstance.set(entry.instanceId, entry);
    }
    return [...byInstance.values()];
}

function parsedJson(json: string): unknown {
    try {
        return JSON.parse(json) as unknown;
    } catch {
        return undefined;
    }
}

function resultOf(element: unknown, redacted: Redactor): TaskResult | undefined {
    if (typeof element !== "object" || element === null) return undefined;
    const instanceId = idField(element, "instanceId");
    if (instanceId === undefined) return undefined;
    const code = resultField(element, "errorCode");
    const status = resultField(element, "clientStatus");
    const message = resultField(element, "errorMessage") ?? resultField(element, "message");
    return {
        instanceId,
        ...withoutUndefined({
            clientId: idField(element, "clientId"),
            clientStatus: status && shownWord(status).toUpperCase(),
            errorCode: code && shownWord(redacted(code)),
            errorMessage: message && redacted(message),
        }),
    };
}

function idField(element: object, name: string): string | undefined {
    const parsed = v.safeParse(id, resultField(element, name));
    return parsed.success ? parsed.output : undefined;
}

/** The documentation has these keys in camelCase, but the rest of the API in PascalCase, so both are read. */
function resultField(element: object, name: string): string | undefined {
    for (const key of [name, name.charAt(0).toUpperCase() + name.slice(1)]) {
        const value = Object.hasOwn(element, key) ? (Reflect.get(element, key) as unknown) : undefined;
        if (typeof value === "string" && value.trim() !== "") return value.trim();
    }
    return undefined;
}
