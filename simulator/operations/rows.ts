import type { Client } from "../client";
import { LONGEST_LAG_MS } from "../registry";
import type { Switches } from "../switches";
import type { OperationContext } from "./operation";

/** The time that this page of a list shows. */
export function timeOfPage({ now, switches, repeatable, requestNumber }: OperationContext): number {
    const { listLag, listLagJitter } = switches;
    const jitter = listLagJitter === 0 ? 0 : listLagJitter * repeatable.fraction("lag", requestNumber);
    return now - Math.min(LONGEST_LAG_MS, listLag + Math.round(jitter));
}

/** The rows of a list of clients, from which a page is cut: with duplicates, and in the order of this request. */
export function rowsOf(clients: readonly Client[], context: OperationContext): readonly Client[] {
    const { switches, repeatable, requestNumber } = context;
    const { duplicateRows, shuffleRows, listOrder } = switches;
    const isTwice = ({ identity }: Client): boolean =>
        duplicateRows > 0 && repeatable.fraction("twice", identity.clientId) < duplicateRows;
    const rows = sorted(clients, listOrder).flatMap((client) =>
        isTwice(client) ? [client, client] : [client],
    );
    if (!shuffleRows) return rows;
    return rows
        .map((row, index) => ({ row, place: repeatable.fraction("shuffle", requestNumber, index) }))
        .sort((one, other) => one.place - other.place)
        .map(({ row }) => row);
}

/** @param clients the oldest first */
function sorted(clients: readonly Client[], by: Switches["listOrder"]): readonly Client[] {
    if (by === "oldest") return clients;
    if (by === "newest") return clients.toReversed();
    const instanceOf = ({ identity }: Client): string => identity.instanceId;
    return [...Map.groupBy(clients, instanceOf)]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .flatMap(([, own]) => own);
}
