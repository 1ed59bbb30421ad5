import { ClientIndex } from "../fleet/match";
import type { Clock, ObservedClient } from "../fleet/model";
import { HbrError } from "../hbr/errors";
import { pagesOf } from "../hbr/listClients";
import type { ClientWatch, Snapshot } from "./watch";

/** A reading of one page, which may be in progress. */
interface PageReading {
    readonly takenAt: number;
    readonly snapshot: Promise<Snapshot>;
}

/**
 * Readings of the vault's list, or of one of its pages, that several parts of a run share. They only tell what could be asked
 * in another way, so one that fails, or does not come in time, is none.
 */
export class SharedReadings {
    /** The last reading of each page. */
    private readonly pages = new Map<number, PageReading>();

    constructor(
        private readonly watch: ClientWatch,
        private readonly readPage: (pageNumber: number) => Promise<readonly ObservedClient[]>,
        private readonly clock: Clock,
    ) {}

    /** The last reading of the whole list. */
    get last(): Snapshot {
        return this.watch.last;
    }

    /** Passes on every reading of the whole list from now on, without asking for any. */
    observe(see: (snapshot: Snapshot) => void): void {
        this.watch.observe(see);
    }

    /** The page on which the last reading of the whole list has shown the client; undefined if it has not. */
    pageOf(clientId: string): number | undefined {
        const row = this.last.index.row(clientId);
        return row === undefined ? undefined : pagesOf(row + 1);
    }

    /** When the last reading of the page was requested. */
    takenAt(pageNumber: number): number {
        return this.pages.get(pageNumber)?.takenAt ?? -Infinity;
    }

    /**
     * @param ageMs how long ago the reading may have been requested (ms)
     * @param waitMs how long to wait for it (ms)
     */
    whole(ageMs: number, waitMs: number): Promise<Snapshot | undefined> {
        return this.inTime(this.watch.within(ageMs), waitMs);
    }

    /** The same for a reading of the whole list that is in progress; undefined if there is none. */
    async underWay(ageMs: number, waitMs: number): Promise<Snapshot | undefined> {
        const reading = this.watch.underWay(ageMs);
        return reading && this.inTime(reading, waitMs);
    }

    /** The same for a page. It shows only the clients on it, which may be others than before. */
    page(pageNumber: number, ageMs: number, waitMs: number): Promise<Snapshot | undefined> {
        return this.inTime(this.pageWithin(pageNumber, ageMs), waitMs);
    }

    private pageWithin(pageNumber: number, ageMs: number): Promise<Snapshot> {
        const takenAt = this.clock.now();
        const last = this.pages.get(pageNumber);
        if (last && takenAt - last.takenAt <= ageMs) return last.snapshot;
        const clients = this.readPage(pageNumber);
        const snapshot = clients.then((listed) => ({ index: new ClientIndex(listed), takenAt }));
        this.pages.set(pageNumber, { takenAt, snapshot });
        return snapshot;
    }

    private async inTime(reading: Promise<Snapshot>, waitMs: number): Promise<Snapshot | undefined> {
        const over = new AbortController();
        const tooLate = this.clock.sleep(waitMs, over.signal).then(
            () => undefined,
            () => undefined,
        );
        const answer = reading.catch((error: unknown) => {
            if (error instanceof HbrError) return undefined;
            throw error;
        });
        try {
            return await Promise.race([answer, tooLate]);
        } finally {
            over.abort();
        }
    }
}
