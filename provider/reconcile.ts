import { isDefault, pick, SENT } from "./arguments";
import { isClaimedByOther, withInstances } from "./claims";
import { resourceLog, type ResourceLog, stopSignal } from "./engine";
import type { Clock, FleetState, Random } from "./fleet/model";
import { limitsOf } from "./fleet/waves";
import { durationOf } from "./forms";
import { HbrError } from "./hbr/errors";
import type { HbrApi } from "./hbr/port";
import type { LastAnswer } from "./hbr/retry";
import { Troubles } from "./hbr/troubles";
import { Deadline } from "./interrupted";
import { ProviderError } from "./providerError";
import {
    describeEnd,
    describeError,
    PartialFailure,
    reasonsOf,
    reasonsOfRemoval,
    removedWithVault,
} from "./report";
import type { EarlierAttempts, RunEnvironment, RunGoal } from "./run/goal";
import { runFleet, type RunResult } from "./run/run";
import { apiFor, lastAnswer, systemClock, throttledAt } from "./session";
import {
    type KnownInputs,
    outputsOf,
    type RecordedOutputs,
    secretsIn,
    specOf,
    stateOf,
    type Timeouts,
} from "./state";
import { explained } from "./unexpected";
import { type Operation, type Unfinished, UnfinishedRuns } from "./unfinished";

/** What `create`, `update` or `delete` passes to a run. */
export interface Reconciliation extends Operation {
    /** The tasks of the previous run. They stay in the outputs if this one starts none. */
    readonly taskIds: readonly string[];
    readonly hook: keyof Timeouts;
    /** Absent for a resource that is not in the state yet. */
    readonly id?: string;
    /** What the state keeps of a create that fails before it has a plan. */
    readonly kept?: RecordedOutputs | undefined;
    /** Whether a create replaces a fleet that is gone. */
    readonly isReplacement?: boolean;
    /** What is said before it begins; not again if the engine repeats it. */
    readonly warnings?: readonly string[];
}

/** What a look-up uses of its process. It is a parameter so that tests can run on virtual time. */
export interface ReadingRuntime {
    readonly clock: Clock;
    readonly random: Random;
    /** Aborted by Ctrl-C, or when the engine is gone. */
    readonly stopSignal: AbortSignal;
    readonly lastAnswer: LastAnswer;
    log(urn: string | undefined): ResourceLog;
    /**
     * @param secrets access keys of clients, which no text may show
     * @param troubles is told about the calls that have no answer
     */
    api(
        region: string,
        log: ResourceLog,
        signal: AbortSignal,
        secrets: readonly string[],
        troubles: Troubles,
    ): HbrApi;
}

/** What a run uses of its process. */
export interface Runtime extends ReadingRuntime {
    readonly unfinished: UnfinishedRuns;
    /** When the service has last refused a call of the process for its rate; -Infinity if it never has. */
    throttledAt(): number;
}

export const PROCESS_RUNTIME: Runtime = {
    clock: systemClock,
    random: Math.random,
    stopSignal,
    lastAnswer,
    unfinished: new UnfinishedRuns(),
    log: resourceLog,
    api: apiFor,
    throttledAt,
};

/**
 * Brings the fleet to its inputs, or removes it, and returns the outputs. An operation that the engine repeats goes on with
 * what the failed one has left.
 *
 * @throws PartialFailure with the outputs so far, if the run ended early or too many instances failed
 * @throws ProviderError if the run learned nothing that the state does not hold, or if a removal is unfinished
 */
export async function reconcile(
    reconciliation: Reconciliation,
    runtime: Runtime = PROCESS_RUNTIME,
): Promise<RecordedOutputs> {
    const { inputs, recorded, hook } = reconciliation;
    const log = runtime.log(inputs.__urn);
    const deadline = new Deadline(runtime.clock, durationOf(inputs.__timeouts?.[hook]));
    const signal = AbortSignal.any([runtime.stopSignal, deadline.signal]);
    const declared = hook === "delete" ? undefined : specOf(inputs);
    const instanceIds = new Set([...(declared?.instances.keys() ?? []), ...recorded.clients.keys()]);
    const secrets = secretsIn(recorded.spec, ...(declared ? [declared] : []));
    const left = runtime.unfinished.of(reconciliation);
    if (!left) for (const warning of reconciliation.warnings ?? []) log.warning(warning);
    try {
        return await withInstances(instanceIds, signal, async () => {
            // Planning needs a time-out too: a service that throttles forever would never let it end.
            deadline.start(1);
            await runtime.unfinished.shown(instanceIds, runtime.clock, signal);
            return await run(reconciliation, left, { runtime, log, deadline, signal, secrets });
        });
    } catch (thrown) {
        if (thrown instanceof PartialFailure) throw thrown;
        const error = explained(thrown, log, secrets);
        const text = describeError(error);
        // The engine would drop what it got from the operation that it repeats.
        const kept = left?.outputs ?? reconciliation.kept;
        if (kept && hook !== "delete") throw new PartialFailure(idOf(reconciliation), kept, [text]);
        throw error instanceof ProviderError ? error : new ProviderError(text, error);
    } finally {
        deadline.stop();
    }
}

