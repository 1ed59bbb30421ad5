import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { idList } from "../fleet/idList";
import type { Removal } from "../fleet/model";
import { givenOf, isRecord, type Json } from "./given";
import { canonicalInstances } from "./instances";
import { strayArguments, strayNames } from "./names";
import { type CheckFailure, issuesOf, ROLLOUT_NAMES, SettingsSchema, show } from "./schema";
import { type CanonicalInputs, DEFAULTS, isUnknown, STATE_VERSION } from "./state";
import { timeoutFailures } from "./timeouts";

/** What `check` makes of the arguments. */
export interface CheckedInputs {
    readonly inputs: CanonicalInputs;
    readonly failures: readonly CheckFailure[];
    readonly warnings: readonly string[];
}

/** Plain JSON from the program or the state; validated here and nowhere else. */
export type RawInputs = Json;

const KNOWN_SOURCE_TYPES = ["HANA"];

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
    const given = settingsOf(news);
    const { instances, credentials, failures } = canonicalInstances(olds, news);
    const { region = configuredRegion, crossAccountUserId, rollout, removal, adoptExisting } = given;
    const passed = [
        "alertSetting",
        "useHttps",
        "resourceGroupId",
        "crossAccountRoleName",
        "triggers",
        "__urn",
        "__timeouts",
    ];
    const inputs = {
        ...Object.fromEntries(passed.flatMap((name) => (name in given ? [[name, given[name]]] : []))),
        vaultId: given["vaultId"] as string,
        region: region as string,
        instances,
        ...(Object.keys(credentials).length > 0 && { credentials }),
        crossAccountType: (given["crossAccountType"] ?? DEFAULTS.crossAccountType) as string,
        ...(crossAccountUserId !== undefined && { crossAccountUserId: accountText(crossAccountUserId) }),
        rollout: isUnknown(rollout)
            ? (rollout as never)
            : { ...DEFAULTS.rollout, ...(isRecord(rollout) && rollout) },
        removal: (removal ?? DEFAULTS.removal) as Removal,
        adoptExisting: (adoptExisting ?? DEFAULTS.adoptExisting) as boolean,
        __version: STATE_VERSION,
    } as CanonicalInputs;
    return {
        inputs,
        failures: [
            ...strayArguments(given),
            ...settingsFailures(given),
            ...strayNames("rollout", given["rollout"], "an argument of rollout", ROLLOUT_NAMES),
            ...crossAccountFailures(given),
            ...timeoutFailures(given["__timeouts"]),
            ...failures,
        ],
        warnings: sourceTypeWarnings(inputs),
    };
}

/** The arguments without what is as good as absent, at every level; the instances have a file of their own. */
function settingsOf(news: RawInputs): Json {
    const { rollout, __timeouts: timeouts, ...given } = givenOf(news);
    const givenTimeouts = isRecord(timeouts) ? givenOf(timeouts) : timeouts;
    return {
        ...given,
        ...(rollout !== undefined && { rollout: isRecord(rollout) ? givenOf(rollout) : rollout }),
        // Without any, the option `customTimeouts` is as good as absent.
        ...(!isDeepStrictEqual(givenTimeouts ?? {}, {}) && { __timeouts: givenTimeouts }),
    };
}

/** The account ID as text: it is a long, and a number may have too few digits for it. */
function accountText(value: unknown): string {
    return typeof value === "number" ? value.toFixed(0) : (value as string);
}

function settingsFailures(given: Json): CheckFailure[] {
    return issuesOf(v.safeParse(SettingsSchema, { vaultId: undefined, ...given }), "");
}

function crossAccountFailures(given: Json): CheckFailure[] {
    const type = given["crossAccountType"];
    if (isUnknown(type)) return [];
    return ["crossAccountUserId", "crossAccountRoleName"].flatMap((property) => {
        const isGiven = given[property] !== undefined;
        if (type === "CROSS_ACCOUNT" && !isGiven)
            return [{ property, reason: 'is required with crossAccountType "CROSS_ACCOUNT"' }];
        if (type !== "CROSS_ACCOUNT" && isGiven)
            return [
                {
                    property,
                    reason: `${show(given[property])} goes only with crossAccountType "CROSS_ACCOUNT"`,
                },
            ];
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
