import * as v from "valibot";
import { ControlError, ServiceError } from "./errors";
import type { Parameters } from "./parameters";
import type { Repeatable } from "./repeatable";
import type { World } from "./world";

/** The faults that a caller can inject. Those of tasks apply to the actions that start or describe one. */
export const FAULT_KINDS = [
    "throttle",
    "status",
    "reset-before",
    "reset-after",
    "late-effect",
    "hang",
    "slow-body",
    "not-json",
    "empty-body",
    "gzip",
    "chunked",
    "close-next",
    "success-false",
    "flat-list",
    "result-object",
    "task-failed",
    "task-expired",
    "task-cancelled",
    "task-vanishes",
] as const;

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Milliseconds = v.pipe(v.number(), v.minValue(0));

export const FaultSchema = v.strictObject({
    action: v.string(),
    kind: v.picklist(FAULT_KINDS),
    /** Only requests that name this instance match. */
    instanceId: v.optional(v.pipe(v.string(), v.minLength(1))),
    /** How many requests it strikes; `always` means all. */
    times: v.optional(v.union([v.pipe(Count, v.minValue(1)), v.literal("always")]), 1),
    /** How many matching requests it lets pass first. */
    after: v.optional(Count, 0),
    /** The probability of striking a matching request. A spared request does not count towards `times`. */
    probability: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
    /** HTTP status and error code, for the kinds that answer with an error. */
    status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
    code: v.optional(v.pipe(v.string(), v.minLength(1))),
    /** `{requestId}` is replaced with the ID of the request. */
    message: v.optional(v.string()),
    /** `throttle`, `status`: sent as `x-acs-retry-after`. `not-json`: as `retry-after`, in seconds. */
    retryAfterMs: v.optional(Milliseconds),
    /** `hang`: the time before the connection is cut. `late-effect`: that until the effect. `slow-body`: that of the body. */
    ms: v.optional(v.pipe(Milliseconds, v.maxValue(3_600_000))),
    /** `hang`, `not-json`, `empty-body`: whether the request still takes effect (`after`) or not (`before`). */
    effect: v.optional(v.picklist(["before", "after"])),
});

/** A fault to add: which requests it strikes, what it does to them, and how often. */
export type FaultInput = v.InferInput<typeof FaultSchema>;
export type Fault = v.InferOutput<typeof FaultSchema>;
/** What a fault does to a request. */
export type FaultKind = Fault["kind"];

/** An active fault; `times` is what is left. */
export interface StandingFault extends Fault {
    readonly faultId: number;
}

/** The instances that a request names, directly or through a client or a task. */
export type InstancesOf = (parameters: Parameters, world: World) => readonly string[];

/** Which faults an operation can have, besides those that apply to every operation. */
export interface FaultScope {
    readonly hasTask: boolean;
    readonly hasWrappedList: boolean;
    /** Absent if its requests never name an instance. */
    readonly instancesOf?: InstancesOf;
}

/** The active faults, in the order in which they were added. */
export class Faults {
    #standing: StandingFault[] = [];
    #added = 0;
    readonly #matches = new Map<number, number>();
    readonly #repeatable: Repeatable;

    constructor(repeatable: Repeatable) {
        this.#repeatable = repeatable;
    }

    /** @param scopeOf returns undefined for an unknown action */
    add(fault: Fault, scopeOf: (action: string) => FaultScope | undefined): void {
        if (fault.action !== "*") {
            const scope = scopeOf(fault.action);
            if (scope === undefined) throw new ControlError(400, `action: there is no ${fault.action}`);
            if (!fits(fault.kind, scope)) {
                throw new ControlError(400, `kind: ${fault.kind} does not apply to ${fault.action}`);
            }
            if (fault.instanceId !== undefined && scope.instancesOf === undefined) {
                throw new ControlError(400, `instanceId: ${fault.action} never names an instance`);
            }
        }
        this.#added += 1;
        this.#standing.push({ ...fault, faultId: this.#added });
    }

    list(): readonly StandingFault[] {
        return this.#standing;
    }

    clear(): void {
        this.#standing = [];
        this.#matches.clear();
    }

    /** The fault that strikes this request. Every matching fault counts the request; the first one due strikes. */
    strike(action: string, scope: FaultScope, parameters: Parameters, world: World): Fault | undefined {
        let striking: StandingFault | undefined;
        for (const fault of this.#standing) {
            if ((fault.action !== action && fault.action !== "*") || !fits(fault.kind, scope)) continue;
            if (fault.instanceId !== undefined && !names(fault.instanceId, scope, parameters, world))
                continue;
            const match = (this.#matches.get(fault.faultId) ?? 0) + 1;
            this.#matches.set(fault.faultId, match);
            if (striking === undefined && match > fault.after && this.#chances(fault, match))
                striking = fault;
        }
        if (striking !== undefined) this.#useUp(striking);
        return striking;
    }

    #chances(fault: StandingFault, match: number): boolean {
        return (
            fault.probability === 1 ||
            this.#repeatable.fraction("fault", fault.faultId, match) < fault.probability
        );
    }

    #useUp(struck: StandingFault): void {
        if (struck.times === "always") return;
        const left = struck.times - 1;
        if (left === 0) this.#matches.delete(struck.faultId);
        this.#standing = this.#standing.flatMap((fault) => {
            if (fault !== struck) return [fault];
            return left === 0 ? [] : [{ ...fault, times: left }];
        });
    }
}

function names(instanceId: string, scope: FaultScope, parameters: Parameters, world: World): boolean {
    try {
        return scope.instancesOf?.(parameters, world).includes(instanceId) === true;
    } catch (error) {
        // An unreadable request names no instance; the operation refuses it.
        if (error instanceof ServiceError) return false;
        throw error;
    }
}

function fits(kind: FaultKind, scope: FaultScope): boolean {
    switch (kind) {
        case "flat-list":
            return scope.hasWrappedList;
        case "result-object":
        case "task-failed":
        case "task-expired":
        case "task-cancelled":
        case "task-vanishes":
            return scope.hasTask;
        case "throttle":
        case "status":
        case "reset-before":
        case "reset-after":
        case "late-effect":
        case "hang":
        case "slow-body":
        case "not-json":
        case "empty-body":
        case "gzip":
        case "chunked":
        case "close-next":
        case "success-false":
            return true;
    }
}
