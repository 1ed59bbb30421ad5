import fs from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { type Chart, draw } from "./chart";
import { readResults } from "./results";
import { callCountsTable, markdownTable } from "./table";

const DOCS = path.join(__dirname, "..", "docs");
const PAGE = path.join(DOCS, "performance.md");
/** Each table is between two comments with its name. */
const TABLES = { results: markdownTable, "call counts": callCountsTable };

const SIZE = "instances";
const CHARTS: Readonly<Record<string, Omit<Chart, "curves">>> = {
    calls: { title: "API calls of the first installation", x: SIZE, y: "calls" },
    time: { title: "Time of the first installation", x: SIZE, y: "seconds, virtual time" },
    preview: { title: "Time of a preview without changes", x: SIZE, y: "seconds" },
};

/** Draws the plots and fills in the tables of docs/performance.md from the results of `npm run bench`. */
async function main(): Promise<void> {
    const results = readResults();
    const folder = path.join(DOCS, "performance");
    fs.mkdirSync(folder, { recursive: true });
    for (const [name, chart] of Object.entries(CHARTS)) {
        const curves = results.plots[name];
        if (!curves) throw new Error(`bench/results.json has no plot "${name}": run \`npm run bench\` again`);
        fs.writeFileSync(path.join(folder, `${name}.svg`), draw({ ...chart, curves }));
    }
    let page = fs.readFileSync(PAGE, "utf8");
    for (const [name, table] of Object.entries(TABLES)) page = filled(page, name, table(results));
    const options = await resolveConfig(PAGE);
    fs.writeFileSync(PAGE, await format(page, { ...options, parser: "markdown" }));
}

function filled(page: string, name: string, table: string): string {
    const begin = `<!-- ${name}: written by \`npm run bench:plots\` -->`;
    const end = `<!-- end of ${name} -->`;
    const [before, rest] = page.split(begin);
    const after = rest?.split(end)[1];
    if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for: ${name}`);
    return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
