/**
 * How a failed call is treated; decided once, where the error enters.
 *
 * - `throttled`: refused before it acted. Wait and repeat it.
 * - `unavailable`: it may have acted (5xx, connection reset, time-out, unreadable answer). Repeat reads; after a write,
 *   look at the clients before submitting anything again.
 * - `booting`: the instance is not ready yet. Wait for it, up to a limit.
 * - `notFound`: something that the request names does not exist.
 * - `rejected`: the service refuses this request. Repeating it does not help.
 * - `account`: nothing works until something beyond the request is changed: the account, its rights, the credentials, or
 *   the certificate of the endpoint.
 */
export type ErrorClass = "throttled" | "unavailable" | "booting" | "notFound" | "rejected" | "account";

/** What an error is about, as far as its code tells. */
export type ErrorSubject = "instance" | "client" | "vault" | "task" | "cluster" | "role";

/** What is known of an error code. */
export interface KnownError {
    readonly errorClass: ErrorClass;
    /** What it means. */
    readonly means: string;
    /** What a user can do. Missing if the advice for its class, or the message of the service, says it. */
    readonly advice?: string;
    /** Missing if the code does not say (`ResourceNotFound`). */
    readonly about?: ErrorSubject;
}
