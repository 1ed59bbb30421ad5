import { isDeepStrictEqual } from "node:util";
import {
    type ClientCredential,
    type ClientEntry,
    type DeclaredInstance,
    type FleetSpec,
    type ObservedClient,
    UNKNOWN_VALUE,
} from "./model";

/** The move of an instance to another cluster as a reason (`clusterId cl-1 → cl-2`), or nothing. */
export function clusterChange(
    declared: DeclaredInstance,
    entry: ClientEntry | undefined,
): string | undefined {
    if (!entry || declared.clusterId === entry.clusterId) return undefined;
    return change("clusterId", entry.clusterId, declared.clusterId);
}

/**
 * Why a client that was installed with the recorded settings has to be reinstalled for the declared ones. What the
 * service reports (`useHttps`, `alertSetting`) is compared with the record where there is one; the rest, which it
 * does not report, with the state. An access key shows up as changed and never with its value.
 */
export function settingsChanges(
    declared: DeclaredInstance,
    spec: FleetSpec,
    recorded: FleetSpec,
    client?: ObservedClient,
): readonly string[] {
    const { instanceId } = declared;
    const sourceTypes = recorded.instances.get(instanceId)?.sourceTypes ?? declared.sourceTypes;
    const reasons: string[] = [];
    for (const name of REPORTED) {
        if (client?.[name] === undefined && spec[name] !== undefined && spec[name] !== recorded[name]) {
            reasons.push(change(name, recorded[name], spec[name]));
        }
    }
    if (!sameMembers(sourceTypes, declared.sourceTypes)) {
        reasons.push(change("sourceTypes", listOf(sourceTypes), listOf(declared.sourceTypes)));
    }
    if (spec.resourceGroupId !== recorded.resourceGroupId) {
        reasons.push(change("resourceGroupId", recorded.resourceGroupId, spec.resourceGroupId));
    }
    const key = spec.credentials.get(instanceId);
    if (!sameKey(key, recorded.credentials.get(instanceId))) {
        const isKnown = key?.accessKeyId !== UNKNOWN_VALUE && key?.accessKeySecret !== UNKNOWN_VALUE;
        reasons.push(isKnown ? "access key changed" : "access key not known yet");
    }
    if (spec.triggers !== recorded.triggers && !isDeepStrictEqual(spec.triggers, recorded.triggers)) {
        const isKnown = !JSON.stringify([spec.triggers]).includes(UNKNOWN_VALUE);
        reasons.push(isKnown ? "triggers changed" : "triggers not known yet");
    }
    return reasons;
}

function listOf(sourceTypes: readonly string[]): string {
    return sourceTypes.map(showSetting).join("+");
}

// Thousands of instances are compared in a preview, so these two are plain loops.
function sameMembers(some: readonly string[], others: readonly string[]): boolean {
    return some.length === others.length && some.every((member) => others.includes(member));
}

function sameKey(one: ClientCredential | undefined, other: ClientCredential | undefined): boolean {
    return one?.accessKeyId === other?.accessKeyId && one?.accessKeySecret === other?.accessKeySecret;
}

/** Settings that the service reports, and that differ there from what is declared. */
export function driftedSettings(
    spec: Pick<FleetSpec, "useHttps" | "alertSetting">,
    client: ObservedClient,
): readonly string[] {
    return REPORTED.filter(
        (name) => spec[name] !== undefined && client[name] !== undefined && spec[name] !== client[name],
    ).map((name) => change(name, client[name], spec[name]));
}

const REPORTED = ["useHttps", "alertSetting"] as const;

type Setting = string | boolean | undefined;

/** `name old → new` */
export function change(name: string, from: Setting, to: Setting): string {
    return `${name} ${showSetting(from)} → ${showSetting(to)}`;
}

/** A setting as a plan shows it. */
export function showSetting(value: Setting): string {
    if (value === undefined || value === "") return "(none)";
    return value === UNKNOWN_VALUE ? "(unknown)" : value.toString();
}
