import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import type { FaultInput, Listening, WorldInput } from "../../simulator";

/** A client as the control API shows it. */
export interface ShownClient {
    readonly clientId: string;
    readonly instanceId: string;
    readonly clusterId: string;
    readonly status: string;
}

/** The simulator in its own process, as users start it, so that its memory can be measured separately. */
export class SimulatorProcess {
    private constructor(
        private readonly process: ChildProcess,
        readonly listening: Listening,
    ) {}

    static async start(folder: string): Promise<SimulatorProcess> {
        const cli = path.join(folder, "node_modules", "pulumi-alicloud-hbr", "dist", "simulator", "cli.js");
        const child = spawn(process.execPath, [cli, "--install-time", "400ms", "--latency", "2ms"], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        const line = await new Promise<string>((resolve) => {
            child.stdout.once("data", (data: Buffer) => {
                resolve(data.toString());
            });
        });
        return new SimulatorProcess(child, JSON.parse(line) as Listening);
    }

    get pid(): number {
        return this.process.pid ?? 0;
    }

    /** The provider configuration for this simulator. */
    get config(): Record<string, string> {
        const { endpoint, accessKeyId, accessKeySecret } = this.listening;
        return {
            "alicloud:region": "cn-hangzhou",
            "alicloud:accessKey": accessKeyId,
            "alicloud:secretKey": accessKeySecret,
            "alicloud:protocol": "HTTP",
            "alicloud:endpoints": JSON.stringify([{ hbr: endpoint }]),
        };
    }

    async clients(): Promise<readonly ShownClient[]> {
        return ((await this.control("GET", "world")) as { clients: ShownClient[] }).clients;
    }

    async setWorld(world: WorldInput): Promise<void> {
        await this.control("PUT", "world", world);
        await this.control("DELETE", "requests");
    }

    /** Breaks an agent without the provider's knowledge. */
    async breakClient(clientId: string, status: string): Promise<void> {
        await this.control("PATCH", `clients/${clientId}`, { status });
    }

    async loseClient(clientId: string): Promise<void> {
        await this.control("DELETE", `clients/${clientId}`);
    }

    async addFault(fault: FaultInput): Promise<void> {
        await this.control("POST", "faults", fault);
    }

    async clearFaults(): Promise<void> {
        await this.control("DELETE", "faults");
    }

    async requests(): Promise<{ readonly total: number; readonly duplicateInstalls: number }> {
        return (await this.control("GET", "requests")) as { total: number; duplicateInstalls: number };
    }

    async stop(): Promise<void> {
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.process.kill("SIGTERM");
        await ended;
    }

    private async control(method: string, what: string, body?: unknown): Promise<unknown> {
        const response = await fetch(`http://${this.listening.endpoint}/_simulator/${what}`, {
            method,
            ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const answer: unknown = await response.json();
        if (!response.ok) throw new Error(`${method} ${what}: ${JSON.stringify(answer)}`);
        return answer;
    }
}
