import { styleText } from "node:util";
import type { RequestReport } from "../../simulator/requests";

const COLUMNS = 6;

/** Prints what the demo cost: calls by action, and the installations and upgrades started on each instance. */
export function summary(
    { byAction, total, installs, duplicateInstalls, upgrades }: RequestReport,
    ids: Set<string>,
): string {
    const rows: [string, string][] = [
        ["Instances", String(ids.size)],
        ["API calls", String(total)],
        ...Object.entries(byAction)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([action, count]): [string, string] => [`  ${action}`, String(count)]),
    ];
    return [
        "",
        styleText("bold", "What it took"),
        ...rows.map(line),
        "Installs per instance",
        ...grid(installs, ids),
        "Upgrades per instance",
        ...grid(upgrades, ids),
        line(["Duplicate installs", String(duplicateInstalls)]),
    ].join("\n");
}

function line([name, value]: [string, string]): string {
    return `${name.padEnd(24)}${value.padStart(6)}`;
}

/** The count of each instance, in columns. */
function grid(counts: Readonly<Record<string, number>>, ids: Set<string>): string[] {
    const cells = [...ids].sort().map((id) => `${id} ${counts[id] ?? 0}`);
    const width = Math.max(...cells.map((cell) => cell.length)) + 3;
    const lines = cells.reduce<string[]>((lines, cell, index) => {
        if (index % COLUMNS === 0) lines.push("  ");
        return [...lines.slice(0, -1), (lines.at(-1) ?? "") + cell.padEnd(width)];
    }, []);
    return lines.map((text) => text.trimEnd());
}
