import type { ObservedClient, Random } from "./model";
import { type ClientStatus, OVERDUE_MS, overdueStatus } from "./status";

const FIRST_LOOK_MS = 2_000;
export const GROWTH = 0.2;
export const LONGEST_PAUSE_MS = 30_000;
const JITTER = 0.1;

/**
 * The pause (ms) before the next poll of work that has been in progress for `elapsedMs`. It grows with that time, so the end
 * is seen within a fifth of the duration (30 s at most), and the number of calls grows only logarithmically. Jitter spreads
 * the polls of a fleet; it only shortens the pause.
 */
export function pauseBeforeLook(elapsedMs: number, random: Random): number {
    const pause = Math.min(Math.max(FIRST_LOOK_MS - elapsedMs, elapsedMs * GROWTH), LONGEST_PAUSE_MS);
    return Math.max(1, Math.round(pause * (1 - JITTER * random())));
}

/** The same without jitter, which only shortens it. */
export function longestPauseBeforeLook(elapsedMs: number): number {
    return pauseBeforeLook(elapsedMs, () => 0);
}

/** When this run first saw each client in its current status, by the clock of the run. */
export type StatusHistory = ReadonlyMap<string, { readonly status: ClientStatus; readonly since: number }>;

/** Returns the history updated with one reading of the list. */
export function remember(
    history: StatusHistory,
    clients: readonly ObservedClient[],
    now: number,
): StatusHistory {
    return new Map(
        clients.map(({ clientId, status }) => {
            const before = history.get(clientId);
            return [clientId, before?.status === status ? before : { status, since: now }];
        }),
    );
}

/**
 * Replaces the status of a client that has been in progress for longer than the service's limit with the failed one, so that
 * no run waits for it forever. Only what this run has seen counts: the service's times may be those of an earlier event.
 */
export function failStuck(
    clients: readonly ObservedClient[],
    history: StatusHistory,
    now: number,
): readonly ObservedClient[] {
    return clients.map((client) => {
        const since = history.get(client.clientId)?.since ?? now;
        return now - since < OVERDUE_MS ? client : { ...client, status: overdueStatus(client.status) };
    });
}
