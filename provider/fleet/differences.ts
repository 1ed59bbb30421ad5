import { isDeepStrictEqual } from "node:util";
import { REINSTALLING, REPORTED, type ReportedName } from "../arguments";
import { isUnknown, type MaybeUnknown, type Unknown, UNKNOWN_VALUE } from "../unknown";
import type {
    ClientCredential,
    ClientEntry,
    DeclaredInstance,
    FleetSpec,
    NotTaken,
    ObservedClient,
    ShownSettings,
} from "./model";
import { isBehind } from "./version";

/** The move of an instance to another cluster as a reason (`clusterId cl-1 → cl-2`); undefined if it does not move. */
export function clusterChange(
    declared: DeclaredInstance<Unknown>,
    entry: ClientEntry | undefined,
): string | undefined {
    if (!entry || declared.clusterId === entry.clusterId) return undefined;
    return change("clusterId", entry.clusterId, declared.clusterId);
}

/** A declared instance, and what it is compared with. */
export interface Compared {
    readonly declared: DeclaredInstance<Unknown>;
    readonly spec: FleetSpec<Unknown>;
    /** The settings in the state: those the client was installed with. */
    readonly recorded: FleetSpec<Unknown>;
    readonly entry: ClientEntry | undefined;
    /** Absent in a preview, which reads no list; the status last seen is used instead. */
    readonly client: ObservedClient | undefined;
}

/**
 * Why a client with the recorded settings has to be reinstalled for the declared ones. A setting that the service reports
 * (`useHttps`, `alertSetting`) is compared with what the client shows; if it shows nothing, and for all other settings, the
 * state decides. The reason for an access key never holds its value.
 */
export function settingsDifferences(the: Compared): readonly string[] {
    const unreported = unreportedDifferences(the);
    if (!REPORTED.some((name) => differs(name, the))) return unreported;
    const reported = REPORTED.filter((name) => differs(name, the));
    return [
        ...reported.map((name) => change(name, seen(name, the) ?? the.recorded[name], the.spec[name])),
        ...unreported,
    ];
}

// Shared, because a preview compares thousands of clients, and most match their settings.
const NONE: readonly string[] = [];

/** The reported settings that differ from the declared ones, with the values that the client shows. */
export function driftOf(the: Compared): ShownSettings {
    return shownWhere(the.client, (name) => differs(name, the));
}

/** The declared settings that the service has not applied to a client installed with them, with the values that it shows. */
export function settingsNotTaken(spec: FleetSpec, client: ObservedClient): ShownSettings {
    return shownWhere(client, (name, value) => spec[name] !== undefined && spec[name] !== value);
}

/**
 * The settings that the service has not applied and that still show the same value, and the version that an upgrade has not
 * brought, until there is a later one. They are not drift, but stay on record.
 */
export function stillNotTaken(the: Compared): NotTaken {
    const { client, entry } = the;
    const settings = shownWhere(
        client,
        (name, value) =>
            value === entry?.settingsNotTaken?.[name] && !differs(name, the) && value !== the.spec[name],
    );
    const latestVersion = entry?.settingsNotTaken?.latestVersion;
    const isStillBehind = isBehind(client?.clientVersion, latestVersion);
    const isMeant = isStillBehind && !isBehind(latestVersion, client?.maxVersion);
    return isMeant && latestVersion !== undefined ? { ...settings, latestVersion } : settings;
}

/**
 * The upgrade that a client needs; undefined if it is not behind, or if an upgrade has not brought that version, or a later
 * one, before.
 */
export function upgradeStep({
    client,
    entry,
}: Pick<Compared, "client" | "entry">): { readonly from: string; readonly to: string } | undefined {
    const { clientVersion: from } = client ?? entry ?? {};
    const to = client ? client.maxVersion : entry?.latestVersion;
    if (from === undefined || to === undefined || !isBehind(from, to)) return undefined;
    const notTaken = entry?.settingsNotTaken?.latestVersion;
    return notTaken !== undefined && !isBehind(notTaken, to) ? undefined : { from, to };
}

/** Whether the shown settings account for all reasons to reinstall. */
export function areShown(reasons: readonly string[], shown: ShownSettings): boolean {
    const names = Object.keys(shown);
    return (
        reasons.length === names.length &&
        reasons.every((reason) => names.some((name) => reason.startsWith(`${name} `)))
    );
}

export function isFilled(settings: NotTaken): boolean {
    return Object.keys(settings).length > 0;
}

