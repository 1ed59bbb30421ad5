/**
 * How a failed call is to be treated; decided once, where the error enters.
 *
 * - `throttled`: refused before it acted; wait and call again.
 * - `unavailable`: nobody knows whether it acted (5xx, reset, time-out, unreadable answer); reads are repeated,
 *   writes are followed by a look at the clients before anything is submitted again.
 * - `booting`: the instance is not ready yet; wait for it, within a bound.
 * - `notFound`: what was named does not exist.
 * - `rejected`: the service will not do it, for this request; repeating does not help.
 * - `account`: nothing of this kind will work until somebody changes the account, the rights or the credentials.
 */
export type ErrorClass = "throttled" | "unavailable" | "booting" | "notFound" | "rejected" | "account";

/** What is known of a failed call. */
export interface HbrErrorDetails {
    readonly operation: string;
    readonly errorClass: ErrorClass;
    readonly code: string;
    readonly requestId?: string;
    readonly statusCode?: number;
    readonly retryAfterMs?: number;
}

/** A failed call of the Cloud Backup API, classified, its text free of secrets. */
export class HbrError extends Error {
    readonly operation: string;
    readonly errorClass: ErrorClass;
    /** Error code of the service, or a word of ours for trouble on the way (`Timeout`, `ConnectionFailed`, `UnreadableAnswer`). */
    readonly code: string;
    readonly requestId?: string;
    readonly statusCode?: number;
    readonly retryAfterMs?: number;

    constructor(message: string, details: HbrErrorDetails) {
        super(message);
        this.name = "HbrError";
        this.operation = details.operation;
        this.errorClass = details.errorClass;
        this.code = details.code;
        if (details.requestId !== undefined) this.requestId = details.requestId;
        if (details.statusCode !== undefined) this.statusCode = details.statusCode;
        if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    }
}
