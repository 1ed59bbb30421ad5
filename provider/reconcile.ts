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
import { describeEnd, PartialFailure, reasonsOf, reasonsOfRemoval, removedWithVault } from "./report";
import type { RunEnvironment, RunGoal } from "./run/goal";
import { runFleet, type RunResult } from "./run/run";
import { apiFor, lastAnswer, systemClock } from "./session";
import { type KnownInputs, outputsOf, type RecordedOutputs, secretsIn, specOf, type Timeouts } from "./state";
import { explained } from "./unexpected";

/** What `create`, `update` or `delete` passes to a run. */
export interface Reconciliation {
    readonly inputs: KnownInputs;
    readonly recorded: FleetState;
    /** The tasks of the previous run. They stay in the outputs if this one starts none. */
    readonly taskIds: readonly string[];
    readonly hook: keyof Timeouts;
    /** Absent for a resource that is not in the state yet. */
    readonly id?: string;
    /** Whether a create replaces a fleet that is gone. */
    readonly isReplacement?: boolean;
}

/** What a run uses of its process. It is a parameter so that tests can run on virtual time. */
export interface Runtime {
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

export const PROCESS_RUNTIME: Runtime = {
    clock: systemClock,
    random: Math.random,
    stopSignal,
    lastAnswer,
    log: resourceLog,
    api: apiFor,
};

/**
 * Brings the fleet to its inputs, or removes it, and returns the outputs.
 *
 * @throws PartialFailure with the outputs so far, if the run ended early or too many instances failed
 * @throws ProviderError if the run learned nothing that the state does not hold, or if a removal is unfinished
 */
export async function reconcile(
    reconciliation: Reconciliation,
    { clock, random, stopSignal, ...runtime }: Runtime = PROCESS_RUNTIME,
): Promise<RecordedOutputs> {
    const { inputs, recorded, hook } = reconciliation;
    const { region, vaultId } = inputs;
    const log = runtime.log(inputs.__urn);
    const deadline = new Deadline(clock, durationOf(inputs.__timeouts?.[hook]));
    const signal = AbortSignal.any([stopSignal, deadline.signal]);
    const goal = goalOf(reconciliation);
    const secrets = secretsIn(recorded.spec, ...(goal.declared ? [goal.declared] : []));
    const instanceIds = new Set([...(goal.declared?.instances.keys() ?? []), ...recorded.clients.keys()]);
    const troubles = new Troubles(clock);
    try {
        const environment: RunEnvironment = {
            api: runtime.api(region, log, signal, secrets, troubles),
            troubles,
            clock,
            random,
            log,
            signal,
            isClaimedByOther: (pair) => isClaimedByOther(inputs.__urn ?? "", { ...pair, region, vaultId }),
        };
        const ended = await withInstances(instanceIds, signal, () => {
            // Planning needs a time-out too: a service that throttles forever would never let it end.
            deadline.start(1);
            return runFleet(environment, goal, ({ rounds, watchMs }) => {
                deadline.start(rounds, watchMs);
            });
        });
        const result =
            ended.error === undefined ? ended : { ...ended, error: explained(ended.error, log, secrets) };
        return hook === "delete"
            ? outputsOfRemoval(inputs, result, log)
            : outputsOfRun(reconciliation, goal, result, log);
    } finally {
        deadline.stop();
    }
}

function goalOf({ inputs, recorded, hook, isReplacement }: Reconciliation): RunGoal {
    const { vaultId, instances, rollout } = inputs;
    return {
        vaultId,
        ...(hook !== "delete" && { declared: specOf(inputs) }),
        recorded,
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

/**
 * The outputs after a run of `create` or `update`. Throws if the run ended early or too many instances failed, with the
 * outputs in the error.
 */
function outputsOfRun(
    { inputs, taskIds, id }: Reconciliation,
    goal: RunGoal,
    result: RunResult,
    log: ResourceLog,
): RecordedOutputs {
    const { record, error } = result;
    // Without a plan the run knows less than the state, which therefore stays as it is.
    if (!result.planned) throw new ProviderError(describeEnd(result), error);
    const outputs = outputsOf(
        inputs,
        record.entries,
        record.taskIds.length > 0 ? record.taskIds : taskIds,
        result.rollout,
    );
    log.info(result.results);
    const { maxFailures } = goal.rollout;
    const isTolerated = record.failures.size <= (maxFailures ?? 0);
    if (error !== undefined || !isTolerated)
        throw new PartialFailure(id ?? inputs.vaultId, outputs, reasonsOf(result));
    if (record.failures.size > 0 || result.isPaused)
        for (const reason of reasonsOf(result)) log.warning(reason);
    return outputs;
}

/** The outputs after a run of `delete`. Throws if clients are left. */
function outputsOfRemoval(inputs: KnownInputs, result: RunResult, log: ResourceLog): RecordedOutputs {
    const { record, error } = result;
    const outputs = outputsOf(inputs, record.entries, record.taskIds);
    // Without the vault, no client is left. Elsewhere there may be a vault of that ID.
    if (error instanceof HbrError && error.about === "vault") {
        log.warning(removedWithVault(inputs, [...record.entries.keys()]));
        return outputs;
    }
    if (result.planned) log.info(result.results);
    if (error !== undefined || record.failures.size > 0)
        throw new ProviderError(reasonsOfRemoval(result).join("\n"), error);
    return outputs;
}
