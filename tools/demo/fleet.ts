import path from "node:path";
import { Simulator, type Listening, type SimulatorOptions } from "../../simulator";
import { startEngine, type Engine } from "../../tests/engine/harness/engine";
import type { Operation, Result } from "../../tests/engine/harness/run";
import { configFor } from "../../tests/engine/harness/simulator";
import type { RunOptions, Stack } from "../../tests/engine/harness/stack";

/** The instances of each SAP HANA instance. */
export type Clusters = Record<string, string[]>;

/** The program's optional configuration: `useHttps`, `rollout` and `upgrades`. */
export type Settings = Record<string, unknown>;

/** A client record of the simulator. */
type ClientRecord = ReturnType<Simulator["world"]>["clients"][number];

const EXAMPLE = path.join(__dirname, "..", "..", "examples", "hana-fleet");
const PROJECT = "hana-fleet";

/** The example's stack on the real engine, with a simulated service. */
export class Fleet {
    /** Every instance that the program ever declared. */
    readonly everDeclared = new Set<string>();

    private constructor(
        readonly simulator: Simulator,
        private readonly listening: Listening,
        private readonly engine: Engine,
        private readonly stack: Stack,
        private readonly example: Record<string, unknown>,
    ) {}

    static async start(options: SimulatorOptions = {}): Promise<Fleet> {
        const simulator = new Simulator(options);
        const [listening, engine] = await Promise.all([simulator.listen(), startEngine()]);
        const stack = await engine.stack({ project: PROJECT });
        return new Fleet(simulator, listening, engine, stack, await readExample(stack));
    }

    get vaultId(): string {
        return this.example[`${PROJECT}:vaultId`] as string;
    }

    /** The clusters in the example's own configuration. */
    get exampleClusters(): Clusters {
        return structuredClone(this.example[`${PROJECT}:clusters`]) as Clusters;
    }

    /** Changes the configuration like `pulumi config set`. The program stays as it is. */
    async configure(clusters: Clusters, settings: Settings = {}): Promise<void> {
        for (const instanceId of Object.values(clusters).flat()) this.everDeclared.add(instanceId);
        const more = Object.entries(settings).map(([key, value]) => [`${PROJECT}:${key}`, value]);
        const own = {
            ...this.example,
            [`${PROJECT}:clusters`]: clusters,
            ...(Object.fromEntries(more) as Settings),
        };
        await this.stack.setConfig({ ...own, ...configFor(this.listening) });
    }

    /** Runs the CLI on the example. */
    async run(operation: Operation, options: RunOptions): Promise<Result> {
        const program = { file: path.join(EXAMPLE, "index.ts") };
        return (await this.stack.start(operation, program, options)).done;
    }

    /** What `pulumi stack export` prints. */
    exportState(): Promise<string> {
        return this.stack.cli(["stack", "export"]);
    }

    /** The clients with an agent, by instance. Uninstalled clients still have records, which are left out. */
    agents(): Map<string, ClientRecord> {
        const clients = this.simulator.world().clients.filter(({ status }) => status !== "NOT_INSTALLED");
        return new Map(clients.map((client) => [client.instanceId, client]));
    }

    async stop(): Promise<void> {
        await this.engine.stop();
        await this.simulator.close();
    }
}

/** Reads the example's configuration file through the CLI. */
async function readExample(stack: Stack): Promise<Record<string, unknown>> {
    const file = path.join(EXAMPLE, "Pulumi.dev.yaml");
    const config = JSON.parse(await stack.cli(["config", "--json", "--config-file", file])) as Record<
        string,
        { value: string; objectValue?: unknown }
    >;
    return Object.fromEntries(
        Object.entries(config).map(([key, { value, objectValue }]) => [key, objectValue ?? value]),
    );
}
