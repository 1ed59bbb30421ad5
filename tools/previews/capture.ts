import { Simulator } from "../../simulator";
import { startEngine } from "../../tests/engine/harness/engine";
import { secret, unknown, type ResourceSpec } from "../../tests/engine/harness/program";
import { configFor } from "../../tests/engine/harness/simulator";
import type { RunOptions, Stack } from "../../tests/engine/harness/stack";
import { normalized } from "./normalize";

/** One run of the CLI, as shown on the page. */
export interface Capture {
    readonly title: string;
    readonly text: string;
    readonly command: string;
    readonly output: string;
}

const VAULT = "v-0001ufe000000000kgm";
const OTHER_VAULT = "v-0002ufe000000000kgm";
const CLUSTER = "cl-000one";
const OTHER_CLUSTER = "cl-000two";

interface Instance {
    readonly instanceId: unknown;
    readonly clusterId: string;
    readonly accessKeyId?: string;
    readonly accessKeySecret?: unknown;
}

const instance = (instanceId: unknown, clusterId = CLUSTER): Instance => ({ instanceId, clusterId });
const withKey = (instanceId: string, accessKeySecret: string): Instance => ({
    ...instance(instanceId),
    accessKeyId: "LTAI5example",
    accessKeySecret: secret(accessKeySecret),
});

function numbered(count: number): Instance[] {
    return Array.from({ length: count }, (_, index) =>
        instance(`i-bp1${String(index + 1).padStart(3, "0")}`),
    );
}

function fleet(instances: readonly Instance[], args: Record<string, unknown> = {}): ResourceSpec[] {
    // Nothing boots here, so there is nothing to wait for.
    const rollout = { bootTimeout: "5s" };
    return [{ name: "hana", args: { vaultId: VAULT, instances, rollout, ...args } }];
}

/** Runs the cases. All share one stack, except the last, which needs a fleet of its own. */
export async function captureRuns(): Promise<Capture[]> {
    const simulator = new Simulator({
        installTime: 200,
        seed: 1,
        world: { vaults: [VAULT, OTHER_VAULT] },
    });
    const [listening, engine] = await Promise.all([simulator.listen(), startEngine()]);
    try {
        const config = configFor(listening);
        const cases = new Cases(await engine.stack({ config }), simulator);
        return await cases.run(await engine.stack({ config }), await engine.stack({ config }));
    } finally {
        await engine.stop();
        await simulator.close();
    }
}

class Cases {
    private readonly captures: Capture[] = [];

    constructor(
        private stack: Stack,
        private readonly simulator: Simulator,
    ) {}

    /** @param further the stacks for the cases that need their own fleets */
    async run(...further: readonly [Stack, Stack]): Promise<Capture[]> {
        const all = [...numbered(2), withKey("i-bp1003", "the secret of before"), ...numbered(24).slice(3)];
        await this.aNewFleet(all);
        await this.anUpdate(all);
        const [second, third] = further;
        this.stack = third;
        await this.inWaves(numbered(24));
        this.stack = second;
        await this.inDetail();
        return this.captures;
    }

    private async aNewFleet(all: readonly Instance[]): Promise<void> {
        await this.preview(
            "A new fleet",
            "The program declares 24 instances. One of them has an access key.",
            fleet(all),
        );
        await this.quietly("up", all);
        await this.preview(
            "Nothing to call",
            "Only `removal` has changed. It takes effect when a client is removed, so the state must record it.",
            fleet(all, { removal: "UninstallAndDelete" }),
        );
        await this.preview(
            "A replacement",
            "The vault has changed. The old clients are removed first, as the recorded `removal` says. One line covers all steps.",
            fleet(all, { vaultId: OTHER_VAULT }),
        );
        await this.preview(
            "Not known yet",
            "An instance that does not exist yet, and so has no ID, replaces an existing one.",
            fleet([...all.slice(1), instance(unknown("i-bp1027"))]),
        );
    }

