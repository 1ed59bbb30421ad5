import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import sdk from "@pulumi/pulumi/package.json";
import { pulumiBin } from "../../../tools/pulumi";
import { StackState } from "../../engine/harness/state";
import { execute } from "./execute";
import { writeLanguageHost } from "./languageHost";
import { NAME } from "./tarball";

export type Manager = "npm" | "pnpm" | "yarn";

const INSTALL: Record<Manager, readonly string[]> = {
    npm: ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund"],
    pnpm: ["npx", "--yes", "pnpm@10.34.8", "install", "--prefer-offline", "--no-frozen-lockfile"],
    yarn: ["npx", "--yes", "--package=@yarnpkg/cli-dist@4.18.1", "yarn", "install", "--no-immutable"],
};

/** What a run of the CLI left behind. */
export interface Run {
    ok: boolean;
    /** All that the engine printed. */
    output: string;
    state: StackState;
}

/** A fresh folder of a user: packages, programs, and the Pulumi CLI with a language host for Node on PATH. */
export class Workspace {
    private constructor(
        readonly folder: string,
        readonly env: NodeJS.ProcessEnv,
    ) {}

    static async create(): Promise<Workspace> {
        const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "packages-")));
        const bin = path.join(folder, ".bin");
        fs.mkdirSync(path.join(folder, ".state"));
        writeLanguageHost(bin);
        const foreign = /^(PULUMI|ALICLOUD|ALIBABA|NODE_OPTIONS|NODE_PATH|JEST|npm_)/i;
        const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
        const searched = [bin, await pulumiBin(), path.dirname(process.execPath), process.env.PATH];
        return new Workspace(folder, {
            ...own,
            PATH: searched.join(path.delimiter),
            PULUMI_HOME: path.join(folder, ".home"),
            PULUMI_BACKEND_URL: `file://${path.join(folder, ".state")}`,
            PULUMI_CONFIG_PASSPHRASE: "correct horse",
            PULUMI_SKIP_UPDATE_CHECK: "1",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
        });
    }

    write(name: string, text: string): void {
        const file = path.join(this.folder, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, text);
    }

    execute(command: string, ...args: string[]): Promise<string> {
        return execute(command, args, { cwd: this.folder, env: this.env });
    }

    /** Installs the packages, Pulumi's SDK among them. */
    async install(manager: Manager, dependencies: Record<string, string>): Promise<void> {
        const all = { "@pulumi/pulumi": sdk.version, ...dependencies };
        this.write("package.json", JSON.stringify({ name: "fleets", private: true, dependencies: all }));
        if (manager === "yarn") {
            // Yarn does not read npm's configuration. Without a lock file of its own it would look for a project above.
            const npmRegistryServer = (await this.execute("npm", "config", "get", "registry")).trim();
            const unsafeHttpWhitelist = [new URL(npmRegistryServer).hostname];
            const settings = { nodeLinker: "node-modules", npmRegistryServer, unsafeHttpWhitelist };
            this.write(".yarnrc.yml", JSON.stringify({ ...settings, enableTelemetry: false }));
            this.write("yarn.lock", "");
        }
        const [command = "", ...args] = INSTALL[manager];
        await this.execute(command, ...args);
    }

    /** A project in a folder of its own, its packages found further up. */
    async project(
        name: string,
        config: Record<string, unknown>,
        files: Record<string, string>,
    ): Promise<void> {
        const plain = Object.entries(config).map(([key, value]) => [
            key,
            typeof value === "object" && value !== null && "$secret" in value ? value.$secret : value,
        ]);
        this.write(`${name}/package.json`, JSON.stringify({ name, private: true }));
        this.write(`${name}/Pulumi.yaml`, JSON.stringify({ name, runtime: "nodejs" }));
        for (const [file, text] of Object.entries(files)) this.write(`${name}/${file}`, text);
        await this.cli(name, "stack", "init", "dev");
        const stack = path.join(this.folder, name, "Pulumi.dev.yaml");
        const salt = fs.readFileSync(stack, "utf8");
        fs.writeFileSync(stack, `${salt}config: ${JSON.stringify(Object.fromEntries(plain))}\n`);
    }

    /** Runs any other command of the CLI in a project. */
    cli(project: string, ...args: string[]): Promise<string> {
        return execute("pulumi", args, { cwd: path.join(this.folder, project), env: this.env });
    }

    /** Runs the engine on a project. Not in step with this process, in which the simulator may run. */
    async pulumi(
        project: string,
        operation: "preview" | "up" | "refresh" | "destroy",
        ...args: string[]
    ): Promise<Run> {
        const flags = operation === "preview" ? [] : ["--yes", "--skip-preview"];
        const child = spawn(
            "pulumi",
            [operation, ...flags, "--stack", "dev", "--non-interactive", "--color=never", ...args],
            { cwd: path.join(this.folder, project), env: this.env, stdio: ["ignore", "pipe", "pipe"] },
        );
        let output = "";
        for (const stream of [child.stdout, child.stderr])
            stream.on("data", (data: Buffer) => (output += data.toString()));
        const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
        const file = path.join(this.folder, ".state", ".pulumi", "stacks", project, "dev.json");
        return { ok: code === 0, output, state: StackState.read(file) };
    }

    /** The same, where the run has to succeed. */
    async succeed(...args: Parameters<Workspace["pulumi"]>): Promise<Run> {
        const run = await this.pulumi(...args);
        if (!run.ok) throw new Error(`\`pulumi ${args.slice(1).join(" ")}\` failed:\n${run.output}`);
        return run;
    }

    /** What is installed under the package's name. */
    get installed(): string {
        return path.join(this.folder, "node_modules", NAME);
    }

    remove(): void {
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}
