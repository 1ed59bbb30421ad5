import { type InstallAttempt, judgeInstall, reportsSuccess } from "../../fleet/judge";
import type { DeclaredInstance, ObservedClient } from "../../fleet/model";
import { decide, LIST_LAG_MS } from "../../fleet/status";
import { HbrError } from "../../hbr/errors";
import type { CreateClientsAnswer, InstallTarget, TaskResult } from "../../hbr/port";
import { failureOf, type RunContext } from "./context";
import { followTask } from "./tasks";
import { together } from "./together";

const SUBMISSIONS = 5;
/** How long an instance that is booting is waited for, and how often it is tried meanwhile. */
const BOOT_LIMIT_MS = 60_000;
const BOOT_PAUSE_MS = 10_000;

/** An instance to install on, and what its success counts as. */
export interface InstallOrder {
    readonly declared: DeclaredInstance;
    readonly counts: "installed" | "reinstalled" | "repaired";
}

/**
 * Installs on up to a batch of instances and follows each to its end. What the service does not take as a whole is
 * submitted in parts, so that one unfit instance keeps no other from its client.
 */
export async function install(
    run: RunContext,
    orders: readonly InstallOrder[],
    submission = 1,
): Promise<void> {
    if (orders.length === 0) return;
    let answer: CreateClientsAnswer;
    const submittedAt = run.clock.now();
    try {
        answer = await run.api.createClients(requestOf(run, orders), run.writeSignal);
    } catch (error) {
        if (!(error instanceof HbrError)) throw error;
        await afterError(run, orders, error, submission);
        return;
    }
    const unfitIds = new Set(
        answer.instanceStatuses.flatMap((status) => (status.valid ? [] : [status.instanceId])),
    );
    const unfit = orders.filter((order) => unfitIds.has(order.declared.instanceId));
    const fit = orders.filter((order) => !unfitIds.has(order.declared.instanceId));
    if (answer.taskId !== undefined) run.ledger.taskIds.push(answer.taskId);
    await together([
        answer.taskId === undefined
            ? afterLostAnswer(run, fit, submission, unknownTask(answer))
            : follow(run, fit, { submittedAt, taskId: answer.taskId }),
        ...unfit.map((order) => installUnfit(run, order, answer, orders.length === 1)),
    ]);
}

function requestOf(
    run: RunContext,
    orders: readonly InstallOrder[],
): Parameters<RunContext["api"]["createClients"]>[0] {
    const targets = orders.map(({ declared }): InstallTarget => {
        const credential = run.task.declared?.credentials.get(declared.instanceId);
        return { ...declared, ...(credential && { credential }) };
    });
    return { ...run.task.installSettings, vaultId: run.task.vaultId, targets };
}

async function afterError(
    run: RunContext,
    orders: readonly InstallOrder[],
    error: HbrError,
    submission: number,
): Promise<void> {
    switch (error.errorClass) {
        case "unavailable":
            return afterLostAnswer(run, orders, submission, error);
        case "account":
            run.stopped ??= error;
            return;
        case "throttled":
            throw error;
        case "booting":
        case "notFound":
        case "rejected": {
            if (error.code === "VaultNotExist") {
                run.stopped ??= error;
                return;
            }
            const [only, ...others] = orders;
            if (only === undefined) return;
            if (others.length === 0) {
                if (error.errorClass === "booting") return whileBooting(run, only, error);
                refuse(run, only, error);
                return;
            }
            // The error does not say whom it is about: halves find out with few calls.
            const middle = Math.ceil(orders.length / 2);
            await together([install(run, orders.slice(0, middle)), install(run, orders.slice(middle))]);
        }
    }
}

/**
 * Nobody knows whether the call has acted. The list shows it, perhaps some seconds late; only what is not under way
 * by then is submitted again.
 */
async function afterLostAnswer(
    run: RunContext,
    orders: readonly InstallOrder[],
    submission: number,
    error: HbrError,
): Promise<void> {
    if (orders.length === 0) return;
    const since = run.clock.now();
    const underWay = await run.watch.until(({ index, takenAt }) => {
        const found = orders.filter(({ declared }) => isUnderWay(index.match(declared)));
        return found.length === orders.length || takenAt - since >= LIST_LAG_MS ? new Set(found) : undefined;
    });
    const rest = orders.filter((order) => !underWay.has(order));
    const again = submission < SUBMISSIONS;
    if (!again) for (const order of rest) refuse(run, order, error);
    await together([
        follow(run, [...underWay], { submittedAt: since }),
        ...(again ? [install(run, rest, submission + 1)] : []),
    ]);
}

