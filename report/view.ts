import { compareText } from "../provider/fleet/plan";
import { CLIENT_STATUSES } from "../provider/fleet/status";
import { adviceFor } from "../provider/hbr/errors";
import { KNOWN_ERRORS } from "../provider/hbr/knownErrors";
import { withoutUndefined } from "../provider/hbr/parse";
import { withoutIds } from "../provider/run/halt";
import type { Change, Entry, Findings, Fleet, Gap, StackNames } from "./fleets";

/** What all forms of the report show. Its JSON is one of them, so a change of a name here is one that users notice. */
export interface View {
    readonly format: 1;
    readonly names?: StackNames;
    /** When the state was written. */
    readonly takenAt?: string;
    readonly counts: Counts;
    /** The statuses that occur, `ACTIVATED` first, then by their number. */
    readonly statuses: readonly StatusRow[];
    /** The changes that a preview shows, those that remove clients first; absent without one. */
    readonly plan?: readonly Change[];
    readonly errors: readonly ErrorRow[];
    /** By what needs attention first. */
    readonly clusters: readonly ClusterRow[];
    /** By what needs attention first. */
    readonly instances: readonly InstanceRow[];
    readonly remarks: readonly string[];
    readonly gaps: readonly Gap[];
}

export interface Counts {
    readonly instances: number;
    readonly failed: number;
    readonly drift: number;
    /** With work that the next `pulumi up` has to do. */
    readonly pending: number;
    /** Resources from which the preview removes clients; absent without one. */
    readonly removals?: number;
}

export interface StatusRow {
    readonly status: string;
    readonly count: number;
}

/** Instances of one cluster in one vault. */
export interface ClusterRow extends Omit<Counts, "removals"> {
    /** Absent for instances without one. */
    readonly clusterId?: string;
    readonly vaultId?: string;
    readonly activated: number;
}

/** An error code, with all instances that have it. */
export interface ErrorRow {
    readonly code: string;
    readonly instanceIds: readonly string[];
    /** Absent for a code that this package does not know. */
    readonly means?: string;
    readonly advice: string;
    /** What the service says, different messages only, at most three. */
    readonly messages: readonly string[];
}

export interface InstanceRow {
    readonly instanceId: string;
    readonly instanceName?: string;
    /** The name of the resource, or the path of the stack output. */
    readonly fleet: string;
    readonly vaultId?: string;
    readonly region?: string;
    readonly clusterId?: string;
    readonly status: string;
    readonly statusMessage?: string;
    readonly clientId?: string;
    readonly clientVersion?: string;
    readonly pendingAction?: string;
    readonly errorCode?: string;
    readonly errorMessage?: string;
    readonly isFailed: boolean;
    readonly isDrift: boolean;
    /** What else is to be known, a few words each. */
    readonly remarks: readonly string[];
}

export function viewOf({ names, takenAt, fleets, changes, remarks, gaps }: Findings): View {
    const instances = fleets.flatMap(rowsOf).sort(byUrgency);
    const removals = changes?.filter(({ removes }) => removes).length;
    return {
        format: 1,
        ...(names && { names: { project: names.project, stack: names.stack } }),
        ...(takenAt !== undefined && { takenAt }),
        counts: { ...countsOf(instances), ...(removals !== undefined && { removals }) },
        statuses: statusesOf(instances),
        ...(changes && { plan: changes.toSorted(byRisk) }),
        errors: errorsOf(instances),
        clusters: clustersOf(instances),
        instances,
        remarks,
        gaps,
    };
}

function byRisk(a: Change, b: Change): number {
    return Number(b.removes) - Number(a.removes) || compareText(a.name, b.name);
}

function rowsOf(fleet: Fleet): readonly InstanceRow[] {
    const { name, vaultId, region, entries } = fleet;
    return entries.map((entry) => {
        const { instanceId, status, latestVersion: _latest, owned: _owned, ...others } = entry;
        const { drift: _drift, settingsNotTaken: _notTaken, ...shown } = others;
        return {
            instanceId,
            fleet: name,
            status,
            ...withoutUndefined({ vaultId, region, ...shown }),
            isFailed: entry.errorCode !== undefined,
            isDrift: isDrift(entry, fleet),
            remarks: remarksOf(entry),
        };
    });
}

/**
 * Whether a client is not what a finished run leaves behind. Reinstallations that wait for their wave, or failed and will
 * be tried again, are no drift; what a refresh has found is.
 */
function isDrift({ status, pendingAction, errorCode }: Entry, { hasOpenRollout }: Fleet): boolean {
    if (status !== "ACTIVATED") return true;
    return pendingAction === "reinstall" && !hasOpenRollout && errorCode === undefined;
}

