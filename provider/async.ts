import type { Clock } from "./fleet/model";

/** Returns a signal that follows another one after `ms` milliseconds, with the same reason. */
export function delayed(signal: AbortSignal, ms: number, clock: Clock): AbortSignal {
    const controller = new AbortController();
    const follow = (): void => {
        void clock.sleep(ms).then(() => {
            controller.abort(signal.reason);
        });
    };
    if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener("abort", follow, { once: true });
    return controller.signal;
}

/**
 * Like `Promise.all`, but waits until all have settled before it throws the first error, so no work continues unobserved.
 */
export async function together<T extends readonly unknown[]>(work: {
    readonly [I in keyof T]: Promise<T[I]>;
}): Promise<T> {
    await Promise.allSettled(work);
    return await Promise.all(work);
}

/**
 * Settles like `promise`, but rejects with the signal's reason as soon as the signal is aborted; `onAbort` runs just
 * before that.
 */
export async function abortable<T>(
    promise: Promise<T>,
    signal: AbortSignal | undefined,
    onAbort?: () => void,
): Promise<T> {
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => {
        onAbort?.();
        aborted.reject(signal?.reason as Error);
    };
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
        return await Promise.race([aborted.promise, promise]);
    } finally {
        signal?.removeEventListener("abort", abort);
    }
}
