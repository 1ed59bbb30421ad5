import { ClientIndex } from "../fleet/match";
import type { ClientEntry, Clock, ObservedClient, Random } from "../fleet/model";
import { failStuck, pauseBeforeLook, remember, type StatusHistory } from "../fleet/timing";
import { type ClientScope, listClients, PAGE_SIZE } from "../hbr/listClients";
import type { RunEnvironment, RunGoal } from "./context";
import { isOurs } from "../fleet/entry";
import { HbrError } from "../hbr/errors";
import type { HbrApi } from "../hbr/port";

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

/** Lists the clients that concern the run: those of one cluster where all instances are in that one. */
export function observer(
    { api, clock }: RunEnvironment,
    task: RunGoal,
): (signal: AbortSignal) => Promise<readonly ObservedClient[]> {
    const declared = task.declared?.instances ?? new Map<string, never>();
    const entries = [...task.recorded.clients.values()];
    const pairs = [...declared.values(), ...entries];
    const clusterIds = new Set(pairs.map((pair) => pair.clusterId));
    const [clusterId] = clusterIds;
    const scope = {
        vaultId: task.vaultId,
        ...(clusterIds.size === 1 && clusterId !== undefined && { clusterId }),
    };
    const list = new ClientList(api, scope, entries, declared.keys());
    let history: StatusHistory = new Map();
    return async (signal) => {
        const clients = await list.read(signal);
        history = remember(history, clients, clock.now());
        return failStuck(clients, history, clock.now());
    };
}

/** So many clients are looked at one by one; where more are missing, the list is read once more. */
const MOST_LOOKS = 20;

/**
 * The list of clients as a run or a refresh reads it. A record that moves to an earlier page while the list is read
 * (because another was deleted, and one more created) is missing from it although it is there: its client would be
 * installed again, forgotten by a removal, or counted as uninstalled. So a client that was known to be there is looked at
 * once more before it counts as gone.
 */
export class ClientList {
    private known: ReadonlySet<string>;
    private readonly instanceIds: ReadonlySet<string>;

    /**
     * @param entries what the state holds: the clients that it names are known to be there
     * @param declared further instances whose clients matter
     */
    constructor(
        private readonly api: HbrApi,
        private readonly scope: ClientScope,
        entries: readonly ClientEntry[],
        declared: Iterable<string> = [],
    ) {
        this.instanceIds = new Set([...declared, ...entries.map(({ instanceId }) => instanceId)]);
        this.known = new Set(entries.flatMap((entry) => (isOurs(entry) ? (entry.clientId ?? []) : [])));
    }

    async read(signal?: AbortSignal): Promise<readonly ObservedClient[]> {
        const listed = await listClients(this.api, this.scope, signal);
        const byId = new Map(listed.map((client) => [client.clientId, client]));
        const missing = [...this.known].filter((clientId) => !byId.has(clientId));
        if (missing.length > 0)
            for (const client of await this.find(missing, signal)) byId.set(client.clientId, client);
        const clients = [...byId.values()];
        this.known = new Set(
            clients.flatMap(({ instanceId, clientId }) =>
                this.instanceIds.has(instanceId) ? [clientId] : [],
            ),
        );
        return clients;
    }

    private async find(
        clientIds: readonly string[],
        signal?: AbortSignal,
    ): Promise<readonly ObservedClient[]> {
        if (clientIds.length > MOST_LOOKS) return listClients(this.api, this.scope, signal);
        const found = await Promise.all(clientIds.map((clientId) => this.lookAt(clientId, signal)));
        return found.flat();
    }

    private async lookAt(clientId: string, signal?: AbortSignal): Promise<readonly ObservedClient[]> {
        try {
            const query = { ...this.scope, clientId, pageNumber: 1, pageSize: 1 };
            const { clients } = await this.api.describeClients(query, signal);
            const isOther = clients.some((client) => client.clientId !== clientId);
            // A service that knows no such filter would make every client that is missing count as gone.
            return isOther ? await listClients(this.api, this.scope, signal) : clients;
        } catch (error) {
            if (error instanceof HbrError && error.about === "client") return [];
            throw error;
        }
    }
}
