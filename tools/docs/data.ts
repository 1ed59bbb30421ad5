import { isMap, isScalar, LineCounter, parseAllDocuments, visit } from "yaml";
import { messageOf } from "./findings";

/** A part of a block that is wrong, by its line in the block, from 1. */
export interface Fault {
    readonly line: number;
    readonly text: string;
}

export function faultOfJson(text: string): readonly Fault[] {
    try {
        JSON.parse(text);
        return [];
    } catch (error) {
        const message = messageOf(error);
        const place = /\(line (\d+)/.exec(message)?.[1] ?? "1";
        return [{ line: Number(place), text: `this is no JSON: ${message}` }];
    }
}

/** A script in a document, such as a step of a workflow, with the line in which it begins. */
export interface Script {
    readonly line: number;
    readonly text: string;
}

export interface YamlResult {
    readonly faults: readonly Fault[];
    readonly scripts: readonly Script[];
}

/** Every problem of the documents, and what stands under the key `run`: the commands of a GitHub workflow. */
export function readYaml(text: string): YamlResult {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
    const faults: Fault[] = [];
    const scripts: Script[] = [];
    for (const document of "empty" in documents ? [] : documents) {
        for (const { pos, message } of [...document.errors, ...document.warnings])
            faults.push({ line: lines.linePos(pos[0]).line, text: `this is no YAML: ${message}` });
        visit(document, {
            Pair: (_, { key, value }, ancestors) => {
                if (!isScalar(key) || key.value !== "run" || !isMap(ancestors.at(-1))) return;
                if (!isScalar(value) || typeof value.value !== "string") return;
                const { line } = lines.linePos(value.range?.[0] ?? 0);
                // A block scalar begins in the line after its `|`.
                const isBlock = value.type === "BLOCK_LITERAL" || value.type === "BLOCK_FOLDED";
                scripts.push({ line: isBlock ? line + 1 : line, text: value.value });
            },
        });
    }
    return { faults, scripts };
}
