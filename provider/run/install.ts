import { installedClient } from "../fleet/outcome";
import type { ClientIndex } from "../fleet/match";
import type { DeclaredInstance, ObservedClient } from "../fleet/model";
import { decide, LIST_LAG_MS } from "../fleet/status";
import { HbrError } from "../hbr/errors";
import type { CreateClientsAnswer, Delivery, InstallTarget } from "../hbr/port";
import { AllRefused, type Batch, INVALID_INSTANCE } from "./halt";
import { follow } from "./confirm";
import { failureOf, type RunContext } from "./context";
import { together } from "../async";

const SUBMISSIONS = 5;
/** How long an instance that is booting is waited for, and how often it is tried meanwhile. */
const BOOT_LIMIT_MS = 60_000;
const BOOT_PAUSE_MS = 10_000;

/** An instance to install on, and what its success counts as. */
export interface InstallOrder {
    readonly declared: DeclaredInstance;
    readonly accessKeyId?: string | undefined;
    readonly counts: "installed" | "reinstalled" | "repaired";
    /** A record that is not this resource's, without an agent: it does not become so by an installation that fails. */
    readonly keptRecord?: string | undefined;
    /** This resource's own record, without an agent. */
    readonly ownRecord?: string | undefined;
}

/** For whom calls are made: a batch, and whether to find out if all are refused alike. */
export interface Lane {
    readonly run: RunContext;
    readonly batch: Batch;
    readonly isProbe: boolean;
}

/** One call, the list before it, and its answer or error. */
type Attempt = { readonly submittedAt: number; readonly before: ClientIndex } & (
    { readonly answer: CreateClientsAnswer } | { readonly error: HbrError }
);

/**
 * Installs on up to a batch of instances and follows each to its end. What the service does not take as a whole is
 * submitted in parts, so that one unfit instance keeps no other from its client.
 */
export async function install(run: RunContext, batch: Batch, orders: readonly InstallOrder[]): Promise<void> {
    await submit({ run, batch, isProbe: false }, orders, 1);
}

/** Leaves out the instances that a probe has dealt with, and waits until it is done with them. */
async function unlessProbed(
    { run, isProbe }: Lane,
    orders: readonly InstallOrder[],
    work: (orders: readonly InstallOrder[]) => Promise<void>,
): Promise<void> {
    const probed = isProbe ? [] : orders.flatMap((order) => run.refusals.endOf(order) ?? []);
    const rest = isProbe ? orders : orders.filter((order) => run.refusals.endOf(order) === undefined);
    await together([...probed, work(rest)]);
}

/** Submits in one call, and sees to what follows from the answer. */
async function submit(lane: Lane, given: readonly InstallOrder[], submission: number): Promise<void> {
    const { run } = lane;
    while (run.refusals.finding) await run.refusals.finding;
    if (run.halt.endsInstallations) return;
    // Nothing waits from here to the call, or a probe could begin between, with the same instances.
    await unlessProbed(lane, given, async (orders) => {
        if (orders.length === 0) return;
        const attempt = await run.refusals.during(() => call(run, orders));
        await conclude(lane, orders, attempt, submission);
    });
}

/** CreateClients. */
async function call(run: RunContext, orders: readonly InstallOrder[]): Promise<Attempt> {
    const submittedAt = run.clock.now();
    const before = run.watch.latest;
    const delivery: Delivery = { isUnanswered: false };
    try {
        const answer = await run.api.createClients({ ...requestOf(run, orders), delivery }, run.writeSignal);
        run.refusals.mixed();
        return { submittedAt, before, answer };
    } catch (error) {
        // A call that was cut off while its answer was awaited, or whose answer was lost, may have acted.
        const isLost = error instanceof HbrError ? error.errorClass === "unavailable" : delivery.isUnanswered;
        if (isLost) {
            run.refusals.mixed();
            for (const { declared } of orders) run.record.mayHaveActed(declared);
        }
        if (!(error instanceof HbrError)) throw error;
        return { submittedAt, before, error };
    }
}

