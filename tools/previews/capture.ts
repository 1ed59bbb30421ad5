import { Simulator } from "../../simulator";
import { startEngine } from "../../tests/engine/harness/engine";
import { secret, unknown, type ResourceSpec } from "../../tests/engine/harness/program";
import { configFor } from "../../tests/engine/harness/simulator";
import type { RunOptions, Stack } from "../../tests/engine/harness/stack";
import { normalized } from "./normalize";

/** One run of the CLI, as the page shows it. */
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
    return [{ name: "hana", args: { vaultId: VAULT, instances, ...args } }];
}

/** Runs the cases one after the other on one stack. */
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
        return await cases.run(await engine.stack({ config }));
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

    /** @param second a stack for the case that has a fleet of its own */
    async run(second: Stack): Promise<Capture[]> {
        const all = [...numbered(2), withKey("i-bp1003", "the secret of before"), ...numbered(24).slice(3)];
        await this.aNewFleet(all);
        await this.anUpdate(all);
        this.stack = second;
        await this.inDetail();
        return this.captures;
    }

    private async aNewFleet(all: readonly Instance[]): Promise<void> {
        await this.preview(
            "A new fleet",
            "With 24 instances in the program, and an access key in one of them.",
            fleet(all),
        );
        await this.quietly("up", all);
        await this.preview(
            "Nothing to call",
            "`removal` has changed, which matters when a client is removed: the state has to know it.",
            fleet(all, { removal: "UninstallAndDelete" }),
        );
        await this.preview(
            "A replacement",
            "Another vault. The old clients are removed first, as the state says; one line stands for all steps.",
            fleet(all, { vaultId: OTHER_VAULT }),
        );
        await this.preview(
            "Not known yet",
            "The id of an instance that is still to be created, in the place of one that is there.",
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
            "An instance was added, another left the program, a third moved to another cluster and a fourth got another " +
                "access key; and a refresh has found a client lost. Only these are touched.",
            program,
        );
        this.simulator.patchInstance("i-bp1025", { state: "Stopped" });
        await this.failingUp(
            "An update that fails in part",
            "The same, and the new instance turns out to be stopped: the run fails after all that can succeed has, with a " +
                "reason for each instance that failed. The state keeps every result, and the next `pulumi up` works on " +
                "what is left.",
            program,
        );
    }

    private async inDetail(): Promise<void> {
        const [first, second, third] = numbered(3);
        if (!first || !second || !third) throw new Error("the fleet is too small");
        await this.quietly("up", [first, second, withKey("i-bp1004", "the secret of before")]);
        await this.preview(
            "In detail",
            "With `--diff` the engine shows what has changed in the arguments. The instances are a map by instance id, so " +
                "another order is no change; the access keys are an argument of their own and always secret.",
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
        // With --diff, what a provider says comes on stderr.
        this.captures.push({ title, text, command, output: normalized(`${stdout}\n${stderr}`) });
    }

    private async failingUp(title: string, text: string, program: ResourceSpec[]): Promise<void> {
        const { ok, stdout } = await this.stack.up(program);
        if (ok) throw new Error(`The update did not fail:\n${stdout}`);
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
