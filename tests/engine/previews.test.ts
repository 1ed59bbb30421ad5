import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { pageOf, PREVIEWS_PAGE } from "../../tools/capturePreviews";
import { captureRuns, type Capture } from "../../tools/previews/capture";
import { expectOk, type Result } from "./harness";
import { CLUSTER, fleet, OTHER_CLUSTER, saidOf, scenes, vaultsOf } from "./support";

const scene = scenes();
const TEN = Array.from({ length: 10 }, (_, index) => `i-bp10${String(index + 1).padStart(2, "0")}`);
const TEN_OF_24 = `24: ${TEN.join(", ")} (+14)`;

describe("what a preview prints", () => {
    let captures: readonly Capture[];
    const outputOf = (title: string): string =>
        captures.find((capture) => capture.title === title)?.output ?? "(no such capture)";

    beforeAll(async () => {
        captures = await captureRuns();
    });

    it.each([
        ["A new fleet", "hana create", `plan: install ${TEN_OF_24}`],
        [
            "One of each",
            "hana update [diff: ~instances];",
            "plan: install 1: i-bp1025; " +
                "reinstall 2: i-bp1003 (access key changed), i-bp1024 (clusterId cl-000one → cl-000two); " +
                "repair 1: i-bp1002 (NOT_INSTALLED); uninstall 1: i-bp1004; keep 20",
        ],
        ["Nothing to call", "hana update [diff: ~removal];", "plan: record settings"],
        [
            "A replacement",
            "hana replace [diff: ~vaultId];",
            "plan: replace (vaultId v-0001ufe000000000kgm → v-0002ufe000000000kgm); " +
                `uninstall ${TEN_OF_24}; install ${TEN_OF_24}`,
        ],
        [
            "Not known yet",
            "hana update [diff: ~instances];",
            "plan: install 1: (unknown 1); uninstall 1: i-bp1001 (unless it is one of the unknown); keep 23",
        ],
    ])("%s: the plan is on the resource's own row, and once among the diagnostics", (title, row, plan) => {
        const lines = outputOf(title).split("\n");
        expect(lines.filter((line) => line.includes(`:BackupClients ${row} plan: `))).toEqual([
            expect.stringContaining(`${row} ${plan}`),
        ]);
        const diagnostics = lines.slice(lines.indexOf("Diagnostics:"));
        expect(diagnostics.filter((line) => line.includes("plan: "))).toEqual([`    ${plan}`]);
    });

    it("shows with --diff which instances have changed, and nothing of an access key", () => {
        const text = outputOf("In detail");
        expect(text).toMatch(/^ *- i-bp1002: {$/m);
        expect(text).toMatch(/^ *\+ i-bp1003: {$/m);
        expect(text).toMatch(/^ *credentials *: \[secret\]$/m);
        expect(text).not.toContain("the secret of");
    });

    it("is on the page of the docs, as it was captured (`npm run docs:previews` writes it anew)", () => {
        expect(pageOf(captures)).toBe(fs.readFileSync(PREVIEWS_PAGE, "utf8"));
    });
});

describe("a plan line", () => {
    const plans = {
        child: "plan: install 1: i-a2; keep 1",
        newName: `plan: reinstall 1: i-b1 (clusterId ${CLUSTER} → ${OTHER_CLUSTER})`,
        added: "plan: install 1: i-c1",
    };
    const typeInGroup = "::test:index:Group$pulumi-nodejs:dynamic/alicloud-hbr:BackupClients::";
    const previews = new Map<string, Result>();
    const displays = { rows: [], diff: ["--diff"], json: ["--json"] };

    beforeAll(async () => {
        const { stack } = await scene({ world: vaultsOf("child", "oldName", "added") });
        const urn = "urn:pulumi:dev::fleet::pulumi-nodejs:dynamic/alicloud-hbr:BackupClients::oldName";
        const group = { parent: "group" };
        expectOk(await stack.up([fleet("child", ["i-a1"], {}, group), fleet("oldName", ["i-b1"])]));
        const moved = fleet("oldName", [{ instanceId: "i-b1", clusterId: OTHER_CLUSTER }]);
        const program = [
            fleet("child", ["i-a1", "i-a2"], {}, group),
            { ...moved, name: "newName", opts: { ...group, aliases: [urn] } },
            fleet("added", ["i-c1"], {}, group),
        ];
        for (const [name, args] of Object.entries(displays)) {
            previews.set(name, expectOk(await stack.preview(program, { args })));
        }
    });

    const previewed = (display: string): Result => previews.get(display) as Result;

    it.each(Object.keys(displays))("stands once, in a component and under an alias too: %s", (display) => {
        for (const [name, plan] of Object.entries(plans)) {
            expect(saidOf(previewed(display), name)).toEqual([`info: ${plan}`]);
        }
    });

    it("is among the diagnostics of --json, at the resource's URN", () => {
        const { diagnostics } = JSON.parse(previewed("json").stdout) as {
            diagnostics: { urn: string; message: string }[];
        };
        const found = diagnostics.map(({ urn, message }) => [
            urn.slice("urn:pulumi:dev::fleet".length),
            message.trim(),
        ]);
        const expected = Object.entries(plans).map(([name, plan]) => [`${typeInGroup}${name}`, plan]);
        expect(found.sort()).toEqual(expected.sort());
    });
});

describe("without an engine to talk to", () => {
    const engine = path.join(__dirname, "..", "..", "provider", "engine.ts");
    const script = `
        const { resourceLog, flushLog } = require(${JSON.stringify(engine)});
        const log = resourceLog("urn:pulumi:dev::fleet::a:b:C::hana");
        log.info("plan: install 1: i-a");
        log.warning("a warning");
        log.debug("a call");
        log.status("installing 0/1");
        flushLog().then(() => { console.log("done"); process.exit(0); });`;

    async function saidWith(...args: readonly string[]): Promise<string[]> {
        const options = ["--import", "tsx", "-e", script, "--", ...args];
        const { stdout } = await promisify(execFile)(process.execPath, options, {
            cwd: path.join(__dirname, "..", ".."),
        });
        return stdout.trim().split("\n");
    }

    // With -e there is no script among the arguments, so a word of ours stands in its place.
    it.each([
        ["no address", []],
        ["something that is no address", ["script", "--verbose"]],
    ])("%s: what should stay is on the console, and what passes by is not", async (_what, args) => {
        expect(await saidWith(...args)).toEqual(["plan: install 1: i-a", "a warning", "done"]);
    });

    it("an address where nobody answers: nothing fails, and nothing waits for ever", async () => {
        expect(await saidWith("script", "127.0.0.1:1")).toEqual(["done"]);
    });
});
