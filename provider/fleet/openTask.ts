import type { ClientEntry } from "./model";

/**
 * The task of an installation that an earlier run has submitted and not seen the end of, if any. The list may not
 * show that installation yet, so what the list says of the instance counts only once the task is over.
 */
export function openTask(entry: ClientEntry | undefined): string | undefined {
    const isOpen = entry?.pendingAction !== undefined && entry.errorCode === undefined;
    return isOpen ? entry.taskId : undefined;
}
