import path from "node:path";
import { Simulator, type Listening } from "../../simulator";
import { startEngine, type Engine } from "../../tests/engine/harness/engine";
import type { Operation, Result } from "../../tests/engine/harness/run";
import { configFor } from "../../tests/engine/harness/simulator";
import type { Stack } from "../../tests/engine/harness/stack";

/** The instances of each SAP HANA instance. */
export type Clusters = Record<string, string[]>;

/** A client as the simulated service has it. */
type ClientRecord = ReturnType<Simulator["world"]>["clients"][number];

const EXAMPLE = path.join(__dirname, "..", "..", "examples", "hana-fleet");
const PROJECT = "hana-fleet";

/** The example's stack on the real engine, and the simulated service that it talks to. */
export class Fleet {
    /** Every instance that was ever in the program. */
    readonly everDeclared = new Set<string>();

    private constructor(
        readonly simulator: Simulator,
        private readonly listening: Listening,
        private readonly engine: Engine,
        private readonly stack: Stack,
        private readonly example: Record<string, unknown>,
    ) {}

    static async start(): Promise<Fleet> {
        const simulator = new Simulator();
        const [listening, engine] = await Promise.all([simulator.listen(), startEngine()]);
        const stack = await engine.stack({ project: PROJECT });
        return new Fleet(simulator, listening, engine, stack, await readExample(stack));
    }

    get vaultId(): string {
        return this.example[`${PROJECT}:vaultId`] as string;
    }

    /** The clusters as the example's own configuration has them. */
    get exampleClusters(): Clusters {
        return structuredClone(this.example[`${PROJECT}:clusters`]) as Clusters;
    }

    /** What `pulumi config set` would do: the program itself stays as it is. */
    async configure(clusters: Clusters): Promise<void> {
        for (const instanceId of Object.values(clusters).flat()) this.everDeclared.add(instanceId);
        const own = { ...this.example, [`${PROJECT}:clusters`]: clusters };
        await this.stack.setConfig({ ...own, ...configFor(this.listening) });
    }

    /** Runs the CLI on the example, with its own display. */
    async run(operation: Operation): Promise<Result> {
        const program = { file: path.join(EXAMPLE, "index.ts") };
        const options = { terminal: true };
        const result = await (await this.stack.start(operation, program, options)).done;
        console.log();
        return result;
    }

    /** The clients with an agent, by instance; the records of the others stay where they are. */
    agents(): Map<string, ClientRecord> {
        const clients = this.simulator.world().clients.filter(({ status }) => status !== "NOT_INSTALLED");
        return new Map(clients.map((client) => [client.instanceId, client]));
    }

    async stop(): Promise<void> {
        await this.engine.stop();
        await this.simulator.close();
    }
}

/** The configuration that lies beside the example, read by the CLI itself. */
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
