import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { withLock } from "../../../tools/lock.cjs";
import { run } from "../../../tools/pulumi/process";

export const repository = path.join(__dirname, "..", "..", "..");
const NAME = "pulumi-alicloud-hbr";
const SOURCES = ["package.json", "tsconfig.json", "tsconfig.build.json", "provider", "report", "simulator"];
const KEEP_MS = 24 * 60 * 60_000;

/**
 * A folder whose node_modules holds the package as it is installed from its tarball: compiled, in a real folder (the
 * engine captures a linked package by value). Its dependencies are found by walking up to the repository's. Made
 * once for each state of the sources.
 */
export async function installedPackage(): Promise<string> {
    const base = path.join(repository, ".cache", "engine");
    const folder = path.join(base, hashOfSources());
    const manifest = path.join(folder, "node_modules", NAME, "package.json");
    if (!fs.existsSync(manifest)) {
        await withLock(path.join(base, "package.lock"), async () => {
            if (!fs.existsSync(manifest)) await install(base, folder);
        });
    }
    return folder;
}

/** One value for each state of the sources, and of other files and folders. */
export function hashOfSources(others: readonly string[] = []): string {
    const hash = createHash("sha256");
    for (const source of [...SOURCES, ...others]) {
        const entry = path.join(repository, source);
        if (!fs.existsSync(entry)) continue;
        const files = fs.statSync(entry).isDirectory()
            ? fs.readdirSync(entry, { recursive: true, encoding: "utf8" }).sort()
            : [""];
        for (const file of files.filter((name) => fs.statSync(path.join(entry, name)).isFile())) {
            hash.update(`${source}/${file}\0`).update(fs.readFileSync(path.join(entry, file)));
        }
    }
    return hash.digest("hex").slice(0, 16);
}

async function install(base: string, folder: string): Promise<void> {
    removeOld(base);
    const partial = `${folder}.partial`;
    fs.rmSync(partial, { recursive: true, force: true });
    const target = path.join(partial, "node_modules", NAME);
    fs.mkdirSync(target, { recursive: true });
    fs.copyFileSync(path.join(repository, "package.json"), path.join(target, "package.json"));
    const compiler = path.join(repository, "node_modules", "typescript", "bin", "tsc");
    const args = [compiler, "-p", "tsconfig.build.json", "--outDir", path.join(target, "dist")];
    const { output } = await run(process.execPath, args, { cwd: repository, timeoutMs: 120_000 });
    // A type error is for the check of the types to report; here it counts only if nothing was compiled.
    if (!fs.existsSync(path.join(target, "dist", "provider", "index.js"))) {
        throw new Error(`The package was not compiled:\n${output}`);
    }
    fs.renameSync(partial, folder);
}

/** Other states of the sources; one of today may be in use by another run. */
function removeOld(base: string): void {
    for (const entry of fs.readdirSync(base, { withFileTypes: true }).filter((each) => each.isDirectory())) {
        const folder = path.join(base, entry.name);
        if (Date.now() - fs.statSync(folder).mtimeMs > KEEP_MS)
            fs.rmSync(folder, { recursive: true, force: true });
    }
}
