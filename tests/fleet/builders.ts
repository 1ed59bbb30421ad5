import type {
    ClientEntry,
    DeclaredInstance,
    FleetSpec,
    FleetState,
    ObservedClient,
} from "../../provider/fleet/model";
import type { Promised } from "../../provider/fleet/plan";
import { type ClientStatus, isInstalled } from "../../provider/fleet/status";
import type { Unknown } from "../../provider/unknown";

/** What a preview has promised that shows the reinstallation of i-1, and nothing else. */
export const REINSTALLED: Promised = new Map([["i-1", "reinstall"]]);

/** A declared instance of the cluster cl-1. */
export function declared(instanceId: string, clusterId = "cl-1"): DeclaredInstance {
    return { instanceId, clusterId, sourceTypes: ["HANA"] };
}

/** A declared instance that names no cluster. */
export function withoutCluster(instanceId: string): DeclaredInstance {
    return { instanceId, sourceTypes: ["HANA"] };
}

/** What a program declares; everything else is as the defaults have it. */
export function spec<U extends Unknown = never>(
    instances: readonly DeclaredInstance<U>[],
    settings: Partial<FleetSpec<U>> = {},
): FleetSpec<U> {
    return {
        instances: new Map(instances.map((instance) => [instance.instanceId, instance])),
        credentials: new Map(),
        removal: "Uninstall",
        adoptExisting: true,
        upgrades: "Manual",
        ...settings,
    };
}

/** A client as the service lists it. */
export function client(
    instanceId: string,
    status: ClientStatus,
    more: Partial<ObservedClient> = {},
): ObservedClient {
    return { clientId: `c-${instanceId}`, vaultId: "v-1", instanceId, clusterId: "cl-1", status, ...more };
}

/** What the state holds of a client: by default the one that {@link client} makes. */
export function entry(
    instanceId: string,
    status: ClientStatus = "ACTIVATED",
    more: Partial<ClientEntry> = {},
): ClientEntry {
    const known = status === "NOT_INSTALLED" ? {} : { clientId: `c-${instanceId}` };
    return { instanceId, clusterId: "cl-1", status, installed: isInstalled(status), ...known, ...more };
}

/** What the state holds of an instance on which nothing is the resource's. */
export function foreign(
    instanceId: string,
    status: ClientStatus = "ACTIVATED",
    more: Partial<ClientEntry> = {},
): ClientEntry {
    const { clientId: _id, ...own } = entry(instanceId, status);
    return { ...own, ...more, installed: false, owned: false };
}

/** A state in which these clients are recorded, for the settings they were installed with. */
export function state<U extends Unknown = never>(
    entries: readonly ClientEntry[],
    recorded: FleetSpec<U>,
): FleetState<U> {
    return { spec: recorded, clients: new Map(entries.map((each) => [each.instanceId, each])) };
}

/** A state in which nothing is recorded. */
export function nothing<U extends Unknown = never>(of: FleetSpec<U>): FleetState<U> {
    return state([], of);
}
