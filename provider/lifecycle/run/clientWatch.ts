import { ClientIndex } from "../../fleet/match";
import type { Clock, ObservedClient, Random } from "../../fleet/model";
import { pauseBeforeLook } from "../../fleet/waiting";

/** What the vault's list of clients said at a moment. */
export interface Snapshot {
    readonly index: ClientIndex;
    /** When the list was asked for; milliseconds since the epoch. */
    readonly takenAt: number;
}

interface Waiter {
    readonly since: number;
    due: number;
    /** Whether this look was the last one needed. */
    look(snapshot: Snapshot): boolean;
    fail(error: unknown): void;
}

/**
 * Looks at the vault's clients on behalf of everybody in a run who waits for one of them: whoever waits shares the
 * pages that are read for another. Looks come when the first waiter is due.
 */
export class ClientWatch {
    private readonly waiters = new Set<Waiter>();
    private wake = new AbortController();
    private looping = false;
    /** The list as it was last read. */
    latest = new ClientIndex([]);

    constructor(
        private readonly list: (signal: AbortSignal) => Promise<readonly ObservedClient[]>,
        private readonly clock: Clock,
        private readonly random: Random,
        private readonly signal: AbortSignal,
    ) {}

    /** One look, now. */
    look(): Promise<Snapshot> {
        return this.until((snapshot) => snapshot, true);
    }

    /**
     * Looks until `decide` gives an answer; it is asked only with lists that were read after this call.
     *
     * @param atOnce whether the first look comes at once, or after the usual pause
     */
    until<T>(decide: (snapshot: Snapshot) => T | undefined, atOnce = false): Promise<T> {
        const { promise, resolve, reject } = Promise.withResolvers<T>();
        const since = this.clock.now();
        this.waiters.add({
            since,
            due: atOnce ? since : since + pauseBeforeLook(0, this.random),
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
            const pause = Math.min(...[...this.waiters].map((waiter) => waiter.due)) - this.clock.now();
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
        const index = new ClientIndex(await this.list(this.signal));
        this.latest = index;
        const now = this.clock.now();
        for (const waiter of asking) {
            try {
                if (waiter.look({ index, takenAt })) this.waiters.delete(waiter);
                else waiter.due = now + pauseBeforeLook(now - waiter.since, this.random);
            } catch (error) {
                this.waiters.delete(waiter);
                waiter.fail(error);
            }
        }
    }
}
