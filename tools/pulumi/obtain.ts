import fs from "node:fs";
import path from "node:path";
import { withLock } from "../lock.cjs";
import {
    cachedFolder,
    cacheFolder,
    cliName,
    findInCache,
    isComplete,
    LAUNCHER,
    pinnedVersion,
    versionOf,
    type Machine,
} from "./find";
import { lastLines, run, withHeartbeat, type Ended, type Say } from "./process";

/** One way to get the CLI into `<root>/bin`. */
export interface Source {
    name: string;
    fill: (root: string, version: string) => Promise<Ended>;
}

const repository = path.join(__dirname, "..", "..");

/** A full release takes about 30 s on a typical connection. Without a connection, the request fails much sooner. */
const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;
/** A build from scratch takes about nine minutes on one core. A busy machine may have only a quarter of a core free. */
const BUILD_TIMEOUT_MS = 60 * 60_000;

export const download: Source = {
    name: "downloading the Pulumi CLI",
    // The Automation API cannot be cancelled, so it runs in a separate process.
    fill: (root, version) => {
        const script = `require("@pulumi/pulumi/automation").PulumiCommand.install(${JSON.stringify({ root, version })})
            .catch((error) => { console.error(error.message); process.exitCode = 1; });`;
        return run(process.execPath, ["-e", script], { cwd: repository, timeoutMs: DOWNLOAD_TIMEOUT_MS });
    },
};

export const build: Source = {
    name: "building the Pulumi CLI from its Go modules",
    fill: (root, version) => {
        const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
        const output = path.join(root, "bin", cliName(process.platform));
        const args = ["build", "-ldflags", flags, "-o", output, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"];
        const cwd = path.join(repository, "tools", "pulumi-cli");
        return run("go", args, { cwd, timeoutMs: BUILD_TIMEOUT_MS });
    },
};

/** Runs in the program's folder, so the provider uses the same SDK as the program. */
const LAUNCHER_SCRIPT = `#!/bin/sh
script=$(node -p "require.resolve('@pulumi/pulumi/cmd/dynamic-provider')") && exec node "$script" "$@"
`;

/** Fills the project's cache from the first source that works. A concurrent run waits for the first one. */
export async function obtain(machine: Machine, say: Say, sources: Source[]): Promise<string> {
    const folder = path.dirname(cachedFolder(machine));
    const waiting = (holder: number): void => {
        say(`Waiting for process ${String(holder)}, which is setting up the Pulumi CLI ...`);
    };
    return withLock(
        `${folder}.lock`,
        async () => {
            const present = findInCache(machine);
            if (present !== undefined) return present;
            removePartial(machine);
            const reasons: string[] = [];
            for (const source of sources) {
                const failure = await attempt(source, folder, machine, say);
                if (failure === undefined) return path.join(folder, "bin");
                reasons.push(`${source.name} failed:\n${failure}`);
            }
            throw new Error(
                `No Pulumi CLI ${pinnedVersion()} could be set up. Put one on PATH, or make sure that Go is installed.\n` +
                    reasons.join("\n"),
            );
        },
        waiting,
    );
}

/** Removes what killed runs left behind. No other process uses these folders while this one holds the lock. */
function removePartial(machine: Machine): void {
    const base = cacheFolder(machine);
    for (const name of fs.readdirSync(base).filter((each) => each.includes(".partial-"))) {
        fs.rmSync(path.join(base, name), { recursive: true, force: true });
    }
}

/** Works in a temporary folder, so that an incomplete CLI is never found. Returns what went wrong. */
async function attempt(
    source: Source,
    folder: string,
    machine: Machine,
    say: Say,
): Promise<string | undefined> {
    const version = pinnedVersion();
    const partial = `${folder}.partial-${String(process.pid)}`;
    const bin = path.join(partial, "bin");
    fs.mkdirSync(bin, { recursive: true });
    say(`Setting up the Pulumi CLI ${version}, once: ${source.name} ...`);
    try {
        const { code, output } = await withHeartbeat(source.name, say, source.fill(partial, version));
        if (code !== 0) return lastLines(output, 12);
        const got = await versionOf(path.join(bin, cliName(machine.platform)));
        if (got !== version) return `got version ${got ?? "unknown"} instead of ${version}`;
        if (!isComplete(bin, machine.platform)) {
            fs.writeFileSync(path.join(bin, LAUNCHER), LAUNCHER_SCRIPT, { mode: 0o755 });
        }
        fs.rmSync(folder, { recursive: true, force: true });
        fs.renameSync(partial, folder);
        return undefined;
    } finally {
        fs.rmSync(partial, { recursive: true, force: true });
    }
}
