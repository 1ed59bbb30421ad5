import fs from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { type Chart, draw } from "./chart";
import { readResults } from "./results";
import { callCountsTable, markdownTable } from "./table";

const DOCS = path.join(__dirname, "..", "docs");
const FOLDER = path.join(DOCS, "performance");
/** The pages with a table, each between two comments with its name. */
const TABLES = [
    { page: path.join(FOLDER, "figures.md"), name: "results", table: markdownTable },
    { page: path.join(DOCS, "performance.md"), name: "call counts", table: callCountsTable },
];

const SIZE = "instances";
const CHARTS: Readonly<Record<string, Omit<Chart, "curves">>> = {
    calls: { title: "API calls of the first installation", x: SIZE, y: "calls" },
    time: { title: "Time of the first installation", x: SIZE, y: "seconds, virtual time" },
    preview: { title: "Time of a preview without changes", x: SIZE, y: "seconds" },
};

/** Draws the plots and fills in the tables on the pages about performance from the results of `npm run bench`. */
async function main(): Promise<void> {
    const results = readResults();
    for (const [name, chart] of Object.entries(CHARTS)) {
        const curves = results.plots[name];
        if (!curves) throw new Error(`bench/results.json has no plot "${name}": run \`npm run bench\` again`);
        fs.writeFileSync(path.join(FOLDER, `${name}.svg`), draw({ ...chart, curves }));
    }
    for (const { page, name, table } of TABLES) {
        const text = filled(page, name, table(results));
        const options = await resolveConfig(page);
        fs.writeFileSync(page, await format(text, { ...options, parser: "markdown" }));
    }
}

/** The text of the page with the new table. */
function filled(page: string, name: string, table: string): string {
    const begin = `<!-- ${name}: written by \`npm run bench:plots\` -->`;
    const end = `<!-- end of ${name} -->`;
    const [before, rest] = fs.readFileSync(page, "utf8").split(begin);
    const after = rest?.split(end)[1];
    if (before === undefined || after === undefined) throw new Error(`${page} has no place for: ${name}`);
    return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
