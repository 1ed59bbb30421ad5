import * as v from "valibot";
import { idList } from "../fleet/idList";
import type { Removal } from "../fleet/model";
import { canonicalInstances } from "./instances";
import { type CheckFailure, issuesOf, SettingsSchema } from "./schema";
import { type CanonicalInputs, isUnknown, STATE_VERSION, type Rollout } from "./state";

/** What `check` makes of the arguments. */
export interface CheckedInputs {
    readonly inputs: CanonicalInputs;
    readonly failures: readonly CheckFailure[];
    readonly warnings: readonly string[];
}

/** Plain JSON from the program or the state; validated here and nowhere else. */
export type RawInputs = Readonly<Record<string, unknown>>;

const KNOWN_SOURCE_TYPES = ["HANA"];
const ROLLOUT_DEFAULTS: Rollout = { batchSize: 20, parallelism: 4 };

/**
 * Validates everything that is known and brings the arguments into their one canonical form: defaults applied, the
 * array of instances as a map by instance id, access keys apart. Anything that is not known yet passes through.
 *
 * @param olds the old canonical inputs; empty for a new resource
 * @param configuredRegion the region of the stack configuration or environment, which `region` overrides
 */
export function canonicalInputs(
    olds: RawInputs,
    news: RawInputs,
    configuredRegion: string | undefined,
): CheckedInputs {
    const region = news["region"] ?? configuredRegion;
    const { instances, credentials, failures } = canonicalInstances(olds, news);
    const passed = [
        "alertSetting",
        "useHttps",
        "resourceGroupId",
        "crossAccountType",
        "crossAccountRoleName",
        "triggers",
        "__urn",
        "__timeouts",
    ];
    const inputs = {
        ...Object.fromEntries(passed.flatMap((name) => (news[name] == null ? [] : [[name, news[name]]]))),
        vaultId: news["vaultId"] as string,
        region: region as string,
        instances,
        ...(Object.keys(credentials).length > 0 && { credentials }),
        ...(news["crossAccountUserId"] != null && {
            crossAccountUserId: accountText(news["crossAccountUserId"]),
        }),
        rollout: isUnknown(news["rollout"])
            ? (news["rollout"] as never)
            : { ...ROLLOUT_DEFAULTS, ...(news["rollout"] as object) },
        removal: (news["removal"] ?? "UninstallAndDelete") as Removal,
        adoptExisting: (news["adoptExisting"] ?? true) as boolean,
        __version: STATE_VERSION,
    } as CanonicalInputs;
    return {
        inputs,
        failures: [...settingsFailures(news), ...crossAccountFailures(news), ...failures],
        warnings: sourceTypeWarnings(inputs),
    };
}

/** The account ID as text: it is a long, and a number may have too few digits for it. */
function accountText(value: unknown): string {
    return typeof value === "number" ? value.toFixed(0) : (value as string);
}

function settingsFailures(news: RawInputs): CheckFailure[] {
    const present = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null));
    return issuesOf(v.safeParse(SettingsSchema, present), "");
}

function crossAccountFailures(news: RawInputs): CheckFailure[] {
    const type = news["crossAccountType"];
    if (isUnknown(type)) return [];
    return ["crossAccountUserId", "crossAccountRoleName"].flatMap((property) => {
        const given = news[property] != null;
        if (type === "CROSS_ACCOUNT" && !given)
            return [{ property, reason: 'is required with crossAccountType "CROSS_ACCOUNT"' }];
        if (type !== "CROSS_ACCOUNT" && given)
            return [{ property, reason: 'goes only with crossAccountType "CROSS_ACCOUNT"' }];
        return [];
    });
}

function sourceTypeWarnings(inputs: CanonicalInputs): string[] {
    if (isUnknown(inputs.instances)) return [];
    const isOdd = (type: string): boolean => !KNOWN_SOURCE_TYPES.includes(type) && !isUnknown(type);
    const byTypes = Map.groupBy(Object.entries(inputs.instances), ([, { sourceTypes }]) =>
        sourceTypes.filter(isOdd).join(", "),
    );
    byTypes.delete("");
    return [...byTypes].map(([types, instances]) => {
        const ids = idList(instances.map(([instanceId]) => instanceId));
        return `${ids}: sourceTypes ${types} is not documented for CreateClients, which installs SAP HANA clients; passed on as it is`;
    });
}
