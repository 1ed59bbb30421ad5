import type { Clock } from "./fleet/model";
import { assertEngineAlive, type ResourceLog } from "./engine";
import { type HbrClient, plainClient } from "./hbr/client";
import { decorated, type HbrApi } from "./hbr/port";
import { RateLimiter } from "./hbr/rateLimiter";
import { newRetryBudget, resilient } from "./hbr/retry";
import { currentSettings, type Settings } from "./config/settings";
/**
 * What all resources of the process share: one connection for each region, one limiter and one retry budget.
 */

/** What a timer of Node can hold (24 days); a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock on the wall. */
export const systemClock: Clock = {
    now: () => Date.now(),
    sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
            if (signal?.aborted) {
                reject(signal.reason as Error);
                return;
            }
            const onAbort = (): void => {
                clearTimeout(timer);
                reject(signal?.reason as Error);
            };
            const timer = setTimeout(
                () => {
                    signal?.removeEventListener("abort", onAbort);
                    resolve();
                },
                Math.min(ms, LONGEST_TIMER_MS),
            );
            signal?.addEventListener("abort", onAbort, { once: true });
        }),
};

/** By the settings that they were made with, and the region. */
const clients = new WeakMap<Settings, Map<string, HbrClient>>();
const limiter = new RateLimiter(systemClock, Math.random);
const retryBudget = newRetryBudget();

/**
 * The API of a region, for one run of one resource: its calls are in the resource's debug log, and end with the engine.
 * `secrets` are keys of clients that no text may show, though this process has not sent them.
 */
export function apiFor(
    region: string,
    log: ResourceLog,
    signal: AbortSignal,
    secrets: Iterable<string> = [],
): HbrApi {
    const client = clientFor(currentSettings(), region);
    client.rememberSecrets(secrets);
    return resilient(guarded(client, signal), {
        limiter,
        clock: systemClock,
        random: Math.random,
        retryBudget,
        onCall: ({ operation, requestId, outcome, durationMs, attempt }) => {
            log.debug(
                `${operation}: ${outcome} in ${durationMs} ms, attempt ${attempt}, RequestId ${requestId ?? "unknown"}`,
            );
        },
    });
}

function clientFor(settings: Settings, region: string): HbrClient {
    const byRegion = clients.get(settings) ?? new Map<string, HbrClient>();
    const client = byRegion.get(region) ?? plainClient(settings, region);
    clients.set(settings, byRegion.set(region, client));
    return client;
}

/** Lets nothing be changed any more once the run is to stop, or nobody is there to hear the result. */
export function guarded(api: HbrApi, signal: AbortSignal): HbrApi {
    return decorated(api, async ({ writes }, call, own) => {
        if (writes) {
            signal.throwIfAborted();
            await assertEngineAlive();
        }
        return call(own);
    });
}
