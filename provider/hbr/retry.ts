import type { Clock, Random } from "../fleet/model";
import { Interrupted } from "../interrupted";
import { classify } from "./classify";
import { failedCall, type HbrError, OWN_CODES } from "./errors";
import type { Limiter } from "./limiter";
import { decorated, type HbrApi } from "./port";
import { RetryBudget } from "./retryBudget";
import { untilAborted } from "./transport";

/** One attempt of a call, for the debug log; holds nothing secret. */
export interface CallReport {
    readonly operation: string;
    readonly requestId?: string;
    /** `ok`, `aborted`, or the error code. */
    readonly outcome: string;
    readonly durationMs: number;
    /** 1 for the first. */
    readonly attempt: number;
}

/** What makes calls resilient; all of it is shared by the whole process. */
export interface Resilience {
    readonly limiter: Limiter;
    readonly clock: Clock;
    readonly random: Random;
    readonly onCall?: (report: CallReport) => void;
    /** Shared too where it is given; else one for each decorated API. */
    readonly retryBudget?: RetryBudget;
}

/** How long one attempt may take (ms); the libraries' own time-outs come first, but do not always fire. */
export const CALL_DEADLINE_MS = 45_000;
/** Attempts of a read that finds the service unavailable. */
const READ_ATTEMPTS = 8;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 20_000;

/**
 * Puts limiter, deadline and retries around an implementation of the port:
 * - a throttled call was refused before it acted: it is made again, in turn, until it gets through or is aborted;
 * - a read that finds the service unavailable is made again, with capped exponential back-off and full jitter;
 * - a write never is: nobody knows whether it acted, so the caller looks first.
 */
export function resilient(api: HbrApi, resilience: Resilience): HbrApi {
    const budget = resilience.retryBudget ?? new RetryBudget(resilience.clock);
    return decorated(api, ({ name, writes }, call, signal) =>
        new Call(resilience, budget, name, writes ? 1 : READ_ATTEMPTS, signal).run(call),
    );
}

/** One call with all its attempts. */
class Call {
    #attempt = 0;
    #timesUnavailable = 0;

    constructor(
        private readonly resilience: Resilience,
        private readonly budget: RetryBudget,
        private readonly operation: string,
        /** How often it is made when the service is unavailable. */
        private readonly attempts: number,
        private readonly signal: AbortSignal | undefined,
    ) {}

    async run<T>(invoke: (signal: AbortSignal) => Promise<T>): Promise<T> {
        const ticket = this.resilience.limiter.ticket();
        for (;;) {
            this.#attempt += 1;
            const permit = await this.resilience.limiter.acquire(this.operation, ticket, this.signal);
            try {
                const answer = await this.#withDeadline(invoke);
                permit.succeeded();
                this.#report("ok", permit.startedAt, requestIdOf(answer));
                return answer;
            } catch (thrown) {
                const aborted = this.signal?.aborted === true || thrown instanceof Interrupted;
                const error = aborted ? undefined : classify(thrown, this.operation);
                permit.failed(error);
                this.#report(error?.code ?? "aborted", permit.startedAt, error?.requestId);
                this.signal?.throwIfAborted();
                // A run that is to stop refuses its calls before it cuts off those that wait for their answer.
                if (error === undefined) throw thrown;
                await this.#beforeRetry(error);
            }
        }
    }

    /** Returns when the call is to be made again, and throws the error when it is not. */
    async #beforeRetry(error: HbrError): Promise<void> {
        // The limiter makes a throttled call wait.
        if (error.errorClass === "throttled") return;
        if (error.errorClass !== "unavailable") throw error;
        this.#timesUnavailable += 1;
        if (this.#timesUnavailable >= this.attempts) throw error;
        const longest = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#timesUnavailable - 1));
        const backoff = Math.max(longest * this.resilience.random(), this.budget.take());
        await this.resilience.clock.sleep(Math.ceil(backoff), this.signal);
    }

    async #withDeadline<T>(invoke: (signal: AbortSignal) => Promise<T>): Promise<T> {
        const own = new AbortController();
        const over = new AbortController();
        // By hand: AbortSignal.any would tie a signal for each call to the caller's, which lives for the whole run.
        const forward = (): void => {
            own.abort(this.signal?.reason);
        };
        this.signal?.throwIfAborted();
        this.signal?.addEventListener("abort", forward, { once: true });
        this.resilience.clock.sleep(CALL_DEADLINE_MS, over.signal).then(
            () => {
                own.abort(this.#timeout());
            },
            () => undefined,
        );
        try {
            return await untilAborted(invoke(own.signal), own.signal);
        } finally {
            over.abort();
            this.signal?.removeEventListener("abort", forward);
        }
    }

    #timeout(): HbrError {
        return failedCall({
            operation: this.operation,
            code: OWN_CODES.timeout,
            text: `no answer within ${CALL_DEADLINE_MS / 1_000} s`,
        });
    }

    #report(outcome: string, startedAt: number, requestId: string | undefined): void {
        const report: CallReport = {
            operation: this.operation,
            outcome,
            durationMs: this.resilience.clock.now() - startedAt,
            attempt: this.#attempt,
            ...(requestId === undefined ? {} : { requestId }),
        };
        try {
            this.resilience.onCall?.(report);
        } catch {
            // A log that cannot be written must not make a call fail that has been answered.
        }
    }
}

function requestIdOf(answer: unknown): string | undefined {
    const requestId =
        typeof answer === "object" && answer !== null
            ? (Reflect.get(answer, "requestId") as unknown)
            : undefined;
    return typeof requestId === "string" ? requestId : undefined;
}
