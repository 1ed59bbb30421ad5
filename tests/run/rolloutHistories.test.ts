import fc from "fast-check";
import { type CommandEnd, instances, type Interruption, VirtualStack } from "./virtualStack";
import { wavesPreviewed } from "./waveSupport";

const MINUTE = 60_000;

const share = fc.oneof(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
);

const rollout = fc.record(
    {
        waves: fc.array(share, { minLength: 1, maxLength: 3 }),
        batchSize: fc.integer({ min: 1, max: 20 }),
        parallelism: share,
        maxFailures: fc.constantFrom(0, 2, "10%"),
        soak: fc.constant("2m"),
        pauseAfter: fc.constant("firstWave"),
    },
    { requiredKeys: ["waves", "batchSize", "parallelism"] },
);

const interruption: fc.Arbitrary<Interruption> = fc.record({
    kind: fc.constantFrom("Ctrl-C" as const, "killed" as const),
    afterMs: fc.nat({ max: 300_000 }),
});

const step = fc.oneof(
    {
        weight: 6,
        arbitrary: fc.record({
            kind: fc.constant("up" as const),
            cut: fc.option(interruption, { nil: undefined, freq: 2 }),
        }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("refresh" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("triggers" as const) }) },
    {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("add" as const), count: fc.integer({ min: 1, max: 9 }) }),
    },
    {
        weight: 2,
        arbitrary: fc.record({
            kind: fc.constant("unfit" as const),
            index: fc.nat({ max: 29 }),
            fitness: fc.constantFrom(
                { failInstall: "AgentDownloadFailed" },
                { fallOverAfter: "1m" },
                { installTime: "10m" },
                { state: "Stopped" as const },
            ),
        }),
    },
);

const history = fc.record({
    count: fc.integer({ min: 1, max: 30 }),
    installedBefore: fc.boolean(),
    rollout,
    steps: fc.array(step, { minLength: 1, maxLength: 8 }),
    seed: fc.nat({ max: 100_000 }),
});

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;
type Step = History["steps"][number];

/** Watches a run: when the first call was made for each instance, and when nothing was in progress on it any more. */
class Watch {
    readonly touchedAt = new Map<string, number>();
    private readonly settledAt = new Map<string, number>();
    private inProgress: readonly string[];

    constructor(private readonly stack: VirtualStack) {
        this.inProgress = inProgress(stack);
        stack.simulator.resetRequests();
        stack.simulator.onRequest(() => {
            this.look();
        });
    }

    /** Takes in the world and the calls so far. */
    look(): void {
        const { simulator, clock } = this.stack;
        const now = inProgress(this.stack);
        for (const instanceId of this.inProgress)
            if (!now.includes(instanceId)) this.settledAt.set(instanceId, clock.now());
        this.inProgress = now;
        for (const { at, action, parameters } of simulator.requests().log)
            for (const instanceId of this.namedBy(action, parameters))
                if (!this.touchedAt.has(instanceId)) this.touchedAt.set(instanceId, at);
    }

    /** When nothing was in progress any more on any of these; -Infinity if nothing ever was. */
    endOf(instanceIds: readonly string[]): number {
        const ends = instanceIds.map((id) =>
            this.inProgress.includes(id) ? Infinity : (this.settledAt.get(id) ?? -Infinity),
        );
        return Math.max(...ends);
    }

    private namedBy(action: string, parameters: Readonly<Record<string, string>>): readonly string[] {
        if (action === "CreateClients") {
            const targets = JSON.parse(parameters["ClientInfo"] ?? "[]") as { instanceId: string }[];
            return targets.map(({ instanceId }) => instanceId);
        }
        if (action !== "UninstallClient") return [];
        const { clients } = this.stack.simulator.world();
        const removed = clients.filter(({ clientId }) => clientId === parameters["ClientId"]);
        return removed.map(({ instanceId }) => instanceId);
    }
}

function inProgress({ simulator }: VirtualStack): readonly string[] {
    const statuses = ["INSTALLING", "REGISTERED", "UNINSTALLING"];
    const { clients } = simulator.world();
    return clients.flatMap(({ status, instanceId }) => (statuses.includes(status) ? [instanceId] : []));
}

/** What a preview says about waves. */
function promiseOf(text = ""): { readonly sizes: readonly number[]; readonly pauses: boolean } {
    const list = /of ((?:\d+, )*\d+)(?: \(\+(\d+)\))?/.exec(text);
    const shown = (list?.[1] ?? "0").split(", ").map(Number);
    // Ten sizes are shown, and the last one repeats.
    const hidden = Array.from({ length: Number(list?.[2] ?? 0) }, () => shown.at(-1) ?? 0);
    return { sizes: [...shown, ...hidden], pauses: text.includes("with a pause") };
}

const figures = { runs: 0, promises: 0, pauses: 0 };

afterAll(() => {
    const { runs, promises, pauses } = figures;
    process.stdout.write(
        `runs in waves: ${runs}; compared with their preview: ${promises}, paused: ${pauses}\n`,
    );
});

class Play {
    readonly stack: VirtualStack;
    private instances: ReturnType<typeof instances>;
    private triggers: readonly number[] = [];
    /** Whether a run was killed, so that the state may not show what it has done. */
    private isLost = false;
    private pauses = 0;

    constructor(
        { count, seed }: History,
        private readonly rollout: History["rollout"],
    ) {
        this.stack = new VirtualStack({ seed });
        this.instances = instances(count);
    }

