import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { checkCommand } from "../../tools/docs/commands";
import { readYaml } from "../../tools/docs/data";
import { manifestFor } from "../../tools/docs/files";
import { commandsIn } from "../../tools/docs/shell";
import { cacheFolder } from "../../tools/pulumi/find";

interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
    readonly uses?: string;
    readonly needs?: string;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
    readonly steps?: readonly Step[];
}
interface Workflow {
    readonly on: { readonly push: { readonly tags?: readonly string[] } };
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: Readonly<Record<string, Job>>;
}

const repository = path.join(__dirname, "..", "..");
const folder = path.join(repository, ".github", "workflows");
const texts = new Map(
    fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]),
);
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]));

function jobOf(name: string, job: string): Job {
    const found = workflows.get(name)?.jobs[job];
    if (!found) throw new Error(`${name} has no job ${job}`);
    return found;
}

describe.each([...texts])("the workflow %s", (name, text) => {
    const { jobs, permissions } = parse(text) as Workflow;
    const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

    it("is YAML without a problem", () => {
        expect(readYaml(text).faults).toEqual([]);
    });

    it("pins every action to a version", () => {
        const used = [...steps, ...Object.values(jobs)].flatMap(({ uses }) => uses ?? []);
        expect(used).not.toEqual([]);
        expect(
            used.filter((uses) => !/^(?:[\w-]+\/[\w-]+@(?:v\d+|[0-9a-f]{40})|\.\/.+)$/.test(uses)),
        ).toEqual([]);
    });

    it("may only read, and uses no secret", () => {
        expect(permissions).toEqual({ contents: "read" });
        expect(text).not.toMatch(/secrets\.|TOKEN/);
    });

    it("runs only commands that are there", async () => {
        const around = { manifest: manifestFor(repository, name), installed: [], pulumi: undefined };
        const commands = steps.flatMap(({ run = "" }) => commandsIn(run));
        expect(commands.length).toBeGreaterThan(2);
        const verdicts = await Promise.all(commands.map(({ words }) => checkCommand(words, around)));
        expect(verdicts.flatMap(({ fault }) => fault ?? [])).toEqual([]);
    });
});

describe("the tests on GitHub", () => {
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "node-"));

    afterAll(() => {
        fs.rmSync(scratch, { recursive: true });
    });

    const { strategy, steps = [] } = jobOf("test.yml", "test");

    it("run on Node 22 and 24, on Linux and macOS, and on that Node", () => {
        expect(strategy?.matrix).toEqual({ os: ["ubuntu-latest", "macos-latest"], node: [22, 24] });
        expect(steps.map(({ run }) => run)).toContain('HBR_NODE="$(command -v node)" npm test');
        // A stand-in for another Node, which says what it was asked to run.
        const node = path.join(scratch, "node");
        fs.writeFileSync(node, '#!/bin/sh\necho "this Node: $*"\n', { mode: 0o755 });
        const env = { ...process.env, HBR_NODE: node };
        const args = [path.join(repository, "tools", "run.mjs"), "types"];
        expect(execFileSync(process.execPath, args, { env, encoding: "utf8" })).toMatch(
            /^this Node: .*\btsc\b/,
        );
    });

    it("keep npm's cache, and the Pulumi CLI where the tests look for it", () => {
        const caches = steps.map((step) => step.with?.["path"]).filter((each) => typeof each === "string");
        const folders = (["linux", "darwin"] as const).map((platform) =>
            cacheFolder({ env: {}, platform, home: "~" }),
        );
        expect(caches.map((each) => each.trim().split("\n"))).toEqual([folders]);
        expect(steps.map((step) => step.with?.["cache"])).toContain("npm");
    });
});

describe("the release", () => {
    const { needs, permissions, steps = [] } = jobOf("release.yml", "publish");
    const commands = steps.flatMap(({ run }) => run ?? []);

    it("starts with a tag, which has to be the version, after the tests", () => {
        expect(workflows.get("release.yml")?.on.push).toEqual({ tags: ["v*"] });
        expect(needs).toBe("test");
        expect(jobOf("release.yml", "test").uses).toBe("./.github/workflows/test.yml");
        const check = commands.indexOf('npm run release:check -- --tag "$GITHUB_REF_NAME"');
        expect(check).toBeGreaterThan(0);
        expect(commands.indexOf("npm publish --provenance --access public")).toBe(check + 1);
    });

    it("is published by an identity that only this job has", () => {
        expect(permissions).toEqual({ contents: "read", "id-token": "write" });
        const others = [...workflows.values()].flatMap(({ jobs }) =>
            Object.values(jobs).filter((job) => job.permissions?.["id-token"] !== undefined),
        );
        expect(others).toHaveLength(1);
    });
});
