import { styleText } from "node:util";
import type { RequestReport } from "../../simulator/requests";

/** What the demo took: its time, the calls by action, and how many clients were installed and upgraded how often. */
export function summary(
    {
        byAction,
        total,
        installs,
        duplicateInstalls,
        upgrades,
    }: Pick<RequestReport, "byAction" | "total" | "installs" | "duplicateInstalls" | "upgrades">,
    ids: ReadonlySet<string>,
    seconds: number,
): string {
    const rows: [string, string | number][] = [
        ["Seconds", seconds],
        ["Instances", ids.size],
        ["API calls", total],
        ...Object.entries(byAction)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([action, count]): [string, number] => [`  ${action}`, count]),
        ["Installed", timesOf(installs, ids)],
        ["Upgraded", timesOf(upgrades, ids)],
        ["Installed twice by mistake", duplicateInstalls],
    ];
    return [
        "",
        styleText("bold", "What it took"),
        ...rows.map(([name, value]) => `${name.padEnd(28)}${value}`),
    ].join("\n");
}

/** `2 once, 21 twice, 2 three times` */
function timesOf(counts: Readonly<Record<string, number>>, ids: ReadonlySet<string>): string {
    const instances = Map.groupBy(ids, (id) => counts[id] ?? 0);
    return [...instances]
        .sort(([a], [b]) => a - b)
        .map(
            ([times, { length }]) =>
                `${length} ${["never", "once", "twice", "three times"][times] ?? `${times} times`}`,
        )
        .join(", ");
}
