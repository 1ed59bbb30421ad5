import { HbrClient } from "../../provider/hbr/client";
import type { HbrApi } from "../../provider/hbr/port";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
import { newRetryBudget, resilient } from "../../provider/hbr/retry";
import { canonicalInputs, type RawInputs } from "../../provider/check/inputs";
import { reconcile, type Runtime } from "../../provider/reconcile";
import {
    emptyState,
    type KnownInputs,
    knownInputs,
    type RecordedOutputs,
    specOf,
    stateOf,
} from "../../provider/state";
import { UnfinishedRuns } from "../../provider/unfinished";
import { Simulator, type SimulatorOptions } from "../../simulator";
import { simulatorTransport } from "../../tests/support/simulatorTransport";
import { seededRandom, VirtualClock } from "../../tests/support/virtualClock";
import { installAlone, type Surroundings as AloneSurroundings } from "../baselines/perInstance";
import type { BenchInstance } from "../program/fleet";
import type { Cost } from "../results";

export const VAULT = "v-0001bench000000000kgm";
export const LATENCY_MS = 20;

/**
 * The service and a process that calls it, on virtual time. The process is a run of this package, with its real client,
 * limiter and retries, or the baseline. The measured calls and virtual times do not depend on the machine.
 */
export class VirtualService {
    readonly clock = new VirtualClock();
    readonly simulator: Simulator;
    private readonly random: () => number;
    private readonly limiter: RateLimiter;

    constructor(seed: number, options: Omit<SimulatorOptions, "clock" | "seed"> = {}) {
        this.random = seededRandom(seed);
        this.limiter = new RateLimiter(this.clock, this.random);
        this.simulator = new Simulator({
            latency: LATENCY_MS,
            ...options,
            seed,
            world: { vaults: [VAULT], ...options.world },
            clock: this.clock,
        });
    }

    /** Measures the calls and the time of some work. */
    async cost(work: () => Promise<unknown>): Promise<Cost> {
        this.simulator.resetRequests();
        const startedAt = this.clock.now();
        await work();
        const { total, byAction } = this.simulator.requests();
        return { calls: total, byAction, elapsedMs: this.clock.now() - startedAt };
    }

    /** What the first `pulumi up` of a resource does. */
    create(instances: readonly BenchInstance[], more: RawInputs = {}): Promise<RecordedOutputs> {
        const inputs = inputsOf(instances, more);
        const recorded = emptyState(specOf(inputs));
        return reconcile({ inputs, recorded, taskIds: [], hook: "create" }, this.runtime());
    }

    /** What a later `pulumi up` does. */
    update(
        state: RecordedOutputs,
        instances: readonly BenchInstance[],
        more: RawInputs = {},
    ): Promise<RecordedOutputs> {
        const inputs = inputsOf(instances, more);
        const task = { inputs, recorded: stateOf(state), taskIds: [], hook: "update" } as const;
        return reconcile(task, this.runtime());
    }

    /** What `pulumi destroy` does. */
    async destroy(state: RecordedOutputs): Promise<void> {
        const task = { inputs: state, recorded: stateOf(state), taskIds: [], hook: "delete" } as const;
        await reconcile(task, this.runtime());
    }

    /** The same for a program with one resource per instance, `parallel` at a time. */
    async createAlone(instances: readonly BenchInstance[], parallel: number): Promise<void> {
        await inLanes(instances, parallel, (instance) =>
            installAlone(this.aloneSurroundings(), { vaultId: VAULT, ...instance }),
        );
    }

    /** The API as the provider calls it. */
    api(): HbrApi {
        const { clock, random, limiter } = this;
        const transport = simulatorTransport(this.simulator);
        const resilience = { limiter, clock, random, retryBudget: newRetryBudget() };
        return resilient(new HbrClient(transport), resilience);
    }

    private runtime(): Runtime {
        const { clock, random } = this;
        const silent = { info: ignore, warning: ignore, debug: ignore, status: ignore };
        const stopSignal = new AbortController().signal;
        const lastAnswer = { at: -Infinity };
        const unfinished = new UnfinishedRuns();
        return {
            clock,
            random,
            stopSignal,
            lastAnswer,
            unfinished,
            throttledAt: () => this.limiter.refusedAt,
            log: () => silent,
            api: () => this.api(),
        };
    }

    private aloneSurroundings(): AloneSurroundings {
        const call = simulatorTransport(this.simulator);
        return {
            call: async (action, parameters) => (await call(action, parameters)) as Record<string, unknown>,
            sleep: (ms) => this.clock.sleep(ms),
        };
    }
}

function inputsOf(instances: readonly BenchInstance[], more: RawInputs): KnownInputs {
    // The baseline deletes records too, which costs a call for each client.
    const program = { vaultId: VAULT, instances, removal: "UninstallAndDelete", ...more };
    const { inputs, failures } = canonicalInputs({}, program, "cn-hangzhou");
    if (!inputs) throw new Error(JSON.stringify(failures));
    return knownInputs(inputs);
}

function ignore(): void {
    // The benchmark ignores the messages of a run.
}

async function inLanes<T, R>(
    items: readonly T[],
    lanes: number,
    work: (item: T) => Promise<R>,
): Promise<R[]> {
    const queue = items.values();
    const results: R[] = [];
    const lane = async (): Promise<void> => {
        for (const item of queue) results.push(await work(item));
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return results;
}
