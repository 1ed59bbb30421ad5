import type { FaultScope } from "../faults";
import type { Parameters } from "../parameters";
import type { Repeatable } from "../repeatable";
import type { RequestLog } from "../requests";
import type { Switches } from "../switches";
import type { TaskFate } from "../tasks";
import type { World } from "../world";

/** A fault of a task, which the operation applies. */
export type TaskFault = TaskFate | "result-object";

/** Everything an operation works with. `now` is fixed, because an operation takes no time. */
export interface OperationContext {
    readonly world: World;
    readonly now: number;
    readonly switches: Switches;
    readonly repeatable: Repeatable;
    readonly requests: RequestLog;
    /** The longest installation in milliseconds. */
    readonly installTime: number;
    readonly taskFault: TaskFault | undefined;
    /** Increases by one for each request. */
    readonly requestNumber: number;
    /** Increases by one for each task. */
    readonly nextTaskNumber: () => number;
}

/** The operation's own fields of the answer. */
export type AnswerBody = Readonly<Record<string, unknown>>;

export interface Operation extends FaultScope {
    readonly run: (parameters: Parameters, context: OperationContext) => AnswerBody;
}
