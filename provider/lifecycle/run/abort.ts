import type { Clock } from "../../fleet/model";

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
