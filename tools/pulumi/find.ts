import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { run, type Say } from "./process";

/** The properties of the machine that the engine tests need. They are parameters so that tests can change them. */
export interface Machine {
    env: NodeJS.ProcessEnv;
    platform: NodeJS.Platform;
    home: string;
}

export const thisMachine = (): Machine => ({
    env: process.env,
    platform: process.platform,
    home: os.homedir(),
});

/**
 * The oldest CLI that is accepted from PATH. The CLI and the SDK are released together under one version, and 3.216.0
 * is the oldest `@pulumi/pulumi` that the package supports.
 */
export const OLDEST_VERSION = "3.216.0";

/** Starts the dynamic provider. The engine looks for it next to the CLI. */
export const LAUNCHER = "pulumi-resource-pulumi-nodejs";

/** go.mod is the only place that sets the version to download or build. */
export function pinnedVersion(): string {
    const manifest = fs.readFileSync(path.join(__dirname, "..", "pulumi-cli", "go.mod"), "utf8");
    const version = /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(manifest)?.[1];
    if (version === undefined)
        throw new Error("tools/pulumi-cli/go.mod does not name a version of the Pulumi CLI");
    return version;
}

export function cliName(platform: NodeJS.Platform): string {
    return platform === "win32" ? "pulumi.exe" : "pulumi";
}

function launcherName(platform: NodeJS.Platform): string {
    return platform === "win32" ? `${LAUNCHER}.cmd` : LAUNCHER;
}

/** This project's folder in the system's cache location. */
export function cacheFolder({ env, platform, home }: Machine): string {
    const base =
        platform === "win32"
            ? (env.LOCALAPPDATA ?? path.join(home, "AppData", "Local"))
            : platform === "darwin"
              ? path.join(home, "Library", "Caches")
              : env.XDG_CACHE_HOME !== undefined && path.isAbsolute(env.XDG_CACHE_HOME)
                ? env.XDG_CACHE_HOME
                : path.join(home, ".cache");
    return path.join(base, "pulumi-alicloud-hbr");
}

function isExecutable(file: string): boolean {
    try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
    } catch {
        return false;
    }
}

/** Whether both programs exist and are executable. */
export function isComplete(folder: string, platform: NodeJS.Platform): boolean {
    return [cliName(platform), launcherName(platform)].every((name) => isExecutable(path.join(folder, name)));
}

export async function versionOf(cli: string): Promise<string | undefined> {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" };
    const { code, output } = await run(cli, ["version"], { env, timeoutMs: 30_000 });
    return code === 0 ? /^v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1] : undefined;
}

function isAtLeast(version: string, oldest: string): boolean {
    const [have, want] = [version, oldest].map((text) => text.split(/[.+-]/).slice(0, 3).map(Number));
    for (const [index, number] of (want ?? []).entries()) {
        const difference = (have?.[index] ?? 0) - number;
        if (difference !== 0) return difference > 0;
    }
    return true;
}

/** The first folder on PATH with a complete CLI that is recent enough. */
export async function findOnPath(machine: Machine, say: Say): Promise<string | undefined> {
    const folders = (machine.env.PATH ?? "")
        .split(path.delimiter)
        .filter((folder) => path.isAbsolute(folder));
    for (const folder of new Set(folders)) {
        const cli = path.join(folder, cliName(machine.platform));
        if (!isExecutable(cli)) continue;
        // Package managers link only the CLI into PATH and keep the launcher next to the link's target.
        const complete = [folder, path.dirname(fs.realpathSync(cli))].find((each) =>
            isComplete(each, machine.platform),
        );
        const version = complete === undefined ? undefined : await versionOf(cli);
        if (complete !== undefined && version !== undefined && isAtLeast(version, OLDEST_VERSION))
            return complete;
        const why =
            complete === undefined
                ? `${LAUNCHER} is not beside it`
                : `its version is ${version ?? "unknown"}, at least ${OLDEST_VERSION} is needed`;
        say(`Not using ${cli}: ${why}.`);
    }
    return undefined;
}

export function cachedFolder(machine: Machine): string {
    return path.join(cacheFolder(machine), `pulumi-${pinnedVersion()}`, "bin");
}

export function findInCache(machine: Machine): string | undefined {
    const folder = cachedFolder(machine);
    return isComplete(folder, machine.platform) ? folder : undefined;
}
