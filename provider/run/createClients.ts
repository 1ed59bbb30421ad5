import { OWN_CODES } from "../fleet/codes";
import type { ClientIndex } from "../fleet/match";
import { HbrError } from "../hbr/errors";
import type { CreateClientsAnswer, Delivery } from "../hbr/port";
import type { RunContext } from "./context";
import type { InstallOrder } from "./goal";
import type { Refusals } from "./refusals";

/**
 * A CreateClients call: the list before it, and its answer or error. It counts as submitted when it is answered, by the clock
 * of the run: the rate limiter may have held it back for minutes.
 */
export type Call = { readonly before: ClientIndex } & (
    { readonly submittedAt: number; readonly answer: CreateClientsAnswer } | { readonly error: HbrError }
);

/** Calls CreateClients for these instances, and notes at once what the call may have done. */
export async function callFor(
    { clock, additions, vault, record, lanes }: RunContext,
    orders: readonly InstallOrder[],
    refusals: Refusals,
): Promise<Call> {
    const before = additions.latest;
    const delivery: Delivery = { isUnanswered: false };
    try {
        const answer = await vault.install(
            orders.map(({ declared }) => declared),
            delivery,
        );
        lanes.answered();
        refusals.mixed();
        return { submittedAt: clock.now(), before, answer };
    } catch (error) {
        // A call whose answer was lost, or that was cut off while waiting for it, may have taken effect.
        const isLost = error instanceof HbrError ? error.errorClass === "unavailable" : delivery.isUnanswered;
        if (isLost) {
            refusals.mixed();
            for (const { declared } of orders) record.mayHaveActed(declared);
        }
        if (!(error instanceof HbrError)) throw error;
        return { before, error };
    }
}

/** The request ID of an answer, for a failure. */
export function requestIdOf(answer: CreateClientsAnswer): { readonly requestId?: string } {
    return answer.requestId === undefined ? {} : { requestId: answer.requestId };
}

/** An answer without a task is treated like a lost one. */
export function withoutTask(answer: CreateClientsAnswer): HbrError {
    const text = "the answer names no task";
    return new HbrError(`CreateClients: ${text}`, {
        operation: "CreateClients",
        errorClass: "unavailable",
        code: OWN_CODES.noTask,
        text,
        ...requestIdOf(answer),
    });
}
