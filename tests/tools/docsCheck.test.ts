import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { checkPages, type Result } from "../../tools/docs/check";
import { lineOf } from "../../tools/docs/findings";
import { PulumiHelp } from "../../tools/docs/pulumiHelp";

const repository = path.join(__dirname, "..", "..");
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "docs-check-"));

afterAll(() => {
    fs.rmSync(scratch, { recursive: true });
});

const fence = (info: string, ...lines: string[]): string => [`\`\`\`${info}`, ...lines, "```", ""].join("\n");

/** The help of a CLI with a few commands, in the form of Pulumi's. */
const HELP: Readonly<Record<string, string>> = {
    "": "Usage:\n  pulumi [command]\n\nStack Management Commands:\n  stack     Manage stacks\n  config    Configure\n  up        Deploy\n\nFlags:\n  -C, --cwd string    Folder\n      --version       Version\n",
    stack: "Usage:\n  pulumi stack [flags]\n  pulumi stack [command]\n\nAvailable Commands:\n  export      Export\n  remove      Remove\n\nFlags:\n  -i, --show-ids   IDs\n",
    "stack remove":
        "Usage:\n  pulumi stack remove [<name>] [flags]\n\nAliases:\n  remove, rm\n\nFlags:\n  -y, --yes   Yes\n",
    up: 'Usage:\n  pulumi up [template] [flags]\n\nFlags:\n  -r, --refresh string[="true"]   Refresh\n  -s, --stack string   Stack\n  -y, --yes   Yes\n\nGlobal Flags:\n  -C, --cwd string   Folder\n',
    "stack export": "Usage:\n  pulumi stack export [flags]\n\nFlags:\n  -h, --help   help\n",
};

const asked: string[] = [];
const pulumi = new PulumiHelp((args) => {
    asked.push(args.join(" "));
    const command = args.filter((word) => !word.startsWith("-")).join(" ");
    const hidden = args.find((word) => word.includes("="));
    if (hidden !== undefined)
        return Promise.resolve(hidden.startsWith("--plan=") ? "" : `error: unknown flag: ${hidden}`);
    return Promise.resolve(HELP[command === "stack rm" ? "stack remove" : command] ?? HELP[""] ?? "");
});

const README = [
    "# A package",
    "",
    "[there](docs/page.md#a-second-heading), [same page](#a-package), [web](https://example.com/a#b)",
    "[gone](docs/gone.md) and",
    "[moved](page.md), [no heading](docs/page.md#second-heading), [code](index.ts#L1), [not packed](NOTES.md)",
    "",
    "| a | b |",
    "| - | - |",
    "| [in a table](docs/lost.md) | ![image](picture.svg) |",
    "",
    '<img src="absent.png" alt=""> [plain](http://example.com), [nothing][reference], [host](https://example), [root](/docs)',
    "",
    fence("", "what is it"),
    fence("bash", "pulumi up"),
    fence("ts run", "const a = 1;"),
    fence("sh no-check", "frobnicate"),
    fence("text", "frobnicate"),
    "    pulumi up --yess",
    "",
].join("\n");

const CODE = [
    "# Code",
    "",
    fence("ts", 'import * as hbr from "pulumi-alicloud-hbr";', 'new hbr.BackupClients("a", { vaultId: 1 });'),
    fence("ts fragment", 'removal: "Retain",', 'rollout: { waves: "1" },'),
    fence(
        "ts fragment",
        "const { clients } = await hbr.getBackupClients({ vaultId });",
        "clients.forEach();",
    ),
    fence("ts fragment", "protect: true,", 'upgrades: "Latest",'),
    fence("ts", 'import { x } from "pulumi-alicloud-hbr/provider/fleet/plan";'),
    fence("ts", "const = 1;"),
    fence("ts file=index.ts", "export const one = 1;", "export const two = 3;"),
    fence("ts part=index.ts", "export const two = 2;"),
    fence("ts part=index.ts", "export const three = 3;"),
    fence("js", "const a = ;"),
    fence("json", "{", '  "a": 1,', "}"),
    fence("yaml", "a: 1", "b: [", "c: 2"),
    fence(
        "yaml",
        "steps:",
        "  - run: |",
        "      npm ci",
        "      npx hbr-report --fail-onn x",
        "  - run: npm run nothing",
    ),
].join("\n");

