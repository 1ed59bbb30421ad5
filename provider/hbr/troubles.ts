import { OWN_CODES } from "../fleet/codes";
import type { Clock } from "../fleet/model";
import { type HbrError } from "./errors";

/** How long an operation has had no answer before that is shown: after an error, and without one (ms). */
const SHOWN_AFTER_ERROR_MS = 3_000;
const SHOWN_AFTER_MS = 10_000;
/**
 * How long after its error a failed call may be repeated by its caller (ms). A write is repeated when the list has not
 * shown its effect for 10 s. If it is not, its error has become a result, or the list has shown the effect.
 */
const REPEATED_WITHIN_MS = 15_000;

/** An operation without an answer: since its first call that is under way, or since its last answer. */
interface Unanswered {
    readonly since: number;
    /** The number of its calls that are under way, in a back-off, or in the queue of the rate limiter. */
    readonly open: number;
    /** The last error since then. */
    readonly failure?: { readonly error: HbrError; readonly at: number };
}

/**
 * The operations that have no answer at present, because the service is out of reach, fails or throttles. Any answer
 * ends an operation's trouble, a refusal too. The calls of one run, or of one reading outside a run, share an object.
 */
export class Troubles {
    private readonly operations = new Map<string, Unanswered>();

    constructor(private readonly clock: Clock) {}

    /** Notes the beginning of a call. */
    began(operation: string): void {
        this.change(operation, (before) => ({ ...before, open: before.open + 1 }));
    }

    /** Notes an attempt that failed and may be repeated, by the call itself or by its caller. */
    failed(operation: string, error: HbrError): void {
        this.change(operation, (before) => ({ ...before, failure: { error, at: this.clock.now() } }));
    }

    /** Notes an answer. */
    answered(operation: string): void {
        this.change(operation, ({ open }) => ({ since: this.clock.now(), open }));
    }

    /** Notes that a call is cut off. However long ago its last error came, the call was about to be repeated for it. */
    cutOff(operation: string): void {
        const at = this.clock.now();
        this.change(operation, ({ failure, ...before }) => ({
            ...before,
            ...(failure && { failure: { ...failure, at } }),
        }));
    }

    /** Notes the end of a call, with or without an answer. */
    ended(operation: string): void {
        this.change(operation, (before) => ({ ...before, open: before.open - 1 }));
    }

    /** The last error of an operation that has had no answer since; undefined if there is none. */
    get lastError(): HbrError | undefined {
        const failures = this.unanswered().flatMap(({ failure }) => failure ?? []);
        return failures.sort((a, b) => b.at - a.at)[0]?.error;
    }

    /** What is waited for at present, in a few words; undefined while the service answers. */
    get text(): string | undefined {
        const now = this.clock.now();
        const lasting = this.unanswered()
            .filter(({ since, failure }) => now - since >= (failure ? SHOWN_AFTER_ERROR_MS : SHOWN_AFTER_MS))
            .sort((a, b) => a.since - b.since);
        const error = lasting.find(({ failure }) => failure !== undefined)?.failure?.error;
        if (error) return `retrying ${error.operation}: ${causeOf(error)}`;
        return lasting[0] && `waiting for ${lasting[0].operation}`;
    }

    /** The operation that has had no answer for the longest time; undefined if all are answered. */
    get waitsFor(): string | undefined {
        return this.unanswered().sort((a, b) => a.since - b.since)[0]?.operation;
    }

    private unanswered(): (Unanswered & { readonly operation: string })[] {
        return [...this.operations]
            .map(([operation, unanswered]) => ({ operation, ...unanswered }))
            .filter((each) => this.isUnanswered(each));
    }

    private isUnanswered({ open, failure }: Unanswered): boolean {
        return open > 0 || (failure !== undefined && this.clock.now() - failure.at <= REPEATED_WITHIN_MS);
    }

    private change(operation: string, change: (before: Unanswered) => Unanswered): void {
        const known = this.operations.get(operation);
        const before = known && this.isUnanswered(known) ? known : { since: this.clock.now(), open: 0 };
        this.operations.set(operation, change(before));
    }
}

/** `ECONNREFUSED (host)`, `ServiceUnavailable (HTTP 503)` */
function causeOf({ code, text, statusCode }: HbrError): string {
    // The codes of this provider for these say less than the text.
    if (code === OWN_CODES.connection || code === OWN_CODES.timeout) return text;
    return statusCode === undefined ? code : `${code} (HTTP ${statusCode})`;
}
