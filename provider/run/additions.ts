import { ClientIndex } from "../fleet/match";
import type { Clock, ObservedClient } from "../fleet/model";
import { pagesOf } from "../hbr/listClients";
import { type ClientWatch, RECENT_MS, type Snapshot } from "./watch";

/**
 * What has been added to the vault's list since it was read. Batches that only install where no client is ask for it before
 * their turn: it takes a page or two, however long the list is.
 */
export class Additions {
    /** The last reading of the whole list, with what was added to it. The status of earlier clients is that of then. */
    private extended: Snapshot = { index: new ClientIndex([]), takenAt: -Infinity };
    private current: Promise<ClientIndex> | undefined;

    /** @param list lists what was added to these clients; undefined if only the whole list can tell */
    constructor(
        private readonly watch: ClientWatch,
        private readonly list: (
            known: readonly ObservedClient[],
        ) => Promise<readonly ObservedClient[] | undefined>,
        private readonly clock: Clock,
    ) {}

    /** Returns a list that is recent enough to show who has a client. */
    async recent(): Promise<ClientIndex> {
        const { last } = this.watch;
        const base = last.takenAt >= this.extended.takenAt ? last : this.extended;
        if (this.clock.now() - base.takenAt <= RECENT_MS) return base.index;
        if (pagesOf(base.index.clients.length) === 1) return this.watch.recent();
        this.current ??= this.extend(base).finally(() => (this.current = undefined));
        return this.current;
    }

    private async extend({ index: { clients } }: Snapshot): Promise<ClientIndex> {
        const takenAt = this.clock.now();
        const added = await this.list(clients);
        if (added === undefined) return (await this.watch.look()).index;
        this.extended = { index: new ClientIndex([...clients, ...added]), takenAt };
        return this.extended.index;
    }
}
