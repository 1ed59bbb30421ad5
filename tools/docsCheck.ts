import path from "node:path";
import { checkPages } from "./docs/check";
import { lineOf } from "./docs/findings";
import { askCli, PulumiHelp } from "./docs/pulumiHelp";
import { runPages } from "./docs/run";
import { pulumiBin } from "./pulumi";

const repository = path.join(__dirname, "..");

async function main(): Promise<void> {
    const bin = await pulumiBin();
    const pulumi = new PulumiHelp(askCli(bin));
    const { findings, counts } = await checkPages({ root: repository, repository, pulumi });
    for (const finding of findings) console.log(lineOf(finding));
    console.log(`Checked: ${counts.toString()}.`);

    const run = await runPages(repository, (text) => process.stderr.write(`${text}\n`));
    for (const finding of run.findings) console.log(`${lineOf(finding)}\n${indented(finding.output)}`);
    console.log(`Run: ${run.counts.toString() || "nothing, because no page has a block `sh run`"}.`);
    if (findings.length + run.findings.length > 0) process.exitCode = 1;
}

/** The last lines are those about the failure. */
function indented(output: string): string {
    return output
        .trim()
        .split("\n")
        .slice(-30)
        .map((line) => `    ${line}`)
        .join("\n");
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
