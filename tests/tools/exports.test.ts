import fs from "node:fs";
import path from "node:path";
import { exportedPaths } from "../../tools/docs/code";

const repository = path.join(__dirname, "..", "..");
const read = (name: string): string => fs.readFileSync(path.join(repository, name), "utf8");

describe("the exported paths of the package", () => {
    const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, unknown> };
    const [, section = ""] = read("CONTRIBUTING.md").split("\n## Exported paths\n");
    const rows = new Map(
        [...section.matchAll(/^\| `([^`]+)` +\| (.+?) +\|$/gm)].map(([, name = "", reason = ""]) => [
            name,
            reason,
        ]),
    );

    it("have a reason each in CONTRIBUTING.md, which names no other path", () => {
        expect([...rows.keys()].sort()).toEqual(Object.keys(exports).sort());
        for (const reason of rows.values()) expect(reason.split(" ").length).toBeGreaterThan(3);
    });

    it("are in the API reference, apart from those that only stand in states", () => {
        const { entryPoints } = JSON.parse(read("typedoc.json")) as { entryPoints: string[] };
        const documented = [...rows].filter(([, reason]) => reason.includes("in the API reference"));
        const sources = documented.map(([name]) => {
            const [source = ""] =
                exportedPaths(repository)[path.posix.join("pulumi-alicloud-hbr", name)] ?? [];
            return path.relative(repository, source).split(path.sep).join("/");
        });
        expect(sources.sort()).toEqual(entryPoints.toSorted());
        const others = [...rows].filter(([, reason]) => !reason.includes("in the API reference"));
        expect(others.map(([name]) => name).sort()).toEqual([
            "./dist/provider/dynamicProvider.js",
            "./dynamicProvider",
            "./lifecycle",
            "./package.json",
        ]);
    });

    it("give Pulumi the name of the provider's module that is in the states: the last of its names", () => {
        const names = Object.keys(exports).filter((name) => name.includes("dynamicProvider"));
        expect(names.at(-1)).toBe("./dynamicProvider");
    });
});
