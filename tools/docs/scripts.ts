import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { commandsIn } from "./shell";

/** How long a script may take, and how long one in the background may take to print its first line. */
const DEADLINE_MS = 5 * 60_000;
const READY_MS = 30_000;

export interface Ended {
    readonly succeeded: boolean;
    /** The line of the script that ran last, from 1. */
    readonly line: number;
    readonly output: string;
}

/** What the shell prints before each command that it runs. */
const TRACE = "+docs: ";

/** A shell in which scripts run one after the other: the folder and the exported variables carry over. */
export class Shell {
    readonly #children: ChildProcess[] = [];
    readonly #state: string;

    /** `own` is for what the shell keeps, and `folder` is where the scripts run. */
    constructor(
        private readonly own: string,
        private readonly folder: string,
        private readonly env: NodeJS.ProcessEnv,
    ) {
        fs.mkdirSync(own, { recursive: true });
        fs.mkdirSync(folder, { recursive: true });
        this.#state = path.join(own, "state.sh");
        fs.writeFileSync(this.#state, "");
    }

    /** Runs a script to its end. What it leaves running stays until `stop`. */
    async run(script: string): Promise<Ended> {
        const { child, log } = this.#start(script);
        const deadline = new AbortController();
        const ended = once(child, "exit");
        const code = await Promise.race([
            ended.then(([exit]) => exit as number | null),
            setTimeout(DEADLINE_MS, "late" as const, { signal: deadline.signal }).catch(
                () => "late" as const,
            ),
        ]);
        deadline.abort();
        if (code === "late") kill(child);
        const output = fs.readFileSync(log, "utf8");
        const note = code === "late" ? `\nstopped after ${DEADLINE_MS / 60_000} minutes` : "";
        return { succeeded: code === 0, line: lastLine(output, script), output: withoutTrace(output) + note };
    }

    /** Starts a script that goes on, and waits for its first line of output. */
    async background(script: string): Promise<Ended> {
        const { child, log } = this.#start(script);
        for (let waited = 0; waited < READY_MS && child.exitCode === null; waited += 100) {
            const output = fs.readFileSync(log, "utf8");
            if (withoutTrace(output) !== "") return { succeeded: true, line: 1, output };
            await setTimeout(100);
        }
        const output = fs.readFileSync(log, "utf8");
        const why = child.exitCode === null ? "it prints nothing" : `it ended with ${child.exitCode}`;
        return {
            succeeded: false,
            line: lastLine(output, script),
            output: `${withoutTrace(output)}\n${why}`,
        };
    }

    /** Ends all that the scripts have left running. */
    stop(): void {
        for (const child of this.#children) kill(child);
    }

    #start(script: string): { child: ChildProcess; log: string } {
        const name = path.join(this.own, String(this.#children.length));
        const [file, log] = [`${name}.sh`, `${name}.log`];
        const enter = `. '${this.#state}'; PS4='${TRACE}'; set -ex`;
        const leave = `{ set +x; } 2>/dev/null\nexport -p > '${this.#state}'\necho "cd '$PWD'" >> '${this.#state}'`;
        fs.writeFileSync(file, `${enter}\n${script}\n${leave}\n`);
        const descriptor = fs.openSync(log, "w");
        // Its own process group, with which all that it starts can be ended.
        const child = spawn("sh", [file], {
            cwd: this.folder,
            env: this.env,
            detached: true,
            stdio: ["ignore", descriptor, descriptor],
        });
        fs.closeSync(descriptor);
        this.#children.push(child);
        return { child, log };
    }
}

function kill({ pid }: ChildProcess): void {
    if (pid === undefined) return;
    try {
        process.kill(-pid, "SIGKILL");
    } catch {
        // Nothing of it runs any more.
    }
}

/** The trace repeats its first letter in a substitution. */
const TRACED = /^\++docs: (.*)$/gm;

/** The line of the last command in the trace. Not every shell says the number. */
function lastLine(output: string, script: string): number {
    const last = [...output.matchAll(TRACED)].at(-1)?.[1] ?? "";
    const start = (words: readonly string[]): string => words.slice(0, 3).join(" ");
    const [ran] = commandsIn(last);
    const same = commandsIn(script).filter(({ words }) => start(words) === start(ran?.words ?? []));
    return same.at(0)?.line ?? 1;
}

function withoutTrace(output: string): string {
    return output
        .replaceAll(TRACED, "")
        .replaceAll(/\n{2,}/g, "\n")
        .trim();
}
