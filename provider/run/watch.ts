import { ClientIndex } from "../fleet/match";
import type { Clock, ObservedClient, Random } from "../fleet/model";
import { failStuck, pauseBeforeLook, remember, type StatusHistory } from "../fleet/timing";
import { PAGE_SIZE, pagesOf } from "../hbr/listClients";

/** Pause after reading the list, for each of its pages (ms). With thousands of waiters, one of them is always due. */
const REST_PER_PAGE_MS = 250;
const LONGEST_REST_MS = 30_000;
/** The maximum age of a list to act on (ms): the larger of a fixed one, and one for each page, because each costs a call. */
export const RECENT_MS = 30_000;
const RECENT_PER_PAGE_MS = 2_000;

/** The vault's list of clients at one moment. */
export interface Snapshot {
    readonly index: ClientIndex;
    /** When the request for the list was sent, by the clock of the run. */
    readonly takenAt: number;
}

/** How old a reading of the list may be to act on it (ms). */
function recentMs({ index: { clients } }: Snapshot): number {
    return Math.max(RECENT_MS, pagesOf(clients.length) * RECENT_PER_PAGE_MS);
}

/** Whether a reading of the list is recent enough to act on. */
export function mayActOn(snapshot: Snapshot, now: number): boolean {
    return now - snapshot.takenAt <= recentMs(snapshot);
}

interface Waiter {
    readonly since: number;
    due: number;
    /** Whether its first reading, which does not wait for the pause after the previous one, is still to come. */
    isUrgent: boolean;
    /** Passes on a reading of the list; returns whether the wait is over. */
    look(snapshot: Snapshot): boolean;
    fail(error: unknown): void;
}

/**
 * Reads the vault's list for every part of a run that waits for a client. They all share each reading. The list is read when
 * the first of them is due.
 */
export class ClientWatch {
    private readonly waiters = new Set<Waiter>();
    private wake = new AbortController();
    private looping = false;
    /** When the pause after the last reading ends. */
    private restedAt = -Infinity;
    /** The last reading of the list. */
    last: Snapshot = { index: new ClientIndex([]), takenAt: -Infinity };
    /** The reading in progress. */
    private current: { readonly takenAt: number; readonly snapshot: Promise<Snapshot> } | undefined;
    private history: StatusHistory = new Map();
    private readonly observers: ((snapshot: Snapshot) => void)[] = [];

    constructor(
        private readonly list: () => Promise<readonly ObservedClient[]>,
        private readonly clock: Clock,
        private readonly random: Random,
        private readonly signal: AbortSignal,
    ) {}

    /** The clients of the last reading of the list. */
    get latest(): ClientIndex {
        return this.last.index;
    }

    /** Passes on every reading of the list from now on, without asking for any. */
    observe(see: (snapshot: Snapshot) => void): void {
        this.observers.push(see);
    }

    /** Reads the list now. */
    look(): Promise<Snapshot> {
        return this.until((snapshot) => snapshot, 0);
    }

    /** Returns a reading of the list that is recent enough to act on, or otherwise reads it now. */
    async recent(): Promise<ClientIndex> {
        return (await this.within(recentMs(this.last))).index;
    }

    /**
     * Returns a reading of the list that was requested at most so long ago (ms): the last one, the one in progress, or otherwise
     * a new one.
     */
    async within(ageMs: number): Promise<Snapshot> {
        return this.isWithin(this.last, ageMs) ? this.last : (this.underWay(ageMs) ?? this.look());
    }

    /** The reading in progress, if it was requested at most so long ago (ms). */
    underWay(ageMs: number): Promise<Snapshot> | undefined {
        return this.current && this.isWithin(this.current, ageMs) ? this.current.snapshot : undefined;
    }

    private isWithin({ takenAt }: { readonly takenAt: number }, ageMs: number): boolean {
        return this.clock.now() - takenAt <= ageMs;
    }

    /**
     * Polls the list until `decide` returns a value. `decide` gets only lists that were requested after this call.
     *
     * @param withinMs when the first reading comes (ms), unless another waiter has one before: 0 for at once; by default after
     *   the usual pause
     */
    until<T>(decide: (snapshot: Snapshot) => T | undefined, withinMs?: number): Promise<T> {
        const { promise, resolve, reject } = Promise.withResolvers<T>();
        const since = this.clock.now();
        this.waiters.add({
            since,
            due: since + (withinMs ?? pauseBeforeLook(0, this.random)),
            isUrgent: withinMs !== undefined,
            look: (snapshot) => {
                const answer = decide(snapshot);
                if (answer !== undefined) resolve(answer);
                return answer !== undefined;
            },
            fail: reject,
        });
        this.wake.abort();
        if (!this.looping) void this.loop();
        return promise;
    }

    private async loop(): Promise<void> {
        this.looping = true;
        try {
            while (this.waiters.size > 0) {
                await this.pauseUntilDue();
                await this.lookOnce();
            }
        } catch (error) {
            for (const waiter of this.waiters) waiter.fail(error);
            this.waiters.clear();
        } finally {
            this.looping = false;
        }
    }

    private async pauseUntilDue(): Promise<void> {
        for (;;) {
            this.signal.throwIfAborted();
            const due = [...this.waiters].map(({ due, isUrgent }) =>
                isUrgent ? due : Math.max(due, this.restedAt),
            );
            const pause = Math.min(...due) - this.clock.now();
            if (pause <= 0) return;
            this.wake = new AbortController();
            const woken = this.wake.signal;
            await this.clock.sleep(pause, AbortSignal.any([this.signal, woken])).catch((error: unknown) => {
                if (!woken.aborted) throw error;
            });
        }
    }

    private async lookOnce(): Promise<void> {
        const asking = [...this.waiters];
        const takenAt = this.clock.now();
        this.current = { takenAt, snapshot: this.read(takenAt) };
        const snapshot = await this.current.snapshot.finally(() => (this.current = undefined));
        const now = this.clock.now();
        for (const waiter of asking) {
            try {
                if (waiter.look(snapshot)) this.waiters.delete(waiter);
                waiter.due = now + pauseBeforeLook(now - waiter.since, this.random);
                waiter.isUrgent = false;
            } catch (error) {
                this.waiters.delete(waiter);
                waiter.fail(error);
            }
        }
        for (const see of this.observers) see(snapshot);
    }

    private async read(takenAt: number): Promise<Snapshot> {
        const listed = await this.list();
        const now = this.clock.now();
        this.history = remember(this.history, listed, now);
        const rest = Math.ceil(listed.length / PAGE_SIZE) * REST_PER_PAGE_MS;
        this.restedAt = now + Math.min(rest, LONGEST_REST_MS);
        return (this.last = { index: new ClientIndex(failStuck(listed, this.history, now)), takenAt });
    }
}
