/** The engine's output as a terminal finally shows it, without anything that differs between runs. */
export function normalized(stdout: string): string {
    const lines = stdout
        .split("\n")
        .map((line) => line.trimEnd())
        .filter((line) => !line.startsWith("@ ") && !line.startsWith("Duration: "));
    return stackFirst(withoutOutputs(lastOfEachRow(lines)))
        .map(withoutVariables)
        .join("\n")
        .replace(/\n{3,}/g, "\n\n")
        .trim();
}

const ROW = /^.{3,4}(?<resource>[\w:/-]+:[\w:/-]+ \S+)(?: |$)/;

/** Without a terminal, the engine prints a row again each time it changes. */
function lastOfEachRow(lines: readonly string[]): string[] {
    const rowOf = (line: string): string | undefined => {
        const resource = ROW.exec(line)?.groups?.["resource"];
        // Each step of a replacement has its own row.
        return resource && `${line.slice(0, 4)} ${resource}`;
    };
    const withStep = new Set(lines.map(rowOf).filter((row) => row?.slice(0, 4).trim()));
    const isOvertaken = (row: string): boolean =>
        row.startsWith("    ") && [...withStep].some((other) => other?.slice(4) === row.slice(4));
    const last = new Map<string, string>();
    for (const line of lines) {
        const row = rowOf(line);
        if (row !== undefined) last.set(row, line);
    }
    const shown = new Set<string>();
    return lines.flatMap((line) => {
        const row = rowOf(line);
        if (row === undefined) return [line];
        if (shown.has(row) || isOvertaken(row)) return [];
        shown.add(row);
        return [last.get(row) ?? line];
    });
}

/** The stack's outputs depend on the program and show nothing about the provider. */
function withoutOutputs(lines: readonly string[]): string[] {
    let skipping = false;
    return lines.filter((line) => {
        if (/^ *(Outputs:|--outputs:--)$/.test(line)) skipping = true;
        else if (line === "Resources:") skipping = false;
        return !skipping;
    });
}

/** The engine prints the diagnostics of the stack and of its resources in no fixed order. */
function stackFirst(lines: readonly string[]): readonly string[] {
    const start = lines.indexOf("Diagnostics:") + 1;
    const end = lines.indexOf("Resources:", start);
    if (start === 0 || end < 0) return lines;
    const blocks = lines.slice(start, end).join("\n").trimEnd().split("\n\n");
    const isOfStack = (block: string): boolean => block.startsWith("  pulumi:pulumi:Stack");
    const ordered = [...blocks.filter(isOfStack), ...blocks.filter((block) => !isOfStack(block))];
    return [...lines.slice(0, start), ...ordered.join("\n\n").split("\n"), "", ...lines.slice(end)];
}

/** What differs from run to run: how long something took, and the IDs that the service gives. */
export const TIMES = / \(\d[\d.]*m?s\)/g;
export const REQUEST_IDS = /\b[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\b/g;
export const TASK_IDS = /\bt-[a-z0-9]{20}\b/g;

function withoutVariables(line: string): string {
    return line.replace(TIMES, "").replace(REQUEST_IDS, "…").replace(TASK_IDS, "t-…");
}
