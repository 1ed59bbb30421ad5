import fs from "node:fs";
import path from "node:path";
import type { Fault } from "./data";
import type { Block } from "./page";

/**
 * What is wrong with a block that shows a file (`file=…`) or a part of one (`part=…`), which other checks see; undefined
 * if it shows none.
 */
export function faultOfShown({ words, text }: Block, root: string): readonly Fault[] | undefined {
    const [, how, name = ""] =
        words.map((word) => /^(file|part)=(.+)$/.exec(word)).find((match) => match) ?? [];
    if (how === undefined) return undefined;
    const file = path.join(root, name);
    if (!fs.existsSync(file)) return [{ line: 0, text: `no file ${name}` }];
    const content = fs.readFileSync(file, "utf8");
    if (how === "file") return differences(text, content, name);
    const [lines, shown] = [linesOf(content), linesOf(text)];
    const isPart = lines.some((_, start) => shown.every((line, index) => lines[start + index] === line));
    return isPart ? [] : [{ line: 1, text: `these lines are not in ${name}` }];
}

function differences(text: string, content: string, name: string): readonly Fault[] {
    const [lines, shown] = [content.trimEnd().split("\n"), text.trimEnd().split("\n")];
    const first = lines.findIndex((line, index) => line !== shown[index]);
    if (first >= 0) return [{ line: first + 1, text: `${name} has here: ${lines[first]?.trim() ?? ""}` }];
    return shown.length > lines.length
        ? [{ line: lines.length + 1, text: `${name} ends before this line` }]
        : [];
}

/** Without indentation, which a part may have lost. */
function linesOf(text: string): readonly string[] {
    return text
        .trim()
        .split("\n")
        .map((line) => line.trim());
}
