import path from "node:path";
import { checkPages, type Result } from "../../tools/docs/check";
import { lineOf } from "../../tools/docs/findings";
import { askCli, PulumiHelp } from "../../tools/docs/pulumiHelp";
import { findInCache, findOnPath, thisMachine } from "../../tools/pulumi/find";

const repository = path.join(__dirname, "..", "..");

/** Commands of Pulumi are checked with a CLI that is there: these tests set none up. */
async function pulumiHelp(): Promise<PulumiHelp | undefined> {
    const machine = thisMachine();
    const bin = (await findOnPath(machine, () => undefined)) ?? findInCache(machine);
    if (bin !== undefined) return new PulumiHelp(askCli(bin));
    process.stderr.write("The commands of Pulumi in the pages are not checked: there is no Pulumi CLI.\n");
    return undefined;
}

/** `npm run docs:check` runs the commands too. */
describe("the pages for readers", () => {
    let result: Result;

    beforeAll(async () => {
        result = await checkPages({ root: repository, repository, pulumi: await pulumiHelp() });
    });

    it("have links that lead somewhere, programs that compile, and commands that exist", () => {
        expect(result.findings.map(lineOf)).toEqual([]);
    });

    it("are all of them, with blocks of each kind that is checked", () => {
        const { counts } = result;
        for (const [what, least] of [
            ["pages", 15],
            ["links", 50],
            ["hbr commands", 5],
            ["npm commands", 5],
            ["json blocks", 3],
            ["ts blocks type-checked", 4],
        ] as const)
            expect([what, counts.of(what) >= least]).toEqual([what, true]);
    });
});
