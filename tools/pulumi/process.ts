import { spawn } from "node:child_process";

export type Say = (line: string) => void;

export interface Ended {
    code: number;
    /** stdout and stderr in order of arrival. */
    output: string;
}

interface RunOptions {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    timeoutMs: number;
}

const HEARTBEAT_MS = 20_000;

/** Runs a program to its end. After the timeout, the program and its children are killed, and the code is 1. */
export function run(command: string, args: string[], { cwd, env, timeoutMs }: RunOptions): Promise<Ended> {
    return new Promise((resolve) => {
        const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
        // A separate process group does not receive the terminal's Ctrl-C, so this process must kill it.
        const kill = (): void => {
            killGroup(child.pid);
        };
        const interrupted = (): void => {
            kill();
            process.exit(130);
        };
        process.once("exit", kill).once("SIGINT", interrupted).once("SIGTERM", interrupted);
        let output = "";
        const collect = (data: Buffer): void => {
            output += data.toString();
        };
        child.stdout.on("data", collect);
        child.stderr.on("data", collect);
        const timer = setTimeout(() => {
            output += `\ngave up after ${String(timeoutMs / 1000)} s`;
            kill();
        }, timeoutMs);
        const end = (code: number): void => {
            clearTimeout(timer);
            process.off("exit", kill).off("SIGINT", interrupted).off("SIGTERM", interrupted);
            resolve({ code, output });
        };
        child.on("error", (error) => {
            output += error.message;
            end(127);
        });
        child.on("close", (code) => {
            end(code ?? 1);
        });
    });
}

function killGroup(pid: number | undefined): void {
    if (pid === undefined) return;
    try {
        process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
    } catch {
        // already gone
    }
}

/** Reports regularly that a long task is still running. */
export async function withHeartbeat<T>(what: string, say: Say, work: Promise<T>): Promise<T> {
    const started = Date.now();
    const timer = setInterval(() => {
        say(`  ... ${what} (${String(Math.round((Date.now() - started) / 1000))} s)`);
    }, HEARTBEAT_MS);
    try {
        return await work;
    } finally {
        clearInterval(timer);
    }
}

export function lastLines(text: string, count: number): string {
    return text.trim().split("\n").slice(-count).join("\n");
}
