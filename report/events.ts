import * as v from "valibot";
import type { Preview, Step } from "./preview";

/**
 * The events of a preview, one on each line: what `--json` prints with PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true. Unlike the
 * document without it, they hold what a refresh has found.
 */

const stateSchema = v.nullish(v.object({ outputs: v.optional(v.unknown()) }));

const metadataSchema = v.object({
    metadata: v.object({ op: v.string(), urn: v.string(), old: stateSchema, new: stateSchema }),
});

const eventSchema = v.object({
    sequence: v.number(),
    timestamp: v.number(),
    resourcePreEvent: v.optional(metadataSchema),
    resOutputsEvent: v.optional(metadataSchema),
    diagnosticEvent: v.optional(
        v.object({
            urn: v.optional(v.string()),
            message: v.string(),
            severity: v.string(),
            ephemeral: v.optional(v.boolean()),
        }),
    ),
    summaryEvent: v.optional(v.unknown()),
});

const eventsSchema = v.pipe(v.array(eventSchema), v.minLength(1));

/** The preview that these lines tell of; undefined if they are no events. */
export function previewIn(text: string): Preview | undefined {
    const { success, output: events } = v.safeParse(eventsSchema, valuesIn(text), { abortEarly: true });
    if (!success) return undefined;
    const steps: Step[] = [];
    const refreshing = new Map<string, Step>();
    for (const { resourcePreEvent: before, resOutputsEvent: after } of events) {
        if (before) {
            const { op, urn, old, new: planned } = before.metadata;
            const step: Step = { op, urn, oldState: old, newState: planned };
            steps.push(step);
            if (op === "refresh") refreshing.set(urn, step);
        }
        const refresh = after && refreshing.get(after.metadata.urn);
        if (!refresh) continue;
        refreshing.delete(refresh.urn);
        steps[steps.indexOf(refresh)] = { ...refresh, newState: after.metadata.new, isFound: true };
    }
    const diagnostics = events.flatMap(({ diagnosticEvent: said }) =>
        said && said.ephemeral !== true ? [{ ...said, message: withoutColors(said.message) }] : [],
    );
    const isWhole = events.some(({ summaryEvent }) => summaryEvent !== undefined);
    // The events have every resource.
    return { steps, diagnostics, changeSummary: {}, isWhole };
}

/** What is on the lines; nothing if one of them is no JSON. */
function valuesIn(text: string): readonly unknown[] {
    try {
        return text
            .split("\n")
            .filter((line) => line.trim() !== "")
            .map((line) => JSON.parse(line) as unknown);
    } catch {
        return [];
    }
}

/** The engine's own marks, such as `<{%fg 13%}>`. */
function withoutColors(message: string): string {
    return message.replaceAll(/<\{%[^%]*%\}>/g, "");
}