function requestOf(
    run: RunContext,
    orders: readonly InstallOrder[],
): Parameters<RunContext["api"]["createClients"]>[0] {
    const targets = orders.map(({ declared }): InstallTarget => {
        const credential = run.goal.declared?.credentials.get(declared.instanceId);
        return { ...declared, ...(credential && { credential }) };
    });
    return { ...run.goal.installSettings, vaultId: run.goal.vaultId, targets };
}

async function conclude(
    lane: Lane,
    orders: readonly InstallOrder[],
    attempt: Attempt,
    submission: number,
): Promise<void> {
    const { run, batch } = lane;
    if ("error" in attempt) return afterError(lane, orders, { ...attempt, submission });
    const { answer, submittedAt, before } = attempt;
    const { taskId } = answer;
    const unfitIds = new Set(
        answer.instanceStatuses.flatMap((status) => (status.valid ? [] : [status.instanceId])),
    );
    const unfit = orders.filter((order) => unfitIds.has(order.declared.instanceId));
    const fit = orders.filter((order) => !unfitIds.has(order.declared.instanceId));
    if (taskId !== undefined) run.record.taskIds.push(taskId);
    if (fit.length > 0 && taskId !== undefined) batch.taken();
    else batch.refused();
    await together([
        taskId === undefined
            ? afterLostAnswer(lane, fit, { before, submission, error: unknownTask(answer) })
            : follow(lane, fit, { submittedAt, taskId }, before),
        ...unfit.map((order) => installUnfit(lane, order, answer, orders.length === 1)),
    ]);
}

/** A call that failed, or whose answer is as good as lost. */
interface FailedCall {
    readonly error: HbrError;
    /** The list before it. */
    readonly before: ClientIndex;
    /** 1 for the first. */
    readonly submission: number;
}

async function afterError(lane: Lane, orders: readonly InstallOrder[], failed: FailedCall): Promise<void> {
    const { run, batch } = lane;
    const { error } = failed;
    switch (error.errorClass) {
        case "unavailable":
            batch.refused();
            return afterLostAnswer(lane, orders, failed);
        case "account":
            run.halt.stop(error);
            return;
        case "throttled":
            throw error;
        case "booting":
        case "notFound":
        case "rejected":
            if (error.about === "vault") run.halt.stop(error);
            else return afterRefusal(lane, orders, error);
    }
}

async function afterRefusal(lane: Lane, orders: readonly InstallOrder[], error: HbrError): Promise<void> {
    const { run, batch } = lane;
    batch.refused();
    if (await run.refusals.areAlike(orders, error, (group) => probe(run, batch, group))) {
        run.halt.stop(new AllRefused(error));
        for (const order of orders) refuse(run, order, error);
        return;
    }
    await unlessProbed(lane, orders, async (rest) => {
        const [only, ...others] = rest;
        if (only === undefined) return;
        // A part of what was refused may well be taken.
        if (orders.length > 1) return others.length > 0 ? inHalves(lane, rest, 1) : submit(lane, rest, 1);
        if (error.errorClass === "booting") return whileBooting(lane, only, error);
        refuse(run, only, error);
    });
}

/** One call to find out whether all are refused. An instance that is refused alone has failed. */
async function probe(
    run: RunContext,
    batch: Batch,
    given: readonly InstallOrder[],
): Promise<"alike" | "otherwise"> {
    // Planned long ago, perhaps: what has a client by now is left to its own batch.
    const index = await run.watch.recent();
    const orders = given.filter(({ declared }) => !isUnderWay(index.match(declared)));
    if (orders.length === 0) return "alike";
    const attempt = await call(run, orders);
    if ("error" in attempt && run.refusals.isLikeOthers(orders, attempt.error)) {
        const [only, ...others] = orders;
        if (only && others.length === 0) {
            refuse(run, only, attempt.error);
            run.refusals.dealtWith(orders, Promise.resolve());
        }
        return "alike";
    }
    run.refusals.mixed();
    run.refusals.dealtWith(orders, conclude({ run, batch, isProbe: true }, orders, attempt, 1));
    return "otherwise";
}

