import { abortable } from "../async";
import type { Clock, Random } from "../fleet/model";
import { Interrupted } from "../interrupted";
import { classify } from "./classify";
import { OWN_CODES } from "../fleet/codes";
import { failedCall, HbrError } from "./errors";
import { decorated, type HbrApi, type Operation } from "./port";
import { longestBackoffMs, type RateLimiter, TokenBucket } from "./rateLimiter";
import type { Troubles } from "./troubles";

/** One attempt of a call, for the debug log. Holds nothing secret. */
export interface CallReport {
    readonly operation: string;
    readonly requestId?: string;
    /** `ok`, `aborted`, or the error code. */
    readonly outcome: string;
    /** What helps to find the cause of an error. */
    readonly trace?: string;
    readonly durationMs: number;
    /** 1 for the first. */
    readonly attempt: number;
}

/** When the service last answered a read, by the clock of the process; -Infinity if it never has. */
export interface LastAnswer {
    at: number;
}

/** What a resilient API is made with. */
export interface Resilience {
    /** The one of the process. */
    readonly limiter: RateLimiter;
    /** The one of the process (see {@link newRetryBudget}); without it the API gets its own. */
    readonly retryBudget?: TokenBucket;
    readonly clock: Clock;
    readonly random: Random;
    /** Called after every attempt; what it throws is ignored. */
    readonly onCall?: (report: CallReport) => void;
    /** Told about the calls that have no answer. */
    readonly troubles?: Troubles | undefined;
    /** The one of the process; kept up to date. */
    readonly lastAnswer?: LastAnswer;
}

/** Longest time that one attempt may take (ms). The libraries' own time-outs are shorter, but do not always fire. */
export const CALL_DEADLINE_MS = 45_000;
/** Attempts of a read while the service is unavailable. */
const READ_ATTEMPTS = 8;
const FIRST_BACKOFF_MS = 500;

/**
 * The budget for the retries of the whole process: 20 at once, then 4 a second. When the service is in trouble, hundreds
 * of waiting instances must not multiply its load. A spent budget delays a retry and never fails it, since the caller
 * has a time-out of its own.
 */
export function newRetryBudget(): TokenBucket {
    return new TokenBucket(4, 20);
}

/**
 * Adds rate limiter, deadline and retries to an implementation of the port:
 * - a throttled call was refused before it acted: the limiter makes it again until it succeeds or is aborted;
 * - a read that finds the service unavailable is retried, with capped exponential back-off and full jitter;
 * - a write is never retried then: it may have acted, so the caller looks first.
 */
export function resilient(api: HbrApi, resilience: Resilience): HbrApi {
    const retryBudget = resilience.retryBudget ?? newRetryBudget();
    return decorated(api, (operation, call, signal) =>
        new Call({ ...resilience, retryBudget }, operation, signal).run(call),
    );
}

/** One call with all its attempts. */
class Call {
    #attempts = 0;

    constructor(
        private readonly resilience: Resilience & { readonly retryBudget: TokenBucket },
        private readonly operation: Operation,
        private readonly signal: AbortSignal | undefined,
    ) {}

    async run<T>(invoke: (signal: AbortSignal) => Promise<T>): Promise<T> {
        const { troubles } = this.resilience;
        const { name } = this.operation;
        troubles?.began(name);
        try {
            return await this.#repeated(invoke);
        } catch (error) {
            if (this.signal?.aborted === true) troubles?.cutOff(name);
            throw error;
        } finally {
            troubles?.ended(name);
        }
    }

    async #repeated<T>(invoke: (signal: AbortSignal) => Promise<T>): Promise<T> {
        const { clock, limiter, random, retryBudget } = this.resilience;
        const { name, writes } = this.operation;
        for (let failures = 1; ; failures += 1) {
            try {
                return await limiter.run(name, () => this.#attempt(invoke), this.signal);
            } catch (error) {
                // A call that is aborted leaves its trouble: it says what was waited for.
                this.signal?.throwIfAborted();
                // Those that are throttled do not count, so none of them gets here.
                if (!mayPass(error) || writes || failures >= READ_ATTEMPTS) throw error;
            }
            const longest = longestBackoffMs(FIRST_BACKOFF_MS, failures);
            const backoff = Math.max(longest * random(), retryBudget.take(clock.now()));
            await clock.sleep(Math.ceil(backoff), this.signal);
        }
    }

    async #attempt<T>(invoke: (signal: AbortSignal) => Promise<T>): Promise<T> {
        this.#attempts += 1;
        const startedAt = this.resilience.clock.now();
        try {
            const answer = await this.#withDeadline(invoke);
            this.#report("ok", startedAt, requestIdOf(answer));
            return answer;
        } catch (thrown) {
            // A run that has to stop refuses its writes before it aborts the calls that wait for their answer.
            const aborted = this.signal?.aborted === true || thrown instanceof Interrupted;
            const error = aborted ? undefined : classify(thrown, this.operation.name);
            this.#report(error ?? "aborted", startedAt, error?.requestId);
            this.signal?.throwIfAborted();
            throw error ?? thrown;
        }
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
            return await abortable(invoke(own.signal), own.signal);
        } finally {
            // Without a reason, each call would make an exception with a stack.
            over.abort("answered");
            this.signal?.removeEventListener("abort", forward);
        }
    }

    #timeout(): HbrError {
        return failedCall({
            operation: this.operation.name,
            code: OWN_CODES.timeout,
            text: `no answer within ${CALL_DEADLINE_MS / 1_000} s`,
        });
    }

    /** Notes an answer of the service. A refusal is one too, unless it is due to throttling. */
    #answered(): void {
        const { clock, lastAnswer, troubles } = this.resilience;
        troubles?.answered(this.operation.name);
        if (lastAnswer && !this.operation.writes) lastAnswer.at = clock.now();
    }

    /** Whether the call is made again after this error: by itself or, if it may have acted, by its caller. */
    #mayBeRepeated({ errorClass, mayPass }: HbrError): boolean {
        return errorClass === "throttled" || (this.operation.writes ? errorClass === "unavailable" : mayPass);
    }

    #report(outcome: "ok" | "aborted" | HbrError, startedAt: number, requestId: string | undefined): void {
        const { name } = this.operation;
        const isError = typeof outcome === "object";
        if (isError && this.#mayBeRepeated(outcome)) this.resilience.troubles?.failed(name, outcome);
        else if (outcome !== "aborted") this.#answered();
        const report: CallReport = {
            operation: name,
            outcome: isError ? outcome.code : outcome,
            durationMs: this.resilience.clock.now() - startedAt,
            attempt: this.#attempts,
            ...(requestId === undefined ? {} : { requestId }),
            ...(isError && outcome.trace !== undefined && { trace: outcome.trace }),
        };
        try {
            this.resilience.onCall?.(report);
        } catch {
            // A log that cannot be written must not make an answered call fail.
        }
    }
}

function mayPass(error: unknown): boolean {
    return error instanceof HbrError && error.mayPass;
}

function requestIdOf(answer: unknown): string | undefined {
    const { requestId } = (answer ?? {}) as { readonly requestId?: unknown };
    return typeof requestId === "string" ? requestId : undefined;
}
