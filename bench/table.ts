import { styleText } from "node:util";
import { limitsOf } from "../provider/fleet/waves";
import { type Cost, type Figure, type Results, shown, shownSpread } from "./results";

const DEFAULT_PARALLELISM = `default (${limitsOf({ batchSize: 20 }, 1).batches})`;

/** Prints the figures as a table for a terminal, with the scenario and the note below each row. */
export function printTable(results: Results): void {
    const rows = results.figures.map(cells);
    const head = ["figure", "ours", "compared with", "value (spread)", "must reach", ""];
    const widths = head.map((text, column) =>
        Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)),
    );
    const line = (row: readonly string[]): string =>
        row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd();
    console.log(styleText("bold", line(head)));
    for (const [index, row] of rows.entries()) {
        console.log(line(row));
        const { scenario, note } = results.figures[index] ?? {};
        console.log(styleText("dim", `    ${scenario ?? ""}${note === undefined ? "" : `; ${note}`}`));
    }
    const missed = results.figures.filter(({ reached }) => !reached).map(({ name }) => name);
    console.log(
        `\n${missed.length === 0 ? "Every figure is reached." : `Not reached: ${missed.join(", ")}.`}`,
    );
    console.log(about(results));
}

/** The same table for the documentation. */
export function markdownTable(results: Results): string {
    const head = ["Figure", "Scenario", "This package", "Compared with", "Value (spread)", "Must reach"];
    const rows = results.figures.map((figure) => {
        const [name = "", ours = "", comparedWith = "", value = "", mustReach = ""] = cells(figure);
        return [
            name,
            figure.scenario,
            ours,
            comparedWith,
            value,
            `${mustReach}${figure.reached ? "" : " (missed)"}`,
        ];
    });
    const notes = results.figures.flatMap(({ name, note }) =>
        note === undefined ? [] : [`- **${name}**: ${note}.`],
    );
    return [tableOf(head, rows), "", ...notes, "", about(results)].join("\n");
}

/** The number of calls of whole runs, for the documentation. */
export function callCountsTable({ callCounts }: Results): string {
    const head = ["Instances", "`parallelism`", "First installation", "Takes", "Refresh", "Removal", "Takes"];
    const rows = callCounts.map(({ size, parallelism, install, refresh, removal }) => [
        shown(size, 0),
        parallelism === undefined ? DEFAULT_PARALLELISM : String(parallelism),
        calls(install),
        minutes(install),
        calls(refresh),
        calls(removal),
        minutes(removal),
    ]);
    return tableOf(head, rows);
}

function calls({ byAction }: Cost): string {
    const counts = Object.entries(byAction).sort(([a], [b]) => (a < b ? -1 : 1));
    return counts.map(([action, count]) => `${shown(count, 0)} ${action}`).join(", ");
}

function minutes({ elapsedMs }: Cost): string {
    return `${shown(elapsedMs / 60_000, 1)} min`;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function cells({ name, ours, comparedWith, value, mustReach, reached }: Figure): string[] {
    const spread = value === undefined ? "" : shownSpread(value, value.median < 1 ? 3 : 2);
    return [name, ours, comparedWith, spread, mustReach, reached ? "" : "missed"];
}

function about({ measuredAt, machine, load, durationS, quick }: Results): string {
    const kind = quick ? "`npm run bench -- --quick`" : "`npm run bench`";
    return (
        `Measured on ${measuredAt} by ${kind} in ${shown(durationS, 0)} s on ${machine}; ` +
        `load average ${shown(load[0], 1)} before and ${shown(load[1], 1)} after.`
    );
}
