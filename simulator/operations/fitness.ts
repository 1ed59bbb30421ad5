import { ServiceError } from "../errors";
import type { Unfitness } from "../world";
import type { OperationContext } from "./operation";

/** An instance of the request, and why it is unfit, if it is. */
export interface Fitness {
    readonly instanceId: string;
    readonly unfitness: Unfitness | undefined;
}

const MESSAGES: Readonly<Record<Unfitness, string>> = {
    InstanceNotExists: "The ECS instance does not exist",
    InstanceNotRunning: "The ECS instance is not running",
    CloudAssistNotRunningOnInstance: "Cloud Assistant is not running on the ECS instance",
};

/**
 * If a call names several instances, the answer reports each. A single unfit instance is an error of the call instead,
 * unless the switch says otherwise.
 */
export function rejectSingleUnfit(fitness: readonly Fitness[], context: OperationContext): void {
    const [only] = fitness;
    if (fitness.length !== 1 || only?.unfitness === undefined || !context.switches.singleUnfitIsError) return;
    throw unfitError(only.unfitness, only.instanceId);
}

/** Whether the call has an effect. It has none if all instances are unfit. If only some are, a switch decides. */
export function isAccepted(fitness: readonly Fitness[], context: OperationContext): boolean {
    const unfit = fitness.filter(({ unfitness }) => unfitness !== undefined).length;
    return unfit < fitness.length && (unfit === 0 || context.switches.partialAcceptance);
}

function unfitError(unfitness: Unfitness, instanceId: string): ServiceError {
    const status = unfitness === "InstanceNotExists" ? 404 : 400;
    return new ServiceError(status, unfitness, `${MESSAGES[unfitness]}: ${instanceId}.`);
}
