import type { ClientResult } from "../../provider/publicTypes";
import type { Operation, Result } from "../../tests/engine/harness/run";
import { normalized } from "../previews/normalize";
import type { Fleet } from "./fleet";

/** The outputs of the resource, as far as the demo shows and checks them. */
export interface FleetOutputs {
    readonly clients: Readonly<Record<string, ClientResult>>;
    readonly failedInstanceIds: readonly string[];
}

/** After a failed run the stack has no outputs, but the resource has. */
export function outputsOf({ state }: Result): FleetOutputs {
    return { clients: {}, failedInstanceIds: [], ...state.find("hana")?.outputs };
}

/**
 * Runs the CLI, and shows what it prints and what has become of the outputs. A step fits a screen: what the CLI prints of 24
 * instances in the outputs is left out, and a line of counts takes its place.
 */
export async function runShown(fleet: Fleet, operation: Operation): Promise<Result> {
    const args = ["--suppress-outputs"];
    const hasTerminal = process.stdout.isTTY;
    const result = await fleet.run(operation, hasTerminal ? { args, terminal: "own" } : { args });
    if (!hasTerminal) console.log(rowsOnce(normalized(`${result.stdout}\n${result.stderr}`)));
    const folded = operation === "up" || operation === "refresh" ? folding(outputsOf(result)) : [];
    console.log(["", ...folded].map((line) => `${line}\n`).join(""));
    return result;
}

/** The outputs in two lines, for which the CLI takes several for each instance. */
export function folding({ clients, failedInstanceIds }: FleetOutputs): string[] {
    const all = Object.values(clients);
    const counts = [
        ...countsOf(all.map(({ status }) => status)),
        ...countsOf(all.flatMap(({ pendingAction }) => (pendingAction ? `to ${pendingAction}` : []))),
        ...countsOf(all.flatMap(({ latestVersion }) => (latestVersion ? `behind ${latestVersion}` : []))),
    ];
    return [
        "Outputs of hana:",
        `    clients          : ${all.length} entries: ${counts.join(", ")}`,
        `    failedInstanceIds: ${JSON.stringify(failedInstanceIds)}`,
    ];
}

function countsOf(words: readonly string[]): string[] {
    return [...Map.groupBy(words, (word) => word)].map(([word, { length }]) => `${length} ${word}`);
}

/** Without a terminal, a row ends with the last message of its resource, which is among the diagnostics too. */
export function rowsOnce(output: string): string {
    const lines = output.split("\n");
    const start = lines.indexOf("Diagnostics:");
    if (start < 0) return output;
    const said = lines.slice(start).map((line) => line.trim());
    const rows = lines.slice(0, start).map((row) => {
        const message = said.filter((each) => each !== "" && row.endsWith(` ${each}`)).at(0);
        return message === undefined ? row : row.slice(0, -message.length).replace(/;? +$/, "");
    });
    return [...rows, "", ...lines.slice(start)].join("\n");
}
