import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import manifest from "../../package.json";
import { nodeProblem } from "../../provider/nodeVersion";
import { expectFailed, expectOk } from "./harness";
import { installedPackage } from "./harness/package";
import { fleet, operationsOf, saidOf, scenes, vaultsOf } from "./support";

const scene = scenes();

const OLD_NODE = path.join(__dirname, "programs", "oldNode.cjs");
const SENTENCE = `pulumi-alicloud-hbr needs Node 22.12 or later, but ${process.execPath} is Node 20.19.0: install a later one, and put it first in PATH`;

test.each([
    ["18.20.8", false],
    ["20.19.0", false],
    ["22.0.0", false],
    ["22.11.0", false],
    ["22.12.0", true],
    ["22.23.3", true],
    ["23.0.0", true],
    ["24.1.0", true],
    ["100.0.0-nightly", true],
])("Node %s suits: %s", (version, suits) => {
    expect(nodeProblem(version, "/node") === undefined).toBe(suits);
});

test("the needed version is that of the manifest", () => {
    const [version = ""] = /[\d.]+/.exec(manifest.engines.node) ?? [];
    expect(nodeProblem(`${version}.0`, "/node")).toBeUndefined();
    expect(nodeProblem("0.1.0", "/node")).toContain(`needs Node ${version} or later`);
});

describe("on an older Node", () => {
    test("a program hears at its import which one is needed, before anything newer is touched", async () => {
        const script = `
            const { RunError } = require("@pulumi/pulumi");
            for (const name of ["pulumi-alicloud-hbr", "pulumi-alicloud-hbr/lifecycle"]) {
                try { require(name); } catch (error) { console.log(RunError.isInstance(error), error.message); }
            }
            // What states refer to can be loaded: its hooks say it.
            const { check } = require("pulumi-alicloud-hbr/dynamicProvider");
            try { check({}, {}); } catch (error) { console.log(String(error), error.stack, error.message); }`;
        // As the engine starts the provider: with its own address.
        const args = ["--require", OLD_NODE, "--eval", script, "dynamic-provider", "127.0.0.1:1"];
        const output = execFileSync(process.execPath, args, {
            cwd: await installedPackage(),
            encoding: "utf8",
        });
        expect(output.trim().split("\n")).toEqual([
            `true ${SENTENCE}`,
            `true ${SENTENCE}`,
            `pulumi-alicloud-hbr a resource failed; its own messages say why ${SENTENCE}`,
        ]);
    });

    test("a unit test, or whatever else imports the package without Pulumi, hears it too", async () => {
        const args = ["--require", OLD_NODE, "--eval", 'require("pulumi-alicloud-hbr")'];
        const { stderr } = spawnSync(process.execPath, args, {
            cwd: await installedPackage(),
            encoding: "utf8",
        });
        expect(stderr).toContain(SENTENCE);
    });

    test("the provider says it in one sentence at the resource, in a preview and in a destroy", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const program = [fleet("hana", ["i-a1"])];
        expectOk(await stack.up(program));
        const before = simulator.requests().total;
        const env = { NODE_OPTIONS: `--require=${OLD_NODE}` };
        for (const run of [() => stack.preview(program, { env }), () => stack.destroy({ env })]) {
            const result = expectFailed(await run());
            expect(saidOf(result, "hana")).toEqual([expect.stringMatching(/^error: /)]);
            expect(result.stdout).toContain(SENTENCE);
            expect(result.stdout + result.stderr).not.toContain("    at ");
            expect(result.stdout + result.stderr).not.toMatch(/is not a function|undefined/);
        }
        expect(simulator.requests().total).toBe(before);
        expect(operationsOf(expectOk(await stack.preview(program)))).toEqual({ hana: "same" });
    });
});
