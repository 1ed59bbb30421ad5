import { isDeepStrictEqual } from "node:util";
import { ROLLOUT, SETTINGS } from "../arguments";
import { idList } from "../fleet/planText";
import { show } from "../forms";
import { isUnknown } from "../unknown";
import { givenOf, isRecord, type Json } from "./given";
import { type CanonicalInstances, canonicalInstances } from "./instances";
import { strayArguments, strayNames } from "./names";
import { type CheckFailure, parse, schemaOf } from "./schema";
import { type CanonicalInputs, STATE_VERSION } from "../state";
import { parsedTimeouts } from "./timeouts";

/** What `check` makes of the arguments. */
export interface CheckedInputs {
    /** Absent where something is wrong, or no region is known. */
    readonly inputs?: CanonicalInputs;
    readonly failures: readonly CheckFailure[];
    readonly warnings: readonly string[];
}

/** Plain JSON from the program or the state; validated here and nowhere else. */
export type RawInputs = Json;

const KNOWN_SOURCE_TYPES = ["HANA"];

const schema = schemaOf(SETTINGS);

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
    const { __timeouts: givenTimeouts, __urn: urn, ...given } = settingsOf(news);
    const { instances, credentials, failures: instanceFailures } = canonicalInstances(olds, news);
    const { value: settings, failures: settingsFailures } = parse(schema, given, "");
    const { value: timeouts, failures: timeoutFailures } = parsedTimeouts(givenTimeouts);
    const failures = [
        ...strayArguments(given),
        ...settingsFailures,
        ...strayNames("rollout", given["rollout"], "an argument of rollout", ROLLOUT),
        ...crossAccountFailures(given),
        ...timeoutFailures,
        ...instanceFailures,
    ];
    const warnings = sourceTypeWarnings(instances);
    const region = settings?.region ?? configuredRegion;
    if (failures.length > 0 || settings === undefined || region === undefined) return { failures, warnings };
    const inputs = {
        ...settings,
        region,
        instances,
        ...(Object.keys(credentials).length > 0 && { credentials }),
        ...(typeof urn === "string" && { __urn: urn }),
        ...(timeouts !== undefined && { __timeouts: timeouts }),
        __version: STATE_VERSION,
    };
    return { inputs, failures, warnings };
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

function sourceTypeWarnings(instances: CanonicalInstances["instances"]): string[] {
    if (isUnknown(instances)) return [];
    const byTypes = Map.groupBy(Object.entries(instances), ([, { sourceTypes }]) =>
        sourceTypes
            .flatMap((type) => (isUnknown(type) || KNOWN_SOURCE_TYPES.includes(type) ? [] : [type]))
            .join(", "),
    );
    byTypes.delete("");
    return [...byTypes].map(([types, entries]) => {
        const ids = idList(entries.map(([instanceId]) => instanceId));
        return `${ids}: sourceTypes ${types} is not documented for CreateClients, which installs SAP HANA clients; passed on as it is`;
    });
}
