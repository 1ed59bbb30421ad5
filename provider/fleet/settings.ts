import { isDeepStrictEqual } from "node:util";
import {
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
    if (!isDeepStrictEqual([...sourceTypes].sort(), [...declared.sourceTypes].sort())) {
        reasons.push(change("sourceTypes", sourceTypes.join("+"), declared.sourceTypes.join("+")));
    }
    if (spec.resourceGroupId !== recorded.resourceGroupId) {
        reasons.push(change("resourceGroupId", recorded.resourceGroupId, spec.resourceGroupId));
    }
    if (!isDeepStrictEqual(spec.credentials.get(instanceId), recorded.credentials.get(instanceId))) {
        reasons.push("access key changed");
    }
    if (!isDeepStrictEqual(spec.triggers, recorded.triggers)) reasons.push("triggers changed");
    return reasons;
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
