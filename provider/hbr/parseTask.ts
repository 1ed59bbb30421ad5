import * as v from "valibot";

import { id, text } from "./fields";
import { redact, type Redactor, shownWord } from "./secrets";
import { parseEnvelope, withoutUndefined } from "./parse";
import type { TaskRecord, TaskResult, TaskState } from "./port";
/** What Description says of a task that is over; every other word ("created", unknown ones) is a task under way. */
const END_WORDS: ReadonlyMap<string, TaskState> = new Map<string, TaskState>([
    ["completed", "completed"],
    ["expired", "expired"],
    ["cancelled", "cancelled"],
    ["canceled", "cancelled"],
    ["failed", "failed"],
]);

const progressSchema = v.fallback(
    v.optional(
        v.pipe(
            v.union([
                v.number(),
                v.pipe(v.string(), v.trim(), v.regex(/^-?\d{1,9}(\.\d+)?$/), v.transform(Number)),
            ]),
            v.finite(),
            v.transform((value) => Math.max(-1, Math.min(100, value))),
        ),
    ),
    undefined,
);
const taskSchema = v.object({ Description: text, Progress: progressSchema });

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

/** Progress -1 means failed, whatever the words say. */
function taskState(description: string | undefined, progress: number | undefined): TaskState {
    if (progress !== undefined && progress < 0) return "failed";
    const ended = END_WORDS.get(description?.toLowerCase() ?? "");
    if (ended !== undefined) return ended;
    return progress !== undefined && progress >= 100 ? "completed" : "running";
}

/**
 * Reads a task's Result: JSON text that holds an array with one element for each instance, once anything is known. It is
 * also seen as `{}`, empty, absent or already parsed, all of which name no instance. What cannot be read names none
 * either: the list of clients, not the task, has the last word.
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
            clientStatus: status === undefined ? undefined : shownWord(status).toUpperCase(),
            errorCode: code === undefined ? undefined : shownWord(redacted(code)),
            errorMessage: message === undefined ? undefined : redacted(message),
        }),
    };
}

function idField(element: object, name: string): string | undefined {
    const parsed = v.safeParse(id, resultField(element, name));
    return parsed.success ? parsed.output : undefined;
}

/** The keys are known in camelCase; the rest of the API writes PascalCase, so both are read. */
function resultField(element: object, name: string): string | undefined {
    for (const key of [name, name.charAt(0).toUpperCase() + name.slice(1)]) {
        const value = Object.hasOwn(element, key) ? (Reflect.get(element, key) as unknown) : undefined;
        if (typeof value === "string" && value.trim() !== "") return value.trim();
    }
    return undefined;
}
