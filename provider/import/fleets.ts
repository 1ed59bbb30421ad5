import { INSTANCE, REPORTED, type ReportedName, SETTINGS } from "../arguments";
import { ClientIndex } from "../fleet/match";
import type { ObservedClient } from "../fleet/model";
import { compareText } from "../fleet/plan";
import { decide } from "../fleet/status";
import { nameIn } from "../urn";
import type { ForeignRecord, RecordedClient } from "./records";

/*
 * Which clients of a vault become which resources: pure. What `pulumi up` would adopt as it is can be imported; the rest
 * would be installed or refused by the next `up`, and stays behind.
 */

/** The clients of one resource: those of one cluster of a vault, or those without a cluster. */
export interface Fleet {
    readonly vaultId: string;
    readonly clusterId: string | undefined;
    readonly members: readonly Member[];
    /** The settings that the service reports, where all of the clients have the same. */
    readonly shown: Readonly<Partial<Record<ReportedName, unknown>>>;
    /** The settings that it reports, where they have not. */
    readonly mixed: readonly ReportedName[];
}

/** A client to import. */
export interface Member {
    readonly client: ObservedClient;
    /** Undefined if no record gives them. */
    readonly sourceTypes: readonly string[] | undefined;
    /** Its record gives it an access key of its own. */
    readonly hasKey: boolean;
    /** All that hold it: any of them could delete it. */
    readonly records: readonly ForeignRecord[];
}

/** A client that is not imported. */
export interface LeftOut {
    readonly instanceId: string;
    readonly clusterId: string | undefined;
    readonly clientId: string | undefined;
    readonly reason: string;
    /** The records that hold it too; only for a client that a resource of the stack has already. */
    readonly records?: readonly ForeignRecord[];
}

export interface Selection {
    readonly fleets: readonly Fleet[];
    readonly leftOut: readonly LeftOut[];
}

/** What the stack has already. */
export interface Managed {
    /** The URNs of its `BackupClients`. */
    readonly urns: ReadonlySet<string>;
    /** The URN of the one that has a client, by client ID. */
    readonly byClient: ReadonlyMap<string, string>;
}

export const NOTHING_MANAGED: Managed = { urns: new Set(), byClient: new Map() };

/** A client that is looked for in a vault, or was found there. */
type Wanted = RecordedClient & { readonly record?: ForeignRecord };

/** All clients of a vault. Of several records of an instance and cluster, the one that a run would use. */
export function allClients(
    vaultId: string,
    clients: readonly ObservedClient[],
    managed = NOTHING_MANAGED,
): Selection {
    const index = new ClientIndex(clients);
    const main = new Set(clients.map((client) => index.match(pairOf(client))));
    const wanted = clients
        .filter((client) => main.has(client))
        .map((client) => ({ ...pairOf(client), clientId: client.clientId, hasKey: false }));
    const others = clients.filter((client) => !main.has(client));
    const selection = select(vaultId, index, wanted, managed);
    return {
        ...selection,
        leftOut: [
            ...selection.leftOut,
            ...others.map((client) => ({
                ...placeOf(client),
                reason: `another record of the same instance and cluster, beside ${index.match(pairOf(client))?.clientId ?? ""}`,
            })),
        ],
    };
}

/** The clients of the records that are in this vault, and in this cluster if one is given. */
export function recordedClients(
    vaultId: string,
    clusterId: string | undefined,
    clients: readonly ObservedClient[],
    records: readonly ForeignRecord[],
    managed = NOTHING_MANAGED,
): Selection {
    const index = new ClientIndex(clients);
    const wanted = records
        .filter((record) => record.vaultId === vaultId)
        .flatMap((record) => record.clients.map((client): Wanted => ({ ...client, record })))
        // A record may not know the cluster of its client.
        .filter((client) => clusterId === undefined || clusterIdOf(client, index) === clusterId);
    return select(vaultId, index, wanted, managed);
}

function select(
    vaultId: string,
    index: ClientIndex,
    wanted: readonly Wanted[],
    { byClient }: Managed,
): Selection {
    const leftOut: LeftOut[] = [];
    const members = new Map<ObservedClient, Member>();
    for (const each of wanted) {
        const client = index.match(each);
        // What the stack has already stays declared, whatever its status: the next `up` would remove it otherwise.
        const isManaged = client !== undefined && byClient.has(client.clientId);
        const reason = isManaged ? undefined : reasonToLeave(vaultId, each, client);
        if (client && reason === undefined) members.set(client, memberOf(client, each, members.get(client)));
        else if (reason !== undefined) leftOut.push({ ...placeOf(client ?? each), reason });
    }
    const byCluster = Map.groupBy(members.values(), ({ client }) => client.clusterId);
    const fleets = [...byCluster].map(([clusterId, own]) => fleetOf(vaultId, clusterId, own));
    return { fleets: fleets.sort((a, b) => compareText(a.clusterId ?? "", b.clusterId ?? "")), leftOut };
}

