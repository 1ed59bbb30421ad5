/**
 * One raw call of the Cloud Backup API: resolves with the JSON body, under the API's own field names, and rejects with
 * whatever the SDK beneath throws. It neither retries nor judges; it settles at once when the signal is aborted.
 */
export type Transport = (
    operation: string,
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
) => Promise<unknown>;

/** Version of the API, in every request. */
export const API_VERSION = "2017-09-08";

/** How long a connection may take, with the handshake of TLS (ms). */
export const CONNECT_TIMEOUT_MS = 10_000;
/**
 * How long an answer may take (ms); CreateClients on 20 instances takes more than the libraries' own 3 s. They let the
 * smaller of their two time-outs end the wait for an answer, so both are set to this.
 */
export const READ_TIMEOUT_MS = 30_000;

/** Settles with `call`, or rejects with the signal's reason as soon as the signal is aborted. */
export async function untilAborted<T>(
    call: Promise<T>,
    signal: AbortSignal | undefined,
    onAbort?: () => void,
): Promise<T> {
    if (signal === undefined) return call;
    return new Promise<T>((resolve, reject) => {
        const abort = (): void => {
            onAbort?.();
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whoever aborts chooses the reason
            reject(signal.reason);
        };
        if (signal.aborted) {
            abort();
            // The call may still fail; nobody is left to hear of it.
            call.catch(() => undefined);
            return;
        }
        signal.addEventListener("abort", abort, { once: true });
        call.then(resolve, reject).finally(() => {
            signal.removeEventListener("abort", abort);
        });
    });
}
