import type { Clock } from "./fleet/model";

/** A signal that follows another one a while later, with the same reason. */
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

/** `Promise.all` that waits until all have settled before it throws the first error: no work goes on unobserved. */
export async function together<T extends readonly unknown[]>(work: {
    readonly [I in keyof T]: Promise<T[I]>;
}): Promise<T> {
    await Promise.allSettled(work);
    return await Promise.all(work);
}
