import { together } from "../async";
import { OUTCOME_CODES } from "../fleet/codes";
import type { ClientIndex } from "../fleet/match";
import type { ObservedClient } from "../fleet/model";
import { installedClient } from "../fleet/installation";
import type { Failure, InstallAttempt } from "../fleet/outcome";
import { decide, LIST_LAG_MS } from "../fleet/status";
import { failureOf, type HbrError } from "../hbr/errors";
import type { CreateClientsAnswer } from "../hbr/port";
import { type Boots, isBooting } from "./boot";
import { confirmAll, type Confirmation, follow } from "./confirm";
import type { InstallOrder } from "./goal";
import type { RunContext } from "./context";
import { type Call, callFor, requestIdOf, withoutTask } from "./createClients";
import { AllRefused, type Batch } from "./halt";
import { Refusals } from "./refusals";
import { MAX_SUBMISSIONS } from "./vault";

/** Why a call is made: for a batch, as a probe for the batch, or for instances that may have booted. */
interface Purpose {
    readonly batch: Batch;
    readonly why: "batch" | "probe" | "retry";
    /** Collects the installations that the list has yet to confirm. */
    readonly confirmations: Confirmation[];
}

/** A call that failed, or whose answer was lost. */
interface FailedCall {
    readonly error: HbrError;
    /** The list before the call. */
    readonly before: ClientIndex;
    /** The number of the submission, from 1. */
    readonly submission: number;
}

/**
 * Installs on instances without an agent, a batch at a time, and follows each to its outcome. A batch that the service
 * refuses as a whole is submitted in parts, so that one invalid instance does not keep the others from getting their
 * clients.
 */
export class Installer {
    readonly refusals = new Refusals();
    /** Installations whose tasks have completed, and that no batch confirms on its own; confirmed at the end of the run. */
    private readonly confirmations: Confirmation[] = [];

    constructor(
        private readonly run: RunContext,
        private readonly boots: Boots,
    ) {
        run.watch.observe((snapshot) => {
            const { confirmations } = this;
            confirmations.push(...confirmations.splice(0).filter((each) => !each.isSettledBy(snapshot)));
        });
    }

    /** @param confirmations collects what the tasks report as installed and the list has yet to confirm */
    async install(
        batch: Batch,
        orders: readonly InstallOrder[],
        confirmations: Confirmation[] = this.confirmations,
    ): Promise<void> {
        await this.submit({ batch, why: "batch", confirmations }, orders, 1);
    }

    /** Tries instances again that may have booted; see {@link install}. */
    async retry(batch: Batch, orders: readonly InstallOrder[], confirmations: Confirmation[]): Promise<void> {
        this.refusals.forget(orders);
        await this.submit({ batch, why: "retry", confirmations }, orders, 1);
    }

    /** Confirms the installations that no batch has confirmed on its own. */
    async confirm(): Promise<void> {
        if (this.confirmations.length === 0) return;
        await this.run.reporter.during(["installing"], () => confirmAll(this.confirmations));
    }

    /** Submits the orders in one call, and acts on the answer. */
    private async submit(
        purpose: Purpose,
        given: readonly InstallOrder[],
        submission: number,
    ): Promise<void> {
        const { refusals, run } = this;
        // Whoever has started them stops the run, a moment later.
        while (refusals.probes) if (await refusals.probes) return;
        if (run.halt.endsInstallations) return;
        // No await between here and the call: a probe could start in the meantime with the same instances.
        await this.unlessProbed(purpose, given, async (orders) => {
            if (orders.length === 0) return;
            const call = await refusals.during(() => callFor(run, orders, refusals));
            await this.conclude(purpose, orders, call, submission);
        });
    }

    /**
     * Leaves out the instances that a probe handles, and waits until the probe has finished with them. One that a probe has
     * found booting is left to {@link Boots}.
     */
    private async unlessProbed(
        { why }: Purpose,
        orders: readonly InstallOrder[],
        work: (orders: readonly InstallOrder[]) => Promise<void>,
    ): Promise<void> {
        const endOf = (order: InstallOrder): Promise<void> | undefined =>
            why === "probe" ? undefined : this.refusals.endOf(order);
        const probed = orders.flatMap((order) => endOf(order) ?? []);
        const rest = orders.filter(
            (order) =>
                endOf(order) === undefined && (why !== "batch" || !this.boots.has(order.declared.instanceId)),
        );
        await together([...probed, work(rest)]);
    }

