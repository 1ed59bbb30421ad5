import fs from "node:fs";
import path from "node:path";
import { pulumiBin } from "../../../tools/pulumi";
import { Host } from "./host";
import { installedPackage, repository } from "./package";
import { Stack, type StackOptions } from "./stack";

export interface EngineOptions {
    /** A folder whose node_modules holds the package; by default the package is made from the sources. */
    folder?: string;
}

/** The real engine with the installed package. One for each test file: start it in `beforeAll`, stop it in `afterAll`. */
export class Engine {
    private readonly stacks: Stack[] = [];
    private readonly projects: string;
    private readonly host: Host;

    constructor(
        folder: string,
        private readonly env: NodeJS.ProcessEnv,
    ) {
        // Without a package of its own the folder would be part of the repository's, and our package's name mean that.
        const manifest = path.join(folder, "package.json");
        if (!fs.existsSync(manifest))
            fs.writeFileSync(manifest, JSON.stringify({ name: "program", private: true }));
        const base = path.join(folder, "projects");
        fs.mkdirSync(base, { recursive: true });
        this.projects = fs.mkdtempSync(path.join(base, "p-"));
        this.host = new Host(folder, env);
    }

    /** A new, empty stack. */
    async stack(options: StackOptions = {}): Promise<Stack> {
        const folder = path.join(this.projects, String(this.stacks.length + 1));
        fs.mkdirSync(folder);
        const stack = await Stack.create({ host: this.host, folder, env: this.env }, options);
        this.stacks.push(stack);
        return stack;
    }

    /** What the programs printed so far. */
    get programOutput(): string {
        return this.host.output;
    }

    async stop(): Promise<void> {
        await Promise.all(this.stacks.map((stack) => stack.stop()));
        await this.host.stop();
        fs.rmSync(this.projects, { recursive: true, force: true });
    }
}

export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
    if (Reflect.has(globalThis, "needsNoCli"))
        throw new Error("This test needs the Pulumi CLI, so it belongs to ENGINE_TESTS in jest.config.mjs");
    const [bin, folder] = await Promise.all([pulumiBin(), options.folder ?? installedPackage()]);
    return new Engine(folder, environment(bin, folder));
}

/** Nothing of the developer's own accounts, stacks and options may reach the engine or the provider. */
function environment(bin: string, folder: string): NodeJS.ProcessEnv {
    const foreign = /^(PULUMI|ALICLOUD|ALIBABA|NODE_|JEST|npm_)/i;
    const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    const tools = path.join(repository, "node_modules", ".bin");
    return {
        ...Object.fromEntries(own),
        // The provider runs on the Node that runs the tests.
        PATH: [bin, path.dirname(process.execPath), tools, process.env.PATH].join(path.delimiter),
        // Each run starts a provider, which spends most of its start on modules that the language host has loaded too.
        NODE_COMPILE_CACHE: path.join(folder, "compiled"),
        PULUMI_HOME: path.join(folder, "home"),
        PULUMI_CONFIG_PASSPHRASE: "correct horse",
        PULUMI_SKIP_UPDATE_CHECK: "1",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
        // The event log is among the hidden options.
        PULUMI_DEBUG_COMMANDS: "true",
        PULUMI_AUTOMATION_API: "true",
    };
}
