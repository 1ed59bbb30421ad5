import fs from "node:fs";

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

/** Ends them, on Linux. */
export function killAllWith(entry: string): void {
    if (process.platform !== "linux") return;
    for (const pid of pidsWith(entry)) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // It has ended by itself.
        }
    }
}
