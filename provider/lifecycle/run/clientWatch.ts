import { ClientIndex } from "../../fleet/match";
import type { Clock, ObservedClient, Random } from "../../fleet/model";
import { pauseBeforeLook } from "../../fleet/waiting";
import { PAGE_SIZE } from "../../hbr/listClients";

/** What a page of the list costs in rest (ms): with thousands of waiters somebody is always due. */
const REST_PER_PAGE_MS = 250;
const LONGEST_REST_MS = 30_000;
/** How old a list may be for something to be done on what it says. */
const RECENT_MS = 30_000;

/** What the vault's list of clients said at a moment. */
export interface Snapshot {
    readonly index: ClientIndex;
    /** When the list was asked for; milliseconds since the epoch. */
    readonly takenAt: number;
}

interface Waiter {
    readonly since: number;
    due: number;
    /** Its look does not wait for the rest after another. */
    atOnce: boolean;
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
    /** When the rest after the last look is over. */
    private restedAt = -Infinity;
    /** The list as it was last read. */
    latest = new ClientIndex([]);
    private latestAt = -Infinity;

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

    /** The list as it was read a moment ago, or else one look, now. */
    async recent(): Promise<ClientIndex> {
        if (this.clock.now() - this.latestAt <= RECENT_MS) return this.latest;
        return (await this.look()).index;
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
            atOnce,
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
            const pause =
                Math.min(...[...this.waiters].map((waiter) => this.lookAt(waiter))) - this.clock.now();
            if (pause <= 0) return;
            this.wake = new AbortController();
            const woken = this.wake.signal;
            await this.clock.sleep(pause, AbortSignal.any([this.signal, woken])).catch((error: unknown) => {
                if (!woken.aborted) throw error;
            });
        }
    }

    private lookAt({ due, atOnce }: Waiter): number {
        return atOnce ? due : Math.max(due, this.restedAt);
    }

    private async lookOnce(): Promise<void> {
        const asking = [...this.waiters];
        const takenAt = this.clock.now();
        const clients = await this.list(this.signal);
        const index = new ClientIndex(clients);
        this.latest = index;
        this.latestAt = takenAt;
        const now = this.clock.now();
        const rest = Math.ceil(clients.length / PAGE_SIZE) * REST_PER_PAGE_MS;
        this.restedAt = now + Math.min(rest, LONGEST_REST_MS);
        for (const waiter of asking) {
            try {
                if (waiter.look({ index, takenAt })) this.waiters.delete(waiter);
                waiter.due = now + pauseBeforeLook(now - waiter.since, this.random);
                waiter.atOnce = false;
            } catch (error) {
                this.waiters.delete(waiter);
                waiter.fail(error);
            }
        }
    }
}
