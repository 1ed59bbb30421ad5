import { type ChildProcess, execFile, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { Host } from "./host";
import { killAllWith } from "./processes";
import { copyProgram } from "./programFile";
import type { ProgramSpec } from "./program";
import { Run, type Operation, type Result } from "./run";
import { emptyState, StackState, type Deployment } from "./state";

const STACK = "dev";

export interface StackOptions {
    /** The project's name, which is also the namespace of the program's own configuration keys. */
    project?: string;
    /** The stack's configuration by full key; objects and lists as they are, a secret as `secret(text)`. */
    config?: Record<string, unknown>;
    /** Environment of the CLI, and with it of the provider. An undefined value removes a variable. */
    env?: NodeJS.ProcessEnv;
    /** Plugins of other packages: the folder in which the program `pulumi-resource-<name>` lies, by that name. */
    plugins?: Readonly<Record<string, string>>;
}

export interface RunOptions {
    /** `up` comes without its preview unless this says otherwise: half of the time, and `diff` runs once. */
    withPreview?: boolean;
    /** More arguments for the CLI, such as `--refresh` or `--target`. */
    args?: readonly string[];
    /** On top of the stack's. */
    env?: NodeJS.ProcessEnv;
    /**
     * The run has a terminal, with the engine's own display there: that of this process, of which nothing is in the result,
     * or one that a command provides, whose stream is then the result's stdout.
     */
    terminal?: "own" | ((command: string, args: readonly string[]) => { command: string; args: string[] });
}

/** What the stack needs of the engine that made it. */
export interface StackHome {
    host: Host;
    /** A folder of its own, below the one whose node_modules holds the package. */
    folder: string;
    env: NodeJS.ProcessEnv;
}

/** One stack in one project, with a backend and a passphrase of its own. */
export class Stack {
    private readonly runs = new Set<Run>();
    private program: ProgramSpec = [];
    private count = 0;

    private constructor(
        private readonly home: StackHome,
        private readonly options: StackOptions,
    ) {}

    static async create(home: StackHome, options: StackOptions): Promise<Stack> {
        const stack = new Stack(home, options);
        fs.mkdirSync(path.dirname(stack.stateFile), { recursive: true });
        fs.writeFileSync(stack.stateFile, emptyState(stack.project, STACK));
        const providers = Object.entries(options.plugins ?? {}).map(([name, folder]) => ({
            name,
            path: folder,
        }));
        // The format of JSON is YAML too.
        fs.writeFileSync(
            path.join(home.folder, "Pulumi.yaml"),
            JSON.stringify({ name: stack.project, runtime: "nodejs", plugins: { providers } }),
        );
        fs.writeFileSync(
            path.join(home.folder, "state", ".pulumi", "meta.yaml"),
            JSON.stringify({ version: 1 }),
        );
        await stack.setConfig(options.config ?? {});
        return stack;
    }

    preview(program: ProgramSpec, options?: RunOptions): Promise<Result> {
        return this.finish("preview", program, options);
    }

    up(program: ProgramSpec, options?: RunOptions): Promise<Result> {
        return this.finish("up", program, options);
    }

    /** Of what is in the state; the program is not run. */
    refresh(options?: RunOptions): Promise<Result> {
        return this.finish("refresh", this.program, options);
    }

    destroy(options?: RunOptions): Promise<Result> {
        return this.finish("destroy", this.program, options);
    }

    /** Begins a run that can be watched and interrupted: `await run.printed(/…/)`, `run.signal("SIGINT")`, `await run.done`. */
    async start(operation: Operation, program: ProgramSpec, options: RunOptions = {}): Promise<Run> {
        this.program = program;
        const prepared =
            "file" in program ? { module: copyProgram(program.file, this.home.folder) } : program;
        const { port, close, abandon } = await this.home.host.serve(prepared);
        const events = path.join(this.home.folder, `events-${String(++this.count)}.jsonl`);
        const args = [
            operation,
            ...flags(operation, options),
            "--event-log",
            events,
            `--client=127.0.0.1:${String(port)}`,
            "--exec-kind=auto.inline",
        ];
        const cli = this.spawnCli(args, options);
        const run = new Run(operation, cli, { state: this.stateFile, events });
        this.runs.add(run);
        const ended = (): void => {
            this.runs.delete(run);
            if (run.isInterrupted) abandon();
            else close();
        };
        run.done.then(ended, ended);
        return run;
    }

    private spawnCli(args: readonly string[], { terminal, env }: RunOptions): ChildProcess {
        const surroundings = { cwd: this.home.folder, env: this.env(env) };
        if (terminal === undefined)
            return spawn("pulumi", this.withDefaults(args), {
                ...surroundings,
                stdio: ["ignore", "pipe", "pipe"],
            });
        const inTerminal = [...args, "--stack", STACK];
        if (terminal === "own") return spawn("pulumi", inTerminal, { ...surroundings, stdio: "inherit" });
        const wrapped = terminal("pulumi", inTerminal);
        return spawn(wrapped.command, wrapped.args, { ...surroundings, stdio: ["pipe", "pipe", "pipe"] });
    }

    /** Replaces the stack's configuration. */
    async setConfig(config: Record<string, unknown>): Promise<void> {
        const file = path.join(this.home.folder, `Pulumi.${STACK}.yaml`);
        const salt = fs.existsSync(file)
            ? /^"?encryptionsalt"?: *"?([^"\n]*)/m.exec(fs.readFileSync(file, "utf8"))?.[1]
            : undefined;
        const entries = Object.entries(config);
        const isSecretEntry = ([, value]: [string, unknown]): boolean =>
            typeof value === "object" && value !== null && "$secret" in value;
        const plain = Object.fromEntries(entries.filter((entry) => !isSecretEntry(entry)));
        fs.writeFileSync(
            file,
            JSON.stringify({ ...(salt !== undefined && { encryptionsalt: salt }), config: plain }, null, 1),
        );
        const secrets = entries
            .filter(isSecretEntry)
            .flatMap(([key, value]) => ["--secret", `${key}=${(value as { $secret: string }).$secret}`]);
        if (secrets.length > 0) await this.cli(["config", "set-all", ...secrets]);
    }

    /** Runs any program in the folder of the stack, with the environment of its runs. Fails only if it cannot be started. */
    async execute(
        command: string,
        args: readonly string[],
        env?: NodeJS.ProcessEnv,
    ): Promise<{ code: number | null; stdout: string; stderr: string }> {
        const child = spawn(command, args, {
            cwd: this.folder,
            env: this.env(env),
            stdio: ["ignore", "pipe", "pipe"],
        });
        let [stdout, stderr] = ["", ""];
        child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
        child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
        const code = await new Promise<number | null>((resolve, reject) =>
            child.on("error", reject).on("close", resolve),
        );
        return { code, stdout, stderr };
    }

    /** Where the project is. */
    get folder(): string {
        return this.home.folder;
    }

    /** Where its runs look for commands. */
    get path(): string {
        return this.home.env.PATH ?? "";
    }

    /** Runs any other command of the CLI on the stack, such as `["stack", "export", "--show-secrets"]`; its stdout. */
    async cli(args: readonly string[]): Promise<string> {
        const options = { cwd: this.home.folder, env: this.env(), maxBuffer: 256 * 1024 * 1024 };
        const { stdout } = await promisify(execFile)("pulumi", this.withDefaults(args), options);
        return stdout;
    }

    state(): StackState {
        return StackState.read(this.stateFile);
    }

    /** Writes the state anew, as somebody who edits it by hand. */
    editState(edit: (deployment: Deployment) => void): void {
        const document = JSON.parse(fs.readFileSync(this.stateFile, "utf8")) as {
            checkpoint: { latest: Deployment };
        };
        edit(document.checkpoint.latest);
        fs.writeFileSync(this.stateFile, JSON.stringify(document));
    }

    /** Ends what a test left running: runs, and providers of killed ones (ours end by themselves, a test's own do not). */
    async stop(): Promise<void> {
        for (const run of this.runs) run.signal("SIGKILL");
        await Promise.allSettled([...this.runs].map((run) => run.done));
        killAllWith(`PULUMI_BACKEND_URL=${this.backend}`);
    }

    private async finish(operation: Operation, program: ProgramSpec, options?: RunOptions): Promise<Result> {
        return (await this.start(operation, program, options)).done;
    }

    private get project(): string {
        return this.options.project ?? "fleet";
    }

    private get backend(): string {
        return `file://${path.join(this.home.folder, "state")}`;
    }

    private get stateFile(): string {
        return path.join(this.home.folder, "state", ".pulumi", "stacks", this.project, `${STACK}.json`);
    }

    private withDefaults(args: readonly string[]): string[] {
        return [...args, "--stack", STACK, "--non-interactive", "--color=never"];
    }

    private env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
        return { ...this.home.env, PULUMI_BACKEND_URL: this.backend, ...this.options.env, ...more };
    }
}

function flags(operation: Operation, { withPreview = false, args = [] }: RunOptions): string[] {
    if (operation === "preview") return [...args];
    return ["--yes", ...(withPreview ? [] : ["--skip-preview"]), ...args];
}
