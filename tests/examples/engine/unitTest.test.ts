import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { installedPackage, repository } from "../../engine/harness/package";

const example = path.join(repository, "examples", "unit-test");
const page = fs.readFileSync(path.join(repository, "docs", "unit-tests.md"), "utf8");
const fileOf = (name: string): string => fs.readFileSync(path.join(example, name), "utf8");

describe("the page about unit tests", () => {
    it("imports from vitest what the test for jest imports from jest", () => {
        const [, imported = "", rest = ""] =
            /^(import \{ .* \} from )"@jest\/globals";\n([^]*)$/.exec(fileOf("jest/fleet.test.ts")) ?? [];
        // That the other blocks are the files of the example is a part of `npm run docs:check`.
        expect(page).toContain(`\`\`\`ts no-check\n${imported}"vitest";\n\`\`\`\n`);
        expect(rest).not.toMatch(/\bjest\b/);
    });
});

describe("the example of unit tests, with the package as it is installed", () => {
    let folder: string;

    beforeAll(async () => {
        folder = fs.mkdtempSync(path.join(await installedPackage(), "unit-test-"));
        fs.cpSync(example, folder, {
            recursive: true,
            filter: (each) => path.basename(each) !== "node_modules",
        });
    });

    afterAll(() => {
        fs.rmSync(folder, { recursive: true });
    });

    /** What a program of Node prints that has to succeed, and that must not see that it runs in a test of jest. */
    function run(...args: readonly string[]): string {
        const foreign = /^(PULUMI|ALICLOUD|ALIBABA|NODE_|JEST|npm_)/i;
        const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
        const { status, stdout, stderr } = spawnSync(process.execPath, args, {
            cwd: folder,
            env,
            encoding: "utf8",
        });
        if (status !== 0) throw new Error(`${args.join(" ")} failed:\n${stdout}${stderr}`);
        return stdout + stderr;
    }

    it("passes with Node's own test runner", () => {
        const files = fs
            .readdirSync(path.join(folder, "node-test"))
            .map((name) => path.join("node-test", name));
        const output = run("--import", "tsx", "--test", "--test-reporter=tap", ...files);
        expect(output).toMatch(/^# pass 5$/m);
        expect(output).toMatch(/^# skipped 0$/m);
    });

    it("passes with jest", () => {
        const jest = path.join(repository, "node_modules", "jest", "bin", "jest.js");
        expect(run(jest, "--ci", "--rootDir", folder)).toMatch(/^Tests: +5 passed, 5 total$/m);
    });

    it("compiles with its own tsconfig.json, which is what ts-jest goes by", () => {
        run(path.join(repository, "node_modules", "typescript", "bin", "tsc"), "-p", folder);
    });
});
