import { isOurs } from "../fleet/entry";
import type { ClientEntry, ObservedClient } from "../fleet/model";
import { HbrError } from "../hbr/errors";
import { type ClientScope, listAdditions, listClients, pageReader } from "../hbr/listClients";
import type { HbrApi } from "../hbr/port";

/** Up to this many missing clients are looked up by ID. For more, the whole list is read again. */
const MOST_LOOKS = 20;

/**
 * The list of clients as runs and refreshes read it. While the list is read, a record can move to an earlier page, because
 * another one is deleted and one more created. It is then missing from the list although it exists. Its client would then be
 * installed again, forgotten by a removal, or counted as uninstalled. So a client seen before is looked up by its ID before
 * it counts as gone.
 */
export class ClientList {
    private known: ReadonlySet<string>;
    private readonly instanceIds: ReadonlySet<string>;

    /**
     * @param entries the recorded entries; the clients they name are assumed to exist
     * @param declared IDs of further instances whose clients matter
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
        for (const client of await this.find(missing, signal)) byId.set(client.clientId, client);
        const clients = [...byId.values()];
        this.known = new Set(
            clients.flatMap(({ instanceId, clientId }) =>
                this.instanceIds.has(instanceId) ? [clientId] : [],
            ),
        );
        return clients;
    }

    /** Reads a single page. Work in progress that it shows is there, but it does not show all clients. */
    async readPage(pageNumber: number, signal?: AbortSignal): Promise<readonly ObservedClient[]> {
        return (await pageReader(this.api, this.scope, signal)(pageNumber)).clients;
    }

    /** Lists the clients that come after those that are known; see {@link listAdditions}. */
    readAfter(
        known: readonly ObservedClient[],
        signal?: AbortSignal,
    ): Promise<readonly ObservedClient[] | undefined> {
        return listAdditions(this.api, this.scope, known, signal);
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
            // A service that ignores the filter would make every missing client count as gone.
            return isOther ? await listClients(this.api, this.scope, signal) : clients;
        } catch (error) {
            if (error instanceof HbrError && error.about === "client") return [];
            throw error;
        }
    }
}
