import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Manifest } from "./commands";

/** The pages for readers. `docs/api` is generated, from comments that refer to names and not to files. */
const PAGES = [
    "*.md",
    "docs/**/*.md",
    "examples/README.md",
    "examples/*/README.md",
    "templates/README.md",
    "templates/*/README.md",
];
const GENERATED = "docs/api/";

/** All pages of a repository, from its root, with slashes. */
export function pagesIn(root: string): readonly string[] {
    return fs
        .globSync(PAGES, { cwd: root })
        .map((file) => file.split(path.sep).join("/"))
        .filter((file) => !file.startsWith(GENERATED))
        .sort();
}

/** What `npm pack` puts into the package. */
export function packedFiles(root: string): ReadonlySet<string> {
    const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"];
    const printed = execFileSync("npm", args, { cwd: root, encoding: "utf8" });
    const [content] = JSON.parse(printed) as [{ files: { path: string }[] }];
    return new Set(content.files.map(({ path: file }) => file));
}

/** What the commands of a page can rely on: the package, and the page's own project if it has one. */
export function manifestFor(root: string, page: string): Manifest {
    const files = new Set(["package.json", path.posix.join(path.posix.dirname(page), "package.json")]);
    const manifests = [...files].map((file) => readManifest(path.join(root, file)));
    return {
        scripts: manifests.flatMap(({ scripts }) => Object.keys(scripts ?? {})),
        bin: manifests.flatMap(({ bin }) => Object.keys(bin ?? {})),
        dependencies: manifests.flatMap((manifest) =>
            [manifest.dependencies, manifest.devDependencies, manifest.peerDependencies].flatMap((each) =>
                Object.keys(each ?? {}),
            ),
        ),
    };
}

type Names = Readonly<Record<string, string>>;
type PackageJson = Partial<
    Record<"scripts" | "bin" | "dependencies" | "devDependencies" | "peerDependencies", Names>
>;

function readManifest(file: string): PackageJson {
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as PackageJson) : {};
}
