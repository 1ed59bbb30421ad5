import { isDefault, SENT } from "./arguments";
import { resourceLog, type ResourceLog, stopSignal } from "./engine";
import type { Clock, FleetState, Random } from "./fleet/model";
import { HbrError } from "./hbr/errors";
import type { HbrApi } from "./hbr/port";
import { isClaimedByOther, withInstances } from "./claims";
import { pick } from "./check/given";
import { describeError, PartialFailure, ProviderError, reasonsOf, reasonsOfRemoval } from "./report";
import type { RunGoal } from "./run/context";
import { runFleet, type RunResult } from "./run/run";
import { apiFor, systemClock } from "./session";
import { type KnownInputs, outputsOf, type RecordedOutputs, secretsIn, specOf, type Timeouts } from "./state";
import { TimedOut } from "./interrupted";
import { parseDuration } from "./check/timeouts";

/** One run of a changing hook. */
export interface Reconciliation {
    readonly inputs: KnownInputs;
    readonly recorded: FleetState;
    /** Tasks of the run before; they stay where this one submits none. */
    readonly taskIds: readonly string[];
    readonly hook: keyof Timeouts;
    /** Absent for a resource that is not in the state yet. */
    readonly id?: string;
}

/** What a run takes from the process around it; handed in, so that it can run on virtual time. */
export interface Surroundings {
    readonly clock: Clock;
    readonly random: Random;
    /** Aborted by Ctrl-C, or when the engine is gone. */
    readonly stopSignal: AbortSignal;
    log(urn: string | undefined): ResourceLog;
    /** @param secrets access keys of clients, which no text may show */
    api(region: string, log: ResourceLog, signal: AbortSignal, secrets: readonly string[]): HbrApi;
}

const PROCESS: Surroundings = {
    clock: systemClock,
    random: Math.random,
    stopSignal,
    log: resourceLog,
    api: apiFor,
};

/**
 * Brings the fleet to what is declared, or removes it, and gives the outputs.
 *
 * @throws PartialFailure with the outputs as they are, where something is left to be done
 * @throws ProviderError where nothing is known that the state does not hold already
 */
export async function reconcile(
    reconciliation: Reconciliation,
    { clock, random, stopSignal, ...around }: Surroundings = PROCESS,
): Promise<RecordedOutputs> {
    const { inputs, recorded, hook } = reconciliation;
    const log = around.log(inputs.__urn);
    const deadline = new Deadline(clock, inputs.__timeouts?.[hook]);
    const signal = AbortSignal.any([stopSignal, deadline.signal]);
    const task = taskOf(inputs, recorded, hook);
    const secrets = secretsIn(recorded.spec, ...(task.declared ? [task.declared] : []));
    const instanceIds = new Set([
        ...Object.keys(hook === "delete" ? {} : inputs.instances),
        ...recorded.clients.keys(),
    ]);
    try {
        const result = await withInstances(instanceIds, signal, () => {
            // The first look has a time-out too, or a service that throttles for ever would never let it end.
            deadline.start(1);
            return runFleet(
                {
                    api: around.api(inputs.region, log, signal, secrets),
                    clock,
                    random,
                    log,
                    signal,
                    isClaimedByOther: (pair) =>
                        isClaimedByOther(inputs.__urn ?? "", {
                            ...pair,
                            region: inputs.region,
                            vaultId: inputs.vaultId,
                        }),
                },
                task,
                (rounds) => {
                    deadline.start(rounds);
                },
            );
        });
        return conclude(reconciliation, result, log);
    } finally {
        deadline.stop();
    }
}

function taskOf(inputs: KnownInputs, recorded: FleetState, hook: keyof Timeouts): RunGoal {
    return {
        vaultId: inputs.vaultId,
        ...(hook !== "delete" && { declared: specOf(inputs) }),
        recorded,
        rollout: inputs.rollout,
        // A default is not sent: with it the service decides as if nothing were said.
        installSettings: pick(
            inputs,
            SENT.filter((name) => !isDefault(name, inputs[name])),
        ),
    };
}

/** Turns the end of a run into the outputs, or into the error that keeps them. */
function conclude(
    { inputs, taskIds, hook, id }: Reconciliation,
    result: RunResult,
    log: ResourceLog,
): RecordedOutputs {
    const { record, error } = result;
    if (hook === "delete") return concludeDelete(inputs, result, log);
    const outputs = outputsOf(inputs, record.entries, record.taskIds.length > 0 ? record.taskIds : taskIds);
    // Nothing has been planned yet: the state as it is says more than this run can.
    if (error !== undefined && !result.planned) throw new ProviderError(describeError(error), error);
    log.info(result.results);
    const reasons = reasonsOf(result, outputs);
    const tolerated =
        inputs.rollout.maxFailures !== undefined && record.failures.size <= inputs.rollout.maxFailures;
    if (error === undefined && record.failures.size === 0) return outputs;
    if (error === undefined && tolerated) {
        for (const reason of reasons) log.warning(reason);
        return outputs;
    }
    throw new PartialFailure(id ?? inputs.vaultId, outputs, reasons);
}

function concludeDelete(inputs: KnownInputs, result: RunResult, log: ResourceLog): RecordedOutputs {
    const { record, error } = result;
    const outputs = outputsOf(inputs, record.entries, record.taskIds);
    if (error instanceof HbrError && error.about === "vault") return outputs;
    if (result.planned) log.info(result.results);
    if (error !== undefined || record.failures.size > 0)
        throw new ProviderError(reasonsOfRemoval(result).join("\n"), error);
    return outputs;
}

/** The service's own limit for a task is 15 minutes; this is what a round of batches gets without `customTimeouts`. */
const ROUND_TIMEOUT_MS = 20 * 60_000;

/** The time-out of a run: what the option `customTimeouts` says, else so much for each round of batches. */
export class Deadline {
    private readonly controller = new AbortController();
    private over = new AbortController();
    readonly signal: AbortSignal = this.controller.signal;
    private readonly custom: boolean;

    constructor(
        private readonly clock: Clock,
        custom: string | undefined,
    ) {
        this.custom = custom !== undefined;
        if (custom !== undefined) this.run(parseDuration(custom));
    }

    /** Counts from now on; a start before is forgotten. */
    start(rounds: number): void {
        if (!this.custom) this.run(rounds * ROUND_TIMEOUT_MS);
    }

    stop(): void {
        this.over.abort();
    }

    private run(ms: number): void {
        this.over.abort();
        this.over = new AbortController();
        this.clock.sleep(ms, this.over.signal).then(
            () => {
                this.controller.abort(new TimedOut(ms));
            },
            () => undefined,
        );
    }
}
