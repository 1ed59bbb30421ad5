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

    it("holds compiled code, its types, the world's schema, the parts of the report's page, and what tells about it", async () => {
        const files = (await execute("tar", ["tzf", tarball])).trim().split("\n");
        const compiled = /^package\/dist\/(provider|simulator|report)\/[\w/]+\.(js|d\.ts)$/;
        expect(files.filter((name) => !compiled.test(name)).sort()).toEqual([
            "package/CHANGELOG.md",
            "package/LICENSE",
            "package/README.md",
            "package/dist/report/page/page.cjs",
            "package/dist/report/page/page.css",
            "package/dist/simulator/world.schema.json",
            "package/package.json",
        ]);
        for (const name of files.filter((each) => each.endsWith(".js")))
            expect(files).toContain(name.replace(/\.js$/, ".d.ts"));
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
            const megabytes =
                (sizeOf(path.join(workspace.folder, "node_modules")) - sizeOf(workspace.installed)) / 1e6;
            process.stdout.write(
                `Run-time dependencies: ${String(count)} packages, ${megabytes.toFixed(1)} MB\n`,
            );

            const readme = fs.readFileSync(path.join(repository, "README.md"), "utf8");
            const [, packages, size] = /(\d+) packages,\s+(\d+) MB/.exec(readme) ?? [];
            // Their own dependencies move on.
            expect(Math.abs(count / Number(packages) - 1)).toBeLessThan(0.2);
            expect(Math.abs(megabytes / Number(size) - 1)).toBeLessThan(0.2);
        } finally {
            workspace.remove();
        }
    });
});

function sizeOf(folder: string): number {
    return fs
        .readdirSync(folder, { recursive: true, encoding: "utf8" })
        .map((name) => fs.lstatSync(path.join(folder, name)))
        .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
