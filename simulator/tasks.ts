import type { Client, TaskItem } from "./client";
import { cutShort, isOver, stepAt, type Step } from "./lifecycle";
import type { Switches } from "./switches";

/** How a task can go wrong as a whole. */
export type TaskFate = "task-failed" | "task-expired" | "task-cancelled" | "task-vanishes";

/** The service's own limit for one task. */
export const TASK_TIMEOUT_MS = 15 * 60_000;

/** An item and the client that it changes; `client` is undefined if the task leaves the client as it is. */
export interface TaskWork {
    readonly item: TaskItem;
    readonly client: Client | undefined;
}

export interface Task {
    readonly taskId: string;
    readonly name: string;
    readonly createdAt: number;
    readonly items: readonly TaskItem[];
    readonly fate: { readonly kind: TaskFate; readonly at: number } | undefined;
    /** Whether every DescribeTask gives its Result as a JSON object. */
    readonly resultIsObject: boolean;
}

/** The fields of a task at one time. */
export interface TaskView {
    readonly description: string;
    readonly progress: number;
    readonly updatedAt: number;
    readonly completedAt: number | undefined;
}

/**
 * Decides when a task ends abnormally. A failure strikes before any instance is done, so all of them fail. The other
 * kinds strike halfway through the slowest instance, so faster ones may be done.
 */
export function fateOf(
    kind: TaskFate,
    items: readonly TaskItem[],
    now: number,
): { kind: TaskFate; at: number } {
    const durations = items
        .map((item) => (item.steps.at(-1)?.at ?? now) - now)
        .filter((duration) => duration > 0);
    const shortest = durations.length === 0 ? 0 : Math.min(...durations);
    const decisive = kind === "task-failed" ? shortest : Math.max(shortest, ...durations);
    return { kind, at: now + decisive / 2 };
}

/** Ends the clients' work with their task. If the task only vanishes, they continue to their normal end. */
export function strike(works: readonly TaskWork[], fate: { kind: TaskFate; at: number }): void {
    if (fate.kind === "task-vanishes") return;
    const errorCode = {
        "task-failed": "TaskFailed",
        "task-expired": "TaskExpired",
        "task-cancelled": "TaskCancelled",
    };
    for (const { item, client } of works) {
        if (fate.kind !== "task-failed" && isOver(item.steps, fate.at)) continue;
        endItem(item, client, { at: fate.at, status: item.failedStatus, errorCode: errorCode[fate.kind] });
    }
}

/** Ends the work that is not done after 15 minutes, as the service does. Undefined if there is none. */
export function giveUpAtTimeout(works: readonly TaskWork[], now: number): Task["fate"] {
    const at = now + TASK_TIMEOUT_MS;
    // A single transitional step is a stuck installation or upgrade. It stays that way even when the task ends.
    const tooSlow = works.filter(({ item }) => item.steps.length > 1 && !isOver(item.steps, at));
    for (const { item, client } of tooSlow) {
        endItem(item, client, { at, status: item.failedStatus, errorCode: "TaskExpired" });
    }
    return tooSlow.length === 0 ? undefined : { kind: "task-expired", at };
}

/** The task at a given time; undefined if it has vanished. */
export function viewTask(task: Task, now: number, switches: Switches): TaskView | undefined {
    const fate = task.fate !== undefined && task.fate.at <= now ? task.fate : undefined;
    if (fate?.kind === "task-vanishes") return undefined;
    const over = (description: string, progress: number, at: number): TaskView => {
        return { description, progress, updatedAt: at, completedAt: at };
    };
    switch (fate?.kind) {
        case "task-failed":
            return over("completed", -1, fate.at);
        case "task-expired":
            return over("expired", progressAt(task, fate.at, switches), fate.at);
        case "task-cancelled":
            return over("cancelled", progressAt(task, fate.at, switches), fate.at);
        case undefined:
    }
    if (task.items.every((item) => isOver(item.steps, now))) {
        return over("completed", 100, Math.max(...task.items.map((item) => item.steps.at(-1)?.at ?? now)));
    }
    const timeout = task.createdAt + TASK_TIMEOUT_MS;
    if (now >= timeout) return over("expired", progressAt(task, timeout, switches), timeout);
    const progress = progressAt(task, now, switches);
    return { description: switches.statusWhileRunning, progress, updatedAt: now, completedAt: undefined };
}

/** The elements of Result: the state of every instance at this time. */
export function resultOf(task: Task, now: number): Record<string, string>[] {
    return task.items.map((item) => {
        const step = stepAt(item.steps, now);
        return {
            instanceId: item.instanceId,
            clientId: item.clientId,
            clientStatus: step.status,
            errorCode: step.errorCode,
        };
    });
}

function progressAt(task: Task, time: number, { progressShape }: Switches): number {
    return Math.floor(SHOWN_PROGRESS[progressShape](progressOf(task, time)));
}

/** What DescribeTask shows of the true progress (percent). */
const SHOWN_PROGRESS: Readonly<Record<Switches["progressShape"], (progress: number) => number>> = {
    linear: (progress) => progress,
    // As if it took two thirds of the time, until it is nearly done.
    stalls: (progress) => Math.min(90, progress * 1.5),
    zero: () => 0,
    backwards: (progress) => 99 - progress,
    // As if it took twice the time, or a third of it.
    slow: (progress) => progress / 2,
    hasty: (progress) => Math.min(99, progress * 3),
};

/** The true progress (percent): the mean of what is done on each instance. */
function progressOf(task: Task, time: number): number {
    const fractions = task.items.map((item) => {
        if (isOver(item.steps, time)) return 1;
        const last = item.steps.at(-1)?.at ?? task.createdAt;
        const end = item.steps.length === 1 ? task.createdAt + TASK_TIMEOUT_MS : last;
        return Math.max(0, (time - task.createdAt) / Math.max(1, end - task.createdAt));
    });
    const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / Math.max(1, fractions.length);
    return Math.min(99, mean * 100);
}

function endItem(item: TaskItem, client: Client | undefined, end: Step): void {
    item.steps = cutShort(item.steps, end);
    client?.endAt(end);
}