/** What a run has around it. */
interface Surroundings {
    readonly runtime: Runtime;
    readonly log: ResourceLog;
    readonly deadline: Deadline;
    readonly signal: AbortSignal;
    readonly secrets: readonly string[];
}

/** @param left what the operation goes on with, if the engine repeats it */
async function run(
    reconciliation: Reconciliation,
    left: Unfinished | undefined,
    { runtime, log, deadline, signal, secrets }: Surroundings,
): Promise<RecordedOutputs> {
    const { inputs, recorded, hook } = reconciliation;
    const { region, vaultId, __urn: urn } = inputs;
    const { clock, random, unfinished } = runtime;
    const taskIds = left?.outputs.taskIds ?? reconciliation.taskIds;
    const goal = goalOf(reconciliation, left ? stateOf(left.outputs) : recorded, left?.attempts);
    const troubles = new Troubles(clock);
    const environment: RunEnvironment = {
        api: runtime.api(region, log, signal, secrets, troubles),
        troubles,
        throttledAt: () => runtime.throttledAt(),
        clock,
        random,
        log,
        signal,
        isClaimedByOther: (pair) =>
            isClaimedByOther(urn ?? "", { ...pair, region, vaultId }, hook === "delete"),
    };
    const ended = await runFleet(environment, goal, ({ rounds, watchMs }) => {
        deadline.start(rounds, watchMs);
    });
    const result =
        ended.error === undefined ? ended : { ...ended, error: explained(ended.error, log, secrets) };
    const { record, rollout } = result;
    const outputs = outputsOf(
        inputs,
        record.entries,
        record.taskIds.length > 0 ? record.taskIds : taskIds,
        rollout,
    );
    if (result.planned) {
        const attempts = attemptsSoFar(left, result, clock.now());
        unfinished.keep(reconciliation, { outputs, attempts });
    }
    if (hook === "delete") judgeRemoval(inputs, result, log);
    else judgeRun(reconciliation, goal, result, outputs, log);
    unfinished.forget(reconciliation);
    return outputs;
}

/** What all attempts so far have come to, if this one fails. */
function attemptsSoFar(
    left: Unfinished | undefined,
    { record, isPaused, keptAgents }: RunResult,
    endedAt: number,
): EarlierAttempts {
    return {
        adopted: [...(left?.attempts.adopted ?? []), ...record.adopted],
        isPaused,
        keptAgents: keptAgents ?? left?.attempts.keptAgents,
        endedAt,
    };
}

function idOf({ id, inputs }: Reconciliation): string {
    return id ?? inputs.vaultId;
}

/**
 * @param recorded what the run goes on with
 * @param earlier absent unless the engine repeats the operation
 */
function goalOf(
    { inputs, recorded: previewed, hook, isReplacement }: Reconciliation,
    recorded: FleetState,
    earlier: EarlierAttempts | undefined,
): RunGoal {
    const { vaultId, instances, rollout } = inputs;
    return {
        vaultId,
        ...(hook !== "delete" && { declared: specOf(inputs) }),
        recorded,
        previewed,
        ...(earlier && { earlier }),
        rollout: limitsOf(rollout, Object.keys(instances).length),
        soakMs: durationOf(rollout.soak) ?? 0,
        bootMs: durationOf(rollout.bootTimeout) ?? 0,
        pausesAfterFirst: rollout.pauseAfter === "firstWave",
        isReplacement: isReplacement === true,
        // A default is not sent, so that the service applies its own.
        installSettings: pick(
            inputs,
            SENT.filter((name) => !isDefault(name, inputs[name])),
        ),
    };
}

/** Throws if a run of `create` or `update` ended early or too many instances failed, with the outputs in the error. */
function judgeRun(
    reconciliation: Reconciliation,
    goal: RunGoal,
    result: RunResult,
    outputs: RecordedOutputs,
    log: ResourceLog,
): void {
    const { record, error } = result;
    // Without a plan the run knows less than the state, which therefore stays as it is.
    if (!result.planned) throw new ProviderError(describeEnd(result), error);
    log.info(result.results);
    const { maxFailures } = goal.rollout;
    const isTolerated = record.failures.size <= (maxFailures ?? 0);
    if (error !== undefined || !isTolerated)
        throw new PartialFailure(idOf(reconciliation), outputs, reasonsOf(result));
    if (record.failures.size > 0 || result.isPaused)
        for (const reason of reasonsOf(result)) log.warning(reason);
}

/** Throws after a run of `delete` if clients are left. */
function judgeRemoval(inputs: KnownInputs, result: RunResult, log: ResourceLog): void {
    const { record, error } = result;
    // Without the vault, no client is left. Elsewhere there may be a vault of that ID.
    if (error instanceof HbrError && error.about === "vault") {
        log.warning(removedWithVault(inputs, [...record.entries.keys()]));
        return;
    }
    if (result.planned) log.info(result.results);
    if (error !== undefined || record.failures.size > 0)
        throw new ProviderError(reasonsOfRemoval(result).join("\n"), error);
}
