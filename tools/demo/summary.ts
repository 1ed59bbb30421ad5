import { styleText } from "node:util";
import type { RequestReport } from "../../simulator/requests";

const COLUMNS = 6;

/** Prints what the demo cost: calls by action, and the number of installations started on each instance. */
export function summary(
    { byAction, total, installs, duplicateInstalls }: RequestReport,
    ids: Set<string>,
): string {
    const rows: [string, string][] = [
        ["Instances", String(ids.size)],
        ["API calls", String(total)],
        ...Object.entries(byAction)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([action, count]): [string, string] => [`  ${action}`, String(count)]),
        ["Installs per instance", ""],
    ];
    const cells = [...ids].sort().map((id) => `${id} ${installs[id] ?? 0}`);
    const width = Math.max(...cells.map((cell) => cell.length)) + 3;
    const grid = cells.reduce<string[]>((lines, cell, index) => {
        if (index % COLUMNS === 0) lines.push("  ");
        return [...lines.slice(0, -1), (lines.at(-1) ?? "") + cell.padEnd(width)];
    }, []);
    const line = ([name, value]: [string, string]): string =>
        `${name.padEnd(24)}${value.padStart(6)}`.trimEnd();
    return [
        "",
        styleText("bold", "What it took"),
        ...rows.map(line),
        ...grid.map((text) => text.trimEnd()),
        line(["Duplicate installs", String(duplicateInstalls)]),
    ].join("\n");
}
