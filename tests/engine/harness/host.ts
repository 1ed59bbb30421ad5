import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import type { HostAnswer, HostRequest } from "./program";

type Prepared = Extract<HostRequest, { op: "serve" }>["program"];

/** A program that the engine can run. */
interface Served {
    readonly port: number;
    readonly close: () => void;
    /**
     * Goes on in a new process, because the program has lost its engine: the SDK's settings are global, so what that
     * program does when its calls fail would end the connection of the next, which then ends without an error, and
     * without the resources that it had yet to declare.
     */
    readonly abandon: () => void;
}

/** Runs the programs of all stacks, one after the other, in a process of their own. */
export class Host {
    /** The last is the one in use. */
    private readonly processes: HostProcess[] = [];

    constructor(
        private readonly folder: string,
        private readonly env: NodeJS.ProcessEnv,
    ) {
        this.start();
    }

    /** What the programs printed, and the stack traces of what failed in there. */
    get output(): string {
        return this.processes.map((process) => process.output).join("");
    }

    async serve(program: Prepared): Promise<Served> {
        const process = this.processes.at(-1) ?? this.start();
        const served = await process.serve(program);
        return {
            ...served,
            abandon: () => {
                if (this.processes.at(-1) !== process) return;
                void process.stop();
                this.start();
            },
        };
    }

    async stop(): Promise<void> {
        await Promise.all(this.processes.map((process) => process.stop()));
    }

    private start(): HostProcess {
        const process = new HostProcess(this.folder, this.env);
        this.processes.push(process);
        return process;
    }
}

/** See languageHost.mts. */
class HostProcess {
    output = "";
    private readonly process: ChildProcess;
    private readonly ended: Promise<unknown>;
    private readonly waiting = new Map<
        number,
        { resolve: (port: number) => void; reject: (error: Error) => void }
    >();
    private count = 0;

    constructor(folder: string, env: NodeJS.ProcessEnv) {
        this.process = fork(path.join(__dirname, "languageHost.mts"), {
            cwd: folder,
            // The SDK looks for a package's manifest from its own folder, which is beside the package in a real
            // installation, and further up here.
            env: { ...env, NODE_PATH: path.join(folder, "node_modules") },
            execArgv: [
                "--disable-warning=ExperimentalWarning",
                ...(process.features.typescript ? [] : ["--experimental-strip-types"]),
            ],
            stdio: ["ignore", "pipe", "pipe", "ipc"],
        });
        for (const stream of [this.process.stdout, this.process.stderr]) {
            stream?.on("data", (data: Buffer) => (this.output += data.toString()));
        }
        this.ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.process.on("message", (answer: HostAnswer) => {
            const waiting = this.waiting.get(answer.run);
            this.waiting.delete(answer.run);
            if (answer.op === "serving") waiting?.resolve(answer.port);
            else waiting?.reject(new Error(answer.message));
        });
        this.process.on("exit", () => {
            for (const { reject } of this.waiting.values())
                reject(new Error(`The language host ended:\n${this.output}`));
            this.waiting.clear();
        });
    }

    async serve(program: Prepared): Promise<{ port: number; close: () => void }> {
        const run = ++this.count;
        const port = await new Promise<number>((resolve, reject) => {
            if (!this.process.connected) {
                reject(new Error(`The language host is not running:\n${this.output}`));
                return;
            }
            this.waiting.set(run, { resolve, reject });
            this.send({ op: "serve", run, program });
        });
        return {
            port,
            close: () => {
                this.send({ op: "close", run });
            },
        };
    }

    private send(request: HostRequest): void {
        if (this.process.connected) this.process.send(request);
    }

    /** Resolves once the process has ended, whoever has stopped it. */
    async stop(): Promise<void> {
        if (this.process.connected) this.process.disconnect();
        await this.ended;
    }
}
