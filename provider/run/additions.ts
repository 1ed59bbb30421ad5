import { ClientIndex } from "../fleet/match";
import type { Clock, ObservedClient } from "../fleet/model";
import { pagesOf } from "../hbr/listClients";
import { type ClientWatch, mayActOn, RECENT_MS, type Snapshot } from "./watch";

/**
 * What has been added to the vault's list since it was read. Batches that only install where no client is ask for it before
 * their turn: it takes a page or two, however long the list is.
 */
export class Additions {
    /** The last reading of the whole list, with what was added to it. The status of earlier clients is that of then. */
    private extended: Snapshot = { index: new ClientIndex([]), takenAt: -Infinity };
    /** The list of which it cannot be told what was added. */
    private closed: ClientIndex | undefined;
    private current: Promise<ClientIndex> | undefined;

    /** @param list lists what was added to these clients; undefined if only the whole list can tell */
    constructor(
        private readonly watch: ClientWatch,
        private readonly list: (
            known: readonly ObservedClient[],
        ) => Promise<readonly ObservedClient[] | undefined>,
        private readonly clock: Clock,
    ) {}

    /** All that is known of the list, with what was added. */
    get latest(): ClientIndex {
        return this.last.index;
    }

    private get last(): Snapshot {
        const { last } = this.watch;
        return last.takenAt >= this.extended.takenAt ? last : this.extended;
    }

    /** Returns a list that is recent enough to show who has a client. */
    async recent(): Promise<ClientIndex> {
        const { last } = this;
        if (this.clock.now() - last.takenAt <= RECENT_MS) return last.index;
        if (pagesOf(last.index.clients.length) === 1 || last.index === this.closed) return this.whole();
        this.current ??= this.extend(last).finally(() => (this.current = undefined));
        return this.current;
    }

    private async extend({ index, takenAt: readAt }: Snapshot): Promise<ClientIndex> {
        const takenAt = this.clock.now();
        const added = await this.list(index.clients);
        if (added === undefined) {
            this.closed = index;
            return this.whole();
        }
        const { last } = this.watch;
        // Meanwhile the whole list may have been read. It shows the status that the clients have now.
        const later = last.takenAt > readAt ? last.index.clients : [];
        const byId = new Map([...index.clients, ...added, ...later].map((each) => [each.clientId, each]));
        this.extended = { index: new ClientIndex([...byId.values()]), takenAt };
        return this.extended.index;
    }

    /** Where only the whole list can tell, it may be as old as for any other part of the run, because it takes more calls. */
    private async whole(): Promise<ClientIndex> {
        const { last } = this;
        return mayActOn(last, this.clock.now()) ? last.index : this.watch.recent();
    }
}
