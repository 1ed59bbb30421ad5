import { REPORTED, type ReportedName } from "../arguments";
import { together } from "../async";
import { change, settingsNotTaken } from "../fleet/differences";
import type { ClientIndex } from "../fleet/match";
import type { DeclaredInstance, ObservedClient, ShownSettings } from "../fleet/model";
import { type InstallAttempt, installOutcome, type Outcome, reportsSuccess } from "../fleet/outcome";
import { installedClient } from "../fleet/installation";
import { LIST_LAG_MS } from "../fleet/status";
import type { RunContext } from "./context";
import type { InstallOrder } from "./goal";
import type { SubmittedTask } from "./sharedPolls";
import type { Snapshot } from "./watch";
import { followTask } from "./task";

/** What the list says of an installation that has an outcome. */
interface Judgement {
    readonly outcome: Outcome;
    readonly client: ObservedClient | undefined;
}

/** What the list has yet to say of an installation whose task has completed. */
export interface Confirmation {
    /** Waits until the list confirms or denies the installation. */
    readonly confirm: () => Promise<void>;
    /**
     * Uses a reading of the list that another part of the run has asked for, if the task says nothing of the instance: whatever
     * ends the run, its result is known. Returns whether it has one.
     */
    readonly isSettledBy: (snapshot: Snapshot) => boolean;
}

/**
 * Follows an accepted submission to its end: first its task, then the status of each instance in the list.
 *
 * @param before the list before the call
 * @returns what the task reports as installed, for {@link confirmAll}: one reading of the list confirms all of them
 */
export async function follow(
    run: RunContext,
    orders: readonly InstallOrder[],
    attempt: InstallAttempt,
    before: ClientIndex,
): Promise<readonly Confirmation[]> {
    if (orders.length === 0) return [];
    const { record, reporter, clock } = run;
    const { taskId } = attempt;
    for (const { declared } of orders) {
        reporter.settled(declared.instanceId);
        record.submitted(declared, taskId);
    }
    reporter.show();
    const { submittedAt } = attempt;
    const seen: Pick<SubmittedTask, "clientsIn" | "tell"> = {
        clientsIn: (index) =>
            orders.map(({ declared }) => installedClient(declared, index, before, undefined)),
        tell: (clients) => {
            reporter.reportedDone(clients.flatMap((client) => (isDone(client) ? [client.instanceId] : [])));
        },
    };
    const outcome =
        taskId === undefined
            ? undefined
            : await followTask(run, { taskId, submittedAt, size: orders.length, ...seen });
    const end = outcome && { at: clock.now(), how: outcome.end };
    const reports = new Map((outcome?.results ?? []).map((result) => [result.instanceId, result]));
    const confirmations = await together(
        orders.map(async (order) => {
            const report = reports.get(order.declared.instanceId);
            const known: InstallAttempt = { ...attempt, ...(end && { end }), ...(report && { report }) };
            const confirmation = confirmationOf(run, order, known, before);
            if (reportsSuccess(known)) reporter.reportedDone([order.declared.instanceId]);
            // A task may complete without a word on its instances.
            else if (report !== undefined || outcome?.end !== "completed") {
                await confirmation.confirm();
                return [];
            }
            return [confirmation];
        }),
    );
    return confirmations.flat();
}

function isDone(client: ObservedClient | undefined): client is ObservedClient {
    return client?.status === "ACTIVATED";
}

/** Confirms what the tasks report as installed, and empties the array. */
export async function confirmAll(confirmations: Confirmation[]): Promise<void> {
    await together(confirmations.splice(0).map(({ confirm }) => confirm()));
}

