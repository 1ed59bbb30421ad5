import fs from "node:fs";
import path from "node:path";
import { withLock } from "../../../tools/lock.cjs";
import { hashOfSources, repository } from "../../engine/harness/package";
import { execute } from "./execute";

export const NAME = "pulumi-alicloud-hbr";

/** What the package has beside its code. */
const PAGES = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "docs",
    "examples",
    "templates",
];

/** The package as it would be published; packed once for each state of the sources. */
export async function packed(): Promise<string> {
    const base = path.join(repository, ".cache", "packages");
    const folder = path.join(base, hashOfSources(PAGES));
    fs.mkdirSync(base, { recursive: true });
    await withLock(path.join(base, "pack.lock"), async () => {
        if (fs.existsSync(folder)) return;
        const partial = `${folder}.partial`;
        fs.rmSync(partial, { recursive: true, force: true });
        fs.mkdirSync(partial);
        await execute("npm", ["pack", repository, "--pack-destination", partial]);
        fs.renameSync(partial, folder);
    });
    const [tarball = ""] = fs.readdirSync(folder);
    return path.join(folder, tarball);
}

/** A later version of a package: `change` gets the folder of the unpacked one. */
export async function repacked(
    tarball: string,
    version: string,
    into: string,
    change: (folder: string) => void,
): Promise<string> {
    await execute("tar", ["xzf", tarball, "-C", into]);
    const folder = path.join(into, "package");
    const manifest = path.join(folder, "package.json");
    const content = JSON.parse(fs.readFileSync(manifest, "utf8")) as object;
    fs.writeFileSync(manifest, JSON.stringify({ ...content, version }));
    change(folder);
    await execute("npm", ["pack", folder, "--ignore-scripts", "--pack-destination", into]);
    fs.rmSync(folder, { recursive: true });
    return path.join(into, `${NAME}-${version}.tgz`);
}