/**
 * The part of a fleet that is to be a resource of that URN. A client that another resource has stays with it: each of
 * the two would remove it.
 *
 * @param isImported whether the resource is to be made by `pulumi import`, which leaves one that is there as it is
 */
export function notManaged(
    fleet: Fleet,
    urn: string,
    { urns, byClient }: Managed,
    isImported: boolean,
): Selection {
    const reasonOf = ({ client: { clientId } }: Member): string | undefined => {
        const holder = byClient.get(clientId);
        if (holder !== undefined && (isImported || holder !== urn))
            return `already in the resource ${nameIn(holder)} of this stack`;
        if (!isImported || !urns.has(urn)) return undefined;
        return (
            `this stack has a resource ${nameIn(urn)} already, and \`pulumi import\` leaves that as it is: choose another ` +
            "--name, or declare the client in that resource, and `pulumi up` adopts it"
        );
    };
    const byReason = Map.groupBy(fleet.members, reasonOf);
    const members = byReason.get(undefined) ?? [];
    return {
        fleets: members.length === 0 ? [] : [fleetOf(fleet.vaultId, fleet.clusterId, members)],
        leftOut: [...byReason].flatMap(([reason, own]) =>
            reason === undefined
                ? []
                : own.map(({ client, records }) => ({
                      ...placeOf(client),
                      reason,
                      ...(byClient.has(client.clientId) && { records }),
                  })),
        ),
    };
}

function clusterIdOf(wanted: Wanted, index: ClientIndex): string | undefined {
    return wanted.clusterId ?? index.match(wanted)?.clusterId;
}

/** @param before the member, if another record has asked for the client already */
function memberOf(client: ObservedClient, wanted: Wanted, before: Member | undefined): Member {
    const { sourceTypes, hasKey, record } = wanted;
    return {
        client,
        sourceTypes: before?.sourceTypes ?? sourceTypes,
        hasKey: hasKey || before?.hasKey === true,
        records: [...(before?.records ?? []), ...(record ? [record] : [])],
    };
}

function fleetOf(vaultId: string, clusterId: string | undefined, members: readonly Member[]): Fleet {
    const shown: Partial<Record<ReportedName, unknown>> = {};
    const mixed: ReportedName[] = [];
    for (const name of REPORTED) {
        const [value, ...others] = new Set(members.map(({ client }) => client[name]));
        if (others.length > 0) mixed.push(name);
        // A program could not declare another value.
        else if (SETTINGS[name].form.parse(value) !== undefined) shown[name] = value;
    }
    const sorted = members.toSorted((a, b) => compareText(a.client.instanceId, b.client.instanceId));
    return { vaultId, clusterId, members: sorted, shown, mixed };
}

/** Why a client is not imported; undefined if it is. */
function reasonToLeave(
    vaultId: string,
    wanted: Wanted,
    client: ObservedClient | undefined,
): string | undefined {
    if (client) return reasonOfClient(client);
    const place = wanted.clusterId === undefined ? "without a cluster" : "in this cluster";
    return `the vault ${vaultId} has no client of this instance ${place}`;
}

function reasonOfClient({ instanceId, clusterId, status }: ObservedClient): string | undefined {
    const { form } = INSTANCE.instanceId;
    if (form.parse(instanceId) === undefined) return form.reason(instanceId);
    const { form: clusterForm } = INSTANCE.clusterId;
    if (clusterId !== undefined && clusterForm.parse(clusterId) === undefined)
        return clusterForm.reason(clusterId);
    const decision = decide(status, "new");
    switch (decision) {
        case "adopt":
        case "adoptAndWarn":
        case "keep":
        case "keepAndReport":
            return undefined;
        case "install":
            return `${status}: it has no agent, and the next \`pulumi up\` would install one`;
        case "reinstall":
            return `${status}: the next \`pulumi up\` would reinstall it`;
        case "wait":
            return status === "UNINSTALLING"
                ? `${status}: its agent goes, and the next \`pulumi up\` would install another`
                : `${status}: declare it in the program after the import, and \`pulumi up\` waits for it and adopts it`;
        case "grace":
        case "refuse":
            return `${status}: declare it in the program once it is healthy, and \`pulumi up\` adopts it`;
    }
}

/** What a client stands for. An instance may have one without a cluster beside others. */
function pairOf({ instanceId, clusterId }: ObservedClient): Pick<Wanted, "instanceId" | "clusterId"> {
    return { instanceId, ...(clusterId !== undefined && { clusterId }) };
}

function placeOf({ instanceId, clusterId, clientId }: Wanted | ObservedClient): Omit<LeftOut, "reason"> {
    return { instanceId, clusterId, clientId };
}
