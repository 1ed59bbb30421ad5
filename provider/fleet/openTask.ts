import { type InstallReport, reportsFailure } from "./judge";
import type { ClientEntry } from "./model";

/**
 * The task of an installation that an earlier run has submitted and not seen the end of, if any. The list may not
 * show that installation yet, so what the list says of the instance counts only once the task is over.
 */
export function openTask(entry: ClientEntry | undefined): string | undefined {
    const isOpen = entry?.pendingAction !== undefined && entry.errorCode === undefined;
    return isOpen ? entry.taskId : undefined;
}

/** What the Result of a task says of one instance. */
export type TaskReport = InstallReport & { readonly instanceId: string; readonly clientId?: string };

/**
 * An entry whose task is over. Its report names the client that came of it; or it says that none did, so that what is
 * there now is somebody else's.
 */
export function afterTask(entry: ClientEntry, reports: readonly TaskReport[]): ClientEntry {
    const report = reports.find(({ instanceId }) => instanceId === entry.instanceId);
    if (report === undefined) return entry;
    const { clientId = entry.clientId, errorCode, errorMessage } = report;
    return {
        ...entry,
        ...(clientId !== undefined && { clientId }),
        ...(reportsFailure({ report }) && {
            errorCode: errorCode || (report.clientStatus ?? "INSTALL_FAILED"),
            ...(errorMessage !== undefined && { errorMessage }),
        }),
    };
}