const COMMANDS = [
    "# Commands",
    "",
    fence(
        "sh",
        "npx hbr-import v-… --clustr cl-1",
        "npx hbr-report state.json --format pdf",
        "npm run tset # a comment",
        "npm test -- tests && npm isntall",
        "npx hbr-simulator --port 1 --world world.json > out.json &",
        "pulumi stack export | npx hbr-reprot",
        "pulumi -C dir up --plan p --refresh -y",
        "pulumi stak; pulumi stack rm dev -y",
        'echo "$(pulumi up --nope)"',
        "plumi up",
        "npx vitest run",
    ),
    fence("sh", "if true; then"),
    fence("sh", "npm install --save-dev vitest@3", "npx vitest run", "curl -s http://127.0.0.1 | jq ."),
].join("\n");

/** The lines of a fixture are counted here, so that the expectations can name the text. */
function place(file: string, text: string, needle: string): string {
    const index = text.split("\n").findIndex((line) => line.includes(needle));
    if (index < 0) throw new Error(`no ${needle}`);
    return `${file}:${index + 1}:`;
}

describe("docs:check", () => {
    let result: Result;
    let lines: readonly string[];

    beforeAll(async () => {
        const files = {
            "package.json": JSON.stringify({
                name: "sample",
                version: "1.0.0",
                files: ["docs", "index.ts"],
                scripts: { test: "true" },
                bin: { "hbr-import": "a", "hbr-report": "b", "hbr-simulator": "c" },
            }),
            "README.md": README,
            "NOTES.md": "# Notes\n\n[not packed either](picture.svg)\n",
            "picture.svg": "<svg/>",
            "index.ts": "export const one = 1;\nexport const two = 2;\n",
            "docs/page.md": "# Page\n\n## A *second* `heading`\n",
            "docs/code.md": CODE,
            "docs/commands.md": COMMANDS,
            "docs/api/generated.md": "[gone](gone.md)",
        };
        for (const [name, text] of Object.entries(files)) {
            fs.mkdirSync(path.dirname(path.join(scratch, name)), { recursive: true });
            fs.writeFileSync(path.join(scratch, name), text);
        }
        result = await checkPages({ root: scratch, repository, pulumi });
        lines = result.findings.map(lineOf);
    });

    const about = (file: string): readonly string[] => lines.filter((line) => line.startsWith(`${file}:`));

    it("reports each link that leads nowhere, with what is there, also from tables, images and HTML", () => {
        const at = (needle: string): string => place("README.md", README, needle);
        expect(about("README.md").filter((line) => !/block|language|`|--yess/.test(line))).toEqual([
            `${at("[gone]")} no file docs/gone.md`,
            `${at("[moved]")} no file page.md; is it docs/page.md?`,
            `${at("[moved]")} docs/page.md has no heading #second-heading; it has #page, #a-second-heading`,
            `${at("[moved]")} index.ts#L1: only a page has anchors`,
            `${at("[moved]")} NOTES.md is not in the package, but this page is: add it to "files" in package.json, or link to it absolutely`,
            `${at("in a table")} no file docs/lost.md`,
            `${at("in a table")} picture.svg is not in the package, but this page is: add it to "files" in package.json, or link to it absolutely`,
            `${at("absent")} [nothing][reference] has no definition in this page`,
            `${at("absent")} no file absent.png`,
            `${at("absent")} http://example.com: use https, as for every link to the web`,
            `${at("absent")} https://example: example is not the name of a host`,
            `${at("absent")} /docs is an absolute path: link from this page's folder, such as ../README.md`,
        ]);
        expect(about("NOTES.md")).toEqual([]);
        expect(about("docs/api/generated.md")).toEqual([]);
    });

    it("wants a language that it knows for every block, and checks an indented block that begins with a command", () => {
        const at = (needle: string): string => place("README.md", README, needle);
        expect(about("README.md").filter((line) => /block|language|`|--yess/.test(line))).toEqual([
            expect.stringMatching(/a block of code without a language: use `text` for output$/),
            `${at("```bash")} the language is \`sh\` here, and not \`bash\``,
            `${at("```ts run")} \`ts run\` has no meaning; after \`ts\` stands fragment, file=…, part=…, write=…, no-check`,
            `${at("--yess")} \`pulumi up\` has no option --yess; did you mean --yes?`,
        ]);
    });

    it("type-checks programs and fragments against what the package exports, and shows the line", () => {
        const at = (needle: string): string => place("docs/code.md", CODE, needle);
        const found = about("docs/code.md").filter(
            (line) => !/JSON|YAML|index\.ts|hbr-report|script/.test(line),
        );
        expect(found).toEqual([
            `${at("vaultId: 1")} Type 'number' is not assignable to type 'Input<string>'.`,
            expect.stringMatching(`^${at('waves: "1"')} Type 'string' is not assignable to type`),
            expect.stringMatching(`^${at("forEach")} This expression is not callable`),
            expect.stringMatching(`^${at("fleet/plan")} Cannot find module`),
            expect.stringMatching(`^${at("const = 1")} Variable declaration expected`),
            expect.stringMatching(`^${at("const a = ;")} Expression expected`),
        ]);
    });

    it("compares blocks with the files that they show", () => {
        const at = (needle: string): string => place("docs/code.md", CODE, needle);
        expect(about("docs/code.md").filter((line) => line.includes("index.ts"))).toEqual([
            `${at("two = 3")} index.ts has here: export const two = 2;`,
            `${at("three = 3")} these lines are not in index.ts`,
        ]);
    });

    it("parses JSON and YAML, and checks the commands of workflows", () => {
        const at = (needle: string): string => place("docs/code.md", CODE, needle);
        const found = about("docs/code.md").filter((line) => /JSON|YAML|hbr-report|npm|script/.test(line));
        expect(found).toEqual([
            expect.stringMatching(/: this is no JSON: Expected double-quoted property name/),
            expect.stringMatching(/: this is no YAML: /),
            expect.stringMatching(`^${at("--fail-onn")} hbr-report: .*did you mean --fail-on\\?$`),
            `${at("run: npm run nothing")} package.json has no script nothing`,
        ]);
    });

    it("checks each command against the options that it really takes", () => {
        const at = (needle: string): string => place("docs/commands.md", COMMANDS, needle);
        expect(about("docs/commands.md")).toEqual([
            expect.stringMatching(
                `^${at("--clustr")} hbr-import: Unknown option '--clustr'.*did you mean --cluster\\?$`,
            ),
            `${at("--format pdf")} hbr-report: --format pdf: it is markdown, html or json`,
            `${at("tset")} package.json has no script tset; did you mean test?`,
            `${at("isntall")} npm isntall is no command of npm that this check knows; did you mean install?`,
            `${at("hbr-reprot")} npx hbr-reprot: neither this package nor one that the page installs has this command; did you mean hbr-report?`,
            expect.stringMatching(
                `^${at("pulumi stak")} \`pulumi\` has no command stak; did you mean stack\\?$`,
            ),
            `${at("--nope")} \`pulumi up\` has no option --nope`,
            `${at("plumi up")} plumi is no command that this check knows; did you mean pulumi?`,
            expect.stringMatching(/: this is no script for sh: .*[Ss]yntax error/),
        ]);
    });

    it("counts what it has checked, and what not", () => {
        const counts = result.counts.toString();
        expect(counts).toContain("5 pages");
        expect(counts).toContain("1 sh blocks not checked");
        expect(counts).toContain("1 text blocks not checked");
        expect(counts).toContain("6 ts blocks type-checked");
        expect(counts).toContain("3 ts blocks compared with files");
    });

    it("asks for the help of each command once", () => {
        const repeated = asked.filter((args, index) => asked.indexOf(args) !== index);
        expect(repeated.filter((args) => !args.includes("="))).toEqual([]);
        expect(asked.length).toBeGreaterThan(3);
    });
});
