import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import { StackState } from "./state";

export type Operation = "up" | "preview" | "refresh" | "destroy";

/** One line of the engine's event log: an object with a sequence number and one key that names the event. */
export type EngineEvent = Record<string, unknown> & { sequence: number };

/** What one run of the CLI left behind. */
export interface Result {
    operation: Operation;
    ok: boolean;
    /** Null where a signal ended the CLI. */
    code: number | null;
    stdout: string;
    stderr: string;
    /** The stack's outputs. In a preview: those of the last update. */
    outputs: Record<string, unknown>;
    /** The state after the run. */
    state: StackState;
    /** Everything the engine reported, in order. */
    events: EngineEvent[];
    durationMs: number;
}

/** A run of the CLI that may still be under way. */
export class Run {
    readonly done: Promise<Result>;
    private readonly started = Date.now();
    private stdout = "";
    private stderr = "";
    private listeners: (() => void)[] = [];
    private isSignalled = false;

    constructor(
        readonly operation: Operation,
        private readonly cli: ChildProcess,
        private readonly files: { state: string; events: string },
    ) {
        this.done = new Promise((resolve, reject) => {
            // A character may arrive in two parts.
            cli.stdout?.setEncoding("utf8").on("data", (text: string) => {
                this.stdout += text;
                this.tell();
            });
            cli.stderr?.setEncoding("utf8").on("data", (text: string) => {
                this.stderr += text;
                this.tell();
            });
            cli.on("error", reject);
            cli.on("close", (code) => {
                this.tell();
                resolve(this.result(code));
            });
        });
    }

    /** The CLI's process id. */
    get pid(): number {
        if (this.cli.pid === undefined) throw new Error("The CLI did not start");
        return this.cli.pid;
    }

    /** SIGINT is what Ctrl-C sends; SIGKILL leaves the provider's process and the lock of the state behind. */
    signal(name: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
        this.isSignalled = true;
        this.cli.kill(name);
    }

    /** Whether a signal ended the CLI or was sent here: its program may have been left alone. */
    get isInterrupted(): boolean {
        return this.isSignalled || this.cli.signalCode !== null;
    }

    get isOver(): boolean {
        return this.cli.exitCode !== null || this.cli.signalCode !== null;
    }

    /** Resolves as soon as the engine has printed something that matches. */
    async printed(pattern: RegExp): Promise<void> {
        while (!pattern.test(this.stdout + this.stderr)) {
            if (this.isOver)
                throw new Error(`The run ended without ${String(pattern)}:\n${this.stdout}${this.stderr}`);
            await new Promise<void>((resolve) => this.listeners.push(resolve));
        }
    }

    private tell(): void {
        const waiting = this.listeners;
        this.listeners = [];
        for (const resolve of waiting) resolve();
    }

    private result(code: number | null): Result {
        const state = StackState.read(this.files.state);
        return {
            operation: this.operation,
            ok: code === 0,
            code,
            stdout: this.stdout,
            stderr: this.stderr,
            outputs: state.stackOutputs,
            state,
            events: readEvents(this.files.events),
            durationMs: Date.now() - this.started,
        };
    }
}

/** The last line of a killed run may be cut off. */
function readEvents(file: string): EngineEvent[] {
    if (!fs.existsSync(file)) return [];
    return fs
        .readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .flatMap((line) => {
            try {
                return [JSON.parse(line) as EngineEvent];
            } catch {
                return [];
            }
        });
}