    private async anUpdate(all: readonly Instance[]): Promise<void> {
        this.lose("i-bp1002");
        await this.quietly("refresh", all);
        const left = all.filter(
            ({ instanceId }) => !["i-bp1003", "i-bp1004", "i-bp1024"].includes(String(instanceId)),
        );
        const changed = [withKey("i-bp1003", "the secret of now"), instance("i-bp1024", OTHER_CLUSTER)];
        const program = fleet([...left, ...changed, instance("i-bp1025")]);
        await this.preview(
            "One of each",
            "One instance was added, one was removed, one moved to another cluster, and one got a new access key. " +
                "A refresh also found a client lost. Only these instances are touched.",
            program,
        );
        this.simulator.patchInstance("i-bp1025", { state: "Stopped" });
        await this.up(
            "An update that fails in part",
            "The program is the same, but the new instance turns out to be stopped. The run does everything that can " +
                "succeed, then fails with a reason for each failed instance. The state keeps every result, and the next " +
                "`pulumi up` works on the rest.",
            program,
            true,
        );
    }

    private async inWaves(all: readonly Instance[]): Promise<void> {
        await this.quietly("up", all);
        this.simulator.setSwitches({ latestVersion: "2.11.0" });
        await this.quietly("refresh", all);
        await this.preview(
            "Behind the latest version",
            'A refresh has found a later version of the agent, and the program says `upgrades: "Latest"`.',
            fleet(all, { upgrades: "Latest" }),
        );
        const rollout = { waves: [1, "25%", "100%"], pauseAfter: "firstWave" };
        const program = fleet(all, { triggers: ["2026-12"], rollout });
        await this.preview(
            "In waves",
            "A trigger has changed, and `rollout` says how to go through the fleet: " +
                '`{ waves: [1, "25%", "100%"], pauseAfter: "firstWave" }`.',
            program,
        );
        await this.up(
            "A pause after the first wave",
            "The run ends with success, and the next `pulumi up` goes on with the second wave.",
            program,
        );
        await this.preview("After the pause", "The same program.", program);
    }

    private async inDetail(): Promise<void> {
        const [first, second, third] = numbered(3);
        if (!first || !second || !third) throw new Error("the fleet is too small");
        await this.quietly("up", [first, second, withKey("i-bp1004", "the secret of before")]);
        await this.preview(
            "In detail",
            "With `--diff`, the engine shows what has changed in the arguments. The instances are a map by instance ID, " +
                "so a different order is not a change. The access keys are a separate argument and always secret.",
            fleet([withKey("i-bp1004", "the secret of now"), third, first]),
            { args: ["--diff"] },
        );
    }

    private async preview(
        title: string,
        text: string,
        program: ResourceSpec[],
        options: RunOptions = {},
    ): Promise<void> {
        const { ok, stdout, stderr } = await this.stack.preview(program, options);
        if (!ok) throw new Error(`The preview failed:\n${stdout}${stderr}`);
        const command = ["pulumi preview", ...(options.args ?? [])].join(" ");
        // With --diff, the provider's messages go to stderr.
        this.captures.push({ title, text, command, output: normalized(`${stdout}\n${stderr}`) });
    }

    private async up(title: string, text: string, program: ResourceSpec[], isToFail = false): Promise<void> {
        const { ok, stdout } = await this.stack.up(program);
        if (ok === isToFail) throw new Error(`The update ended otherwise than shown:\n${stdout}`);
        this.captures.push({
            title,
            text,
            command: "pulumi up --yes --skip-preview",
            output: normalized(stdout),
        });
    }

    private async quietly(operation: "up" | "refresh", instances: readonly Instance[]): Promise<void> {
        const { ok, stdout, stderr } =
            operation === "up" ? await this.stack.up(fleet(instances)) : await this.stack.refresh();
        if (!ok) throw new Error(`${operation} failed:\n${stdout}${stderr}`);
    }

    private lose(instanceId: string): void {
        const lost = this.simulator.world().clients.find((client) => client.instanceId === instanceId);
        if (!lost) throw new Error(`There is no client on ${instanceId}`);
        this.simulator.deleteClient(lost.clientId);
    }
}
