import { ClientIndex } from "../fleet/match";
import type { Clock, ObservedClient } from "../fleet/model";
import { pagesOf } from "../hbr/listClients";
import { type ClientWatch, mayActOn, RECENT_MS } from "./watch";

/** What a part of the list has shown. */
interface Added {
    readonly clients: readonly ObservedClient[];
    /** When it was requested. */
    readonly takenAt: number;
}

/**
 * What has been added to the vault's list since it was read as a whole. Batches that only install where no client is ask for it
 * when their turn comes: it takes a page or two, however long the list is.
 */
export class Additions {
    private added: Added = { clients: [], takenAt: -Infinity };
    /** The last reading of the whole list with what was added to it. */
    private merged:
        { readonly base: ClientIndex; readonly added: Added; readonly index: ClientIndex } | undefined;
    /** A list of which only the whole can tell what is added to it. */
    private notExtendable: ClientIndex | undefined;
    private current: { readonly takenAt: number; readonly index: Promise<ClientIndex> } | undefined;

    /** @param list lists what was added to these clients; undefined if only the whole list can tell */
    constructor(
        private readonly watch: ClientWatch,
        private readonly list: (
            known: readonly ObservedClient[],
        ) => Promise<readonly ObservedClient[] | undefined>,
        private readonly clock: Clock,
    ) {}

    /** All that is known of the list: the last reading of the whole of it, and what has been added since that was requested. */
    get latest(): ClientIndex {
        const { added } = this;
        const { index: base, takenAt } = this.watch.last;
        if (takenAt >= added.takenAt) return base;
        if (this.merged?.base !== base || this.merged.added !== added) {
            const rest = added.clients.filter(({ clientId }) => base.get(clientId) === undefined);
            this.merged = { base, added, index: new ClientIndex([...base.clients, ...rest]) };
        }
        return this.merged.index;
    }

    /** When that was requested. */
    private get takenAt(): number {
        return Math.max(this.watch.last.takenAt, this.added.takenAt);
    }

    /** Returns a list that is recent enough to show who has a client. */
    async recent(): Promise<ClientIndex> {
        const { latest } = this;
        const now = this.clock.now();
        if (now - this.takenAt <= RECENT_MS) return latest;
        if (pagesOf(latest.clients.length) === 1 || latest === this.notExtendable) return this.whole();
        if (this.current && now - this.current.takenAt <= RECENT_MS) return this.current.index;
        const reading = { takenAt: now, index: this.extend(latest, now) };
        this.current = reading;
        return reading.index.finally(() => {
            if (this.current === reading) this.current = undefined;
        });
    }

    private async extend(known: ClientIndex, takenAt: number): Promise<ClientIndex> {
        const clients = await this.list(known.clients);
        if (clients === undefined) {
            this.notExtendable = known;
            return this.whole();
        }
        const { added } = this;
        // A reading of the whole list that was requested later has shown what was added before.
        const before = this.watch.last.takenAt >= added.takenAt ? [] : added.clients;
        if (takenAt > added.takenAt) this.added = { clients: [...before, ...clients], takenAt };
        return this.latest;
    }

    /** Where only the whole list can tell, it may be as old as for any other part of the run, because it takes more calls. */
    private async whole(): Promise<ClientIndex> {
        const { latest, takenAt } = this;
        return mayActOn({ index: latest, takenAt }, this.clock.now()) ? latest : this.watch.recent();
    }
}