/** Names of settings and never their values. */
function remarksOf({ owned, drift, settingsNotTaken, latestVersion }: Entry): readonly string[] {
    const settings = settingsNotTaken.filter((name) => name !== "latestVersion");
    return [
        ...(drift.length > 0 ? [`differs: ${drift.join(", ")}`] : []),
        ...(settings.length > 0 ? [`not taken over: ${settings.join(", ")}`] : []),
        ...(settingsNotTaken.includes("latestVersion") ? ["not upgraded"] : []),
        ...(latestVersion === undefined ? [] : [`${latestVersion} is available`]),
        ...(owned === false ? ["not owned"] : []),
    ];
}

/** What a reader looks for: failures, then drift, then what is not finished. */
function urgencyOf({ isFailed, isDrift, pendingAction }: InstanceRow): number {
    if (isFailed) return 0;
    if (isDrift) return 1;
    return pendingAction === undefined ? 3 : 2;
}

function byUrgency(a: InstanceRow, b: InstanceRow): number {
    return (
        urgencyOf(a) - urgencyOf(b) ||
        compareText(a.fleet, b.fleet) ||
        compareText(a.instanceId, b.instanceId)
    );
}

function countsOf(rows: readonly InstanceRow[]): Omit<Counts, "removals"> {
    return {
        instances: rows.length,
        failed: rows.filter(({ isFailed }) => isFailed).length,
        drift: rows.filter(({ isDrift: differs }) => differs).length,
        pending: rows.filter(({ pendingAction }) => pendingAction !== undefined).length,
    };
}

function statusesOf(rows: readonly InstanceRow[]): readonly StatusRow[] {
    const rank = (status: string): number => (status === "ACTIVATED" ? 0 : 1);
    const order: readonly string[] = CLIENT_STATUSES;
    return [...Map.groupBy(rows, ({ status }) => status)]
        .map(([status, own]) => ({ status, count: own.length }))
        .sort(
            (a, b) =>
                rank(a.status) - rank(b.status) ||
                b.count - a.count ||
                order.indexOf(a.status) - order.indexOf(b.status),
        );
}

function clustersOf(rows: readonly InstanceRow[]): readonly ClusterRow[] {
    const groups = Map.groupBy(rows, ({ clusterId, vaultId }) => JSON.stringify([vaultId, clusterId]));
    return [...groups.values()]
        .map((own) => ({
            ...withoutUndefined({ clusterId: own[0]?.clusterId, vaultId: own[0]?.vaultId }),
            ...countsOf(own),
            activated: own.filter(({ status }) => status === "ACTIVATED").length,
        }))
        .sort(
            (a, b) =>
                b.failed - a.failed ||
                b.drift - a.drift ||
                compareText(a.vaultId ?? "", b.vaultId ?? "") ||
                compareText(a.clusterId ?? "", b.clusterId ?? ""),
        );
}

const MOST_MESSAGES = 3;

function errorsOf(rows: readonly InstanceRow[]): readonly ErrorRow[] {
    const groups = Map.groupBy(
        rows.filter(({ isFailed }) => isFailed),
        ({ errorCode = "" }) => errorCode,
    );
    return [...groups]
        .map(([code, own]) => {
            const messages = differentMessages(own);
            return {
                code,
                instanceIds: own.map(({ instanceId }) => instanceId),
                ...withoutUndefined({ means: KNOWN_ERRORS.get(code)?.means }),
                advice: adviceFor(code, operationIn(messages)) ?? NO_ADVICE,
                messages: messages.slice(0, MOST_MESSAGES),
            };
        })
        .sort((a, b) => b.instanceIds.length - a.instanceIds.length || compareText(a.code, b.code));
}

/** One of those that differ only in the IDs in them. */
function differentMessages(rows: readonly InstanceRow[]): readonly string[] {
    const bySense = new Map<string, string>();
    for (const { errorMessage, instanceId } of rows) {
        if (errorMessage === undefined) continue;
        const sense = withoutIds(errorMessage).replaceAll(instanceId, "…");
        if (!bySense.has(sense)) bySense.set(sense, errorMessage);
    }
    return [...bySense.values()];
}

const NO_ADVICE = "read the message: the service says what it does not accept";

/** The operation that a message begins with (`CreateClients failed: …`), for the advice about a missing permission. */
function operationIn([message = ""]: readonly string[]): string | undefined {
    return /^([A-Z]\w+) failed: /.exec(message)?.[1];
}