/** Judges the installation on one instance by its client in the list, until there is an outcome. */
function confirmationOf(
    run: RunContext,
    order: InstallOrder,
    attempt: InstallAttempt,
    before: ClientIndex,
): Confirmation {
    const { report, end } = attempt;
    const { declared, existing: recordBefore } = order;
    // Without a new client, the record that already existed shows the result of the installation.
    const clientIn = (index: ClientIndex): ObservedClient | undefined =>
        installedClient(declared, index, before, report) ??
        (recordBefore?.isOwn ? index.get(recordBefore.clientId) : undefined);
    let status: string | undefined;
    let since = 0;
    const judgeNow = (snapshot: Snapshot): Judgement | undefined => {
        const client = clientIn(snapshot.index);
        if (client?.status !== status) [status, since] = [client?.status, snapshot.takenAt];
        return judge(run, attempt, client, snapshot.takenAt, since);
    };
    const doneIn = (reading: Snapshot | undefined, find = clientIn): Judgement | undefined => {
        const judgement = reading && judge(run, attempt, find(reading.index), reading.takenAt);
        return judgement?.outcome.state === "done" ? judgement : undefined;
    };
    const doneOnPage = async (): Promise<Judgement | undefined> => {
        const client = clientIn(run.watch.latest);
        if (client === undefined) return undefined;
        const page = run.readBack.pageFor(attempt, client.clientId);
        if (page === undefined) return undefined;
        return doneIn(await run.readBack.readPage(attempt, page), (index) => index.get(client.clientId));
    };
    return {
        confirm: async () => {
            const { readBack, watch } = run;
            // A reading that others share may show the success. Whether it has failed, the next one of the whole list says.
            const judgement =
                doneIn(readBack.recent(attempt)) ??
                doneIn(await readBack.underWay(attempt)) ??
                (await doneOnPage()) ??
                (await watch.until(judgeNow, readBack.patience(attempt)));
            conclude(run, order, attempt, judgement);
        },
        isSettledBy: (snapshot) => {
            if (report !== undefined || end === undefined || snapshot.takenAt < end.at) return false;
            const judgement = judgeNow(snapshot);
            if (judgement) conclude(run, order, attempt, judgement);
            return judgement !== undefined;
        },
    };
}

/**
 * What the client says of an installation; undefined while that is open.
 *
 * @param takenAt when the list was read that shows it
 * @param since since when it has had its status
 */
function judge(
    run: RunContext,
    attempt: InstallAttempt,
    client: ObservedClient | undefined,
    takenAt: number,
    since = takenAt,
): Judgement | undefined {
    const outcome = installOutcome(attempt, client, takenAt, since);
    if (outcome.state === "open") return undefined;
    // The list may lag some seconds behind and still show the old settings.
    const isLate = takenAt - (attempt.end?.at ?? attempt.submittedAt) < LIST_LAG_MS;
    const isOpen = outcome.state === "done" && isLate && names(notTaken(run, client)).length > 0;
    return isOpen ? undefined : { outcome, client };
}

/** Records the outcome of an installation. */
function conclude(
    run: RunContext,
    { declared, existing: recordBefore, counts }: InstallOrder,
    attempt: InstallAttempt,
    { outcome, client }: Judgement,
): void {
    const { record, reporter } = run;
    const { report } = attempt;
    const isReported = reportsSuccess(attempt);
    if (outcome.state === "failed") {
        const { taskId } = attempt;
        const failure = { ...outcome.failure, ...(taskId !== undefined && { taskId }) };
        const isKept = recordBefore?.isOwn === false && recordBefore.clientId === client?.clientId;
        // The list may not show yet the client that the task names.
        const reportedId = isReported ? report?.clientId : undefined;
        const madeId = client && !isKept ? client.clientId : reportedId;
        record.installFailed(declared.instanceId, failure, client, madeId);
    } else if (client) {
        record.healthy(declared, client, { settingsNotTaken: sayNotTaken(run, declared, client) });
        record.count(counts, declared.instanceId);
    }
    reporter.show();
}

function notTaken({ goal }: RunContext, client: ObservedClient | undefined): ShownSettings {
    return goal.declared && client ? settingsNotTaken(goal.declared, client) : {};
}

function names(settings: ShownSettings): readonly ReportedName[] {
    return REPORTED.filter((name) => settings[name] !== undefined);
}

/** Warns about settings that the service has not applied. They are not tried again until the program changes them. */
function sayNotTaken(
    run: RunContext,
    { instanceId }: DeclaredInstance,
    client: ObservedClient,
): ShownSettings {
    const settings = notTaken(run, client);
    for (const name of names(settings)) {
        const difference = change(name, settings[name], run.goal.declared?.[name]);
        const text = `the service did not apply ${difference}; it is not tried again until the program changes ${name}`;
        run.reporter.remark("warning", instanceId, text);
    }
    return settings;
}
