import { isOurs } from "../fleet/entry";
import type { ClientEntry, ObservedClient } from "../fleet/model";
import { HbrError } from "../hbr/errors";
import { type ClientScope, listClients } from "../hbr/listClients";
import type { HbrApi } from "../hbr/port";

/** Up to this many missing clients are looked at by their ids; for more, the whole list is read again. */
const MOST_LOOKS = 20;

/**
 * The list of clients as runs and refreshes read it. A record that moves to an earlier page while the list is read (another
 * one was deleted, and one more created) is missing from the list although it is there: its client would be installed
 * again, forgotten by a removal, or counted as uninstalled. So a client that was there before is looked at by its id before
 * it counts as gone.
 */
export class ClientList {
    private known: ReadonlySet<string>;
    private readonly instanceIds: ReadonlySet<string>;

    /**
     * @param entries what the state holds; the clients that it names are taken to be there
     * @param declared ids of further instances whose clients matter
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
            // A service that ignores the filter would make every missing client count as gone.
            return isOther ? await listClients(this.api, this.scope, signal) : clients;
        } catch (error) {
            if (error instanceof HbrError && error.about === "client") return [];
            throw error;
        }
    }
}
