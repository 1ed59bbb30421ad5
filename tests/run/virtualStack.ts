import { type Plan, planFleet } from "../../provider/fleet/plan";
import { HbrClient } from "../../provider/hbr/client";
import { KNOWN_ERRORS } from "../../provider/hbr/knownErrors";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
import { newRetryBudget, resilient } from "../../provider/hbr/retry";
import type { Transport } from "../../provider/hbr/transport";
import { Cancelled } from "../../provider/interrupted";
import { changeOf } from "../../provider/change";
import { canonicalInputs, type RawInputs } from "../../provider/check/inputs";
import { reconcile, type Reconciliation, type Runtime } from "../../provider/reconcile";
import { readVault, refreshedOutputs } from "../../provider/read";
import { ProviderError } from "../../provider/providerError";
import { PartialFailure } from "../../provider/report";
import { guarded } from "../../provider/session";
import { UnfinishedRuns } from "../../provider/unfinished";
import {
    emptyState,
    knownInputs,
    outputsOf,
    readOutputs,
    type RecordedOutputs,
    specOf,
    stateOf,
} from "../../provider/state";
import { Simulator, type SimulatorOptions } from "../../simulator/index";
import { simulatorTransport } from "../support/simulatorTransport";
import { seededRandom, VirtualClock } from "../support/virtualClock";
import { AttemptWork } from "./attemptWork";
import { DeletionWatch } from "./deletions";
import { expectSteadyCounts } from "./steadyCounts";

export const VAULT = "v-1";

/** How a command ended. */
export interface CommandEnd {
    readonly ok: boolean;
    /** What the engine would print as errors; empty after a success. */
    readonly reasons: readonly string[];
    readonly warnings: readonly string[];
    readonly infos: readonly string[];
    readonly statuses: readonly string[];
    /** How long it took (virtual milliseconds). */
    readonly elapsedMs: number;
}

/** What can happen to a command from outside. */
export interface Interruption {
    readonly kind: "Ctrl-C" | "killed";
    /** It comes so many milliseconds after the command's begin. */
    readonly afterMs: number;
}

/**
 * One resource with its state, on virtual time: it calls the hooks' one run as the engine's `up`, `destroy` and
 * `refresh` would, with the real client, limiter and retries, against a simulator in process.
 */
export class VirtualStack {
    readonly clock: VirtualClock;
    readonly simulator: Simulator;
    state: RecordedOutputs | undefined;
    /**
     * How often the engine repeats an operation that fails, because a hook `onError` asks for it: at once, in the same
     * process, with the state of before.
     */
    repeats = 0;
    /** What happens between two attempts. */
    between: () => void = () => undefined;
    /** What the resources of one process share; undefined for a new process with each command. */
    process: UnfinishedRuns | undefined;
    readonly #urn: string;
    /** What attempts have left behind at their end, and the calls that they have made after it. */
    readonly leftBehind: string[] = [];
    /** The pairs that the state has ever held as this resource's own. */
    readonly everOwned = new Set<string>();
    readonly #deletions: DeletionWatch;
    readonly #seed: number;
    /** The error codes that the service has used. */
    readonly #codesOfService = new Set<string>();

    /** @param beside another resource of the same program: both talk to the same service, at the same time */
    constructor(options: Omit<SimulatorOptions, "clock"> = {}, beside?: VirtualStack) {
        this.#seed = options.seed ?? 1;
        this.#urn = `urn:pulumi:dev::fleet::BackupClients::${beside === undefined ? "one" : "other"}`;
        this.clock = beside?.clock ?? new VirtualClock();
        this.simulator =
            beside?.simulator ??
            new Simulator({
                installTime: 60_000,
                latency: 50,
                ...options,
                world: { vaults: [VAULT], ...options.world },
                clock: this.clock,
            });
        this.#deletions = beside === undefined ? new DeletionWatch(this.simulator) : beside.#deletions;
    }

