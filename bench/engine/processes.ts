import fs from "node:fs";
import { allPids } from "../../tests/engine/harness/processes";

/** What the descendants of this process used between two points in time. */
export interface Usage {
    /** Total CPU time (ms). */
    readonly cpuMs: number;
    /** Peak resident memory of the provider's process (bytes). */
    readonly providerPeak: number;
}

interface Seen {
    readonly cpuMs: number;
    readonly peak: number;
    readonly isProvider: boolean;
}

const PAUSE_MS = 100;
/** Linux counts CPU time in clock ticks, 100 per second on every common machine. */
const TICK_MS = 10;

/**
 * Watches the descendants of this process: CLI, language host and provider. Linux reports the usage of a process only
 * while it lives, so they are polled, and the last moments of each are missing. On other systems nothing is measured.
 */
export class ProcessWatch {
    private readonly before = descendants();
    private readonly seen = new Map<number, Seen>();
    private readonly timer = setInterval(() => {
        this.look();
    }, PAUSE_MS);

    stop(): Usage {
        this.look();
        clearInterval(this.timer);
        let cpuMs = 0;
        let providerPeak = 0;
        for (const [pid, process] of this.seen) {
            cpuMs += process.cpuMs - (this.before.get(pid)?.cpuMs ?? 0);
            if (process.isProvider) providerPeak = Math.max(providerPeak, process.peak);
        }
        return { cpuMs, providerPeak };
    }

    private look(): void {
        for (const [pid, now] of descendants()) {
            // A zombie has no name and no memory, so earlier values are kept.
            const earlier = this.seen.get(pid) ?? now;
            this.seen.set(pid, {
                cpuMs: now.cpuMs,
                peak: Math.max(earlier.peak, now.peak),
                isProvider: earlier.isProvider || now.isProvider,
            });
        }
    }
}

/** CPU time used by a process (ms); 0 if it is not available. */
export function cpuOf(pid: number | undefined): number {
    return (pid === undefined ? undefined : lookAt(pid))?.cpuMs ?? 0;
}

function descendants(): Map<number, Seen> {
    if (!fs.existsSync("/proc/self/stat")) return new Map();
    // Uses the parent of each process, because the lists of children that Linux keeps for each thread have gaps.
    const children = Map.groupBy(allPids(), (pid) => attempt(() => Number(statOf(pid)[1])));
    const found = new Map<number, Seen>();
    const visit = (pid: number): void => {
        for (const child of children.get(pid) ?? []) {
            const seen = lookAt(child);
            if (seen) found.set(child, seen);
            visit(child);
        }
    };
    visit(process.pid);
    return found;
}

/** The fields of /proc/…/stat from the third on. The second is a name in parentheses that may contain anything. */
function statOf(pid: number): readonly string[] {
    return fs
        .readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
}

function lookAt(pid: number): Seen | undefined {
    return attempt(() => {
        // User and system time are fields 14 and 15.
        const stat = statOf(pid);
        const peak = /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        const [program = "", script = ""] = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return {
            cpuMs: (Number(stat[11]) + Number(stat[12])) * TICK_MS,
            peak: Number(peak ?? 0) * 1_024,
            isProvider: program.endsWith("node") && script.includes("dynamic-provider"),
        };
    });
}

/** A process may end while it is being read. */
function attempt<T>(look: () => T): T | undefined {
    try {
        return look();
    } catch {
        return undefined;
    }
}
