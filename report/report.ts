import { idList } from "../provider/fleet/planText";
import { type Document, readDocuments } from "./documents";
import { renderHtml } from "./html";
import { renderMarkdown } from "./markdown";
import type { Condition, Format, Options } from "./options";
import { type View, viewOf } from "./view";
import { counted } from "./words";

/** What the command writes, and what it says of the conditions. */
export interface Report {
    readonly content: string;
    /** The conditions of `--fail-on` that hold, a sentence each. */
    readonly held: readonly string[];
    /** Why conditions cannot be judged. */
    readonly untold: readonly string[];
}

const RENDERERS: Readonly<Record<Format, (view: View) => string>> = {
    markdown: renderMarkdown,
    html: renderHtml,
    json: (view) => `${JSON.stringify(view, null, 2)}\n`,
};

/**
 * Makes the report of these documents.
 *
 * @throws UsageError for a document that cannot be read
 */
export function makeReport(
    documents: readonly Document[],
    { format, failOn }: Pick<Options, "format" | "failOn">,
): Report {
    const view = viewOf(readDocuments(documents));
    return {
        content: RENDERERS[format](view),
        held: failOn.flatMap((condition) => heldBy(view, condition) ?? []),
        untold: [...new Set(failOn.flatMap((condition) => untoldBy(view, condition)))],
    };
}

function heldBy({ counts, plan = [] }: View, condition: Condition): string | undefined {
    const { failed, drift, removals = 0 } = counts;
    switch (condition) {
        case "failed":
            return failed > 0 ? `failed: ${counted(failed, "client")}` : undefined;
        case "drift":
            return drift > 0 ? `drift: ${counted(drift, "client")}` : undefined;
        case "removal": {
            const names = plan.filter(({ removes }) => removes).map(({ name }) => name);
            return removals > 0 ? `removal: ${idList(names)}` : undefined;
        }
    }
}

function untoldBy({ gaps, plan }: View, condition: Condition): readonly string[] {
    const about = condition === "removal" ? "plan" : "clients";
    const own = gaps.filter((gap) => gap.about === about || gap.about === "both").map(({ text }) => text);
    if (condition !== "removal" || plan !== undefined) return own;
    return [...own, "removal can only be told from what `pulumi preview --json` prints"];
}