    /**
     * `pulumi up` of a program with these arguments.
     *
     * @param isReplacement whether a first installation takes the place of a fleet that the same command has removed
     */
    async up(program: RawInputs, interruption?: Interruption, isReplacement = false): Promise<CommandEnd> {
        const { inputs: checked, failures } = canonicalInputs(
            this.state ? { ...this.state } : {},
            { vaultId: VAULT, __urn: this.#urn, ...program },
            "cn-hangzhou",
        );
        if (!checked) throw new Error(`bad program: ${JSON.stringify(failures)}`);
        const inputs = knownInputs(checked);
        const { state } = this;
        if (state === undefined) {
            const recorded = emptyState(specOf(inputs));
            return this.#run({ inputs, recorded, taskIds: [], hook: "create", isReplacement }, interruption);
        }
        const change = changeOf(state, inputs);
        if (change.replaces.length > 0) throw new Error("a replacement takes two runs");
        if (!change.changes) return { ...NOTHING_DONE, infos: ["unchanged"] };
        if (change.settingsOnly) {
            this.state = outputsOf(inputs, stateOf(state).clients, state.taskIds);
            return { ...NOTHING_DONE, infos: [change.line] };
        }
        const { outputs } = readOutputs(state);
        const recorded = stateOf(outputs);
        const kept = this.#keptByPreview(planFleet(specOf(inputs), recorded));
        const asked = this.simulator.requests().total;
        const healthy = this.#withAgent("ACTIVATED").filter(
            (id) => id in inputs.instances && id in state.clients,
        );
        const installs = this.#installs();
        const end = await this.#run(
            { inputs, recorded, taskIds: outputs.taskIds, hook: "update", id: VAULT },
            interruption,
        );
        expect(this.writtenSince(asked).filter((pair) => kept.has(pair))).toEqual([]);
        if (this.#installs() === installs) {
            // As long as no installation was taken, no more than the first batch may have lost its agents.
            const alive = this.#withAgent();
            const lost = healthy.filter((instanceId) => !alive.includes(instanceId));
            // In batches of one, two: the first may be its instance's own fault.
            expect(lost.length).toBeLessThanOrEqual(Math.max(2, inputs.rollout.batchSize));
        }
        return end;
    }

    /** The instances that have an agent, or whose client has that status. */
    #withAgent(status?: string): string[] {
        const without = ["NOT_INSTALLED", "INSTALL_FAILED", "UNINSTALLING"];
        return this.simulator
            .world()
            .clients.filter((client) =>
                status ? client.status === status : !without.includes(client.status),
            )
            .map(({ instanceId }) => instanceId);
    }

    #installs(): number {
        return Object.values(this.simulator.requests().installs).reduce((sum, count) => sum + count, 0);
    }

    /** The healthy clients that a preview keeps: whatever happens, a run must not touch them. */
    #keptByPreview(preview: Plan): ReadonlySet<string> {
        const kept = new Set(
            preview.flatMap(({ kind, instanceId, declared }) =>
                kind === "keep" ? [pairOf({ instanceId, clusterId: declared?.clusterId ?? "" })] : [],
            ),
        );
        const healthy = this.simulator.world().clients.filter(({ status }) => status === "ACTIVATED");
        return new Set(healthy.map(pairOf).filter((pair) => kept.has(pair)));
    }

    /** The pairs that a call has changed, or was to change, since so many calls had been made. */
    writtenSince(calls: number): string[] {
        const { clients, tasks } = this.simulator.world();
        const { log, total } = this.simulator.requests();
        const pairs = new Map([
            ...tasks
                .flatMap(({ result }) => result)
                .map(({ clientId, instanceId }) => [clientId, instanceId] as const),
            ...clients.map((client) => [client.clientId, pairOf(client)] as const),
        ]);
        return log.slice(calls - total).flatMap(({ action, parameters }) => {
            if (action === "CreateClients") {
                const targets = JSON.parse(parameters["ClientInfo"] ?? "[]") as InstanceOfACall[];
                return targets.map(({ instanceId, clusterId = "" }) => pairOf({ instanceId, clusterId }));
            }
            const isWrite = ["UninstallClient", "DeleteClient", "UpgradeClient"].includes(action);
            return isWrite ? [pairs.get(parameters["ClientId"] ?? "") ?? "(unknown)"] : [];
        });
    }

    /** `pulumi destroy`. */
    async destroy(interruption?: Interruption): Promise<CommandEnd> {
        const { state } = this;
        if (state === undefined) return NOTHING_DONE;
        const { outputs } = readOutputs(state);
        const { taskIds } = outputs;
        return this.#run(
            { inputs: outputs, recorded: stateOf(outputs), taskIds, hook: "delete" },
            interruption,
        );
    }

    /** `pulumi refresh`. */
    async refresh(): Promise<void> {
        if (this.state === undefined) return;
        const api = new HbrClient(simulatorTransport(this.simulator));
        this.state = refreshedOutputs(this.state, await readVault(api, this.state));
    }

    /** Status of each client that is there, by instance and cluster: `i-1@cl-1`. */
    statuses(): Record<string, string> {
        const { clients } = this.simulator.world();
        return Object.fromEntries(
            clients
                .map(({ instanceId, clusterId, status }) => [`${instanceId}@${clusterId}`, status] as const)
                .sort(([a], [b]) => (a < b ? -1 : 1)),
        );
    }

    /** How often an action was called. */
    calls(action: string): number {
        return this.simulator.requests().byAction[action] ?? 0;
    }

    get duplicateInstalls(): number {
        return this.simulator.requests().duplicateInstalls;
    }

    async #run(reconciliation: Reconciliation, interruption?: Interruption): Promise<CommandEnd> {
        const stop = new AbortController();
        const over = new AbortController();
        const startedAt = this.clock.now();
        const killed = this.#interrupt(stop, over.signal, interruption);
        const unfinished = this.process ?? new UnfinishedRuns();
        const before = this.state;
        const said = { infos: [] as string[], warnings: [] as string[], statuses: [] as string[] };
        let reasons: readonly string[];
        try {
            for (let attempt = 0; ; attempt += 1) {
                // The engine keeps what the last attempt hands over, and nothing of the others.
                this.state = before;
                said.statuses.length = 0;
                const work = new AttemptWork(this.clock, this.leftBehind);
                const runtime = this.#runtime(stop.signal, killed, said, unfinished, work);
                const end = await this.#attempt(reconciliation, runtime, over.signal);
                ({ reasons } = end);
                await work.ended();
                expect(this.leftBehind).toEqual([]);
                expectSteadyCounts(said.statuses);
                expect(this.#deletions.withAgent).toEqual([]);
                // Nobody is left to hand the state of a killed run over.
                if (killed.aborted) break;
                this.#hold(end.state);
                if (reasons.length === 0 || attempt === this.repeats) break;
                this.between();
            }
        } finally {
            over.abort();
        }
        return { ok: reasons.length === 0, reasons, ...said, elapsedMs: this.clock.now() - startedAt };
    }

    /** One call of a hook: what the engine prints as errors, and the state that it records. */
    async #attempt(
        reconciliation: Reconciliation,
        runtime: Runtime,
        over: AbortSignal,
    ): Promise<{ readonly reasons: readonly string[]; readonly state: RecordedOutputs | undefined }> {
        const { hook } = reconciliation;
        try {
            const outputs = await Promise.race([reconcile(reconciliation, runtime), this.#tooLate(over)]);
            return { reasons: [], state: hook === "delete" ? undefined : outputs };
        } catch (error) {
            if (error instanceof PartialFailure) return { reasons: error.reasons, state: error.properties };
            if (error instanceof ProviderError)
                return { reasons: error.message.split("\n"), state: this.state };
            throw error;
        }
    }

    /** Every error code in the state is one of the service, or has an entry in docs/errors.md. */
    #expectKnownCodes(): void {
        const { clients, tasks } = this.simulator.world();
        const results = [...clients, ...tasks.flatMap(({ result }) => result)];
        for (const { errorCode = "" } of results) this.#codesOfService.add(errorCode);
        for (const { code } of this.simulator.requests().log) this.#codesOfService.add(code);
        const codes = Object.values(this.state?.clients ?? {}).flatMap(({ errorCode }) => errorCode ?? []);
        const isKnown = (code: string): boolean => KNOWN_ERRORS.has(code) || this.#codesOfService.has(code);
        expect(codes.filter((code) => !isKnown(code))).toEqual([]);
    }

    #hold(state: RecordedOutputs | undefined): void {
        this.state = state && throughJson(state);
        this.#expectKnownCodes();
        for (const { owned, instanceId, clusterId = "" } of Object.values(state?.clients ?? {}))
            if (owned !== false) this.everOwned.add(pairOf({ instanceId, clusterId }));
    }

    /** Lets the interruption come; gives what is aborted when the process is killed. */
    #interrupt(stop: AbortController, over: AbortSignal, interruption?: Interruption): AbortSignal {
        const killed = new AbortController();
        if (interruption !== undefined) {
            this.clock.sleep(interruption.afterMs, over).then(
                () => {
                    if (interruption.kind === "killed") killed.abort();
                    stop.abort(new Cancelled());
                },
                () => undefined,
            );
        }
        return killed.signal;
    }

    /** A run that never ends would let virtual time pass for ever. */
    async #tooLate(over: AbortSignal): Promise<never> {
        await this.clock.sleep(LONGEST_RUN_MS, over);
        throw new Error("the run does not end");
    }

    #runtime(
        stopSignal: AbortSignal,
        killed: AbortSignal,
        said: { readonly infos: string[]; readonly warnings: string[]; readonly statuses: string[] },
        unfinished: UnfinishedRuns,
        work: AttemptWork,
    ): Runtime {
        const { clock } = work;
        const lastAnswer = { at: -Infinity };
        const random = seededRandom(this.#seed);
        const limiter = new RateLimiter(clock, random);
        const resilience = { limiter, clock, random, retryBudget: newRetryBudget(), lastAnswer };
        const call = simulatorTransport(this.simulator);
        const transport: Transport = (operation, query, signal) => {
            if (killed.aborted) throw new Error("a killed process calls nobody");
            this.#deletions.note(operation, query);
            return work.during(operation, () => call(operation, query, signal));
        };
        return {
            clock,
            random,
            stopSignal,
            lastAnswer,
            unfinished,
            throttledAt: () => limiter.refusedAt,
            log: () => ({
                info: (text) => said.infos.push(text),
                warning: (text) => said.warnings.push(text),
                debug: () => undefined,
                status: (text) => said.statuses.push(text),
            }),
            api: (_region, _log, signal, _secrets, troubles) =>
                resilient(guarded(new HbrClient(transport), signal), { ...resilience, troubles }),
        };
    }
}

interface InstanceOfACall {
    readonly instanceId: string;
    readonly clusterId?: string;
}

/** `i-1@cl-1` */
export function pairOf({ instanceId, clusterId }: { instanceId: string; clusterId: string }): string {
    return `${instanceId}@${clusterId}`;
}

const LONGEST_RUN_MS = 12 * 3_600_000;

const NOTHING_DONE: CommandEnd = {
    ok: true,
    reasons: [],
    warnings: [],
    infos: [],
    statuses: [],
    elapsedMs: 0,
};

/** The state as the next run reads it. */
function throughJson(state: RecordedOutputs): RecordedOutputs {
    return JSON.parse(JSON.stringify(state)) as RecordedOutputs;
}

/** `count` instances of one cluster: i-001, i-002, … */
export function instances(count: number, clusterId = "cl-1"): { instanceId: string; clusterId: string }[] {
    return Array.from({ length: count }, (_, index) => ({
        instanceId: `i-${String(index + 1).padStart(3, "0")}`,
        clusterId,
    }));
}
