import * as v from "valibot";
import { UsageError } from "../provider/commandLine";
import { previewIn } from "./events";
import type { Findings, Gap } from "./fleets";
import { ofPreview, previewSchema } from "./preview";
import { exportSchema, ofExport, ofOutputs } from "./state";

/** A file, or standard input, as bytes. */
export interface Document {
    /** How errors name it. */
    readonly name: string;
    readonly content: Uint8Array;
}

const KINDS =
    "it has to be what `pulumi stack export`, `pulumi stack output --json` or `pulumi preview --json` prints";

/**
 * Reads one document, whose kind shows in its form.
 *
 * @throws UsageError that names the document and quotes nothing of it, because it may hold secrets
 */
function read({ name, content }: Document): Findings {
    try {
        return findingsOf(content);
    } catch (error) {
        if (error instanceof UsageError) throw new UsageError(`${name}: ${error.message}`);
        throw error;
    }
}

function findingsOf(content: Uint8Array): Findings {
    const text = decoded(content);
    if (text.trim() === "") throw new UsageError(`is empty: ${KINDS}`);
    try {
        return findingsIn(JSON.parse(text));
    } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        const preview = previewIn(text);
        if (preview) return ofPreview(preview);
        // The error of the parser quotes the text.
        throw new UsageError(`is not JSON: ${KINDS}`);
    }
}

/** PowerShell redirects in UTF-16, and other tools on Windows put a mark before UTF-8. */
function decoded(content: Uint8Array): string {
    const isWide = content[0] === 0xff && content[1] === 0xfe;
    return new TextDecoder(isWide ? "utf-16le" : "utf-8").decode(content);
}

function findingsIn(json: unknown): Findings {
    if (typeof json !== "object" || json === null || Array.isArray(json))
        throw new UsageError(`is no object: ${KINDS}`);
    if ("deployment" in json && "version" in json)
        return ofExport(shaped(exportSchema, json, "stack export"));
    if ("duration" in json && ("steps" in json || "changeSummary" in json || "diagnostics" in json))
        return ofPreview({ ...shaped(previewSchema, json, "preview --json"), isWhole: true });
    return ofOutputs(json as Readonly<Record<string, unknown>>);
}

/** @throws UsageError that says where the document differs, and not how */
function shaped<T>(schema: v.GenericSchema<unknown, T>, json: unknown, command: string): T {
    const { success, output, issues } = v.safeParse(schema, json, { abortEarly: true });
    if (success) return output;
    throw new UsageError(
        `looks like \`pulumi ${command}\`, and is not what this version reads (at ${v.getDotPath(issues[0]) ?? "the top"})`,
    );
}

/**
 * Reads a state, a preview, or both. A preview holds the state from before, so both are needed only if the state is to be
 * another one.
 *
 * @throws UsageError for a document that cannot be read, or for two of one kind
 */
export function readDocuments(documents: readonly Document[]): Findings {
    const found = documents.map((document) => ({ document, findings: read(document) }));
    const previews = found.filter(({ findings }) => findings.changes !== undefined);
    const states = found.filter(({ findings }) => findings.changes === undefined);
    for (const [first, second] of [previews, states])
        if (first && second)
            throw new UsageError(
                `${first.document.name} and ${second.document.name} are of one kind: give a state, a preview, or one of each`,
            );
    const preview = previews[0]?.findings;
    const state = states[0]?.findings;
    if (state === undefined && preview === undefined) throw new UsageError("there is no document to read");
    if (preview === undefined || state === undefined) return (preview ?? state) as Findings;
    return {
        ...state,
        names: state.names ?? preview.names,
        changes: preview.changes,
        gaps: [...state.gaps, ...preview.gaps.flatMap(ofPlan)],
    };
}

/** What a preview leaves open if the clients are those of another document. */
function ofPlan({ about, text }: Gap): readonly Gap[] {
    return about === "clients" ? [] : [{ about: "plan", text }];
}