    private async conclude(
        purpose: Purpose,
        orders: readonly InstallOrder[],
        call: Call,
        submission: number,
    ): Promise<void> {
        if ("error" in call) return this.afterError(purpose, orders, { ...call, submission });
        const { answer, submittedAt, before } = call;
        const { taskId } = answer;
        const unfitIds = new Set(
            answer.instanceStatuses.flatMap((status) => (status.valid ? [] : [status.instanceId])),
        );
        const unfit = orders.filter((order) => unfitIds.has(order.declared.instanceId));
        const fit = orders.filter((order) => !unfitIds.has(order.declared.instanceId));
        this.run.record.taskSubmitted(taskId);
        if (fit.length > 0 && taskId !== undefined) purpose.batch.taken();
        else purpose.batch.refused();
        await together([
            taskId === undefined
                ? this.afterLostAnswer(purpose, fit, { before, submission, error: withoutTask(answer) })
                : this.follow(purpose, fit, { submittedAt, taskId }, before),
            ...unfit.map((order) => this.afterUnfit(purpose, order, answer, orders.length === 1)),
        ]);
    }

    private async follow(
        { why, confirmations }: Purpose,
        orders: readonly InstallOrder[],
        attempt: InstallAttempt,
        before: ClientIndex,
    ): Promise<void> {
        // A batch is shown as such. A retry is shown once it is taken, or else the status would change with each.
        const isShown = why === "retry" && orders.length > 0;
        const installed = await this.run.reporter.during(isShown ? ["installing"] : [], () =>
            follow(this.run, orders, attempt, before),
        );
        confirmations.push(...installed);
    }

    private async afterError(
        purpose: Purpose,
        orders: readonly InstallOrder[],
        failed: FailedCall,
    ): Promise<void> {
        const { halt } = this.run;
        const { error } = failed;
        switch (error.errorClass) {
            case "unavailable":
                purpose.batch.refused();
                return this.afterLostAnswer(purpose, orders, failed);
            case "account":
                halt.stop(error);
                return;
            case "throttled":
                throw error;
            case "booting":
            case "notFound":
            case "rejected":
                if (error.about === "vault") halt.stop(error);
                else return this.afterRefusal(purpose, orders, error);
        }
    }

    private async afterRefusal(
        purpose: Purpose,
        orders: readonly InstallOrder[],
        error: HbrError,
    ): Promise<void> {
        const { batch } = purpose;
        batch.refused();
        if (await this.refusals.areAlike(orders, error, (group) => this.probe(batch, orders, group))) {
            this.run.halt.stop(new AllRefused(error));
            for (const order of orders) this.refuse(order, error);
            return;
        }
        await this.unlessProbed(purpose, orders, async (rest) => {
            const [only, ...others] = rest;
            if (only === undefined) return;
            // The service may accept a part of what it refused.
            if (others.length > 0) return this.bisect(purpose, rest, 1);
            if (orders.length > 1) return this.submit(purpose, rest, 1);
            if (isBooting(error.code)) this.whileBooting(purpose, only, failureOf(error));
            else this.refuse(only, error);
        });
    }

    /**
     * Makes one call to find out whether everything is refused. An instance that is refused alone has failed, so those of
     * other batches are not tried once the refused ones are too many.
     */
    private async probe(
        batch: Batch,
        refused: readonly InstallOrder[],
        given: readonly InstallOrder[],
    ): Promise<"alike" | "otherwise"> {
        const { refusals, run } = this;
        const isOfOthers = given.some((order) => !refused.includes(order));
        if (isOfOthers && this.areTooMany(refused)) return "alike";
        // The plan may be old. An instance that has a client by now is left to its own batch.
        await run.watch.recent();
        const { latest } = run.additions;
        const orders = given.filter(
            ({ declared }) =>
                !needsNoInstallation(latest.match(declared)) && !this.boots.has(declared.instanceId),
        );
        if (orders.length === 0) return "alike";
        const call = await callFor(run, orders, refusals);
        if ("error" in call && refusals.note(orders, call.error)) {
            const [only, ...others] = orders;
            if (only && others.length === 0) {
                this.refuse(only, call.error);
                refusals.dealtWith(orders, Promise.resolve());
            }
            return "alike";
        }
        refusals.mixed();
        // The batch may end before the probe does, and others may wait for its outcome, so it confirms its installations itself.
        const confirmations: Confirmation[] = [];
        const purpose = { batch, why: "probe", confirmations } as const;
        const work = this.conclude(purpose, orders, call, 1).then(() => confirmAll(confirmations));
        refusals.dealtWith(orders, work);
        return "otherwise";
    }

