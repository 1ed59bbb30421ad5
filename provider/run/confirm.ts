import { type InstallAttempt, installedClient, installOutcome, reportsSuccess } from "../fleet/outcome";
import type { ClientIndex } from "../fleet/match";
import type { DeclaredInstance, ObservedClient, ShownSettings } from "../fleet/model";
import { REPORTED, type ReportedName } from "../arguments";
import { change, settingsNotTaken } from "../fleet/differences";
import { LIST_LAG_MS } from "../fleet/status";
import type { TaskResult } from "../hbr/port";
import type { RunContext } from "./context";
import type { InstallOrder, Lane } from "./install";
import { followTask } from "./tasks";
import { together } from "../async";

/**
 * Follows an accepted submission: first its task, then what the list shows of each instance.
 *
 * @param before the list before the call
 */
export async function follow(
    { run, batch, isProbe }: Lane,
    orders: readonly InstallOrder[],
    attempt: InstallAttempt,
    before: ClientIndex,
): Promise<void> {
    if (orders.length === 0) return;
    for (const { declared } of orders) {
        run.progress.settled(declared.instanceId);
        run.record.submitted(declared, attempt.taskId);
    }
    run.progress.show();
    const { taskId } = attempt;
    const outcome = taskId === undefined ? undefined : await followTask(run, taskId, attempt.submittedAt);
    const end = outcome && { at: run.clock.now(), how: outcome.end };
    const reports = new Map((outcome?.results ?? []).map((result) => [result.instanceId, result]));
    await together(
        orders.map(async (order) => {
            const report: TaskResult | undefined = reports.get(order.declared.instanceId);
            const known: InstallAttempt = { ...attempt, ...(end && { end }), ...(report && { report }) };
            const settle = (): Promise<void> =>
                confirm(
                    run,
                    order,
                    known,
                    (index) => clientOf(order, index, before, report),
                    reportsSuccess(known) ? report?.clientId : undefined,
                );
            // One list confirms all that the tasks report as installed. A probe may go on for a batch that is over.
            if (!reportsSuccess(known)) return settle();
            (isProbe ? run.unconfirmed : batch.unconfirmed).push(settle);
            run.progress.reported += 1;
        }),
    );
}

/** Reads back what the tasks report as installed, of a batch or of a whole run. */
export async function confirmReported({ unconfirmed }: Pick<RunContext, "unconfirmed">): Promise<void> {
    await together(unconfirmed.splice(0).map((settle) => settle()));
}

/** Where no client has come of it, the record that was there before tells what has become of the installation. */
function clientOf(
    { declared, ownRecord }: InstallOrder,
    index: ClientIndex,
    before: ClientIndex,
    report: TaskResult | undefined,
): ObservedClient | undefined {
    const client = installedClient(declared, index, before, report);
    return client ?? (ownRecord === undefined ? undefined : index.get(ownRecord));
}

/**
 * Reads the client back until it can be judged.
 *
 * @param clientIn the client that has come of the installation, in a list
 * @param reportedId the client that the task says it has installed, which the list may be late to show
 */
async function confirm(
    run: RunContext,
    order: InstallOrder,
    attempt: InstallAttempt,
    clientIn: (index: ClientIndex) => ObservedClient | undefined,
    reportedId: string | undefined,
): Promise<void> {
    const { declared } = order;
    let status: string | undefined;
    let since = 0;
    const { outcome, client } = await run.watch.until(({ index, takenAt }) => {
        const client = clientIn(index);
        if (client?.status !== status) [status, since] = [client?.status, takenAt];
        const outcome = installOutcome(attempt, client, takenAt, since);
        if (outcome.state === "open") return undefined;
        // The list may be some seconds behind, and still show the settings from before.
        const isLate = takenAt - (attempt.end?.at ?? attempt.submittedAt) < LIST_LAG_MS;
        const isOpen = outcome.state === "done" && isLate && names(notTaken(run, client)).length > 0;
        return isOpen ? undefined : { outcome, client };
    }, true);
    if (reportsSuccess(attempt)) run.progress.reported -= 1;
    if (outcome.state === "failed") {
        const { taskId } = attempt;
        const failure = { ...outcome.failure, ...(taskId !== undefined && { taskId }) };
        const isMade = client && client.clientId !== order.keptRecord;
        const madeId = isMade ? client.clientId : reportedId;
        if (madeId !== undefined) run.record.named(declared.instanceId, madeId);
        run.record.failed(declared.instanceId, failure, "install", client);
    } else if (client) {
        run.record.healthy(declared, client, { settingsNotTaken: sayNotTaken(run, declared, client) });
        run.record.counts[order.counts] += 1;
    }
    run.progress.show();
}

function notTaken({ goal }: RunContext, client: ObservedClient | undefined): ShownSettings {
    return goal.declared && client ? settingsNotTaken(goal.declared, client) : {};
}

function names(settings: ShownSettings): readonly ReportedName[] {
    return REPORTED.filter((name) => settings[name] !== undefined);
}

/** Says which settings the service has not taken over: they are not tried again until the program changes them. */
function sayNotTaken(
    run: RunContext,
    { instanceId }: DeclaredInstance,
    client: ObservedClient,
): ShownSettings {
    const settings = notTaken(run, client);
    for (const name of names(settings)) {
        const difference = change(name, settings[name], run.goal.declared?.[name]);
        const text = `the service did not apply ${difference}; it is not tried again until the program changes ${name}`;
        run.remarks.add("warning", instanceId, text);
    }
    return settings;
}
