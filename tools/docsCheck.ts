import path from "node:path";
import { checkPages } from "./docs/check";
import { lineOf } from "./docs/findings";
import { askCli, PulumiHelp } from "./docs/pulumiHelp";
import { pulumiBin } from "./pulumi";

const repository = path.join(__dirname, "..");

async function main(): Promise<void> {
    const bin = await pulumiBin();
    const pulumi = new PulumiHelp(askCli(bin));
    const { findings, counts } = await checkPages({ root: repository, repository, pulumi });
    for (const finding of findings) console.log(lineOf(finding));
    console.log(`Checked: ${counts.toString()}.`);
    if (findings.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
