import { transformFileSync } from "@swc/core";
import fs from "node:fs";
import path from "node:path";
import { Simulator } from "../../simulator";
import { type Engine, startEngine } from "../../tests/engine/harness/engine";
import { installedPackage } from "../../tests/engine/harness/package";
import type { Operation, Result } from "../../tests/engine/harness/run";
import { configFor } from "../../tests/engine/harness/simulator";
import type { Stack } from "../../tests/engine/harness/stack";
import { fleetOf } from "../program/fleet";
import { VAULT } from "../virtual/service";
import { ProcessWatch } from "./processes";

export type Kind = "ours" | "bare";

/** The cost of one run of the engine. */
export interface RunCost {
    readonly wallMs: number;
    readonly cpuMs: number;
    /** Peak resident memory of the provider's process (bytes). */
    readonly providerPeak: number;
}

const PROGRAM = { file: path.join(__dirname, "..", "program", "index.ts") };

/** The real engine with this package and the bare one side by side, and a service where all clients exist. */
export class EngineBench {
    private readonly stacks = new Map<string, Stack>();

    private constructor(
        private readonly installed: Installed,
        private readonly engine: Engine,
        private readonly simulator: Simulator,
        private readonly config: Record<string, unknown>,
    ) {}

    static async start(): Promise<EngineBench> {
        const installed = await folderWithBoth();
        const simulator = new Simulator({ latency: 1 });
        const listening = await simulator.listen();
        return new EngineBench(installed, await startEngine(installed), simulator, configFor(listening));
    }

    /** A deployed stack. Its clients existed before, so nothing had to be installed. */
    async deployed(kind: Kind, resources: number, size: number): Promise<Stack> {
        const name = `${kind}-${resources}-${size}`;
        const known = this.stacks.get(name);
        if (known) return known;
        const clients = fleetOf(resources * size).map((instance) => ({
            ...instance,
            vaultId: VAULT,
            instanceName: `instance-${instance.instanceId}`,
            status: "ACTIVATED" as const,
        }));
        this.simulator.setWorld({ vaults: [VAULT], clients });
        const own = { kind, resources, size, vaultId: VAULT };
        const entries = Object.entries(own).map(([key, value]) => [`fleet:${key}`, String(value)] as const);
        const stack = await this.engine.stack({ config: { ...this.config, ...Object.fromEntries(entries) } });
        this.stacks.set(name, stack);
        succeeded(await stack.up(PROGRAM));
        return stack;
    }

    /** Measures one run on a deployed stack. */
    async run(stack: Stack, operation: Extract<Operation, "preview" | "up">): Promise<RunCost> {
        const watch = new ProcessWatch();
        const { durationMs } = succeeded(await stack[operation](PROGRAM));
        return { wallMs: durationMs, ...watch.stop() };
    }

    async stop(): Promise<void> {
        await this.engine.stop();
        await this.simulator.close();
        this.installed.remove();
    }
}

function succeeded(result: Result): Result {
    if (!result.ok) throw new Error(`pulumi ${result.operation} failed:\n${result.stdout}${result.stderr}`);
    return result;
}

interface Installed {
    readonly folder: string;
    remove(): void;
}

/** A separate folder, so that no test finds the bare package next to this one. */
export async function folderWithBoth(): Promise<Installed> {
    const installed = await installedPackage();
    const folder = fs.mkdtempSync(path.join(path.dirname(installed), "bench-"));
    fs.cpSync(path.join(installed, "node_modules"), path.join(folder, "node_modules"), { recursive: true });
    const bare = path.join(folder, "node_modules", "bench-bare");
    fs.mkdirSync(bare);
    const { code } = transformFileSync(path.join(__dirname, "..", "baselines", "bareProvider.ts"), {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "commonjs" },
        swcrc: false,
    });
    fs.writeFileSync(path.join(bare, "index.js"), code);
    fs.writeFileSync(
        path.join(bare, "package.json"),
        JSON.stringify({ name: "bench-bare", version: "1.0.0", main: "index.js" }),
    );
    return {
        folder,
        remove: () => {
            fs.rmSync(folder, { recursive: true, force: true });
        },
    };
}
