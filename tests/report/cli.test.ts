import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { HELP } from "../../report/options";
import { client, exportOf, FAILED, outputsOf, previewOf } from "./fixtures";

const ROOT = path.join(__dirname, "../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hbr-report-"));

afterAll(() => {
    fs.rmSync(folder, { recursive: true });
});

function inFolder(name: string): string {
    return path.join(folder, name);
}

function write(name: string, document: unknown): string {
    fs.writeFileSync(inFolder(name), JSON.stringify(document));
    return inFolder(name);
}

/** Runs the command from the sources. */
async function hbrReport(args: readonly string[], input: unknown = "") {
    const child = spawn(process.execPath, ["--import", "tsx", "report/cli.ts", ...args], { cwd: ROOT });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    // A command that reads no standard input may have ended before.
    child.stdin.on("error", () => undefined);
    child.stdin.end(typeof input === "string" ? input : JSON.stringify(input));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output, errors: errors === "" ? [] : errors.trimEnd().split("\n") };
}

const failing = exportOf({ hana: outputsOf([client("i-a"), client("i-b", FAILED)]) });

describe("hbr-report", () => {
    it("writes the state on standard input as Markdown", async () => {
        const { code, output, errors } = await hbrReport([], failing);
        expect({ code, errors }).toEqual({ code: 0, errors: [] });
        expect(output).toContain("2 instances: 1 `ACTIVATED`, 1 `NOT_INSTALLED`. **1 failed**");
    });

    it("writes a file in the form that its name asks for, and exits with 3 for conditions that hold", async () => {
        const state = write("state.json", failing);
        const preview = previewOf([{ op: "delete", name: "hana", old: outputsOf([client("i-a")]) }]);
        const args = [state, "-", "--out", inFolder("report.html"), "--fail-on", "failed,removal"];
        expect(await hbrReport([...args, "--fail-on=drift"], preview)).toEqual({
            code: 3,
            output: "",
            errors: [
                "hbr-report: failed: 1 client",
                "hbr-report: removal: hana",
                "hbr-report: drift: 1 client",
            ],
        });
        expect(fs.readFileSync(inFolder("report.html"), "utf8")).toMatch(/^<!doctype html>/);
    });

    it("exits with 0 if no condition holds, and with 1 if that cannot be told, with the report in both cases", async () => {
        const good = exportOf({ hana: outputsOf([client("i-a")]) });
        const fine = await hbrReport(["--fail-on", "failed,drift"], good);
        expect(fine).toMatchObject({ code: 0, errors: [] });
        const { code, output, errors } = await hbrReport(["--fail-on", "removal"], good);
        expect({ code, errors }).toEqual({
            code: 1,
            errors: ["hbr-report: removal can only be told from what `pulumi preview --json` prints"],
        });
        expect(output).toBe(fine.output);
    });

    it("says in one line what is wrong with a document, a file or an option", async () => {
        const none = inFolder("none.json");
        const state = write("state.json", failing);
        const nowhere = inFolder("no/where.md");
        const tried = [
            [["-"], 1, /^standard input: is empty: it has to be what `pulumi stack export`/],
            [[none], 1, /none\.json: ENOENT/],
            [[state, "--out", nowhere], 1, /^--out .*where\.md: ENOENT/],
            [["--colour"], 2, /^Unknown option '--colour'/],
        ] as const;
        const said = await Promise.all(tried.map(([args]) => hbrReport(args)));
        for (const [index, [, expected, message]] of tried.entries()) {
            const { code, output, errors = [] } = said[index] ?? {};
            expect({ code, output }).toEqual({ code: expected, output: "" });
            const [first, ...others] = errors.map((line) => line.replace("hbr-report: ", ""));
            expect(first).toMatch(message);
            expect(others).toEqual(expected === 2 ? ["try hbr-report --help"] : []);
        }
    });

    it("explains itself", async () => {
        expect(await hbrReport(["--help"])).toEqual({ code: 0, output: `${HELP}\n`, errors: [] });
    });
});
