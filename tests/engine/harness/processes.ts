import fs from "node:fs";

/** Without it (macOS), nothing tells which processes run with which environment. */
const hasProc = fs.existsSync("/proc/self/environ");

/** `describe`, which skips tests that look for processes where the system does not show them, and says so. */
export function describeWithProcesses(name: string, tests: () => void): void {
    if (!hasProc)
        process.stdout.write(`Skipped, because there is no /proc on ${process.platform}: ${name}\n`);
    (hasProc ? describe : describe.skip)(name, tests);
}

/** @throws Error on other systems than Linux, which alone tells */
export function allPids(): readonly number[] {
    return fs
        .readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number);
}

/**
 * The processes with that entry (`NAME=value`) in the environment they were started with. Whatever a run starts inherits
 * its environment, and keeps it when the run is killed.
 *
 * @throws Error on other systems than Linux, which alone tells
 */
export function pidsWith(entry: string): readonly number[] {
    return allPids().filter((pid) => environmentOf(pid).includes(entry));
}

/** Empty for a process that has ended meanwhile, or is another user's. */
function environmentOf(pid: number): readonly string[] {
    try {
        return fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    } catch {
        return [];
    }
}

/** Ends them, where the system shows them. */
export function killAllWith(entry: string): void {
    if (!hasProc) return;
    for (const pid of pidsWith(entry)) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // It has ended by itself.
        }
    }
}
