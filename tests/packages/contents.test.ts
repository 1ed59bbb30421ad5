import fs from "node:fs";
import path from "node:path";
import { repository } from "../engine/harness/package";
import { execute } from "./support/execute";
import { NAME, packed } from "./support/tarball";
import { Workspace } from "./support/workspace";

const PUBLINT = "publint@0.3.25";
const ARE_THE_TYPES_WRONG = "@arethetypeswrong/cli@0.18.5";

describe("the tarball", () => {
    let tarball: string;

    beforeAll(async () => {
        tarball = await packed();
    });

    it("is in order for publint", async () => {
        expect(await execute("npx", ["--yes", PUBLINT, "--strict", tarball])).toContain("All good!");
    });

    it("has types for every kind of import", async () => {
        const report = await execute("npx", ["--yes", ARE_THE_TYPES_WRONG, "--format", "json", tarball]);
        const { problems, analysis } = JSON.parse(report) as {
            problems?: object;
            analysis: { types: { kind: string } };
        };
        expect(analysis.types.kind).toBe("included");
        expect(problems ?? {}).toEqual({});
    });

    it("holds compiled code, its types, what that reads, the pages for readers and the examples", async () => {
        const files = (await execute("tar", ["tzf", tarball])).trim().split("\n");
        const compiled = /^package\/dist\/(provider|simulator|report)\/[\w/]+\.(js|d\.ts)$/;
        const page = /^package\/docs\/[\w/-]+\.(md|svg)$/;
        // Sources and configuration: nothing that is generated, installed or compiled.
        const project = /^package\/(examples|templates)\/([\w.-]+\/)*[\w.-]+\.(md|ts|cjs|json|yaml)$/;
        const stray = /\/(node_modules|bin|api|coverage)\/|package-lock\.json|\.tgz$/;
        const others = files.filter(
            (name) => !compiled.test(name) && !page.test(name) && (!project.test(name) || stray.test(name)),
        );
        expect(others.sort()).toEqual([
            "package/CHANGELOG.md",
            "package/CONTRIBUTING.md",
            "package/LICENSE",
            "package/README.md",
            "package/SECURITY.md",
            "package/dist/report/page/page.cjs",
            "package/dist/report/page/page.css",
            "package/dist/simulator/world.schema.json",
            "package/package.json",
            "package/simulator/world.schema.json",
        ]);
        for (const name of files.filter((each) => /^package\/dist\/(?!report\/page).*\.js$/.test(each)))
            expect(files).toContain(name.replace(/\.js$/, ".d.ts"));
        expect(files.filter((name) => page.test(name)).length).toBeGreaterThan(5);
        expect(
            files.filter((name) => /^package\/examples\/[\w-]+\/index\.ts$/.test(name)).length,
        ).toBeGreaterThan(3);
    });

    it("is small", () => {
        const kilobytes = fs.statSync(tarball).size / 1000;
        process.stdout.write(`Tarball: ${kilobytes.toFixed(0)} kB\n`);
        expect(kilobytes).toBeLessThan(1000);
    });

    it("brings about as much as the README says", async () => {
        const workspace = await Workspace.create();
        try {
            workspace.write("package.json", JSON.stringify({ name: "alone", private: true }));
            const flags = ["--legacy-peer-deps", "--prefer-offline", "--no-audit", "--no-fund"];
            await workspace.execute("npm", "install", ...flags, tarball);
            const lock = JSON.parse(
                fs.readFileSync(path.join(workspace.folder, "package-lock.json"), "utf8"),
            ) as { packages: object };
            const count = Object.keys(lock.packages).filter(
                (name) => name !== "" && !name.endsWith(NAME),
            ).length;
            const disk = await workspace.execute("du", "-sk", "node_modules");
            const megabytes = (Number.parseInt(disk, 10) * 1024) / 1e6;
            process.stdout.write(
                `An install: ${String(count)} packages beside this one, ${megabytes.toFixed(1)} MB of disk (du)\n`,
            );

            const readme = fs.readFileSync(path.join(repository, "README.md"), "utf8");
            const [, packages, size] = /(\d+)\s+packages,\s+(\d+) MB/.exec(readme) ?? [];
            expect(packages).toBeDefined();
            // Their own dependencies move on.
            expect(Math.abs(count / Number(packages) - 1)).toBeLessThan(0.2);
            expect(Math.abs(megabytes / Number(size) - 1)).toBeLessThan(0.2);
        } finally {
            workspace.remove();
        }
    });
});
