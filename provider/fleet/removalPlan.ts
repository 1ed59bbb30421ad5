import type { MaybeUnknown } from "../unknown";
import { isOurs, observationOf, ownClient } from "./entry";
import type { ClientIndex } from "./match";
import { isOpen, openTask } from "./installation";
import type { ClientEntry, Removal } from "./model";
import type { ActionKind, PlannedAction } from "./plan";
import { mayHaveAgent } from "./status";

/** Plans the removal of what the state holds of an instance that is no longer declared. */
export function planRemoval(
    entry: ClientEntry,
    removal: MaybeUnknown<Removal>,
    reasons: readonly string[],
    observed?: ClientIndex,
): PlannedAction {
    const client = observed && ownClient(entry, observed);
    return {
        instanceId: entry.instanceId,
        kind: removalKind(entry, removal, observed),
        declared: undefined,
        entry,
        observation: observationOf(entry, client, observed),
        client,
        reasons,
        repair: false,
        clusterChanged: false,
        deferred: [],
    };
}

function removalKind(
    entry: ClientEntry,
    removal: MaybeUnknown<Removal>,
    observed: ClientIndex | undefined,
): ActionKind {
    if (!isOurs(entry)) return "leave";
    const isUnseen = observed === undefined || isOpen(entry) || openTask(entry) !== undefined;
    if (!isUnseen && isRemoved(entry, removal, observed)) return "done";
    return removal === "Retain" ? "retain" : "uninstall";
}

/** Whether nothing is left to be removed: no agent, and not the record that the state names where that is to go too. */
export function isRemoved(entry: ClientEntry, removal: MaybeUnknown<Removal>, index: ClientIndex): boolean {
    const client = ownClient(entry, index);
    return client === undefined || (!mayHaveAgent(client.status) && removal === "Uninstall");
}