function shownWhere(
    client: ObservedClient | undefined,
    isMeant: (name: ReportedName, value: string | boolean) => boolean,
): ShownSettings {
    const shown: Partial<Record<ReportedName, string | boolean>> = {};
    for (const name of REPORTED) {
        const value = client?.[name];
        if (value !== undefined && isMeant(name, value)) shown[name] = value;
    }
    return shown;
}

function differs(name: ReportedName, the: Compared): boolean {
    const { spec, recorded, entry } = the;
    const declared = spec[name];
    if (declared === undefined) return false;
    const shown = seen(name, the);
    if (shown === undefined) return declared !== recorded[name];
    if (shown === declared) return false;
    // The client was installed with this value, and the service kept its own.
    return !(declared === recorded[name] && shown === entry?.settingsNotTaken?.[name]);
}

/** The value of a setting that the service shows, or last showed. */
function seen(name: ReportedName, { client, entry }: Compared): string | boolean | undefined {
    return client ? client[name] : (entry?.drift?.[name] ?? entry?.settingsNotTaken?.[name]);
}

/** Settings that DescribeClients does not report, so they are compared with the state. */
const UNREPORTED = REINSTALLING.filter((name) => name !== "triggers").filter(
    (name) => !REPORTED.some((reported) => reported === name),
);

function unreportedDifferences({ declared, spec, recorded }: Compared): readonly string[] {
    const { instanceId } = declared;
    const sourceTypes = recorded.instances.get(instanceId)?.sourceTypes ?? declared.sourceTypes;
    const key = spec.credentials.get(instanceId);
    const hasSameTypes = sameMembers(sourceTypes, declared.sourceTypes);
    const hasSameSettings = UNREPORTED.every((name) => spec[name] === recorded[name]);
    const hasSameKey = sameKey(key, recorded.credentials.get(instanceId));
    const hasSameTriggers = sameTriggers(spec, recorded);
    if (hasSameTypes && hasSameSettings && hasSameKey && hasSameTriggers) return NONE;
    const reasons: string[] = [];
    if (!hasSameTypes) reasons.push(change("sourceTypes", listOf(sourceTypes), listOf(declared.sourceTypes)));
    for (const name of UNREPORTED)
        if (spec[name] !== recorded[name]) reasons.push(change(name, recorded[name], spec[name]));
    if (!hasSameKey) {
        const isKnown = !isUnknown(key?.accessKeyId) && !isUnknown(key?.accessKeySecret);
        reasons.push(isKnown ? "access key changed" : "access key not known yet");
    }
    if (!hasSameTriggers) {
        const isKnown = !JSON.stringify([spec.triggers]).includes(UNKNOWN_VALUE);
        reasons.push(isKnown ? "triggers changed" : "triggers not known yet");
    }
    return reasons;
}

// Triggers belong to the whole fleet, so values of any size are compared only once and not for each instance.
const triggersCompared = new WeakMap<
    FleetSpec<Unknown>,
    { readonly recorded: FleetSpec<Unknown>; readonly same: boolean }
>();

function sameTriggers(spec: FleetSpec<Unknown>, recorded: FleetSpec<Unknown>): boolean {
    const known = triggersCompared.get(spec);
    if (known?.recorded === recorded) return known.same;
    const same = isDeepStrictEqual(spec.triggers, recorded.triggers);
    triggersCompared.set(spec, { recorded, same });
    return same;
}

function listOf(sourceTypes: readonly MaybeUnknown<string>[]): string {
    return sourceTypes.map(showSetting).join("+");
}

// A preview compares thousands of instances, so these two allocate nothing.
function sameMembers(
    some: readonly MaybeUnknown<string>[],
    others: readonly MaybeUnknown<string>[],
): boolean {
    return some.length === others.length && some.every((member) => others.includes(member));
}

function sameKey(
    one: ClientCredential<Unknown> | undefined,
    other: ClientCredential<Unknown> | undefined,
): boolean {
    return one?.accessKeyId === other?.accessKeyId && one?.accessKeySecret === other?.accessKeySecret;
}

type Setting = MaybeUnknown<string | boolean> | undefined;

/** `name old → new` */
export function change(name: string, from: Setting, to: Setting): string {
    return `${name} ${showSetting(from)} → ${showSetting(to)}`;
}

/** A setting as a plan shows it. */
export function showSetting(value: Setting): string {
    if (value === undefined || value === "") return "(none)";
    return isUnknown(value) ? "(unknown)" : value.toString();
}