/** Orders are for instances without a client, so any status that asks for something else shows that the call has acted. */
function isUnderWay(client: ObservedClient | undefined): boolean {
    return decide(client?.status ?? "absent", "new") !== "install";
}

/** With several instances the answer says only that one is unfit; sent alone, the service says why. */
async function installUnfit(
    run: RunContext,
    order: InstallOrder,
    answer: CreateClientsAnswer,
    alone: boolean,
): Promise<void> {
    if (!alone) return install(run, [order]);
    const { instanceId } = order.declared;
    const code =
        answer.instanceStatuses.find((status) => status.instanceId === instanceId)?.errorCode ??
        "InvalidInstance";
    const message = "the service says that no client can be installed on this instance";
    run.ledger.failed(instanceId, { code, message, ...requestIdOf(answer) }, "install", undefined, false);
}

function requestIdOf(answer: CreateClientsAnswer): { readonly requestId?: string } {
    return answer.requestId === undefined ? {} : { requestId: answer.requestId };
}

/** An instance that is booting is tried again, for a while. */
async function whileBooting(run: RunContext, order: InstallOrder, error: HbrError): Promise<void> {
    const { instanceId } = order.declared;
    const before = run.booting.get(instanceId) ?? run.clock.now();
    run.booting.set(instanceId, before);
    if (run.clock.now() - before >= BOOT_LIMIT_MS) {
        refuse(run, order, error);
        return;
    }
    run.progress.notReady(instanceId, error.code);
    await run.clock.sleep(BOOT_PAUSE_MS, run.signal);
    await install(run, [order]);
}

function refuse(run: RunContext, { declared }: InstallOrder, error: HbrError): void {
    const unfit = error.errorClass === "unavailable" ? undefined : false;
    run.progress.settled(declared.instanceId);
    run.ledger.failed(declared.instanceId, failureOf(error), "install", undefined, unfit);
}

/** Follows an accepted submission: first its task, then what the list shows of each instance. */
async function follow(
    run: RunContext,
    orders: readonly InstallOrder[],
    attempt: InstallAttempt,
): Promise<void> {
    if (orders.length === 0) return;
    for (const { declared } of orders) {
        run.progress.settled(declared.instanceId);
        run.ledger.submitted(declared, attempt.taskId);
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
            const settle = (): Promise<void> => confirm(run, order, known, report?.clientId);
            // One list at the end of the run confirms all that the tasks report as installed.
            if (!reportsSuccess(known)) return settle();
            run.unconfirmed.push(settle);
            run.progress.reported += 1;
        }),
    );
}

/** Reads the client back until it can be judged. */
async function confirm(
    run: RunContext,
    order: InstallOrder,
    attempt: InstallAttempt,
    clientId?: string,
): Promise<void> {
    const { declared } = order;
    let status: string | undefined;
    let since = 0;
    const { judgement, client } = await run.watch.until(({ index, takenAt }) => {
        const client = index.match({ ...declared, clientId });
        if (client?.status !== status) [status, since] = [client?.status, takenAt];
        const judgement = judgeInstall(attempt, client, takenAt, since);
        return judgement.verdict === "wait" ? undefined : { judgement, client };
    }, true);
    if (reportsSuccess(attempt)) run.progress.reported -= 1;
    if (judgement.verdict === "failed") {
        run.ledger.failed(declared.instanceId, judgement.failure, "install", client);
    } else if (client) {
        run.ledger.healthy(declared, client);
        run.ledger.tally[order.counts] += 1;
    }
    run.progress.show();
}

function unknownTask(answer: CreateClientsAnswer): HbrError {
    return new HbrError("CreateClients: the answer names no task", {
        operation: "CreateClients",
        errorClass: "unavailable",
        code: "NoTaskId",
        ...requestIdOf(answer),
    });
}
