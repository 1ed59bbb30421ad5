import { parseArgs } from "node:util";
import { Deployment } from "../../tests/crash/deployment";
import { LoopbackEngine } from "../../tests/crash/loopbackEngine";
import { ProviderServer } from "../../tests/crash/providerServer";
import { installedPackage } from "../../tests/engine/harness/package";
import { seededRandom } from "../../tests/support/virtualClock";
import { VAULT } from "../virtual/service";
import { Chance, type Program } from "./chance";
import { Gauge } from "./gauge";
import { SimulatorProcess } from "./simulatorProcess";

/** Number of cycles before everything is destroyed and the service starts from scratch. */
const CYCLES_PER_LIFE = 20;
/** The most runs, after the faults are over, until everything is as declared. */
const MOST_RUNS = 3;

/** Subjects one provider process and one simulator to random changes, drift and faults for a long time. */
class Soak {
    private readonly gauges: readonly Gauge[];
    private deployment = new Deployment();
    private program: Program;
    readonly faults: string[] = [];
    cycles = 0;
    failedRuns = 0;

    constructor(
        private readonly provider: ProviderServer,
        private readonly simulator: SimulatorProcess,
        private readonly chance: Chance,
    ) {
        this.program = chance.firstProgram();
        this.gauges = [new Gauge("provider", provider.pid), new Gauge("simulator", simulator.pid)];
    }

    async run(minutes: number): Promise<void> {
        const end = Date.now() + minutes * 60_000;
        await this.simulator.setWorld({ vaults: [VAULT] });
        while (Date.now() < end && this.faults.length === 0) {
            await this.cycle();
            for (const gauge of this.gauges) gauge.read();
            if (this.cycles % CYCLES_PER_LIFE === 0) await this.endOfLife();
        }
    }

    /** One verdict per gauge: the text to print, and whether memory and handles stay flat. */
    verdicts(): readonly { readonly text: string; readonly flat: boolean }[] {
        return this.gauges.map((gauge) => gauge.verdict());
    }

    private async cycle(): Promise<void> {
        const { chance, simulator } = this;
        this.cycles += 1;
        for (const client of chance.some(await simulator.clients(), 6)) {
            if (chance.happens(0.3)) await simulator.loseClient(client.clientId);
            else await simulator.breakClient(client.clientId, chance.brokenStatus());
        }
        if (this.cycles > 1) this.program = chance.change(this.program);
        for (const fault of chance.faults()) await simulator.addFault(fault);
        if (chance.happens(0.5)) await this.refresh();
        await this.up();
        await simulator.clearFaults();
        await this.converge();
    }

    private async up(): Promise<boolean> {
        const outcome = await this.deployment.up(this.provider, { vaultId: VAULT, ...this.program });
        if (outcome === "died") throw this.deployment.error;
        if (outcome === "failed") this.failedRuns += 1;
        return outcome === "succeeded";
    }

    private async refresh(): Promise<void> {
        if ((await this.deployment.refresh(this.provider)) === "died") throw this.deployment.error;
    }

    /** Without faults, everything must be as declared within a few runs, drift included. */
    private async converge(): Promise<void> {
        for (let run = 1; run <= MOST_RUNS; run += 1) {
            await this.refresh();
            const succeeded = await this.up();
            if (succeeded && (await this.differences()).length === 0) return;
        }
        const what = (await this.differences()).slice(0, 5).join(", ") || String(this.deployment.error);
        this.faults.push(`cycle ${this.cycles}: not as declared after ${MOST_RUNS} runs: ${what}`);
    }

    /** Lists clients that are missing, unhealthy or left over. */
    private async differences(): Promise<string[]> {
        const clients = (await this.simulator.clients()).filter(({ status }) => status === "ACTIVATED");
        const present = new Set(clients.map(({ instanceId, clusterId }) => `${instanceId}@${clusterId}`));
        const declared = this.program.instances.map((each) => `${each.instanceId}@${each.clusterId}`);
        const missing = declared.filter((pair) => !present.has(pair)).map((pair) => `${pair} is missing`);
        const wanted = new Set(declared);
        const extra = [...present].filter((pair) => !wanted.has(pair)).map((pair) => `${pair} is left over`);
        return [...missing, ...extra];
    }

    private async endOfLife(): Promise<void> {
        const outcome = await this.deployment.destroy(this.provider);
        const left = await this.simulator.clients();
        const active = left.filter(({ status }) => status === "ACTIVATED");
        if (outcome !== "succeeded") this.faults.push(`destroy ${outcome}: ${String(this.deployment.error)}`);
        if (active.length > 0) this.faults.push(`${active.length} clients are left after a destroy`);
        this.deployment = new Deployment();
        await this.simulator.setWorld({ vaults: [VAULT] });
    }
}

async function main(): Promise<void> {
    const { values } = parseArgs({
        options: { minutes: { type: "string", default: "30" }, seed: { type: "string", default: "1" } },
    });
    const minutes = Number(values.minutes);
    if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: a number above 0 is needed`);
    const folder = await installedPackage();
    const { engine, address } = await LoopbackEngine.start();
    const simulator = await SimulatorProcess.start(folder);
    const provider = await ProviderServer.start(folder, address, simulator.config);
    try {
        const soak = new Soak(provider, simulator, new Chance(seededRandom(Number(values.seed))));
        await soak.run(minutes);
        console.log(`${minutes} minutes: ${soak.cycles} cycles, ${soak.failedRuns} runs failed on faults`);
        const verdicts = soak.verdicts();
        for (const text of [...verdicts.map((each) => each.text), ...soak.faults]) console.log(text);
        if (soak.faults.length > 0 || verdicts.some(({ flat }) => !flat)) process.exitCode = 1;
    } finally {
        await provider.stop();
        await simulator.stop();
        engine.stop();
    }
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
