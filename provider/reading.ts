import { OWN_CODES } from "./fleet/codes";
import type { ResourceLog } from "./engine";
import type { Clock } from "./fleet/model";
import { HbrError } from "./hbr/errors";
import type { HbrApi } from "./hbr/port";
import type { LastAnswer } from "./hbr/retry";
import { Troubles } from "./hbr/troubles";
import { formatDuration, Interrupted } from "./interrupted";
import { ProviderError } from "./providerError";
import { PROCESS_RUNTIME, type ReadingRuntime } from "./reconcile";
import { describeEnd } from "./report";
import { LOOKING } from "./run/reporter";

/** How long a refresh, the read of a resource, or `hbr-import` waits without an answer (ms). */
export const READ_PATIENCE_MS = 120_000;
/** The same for a look-up of the program, which holds up its preview too (ms). */
export const LOOK_UP_PATIENCE_MS = 30_000;

const SHOW_PAUSE_MS = 1_000;

/** What a reading outside a run is made with. */
export interface Reading {
    readonly log: ResourceLog;
    /** The time without an answer after which it fails (ms). */
    readonly patienceMs: number;
    /** Access keys of clients, which no text may show. */
    readonly secrets?: readonly string[];
    /** Ends the reading too. */
    readonly signal?: AbortSignal;
}

/**
 * Reads outside a run, where no time-out of a resource applies. It fails when no read of the process has been answered
 * for some time, so a large stack may take as long as it needs under throttling. It ends with Ctrl-C, and shows on the
 * resource's row what it waits for while the service is in trouble.
 *
 * @throws HbrError if the service does not answer
 * @throws ProviderError if the reading was told to stop
 */
export async function reading<T>(
    { log, patienceMs, secrets = [], signal: own }: Reading,
    read: (apiOf: (region: string) => HbrApi, signal: AbortSignal) => Promise<T>,
    { clock, stopSignal, lastAnswer, ...runtime }: ReadingRuntime = PROCESS_RUNTIME,
): Promise<T> {
    const troubles = new Troubles(clock);
    const over = new AbortController();
    const unanswered = patience(patienceMs, clock, lastAnswer, troubles, over.signal);
    const signal = AbortSignal.any([stopSignal, unanswered, ...(own ? [own] : [])]);
    void showTroubles(log, clock, troubles, over.signal);
    try {
        return await read((region) => runtime.api(region, log, signal, secrets, troubles), signal);
    } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        throw new ProviderError(describeEnd({ error, lastError: troubles.lastError }), error);
    } finally {
        over.abort();
    }
}

/** Returns a signal that is aborted when no read of the process has been answered for so long. */
function patience(
    ms: number,
    clock: Clock,
    lastAnswer: LastAnswer,
    troubles: Troubles,
    over: AbortSignal,
): AbortSignal {
    const controller = new AbortController();
    const startedAt = clock.now();
    const wait = async (): Promise<void> => {
        for (;;) {
            const left = Math.max(startedAt, lastAnswer.at) + ms - clock.now();
            if (left <= 0) break;
            await clock.sleep(left, over);
        }
        controller.abort(noAnswer(ms, troubles));
    };
    wait().catch(() => undefined);
    return controller.signal;
}

function noAnswer(ms: number, { lastError, waitsFor = "" }: Troubles): HbrError {
    const time = `no answer from the service for ${formatDuration(ms)}`;
    const text = lastError ? `${time}; the last error: ${lastError.message}` : `${time} (${waitsFor})`;
    // The code of the last error has the better advice.
    const { operation, code } = lastError ?? { operation: waitsFor, code: OWN_CODES.timeout };
    return new HbrError(text, { operation, code, errorClass: "unavailable" });
}

/** Shows the service's trouble on the resource's row until the reading is over. */
async function showTroubles(
    log: ResourceLog,
    clock: Clock,
    troubles: Troubles,
    over: AbortSignal,
): Promise<void> {
    let shown: string | undefined;
    while (!over.aborted) {
        const { text } = troubles;
        if (text !== shown) log.status(text ?? LOOKING);
        shown = text;
        await clock.sleep(SHOW_PAUSE_MS, over).catch(() => undefined);
    }
}
