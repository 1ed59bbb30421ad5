import { abortable } from "./async";
import { currentSettings, type Settings } from "./config/settings";
import { assertEngineAlive, type ResourceLog } from "./engine";
import type { Clock } from "./fleet/model";
import { type HbrClient, plainClient } from "./hbr/client";
import { decorated, type HbrApi } from "./hbr/port";
import { RateLimiter } from "./hbr/rateLimiter";
import { type LastAnswer, newRetryBudget, resilient } from "./hbr/retry";
import type { Troubles } from "./hbr/troubles";

/*
 * What all resources of the process share: a client for each region, the rate limiter, the retry budget, and the time of
 * the last answer.
 */

/** The longest time of a timer in Node (ms; 24 days); a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The system's monotonic clock: the time of day may be set back, and a run must not wait for it to come again. */
export const systemClock: Clock = {
    now: () => Math.trunc(performance.now()),
    sleep: async (ms, signal) => {
        const { promise, resolve } = Promise.withResolvers();
        const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
        await abortable(promise, signal, () => {
            clearTimeout(timer);
        });
    },
};

/** Clients by their settings and region. */
const clients = new WeakMap<Settings, Map<string, HbrClient>>();
const limiter = new RateLimiter(systemClock, Math.random);
const retryBudget = newRetryBudget();
export const lastAnswer: LastAnswer = { at: -Infinity };

/** When the service has last refused a call of the process for its rate; -Infinity if it never has. */
export function throttledAt(): number {
    return limiter.refusedAt;
}

/**
 * The API of a region, for a run of a resource. Its calls are logged in the resource's debug log; it makes no write once
 * `signal` is aborted or the engine has ended. `secrets` are keys of clients that no text may show, although this
 * process may not have sent them. `troubles` is told about the calls that have no answer.
 */
export function apiFor(
    region: string,
    log: ResourceLog,
    signal: AbortSignal,
    secrets: Iterable<string> = [],
    troubles?: Troubles,
): HbrApi {
    const client = clientFor(currentSettings(), region);
    client.rememberSecrets(secrets);
    return resilient(guarded(client, signal), {
        limiter,
        clock: systemClock,
        random: Math.random,
        retryBudget,
        troubles,
        lastAnswer,
        onCall: ({ operation, requestId, outcome, durationMs, attempt, trace }) => {
            const call = `${operation}: ${outcome} in ${durationMs} ms, attempt ${attempt}, RequestId ${requestId ?? "unknown"}`;
            log.debug(trace === undefined ? call : `${call}\n${trace}`);
        },
    });
}

function clientFor(settings: Settings, region: string): HbrClient {
    const byRegion = clients.get(settings) ?? new Map<string, HbrClient>();
    const client = byRegion.get(region) ?? plainClient(settings, region);
    clients.set(settings, byRegion.set(region, client));
    return client;
}

/**
 * Refuses writes once the run has to stop, or once the engine, which records the results, has ended.
 *
 * Reads continue, so that a run can still learn what its earlier calls did.
 */
export function guarded(api: HbrApi, signal: AbortSignal): HbrApi {
    return decorated(api, async ({ writes }, call, own) => {
        if (writes) {
            signal.throwIfAborted();
            await assertEngineAlive();
        }
        return call(own);
    });
}
