import type { FaultScope } from "../faults";
import type { Parameters } from "../parameters";
import type { Repeatable } from "../repeatable";
import type { RequestLog } from "../requests";
import type { Switches } from "../switches";
import type { TaskFate } from "../tasks";
import type { World } from "../world";

/** A fault that concerns a task, for the operation to carry out. */
export type TaskFault = TaskFate | "result-object";

/** All an operation works with. Time is one number: an operation takes none. */
export interface OperationContext {
    readonly world: World;
    readonly now: number;
    readonly switches: Switches;
    readonly repeatable: Repeatable;
    readonly requests: RequestLog;
    /** Milliseconds an installation takes at most. */
    readonly installTime: number;
    readonly taskFault: TaskFault | undefined;
    /** Counts up by one for each task. */
    readonly nextTaskNumber: () => number;
}

/** The operation's own fields of the answer. */
export type AnswerBody = Readonly<Record<string, unknown>>;

export interface Operation extends FaultScope {
    readonly run: (parameters: Parameters, context: OperationContext) => AnswerBody;
}
