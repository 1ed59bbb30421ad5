import { andMore } from "../provider/fleet/planText";
import type { Change } from "./fleets";
import type { ErrorRow, InstanceRow, View } from "./view";
import {
    changeRemarks,
    CLUSTER_FIGURES,
    counted,
    figuresOf,
    INSTANCE_COLUMNS,
    NO_CLUSTER,
    noChange,
    NOTHING,
    remarksOf,
    shownTime,
    stackOf,
} from "./words";

/** GitHub takes 65,536 characters in a comment, and other tools may put something around it. */
export const MOST_BYTES = 60_000;

/** What the parts before the table of instances may take at most. Together they leave it at least a third. */
const MOST_OF = { plan: 14_000, errors: 12_000, clusters: 8_000, notes: 4_000 } as const;

/** Markdown for a comment on a pull request, or the summary of a CI job. */
export function renderMarkdown(view: View): string {
    const parts = [
        `## Cloud Backup clients${view.names === undefined ? "" : ` of ${code(stackOf(view.names))}`}`,
        view.counts.instances === 0 && view.plan === undefined ? NOTHING : summaryOf(view),
        ...notesOf(view),
        ...planOf(view),
        ...errorsOf(view),
        ...clustersOf(view),
    ];
    const text = parts.filter((part) => part !== "").join("\n\n");
    const room = MOST_BYTES - Buffer.byteLength(text) - 1_000;
    return `${[text, ...instancesOf(view.instances, room)].join("\n\n")}\n`;
}

function summaryOf(view: View): string {
    const figures = figuresOf(view.counts).filter(([count]) => count > 0);
    const said = figures.map(([count, word]) => `**${count} ${word}**`).join(", ");
    const each = view.statuses.map(({ status, count }) => `${count} ${code(status)}`);
    const statuses = each.slice(0, MOST_STATUSES).join(", ") + andMore(each.length - MOST_STATUSES);
    const all = counted(view.counts.instances, "instance");
    return `${all}${statuses === "" ? "" : `: ${statuses}`}${said === "" ? "" : `. ${said}`}`;
}

/** More than the service has. */
const MOST_STATUSES = 15;

function notesOf({ gaps, remarks, takenAt }: View): readonly string[] {
    const lines = [
        ...gaps.map(({ text }) => `- ⚠ ${code(text)}`),
        ...remarks.map((text) => `- ${code(text)}`),
        ...(takenAt === undefined ? [] : [`- state of ${code(shownTime(takenAt))}`]),
    ];
    return lines.length === 0 ? [] : [fitting(lines, MOST_OF.notes, (left) => `- (+${left})`)];
}

function planOf(view: View): readonly string[] {
    const { plan } = view;
    if (plan === undefined) return [];
    if (plan.length === 0) return ["### Plan", noChange(view)];
    const lines = plan.map(planLineOf);
    return ["### Plan", fitting(lines, MOST_OF.plan, (left) => `- and ${counted(left, "resource")} more`)];
}

function planLineOf(change: Change): string {
    const { name, operation, line, removes } = change;
    const remarks = changeRemarks(change).join(", ");
    return [
        `- ${removes ? "⚠ " : ""}${code(name)} ${code(operation)}`,
        ...(line === undefined ? [] : [code(line)]),
        ...(remarks === "" ? [] : [`(${remarks})`]),
    ].join(" ");
}

function errorsOf({ errors }: View): readonly string[] {
    if (errors.length === 0) return [];
    const lines = errors.map(errorLineOf);
    return [
        "### Errors",
        fitting(lines, MOST_OF.errors, (left) => `- and ${counted(left, "other code")}, in the table below`),
    ];
}

function errorLineOf({ code: name, instanceIds, means, advice, messages: [message] }: ErrorRow): string {
    const ids = instanceIds.slice(0, MOST_IDS).map(code).join(", ");
    const more = instanceIds.length - MOST_IDS;
    return [
        `- **${code(name)}** (${instanceIds.length})${means === undefined ? "" : `: ${means}`}`,
        `  **What to do:** ${advice}`,
        `  ${ids}${more > 0 ? ` (+${more})` : ""}${message === undefined ? "" : `: ${code(message)}`}`,
    ].join("\\\n");
}

const MOST_IDS = 10;

function clustersOf({ clusters }: View): readonly string[] {
    if (clusters.length < 2) return [];
    const titles = ["Cluster", "Vault", ...Object.keys(CLUSTER_FIGURES)];
    const rows = clusters.map((row) => [
        cell(row.clusterId ?? NO_CLUSTER),
        cell(row.vaultId ?? ""),
        ...Object.values(CLUSTER_FIGURES).map((of) => String(of(row))),
    ]);
    const lines = [tableRow(titles), tableRow(titles.map(() => "---")), ...rows.map(tableRow)];
    return ["### Clusters", fitting(lines, MOST_OF.clusters, (left) => `| and ${left} more |`)];
}

function instancesOf(rows: readonly InstanceRow[], room: number): readonly string[] {
    if (rows.length === 0) return [];
    const lines = [
        tableRow(INSTANCE_COLUMNS),
        tableRow(INSTANCE_COLUMNS.map(() => "---")),
        ...rows.map(instanceRowOf),
    ];
    return [
        `<details>\n<summary>${counted(rows.length, "instance")}, by what needs attention first</summary>`,
        fitting(lines, room, (left) => `\nand ${counted(left, "instance")} more, which have no room here`),
        "</details>",
    ];
}

function instanceRowOf(row: InstanceRow): string {
    const { instanceId, instanceName, clusterId, status, fleet, clientId = "", errorCode } = row;
    const name = instanceName === undefined || instanceName === instanceId ? "" : ` ${cell(instanceName)}`;
    return tableRow([
        cell(instanceId) + name,
        cell(clusterId ?? NO_CLUSTER),
        cell(status),
        cell(fleet),
        cell(clientId),
        [...(errorCode === undefined ? [] : [errorCode]), ...remarksOf(row)].map(cell).join(" "),
    ]);
}

function tableRow(cells: readonly string[]): string {
    return `| ${cells.join(" | ")} |`;
}

/** In a table a bar ends a cell, in code too. Escaping it would depend on the backslashes before it. */
function cell(text: string): string {
    return code(text.replaceAll("|", "¦"));
}

/** As code, in which nothing means anything: no markup, no HTML, no mention of a person, no reference to an issue. */
function code(text: string): string {
    const flat = text.replaceAll(/\s+/g, " ").trim();
    if (flat === "") return "";
    const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(([run]) => run.length));
    const fence = "`".repeat(longest + 1);
    const gap = longest > 0 ? " " : "";
    return `${fence}${gap}${flat}${gap}${fence}`;
}

/** The first lines that fit into so many bytes, and how many are left. */
function fitting(lines: readonly string[], bytes: number, more: (left: number) => string): string {
    let room = bytes;
    const shown = lines.findIndex((line) => (room -= Buffer.byteLength(line) + 1) < 0);
    if (shown === -1) return lines.join("\n");
    return [...lines.slice(0, shown), more(lines.length - shown)].join("\n");
}