    /** Whether more would have failed than are tolerated if these had. */
    private areTooMany(orders: readonly InstallOrder[]): boolean {
        const { record, goal } = this.run;
        const more = orders.filter(({ declared }) => !record.failures.has(declared.instanceId));
        return record.attemptsFailed + more.length > (goal.rollout.maxFailures ?? Infinity);
    }

    /** An error for a whole batch does not name the culprit; bisecting finds it in few calls. */
    private async bisect(
        purpose: Purpose,
        orders: readonly InstallOrder[],
        submission: number,
    ): Promise<void> {
        const middle = Math.ceil(orders.length / 2);
        const halves = [orders.slice(0, middle), orders.slice(middle)];
        await together(halves.map((half) => this.submit(purpose, half, submission)));
    }

    /**
     * Handles a call that may or may not have taken effect. The list shows it, perhaps some seconds late. Whatever is not in
     * progress by then is submitted again, in halves, because a single instance may cause the error.
     */
    private async afterLostAnswer(
        purpose: Purpose,
        orders: readonly InstallOrder[],
        { error, before, submission }: FailedCall,
    ): Promise<void> {
        if (orders.length === 0) return;
        const { clock, watch, record } = this.run;
        const since = clock.now();
        const underWay = await watch.until(({ index, takenAt }) => {
            const found = orders.filter(({ declared }) =>
                needsNoInstallation(installedClient(declared, index, before, undefined)),
            );
            return found.length === orders.length || takenAt - since >= LIST_LAG_MS
                ? new Set(found)
                : undefined;
        });
        const rest = orders.filter((order) => !underWay.has(order));
        if (underWay.size > 0) purpose.batch.taken();
        for (const { declared } of rest) record.hasNotActed(declared);
        const again = async (): Promise<void> => {
            const [only, ...others] = rest;
            if (only === undefined) return;
            if (others.length > 0) return this.bisect(purpose, rest, submission + 1);
            if (submission < MAX_SUBMISSIONS) return this.submit(purpose, rest, submission + 1);
            this.refuse(only, error);
        };
        await together([this.follow(purpose, [...underWay], { submittedAt: since }, before), again()]);
    }

    /**
     * Handles an instance with `ValidInstance: false`. The answer rarely gives a reason unless the instance is sent alone. One
     * that was booting the last time is taken to be booting still, which saves a call for each of them.
     */
    private async afterUnfit(
        purpose: Purpose,
        order: InstallOrder,
        answer: CreateClientsAnswer,
        isAlone: boolean,
    ): Promise<void> {
        const { instanceId } = order.declared;
        const status = answer.instanceStatuses.find((each) => each.instanceId === instanceId);
        const code = status?.errorCode ?? OUTCOME_CODES.invalidInstance;
        if (!isAlone && !isBooting(code)) {
            if (purpose.why === "retry" && this.boots.waitAgain(order)) purpose.batch.leave(instanceId);
            else await this.submit(purpose, [order], 1);
            return;
        }
        const message = "the service says that no client can be installed on this instance";
        const failure = { code, message, ...requestIdOf(answer) };
        if (isBooting(code)) this.whileBooting(purpose, order, failure);
        else this.fail(order, failure, false);
    }

    /** Lets a booting instance wait beside its batch, or gives it up if its time is up. */
    private whileBooting({ batch }: Purpose, order: InstallOrder, refusal: Failure): void {
        if (this.boots.wait(order, refusal)) batch.leave(order.declared.instanceId);
        else this.fail(order, this.boots.failureOf(order, refusal), false);
    }

    private refuse(order: InstallOrder, error: HbrError): void {
        this.fail(order, failureOf(error), error.about === "instance" ? false : undefined);
    }

    private fail(
        { declared: { instanceId } }: InstallOrder,
        failure: Failure,
        validInstance: boolean | undefined,
    ): void {
        this.run.reporter.settled(instanceId);
        this.run.record.failed(instanceId, failure, "install", undefined, validInstance);
    }
}

/** Whether a client exists or is being installed. */
function needsNoInstallation(client: ObservedClient | undefined): boolean {
    return decide(client?.status ?? "absent", "new") !== "install";
}