    async take(step: Step): Promise<void> {
        if (step.kind === "up") await this.up(step.cut);
        if (step.kind === "refresh") await this.stack.refresh();
        if (step.kind === "unfit") {
            const { instanceId = "" } = this.instances[step.index % this.instances.length] ?? {};
            this.stack.simulator.patchInstance(instanceId, step.fitness);
        }
        if (step.kind === "triggers" || step.kind === "add") this.pauses = 0;
        if (step.kind === "triggers") this.triggers = [(this.triggers[0] ?? 0) + 1];
        if (step.kind === "add") this.instances = instances(this.instances.length + step.count);
    }

    async up(cut?: Interruption): Promise<CommandEnd> {
        const { stack, rollout, triggers } = this;
        const program = { instances: this.instances, rollout, ...(triggers.length > 0 && { triggers }) };
        const isExact = !this.isLost && this.stateIsTrue();
        const { sizes, pauses } = promiseOf(wavesPreviewed(stack, program));
        const begun = this.begun();
        const watch = new Watch(stack);
        const end = await stack.up(program, cut);
        watch.look();
        stack.simulator.onRequest(undefined);
        figures.runs += 1;
        if (isExact) this.expectPromised(watch, begun, sizes, !end.infos.join().includes("failed"));
        this.isLost = cut?.kind === "killed";
        if (this.isLost) return end;
        const isPaused = end.warnings.some((text) => text.startsWith("paused after the first wave"));
        if (isPaused) this.pauses += 1;
        expect(this.pauses).toBeLessThanOrEqual(1);
        if (isExact && end.ok && cut === undefined) expect(isPaused).toBe(pauses);
        const isPending = Object.values(stack.state?.clients ?? {}).some((entry) => entry.pendingAction);
        if (!isPending) expect(stack.state?.__rollout).toBeUndefined();
        if (isPaused) figures.pauses += 1;
        return end;
    }

    /** Whatever is wrong is put right, and whatever was to fall over has done so. */
    async mend(): Promise<void> {
        const { simulator, clock } = this.stack;
        const fit = { state: "Running", failInstall: null, fallOverAfter: null, installTime: null } as const;
        for (const { instanceId } of simulator.world().instances) simulator.patchInstance(instanceId, fit);
        await clock.sleep(15 * MINUTE);
        for (const { clientId, status } of simulator.world().clients)
            if (status === "UNKNOWN") simulator.patchClient(clientId, { status: "ACTIVATED" });
    }

    /** The waves follow one another, with the sizes that the preview has shown. */
    private expectPromised(
        watch: Watch,
        begun: readonly string[],
        sizes: readonly number[],
        isHealthy: boolean,
    ): void {
        const touched = [...watch.touchedAt].sort(([, a], [, b]) => a - b).map(([instanceId]) => instanceId);
        const order = [...begun, ...touched.filter((instanceId) => !begun.includes(instanceId))];
        expect(order.length).toBeLessThanOrEqual(sizes.reduce((sum, size) => sum + size, 0));
        let from = 0;
        for (const size of sizes) {
            const before = order.slice(0, from);
            const starts = order.slice(from, from + size).flatMap((id) => watch.touchedAt.get(id) ?? []);
            const soak = this.rollout.soak !== undefined && isHealthy ? 2 * MINUTE : 0;
            if (before.length > 0 && starts.length > 0) {
                figures.promises += 1;
                expect(Math.min(...starts)).toBeGreaterThanOrEqual(watch.endOf(before) + soak);
            }
            from += size;
        }
    }

    /** What an earlier run has begun: it is in progress, or has fallen over. */
    private begun(): readonly string[] {
        const running = inProgress(this.stack);
        const { state } = this.stack;
        return this.instances.flatMap(({ instanceId }) => {
            const { status, pendingAction } = state?.clients[instanceId] ?? {};
            const isFallen = status === "UNKNOWN" && pendingAction !== undefined;
            return running.includes(instanceId) || isFallen ? [instanceId] : [];
        });
    }

    /** Whether the state shows what is there on every declared instance. */
    private stateIsTrue(): boolean {
        const { state, simulator } = this.stack;
        const world = new Map(simulator.world().clients.map((client) => [client.instanceId, client]));
        return this.instances.every(({ instanceId }) => {
            const { status, owned } = state?.clients[instanceId] ?? { status: "NOT_INSTALLED" };
            const really = world.get(instanceId)?.status ?? "NOT_INSTALLED";
            return status === really && (owned !== false || /^(NOT_INSTALLED|INSTALL_FAILED)$/.test(really));
        });
    }
}

jest.setTimeout(600_000);

test("any rollout is as its previews say, pauses once, and comes to an end once nothing is wrong any more", async () => {
    await fc.assert(
        fc.asyncProperty(history, async (given) => {
            const play = new Play(given, given.rollout);
            if (given.installedBefore) await play.stack.up({ instances: instances(given.count) });
            for (const step of given.steps) await play.take(step);
            await play.mend();
            // One run may pause, one finds what the state did not know, and one what is left of that.
            for (let run = 1; run <= 4; run += 1) await play.up();
            expect((await play.up()).infos).toEqual(["unchanged"]);
            expect(play.stack.duplicateInstalls).toBe(0);
        }),
        { numRuns: Number(process.env["HBR_ROLLOUTS"] ?? 60) },
    );
});