/** An answer for all does not say whom it is about: halves find out with few calls. */
async function inHalves(lane: Lane, orders: readonly InstallOrder[], submission: number): Promise<void> {
    const middle = Math.ceil(orders.length / 2);
    await together(
        [orders.slice(0, middle), orders.slice(middle)].map((half) => submit(lane, half, submission)),
    );
}

/**
 * Nobody knows whether the call has acted. The list shows it, perhaps some seconds late; only what is not under way
 * by then is submitted again, in halves: one instance may be what the service stumbles over.
 */
async function afterLostAnswer(
    lane: Lane,
    orders: readonly InstallOrder[],
    { error, before, submission }: FailedCall,
): Promise<void> {
    if (orders.length === 0) return;
    const { run, batch } = lane;
    const since = run.clock.now();
    const underWay = await run.watch.until(({ index, takenAt }) => {
        const found = orders.filter(({ declared }) =>
            isUnderWay(installedClient(declared, index, before, undefined)),
        );
        return found.length === orders.length || takenAt - since >= LIST_LAG_MS ? new Set(found) : undefined;
    });
    const rest = orders.filter((order) => !underWay.has(order));
    if (underWay.size > 0) batch.taken();
    for (const { declared } of rest) run.record.hasNotActed(declared);
    const [only, ...others] = rest;
    const again = async (): Promise<void> => {
        if (only === undefined) return;
        if (others.length > 0) return inHalves(lane, rest, submission + 1);
        if (submission < SUBMISSIONS) return submit(lane, rest, submission + 1);
        refuse(run, only, error);
    };
    await together([follow(lane, [...underWay], { submittedAt: since }, before), again()]);
}

/** Whether a client is there, or on its way: it asks for something else than an installation. */
function isUnderWay(client: ObservedClient | undefined): boolean {
    return decide(client?.status ?? "absent", "new") !== "install";
}

/** With several instances the answer says only that one is unfit; sent alone, the service says why. */
async function installUnfit(
    lane: Lane,
    order: InstallOrder,
    answer: CreateClientsAnswer,
    alone: boolean,
): Promise<void> {
    if (!alone) return submit(lane, [order], 1);
    const { instanceId } = order.declared;
    const code =
        answer.instanceStatuses.find((status) => status.instanceId === instanceId)?.errorCode ??
        INVALID_INSTANCE;
    const message = "the service says that no client can be installed on this instance";
    lane.run.record.failed(
        instanceId,
        { code, message, ...requestIdOf(answer) },
        "install",
        undefined,
        false,
    );
}

function requestIdOf(answer: CreateClientsAnswer): { readonly requestId?: string } {
    return answer.requestId === undefined ? {} : { requestId: answer.requestId };
}

/** An instance that is booting is tried again, for a while. */
async function whileBooting(lane: Lane, order: InstallOrder, error: HbrError): Promise<void> {
    const { run } = lane;
    const { instanceId } = order.declared;
    const before = run.booting.get(instanceId) ?? run.clock.now();
    run.booting.set(instanceId, before);
    if (run.clock.now() - before >= BOOT_LIMIT_MS) {
        refuse(run, order, error);
        return;
    }
    run.progress.notReady(instanceId, error.code);
    await run.clock.sleep(BOOT_PAUSE_MS, run.signal);
    await submit(lane, [order], 1);
}

function refuse(run: RunContext, { declared }: InstallOrder, error: HbrError): void {
    const unfit = error.about === "instance" ? false : undefined;
    run.progress.settled(declared.instanceId);
    run.record.failed(declared.instanceId, failureOf(error), "install", undefined, unfit);
}

function unknownTask(answer: CreateClientsAnswer): HbrError {
    const text = "the answer names no task";
    return new HbrError(`CreateClients: ${text}`, {
        operation: "CreateClients",
        errorClass: "unavailable",
        code: "NoTaskId",
        text,
        ...requestIdOf(answer),
    });
}
