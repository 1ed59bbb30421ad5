import { isDeepStrictEqual } from "node:util";
import { ROLLOUT, SETTINGS, type Table } from "../arguments";
import { idList } from "../fleet/planText";
import { duration, show } from "../forms";
import { type CanonicalInputs, STATE_VERSION, type Timeouts } from "../state";
import { isUnknown, type MaybeUnknown, type Unknown } from "../unknown";
import { type CanonicalInstances, canonicalInstances } from "./instances";
import { misspelt, strayArguments, strayNames } from "./names";
import { type CheckFailure, isRecord, type Json, parse, type Parsed, schemaOf, withoutEmpty } from "./schema";

/** The result of validating the arguments. */
export interface CheckedInputs {
    /** Absent if there are failures, or if no region is configured. */
    readonly inputs?: CanonicalInputs;
    readonly failures: readonly CheckFailure[];
    readonly warnings: readonly string[];
}

/** Inputs as the program or the state has them. They are validated here and nowhere else. */
export type RawInputs = Json;

const KNOWN_SOURCE_TYPES = ["HANA"];

const schema = schemaOf(SETTINGS);

/**
 * Validates the arguments and returns their canonical form: with defaults, the array of instances as a map by instance
 * ID, and the access keys in a map of their own. A value that is not known yet passes through.
 *
 * @param olds the old canonical inputs; empty for a new resource
 * @param configuredRegion the region of the stack configuration or environment; the argument `region` overrides it
 */
export function canonicalInputs(
    olds: RawInputs,
    news: RawInputs,
    configuredRegion: string | undefined,
): CheckedInputs {
    const { __timeouts: givenTimeouts, __urn: urn, ...given } = argumentsOf(news);
    const { instances, credentials, failures: instanceFailures } = canonicalInstances(olds, news);
    const { value: settings, failures: settingsFailures } = parse(schema, given, "");
    const { value: timeouts, failures: timeoutFailures } = parseTimeouts(givenTimeouts);
    const failures = [
        ...strayArguments(given),
        ...settingsFailures,
        ...strayNames("rollout", given["rollout"], "an argument of rollout", ROLLOUT),
        ...pauseFailures(given["rollout"]),
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

/** The arguments without those that count as left out, at every level except that of the instances. */
function argumentsOf(news: RawInputs): Json {
    const { rollout, __timeouts: timeouts, ...given } = withoutEmpty(news);
    const givenTimeouts = isRecord(timeouts) ? withoutEmpty(timeouts) : timeouts;
    return {
        ...given,
        ...(rollout !== undefined && { rollout: isRecord(rollout) ? withoutEmpty(rollout) : rollout }),
        // An empty `customTimeouts` counts as left out.
        ...(!isDeepStrictEqual(givenTimeouts ?? {}, {}) && { __timeouts: givenTimeouts }),
    };
}

const TIMEOUTS = {
    create: { form: duration },
    update: { form: duration },
    delete: { form: duration },
    // The SDK allows it. It has no effect here, and is no error.
    read: { form: duration },
} as const satisfies Table;

const timeoutNames = Object.keys(TIMEOUTS);
const timeoutsSchema = schemaOf(TIMEOUTS);

/** Parses the resource option `customTimeouts`. It is not a property of the resource, so its failures name none. */
function parseTimeouts(given: unknown): Parsed<MaybeUnknown<Timeouts<Unknown>>> {
    if (given === undefined) return { failures: [] };
    if (isUnknown(given)) return { value: given, failures: [] };
    if (!isRecord(given)) {
        const reason = `customTimeouts ${show(given)} is not an object such as { create: "30m" }`;
        return { failures: [{ property: "", reason }] };
    }
    const stray = Object.keys(given).filter((name) => !timeoutNames.includes(name));
    const { failures, ...parsed } = parse(timeoutsSchema, given, "customTimeouts");
    const reasons = [
        ...stray.map((name) => misspelt(name, "a key of customTimeouts", timeoutNames)),
        ...failures.map(({ property, reason }) => `${property} ${reason}`),
    ];
    return { ...parsed, failures: reasons.map((reason) => ({ property: "", reason })) };
}

/** A pause comes after a wave, so it needs waves. */
function pauseFailures(rollout: unknown): CheckFailure[] {
    if (!isRecord(rollout) || rollout["pauseAfter"] === undefined || rollout["waves"] !== undefined)
        return [];
    const reason = `${show(rollout["pauseAfter"])} needs rollout.waves, such as [1, "10%"]`;
    return [{ property: "rollout.pauseAfter", reason }];
}

function crossAccountFailures(given: Json): CheckFailure[] {
    const type = given["crossAccountType"];
    if (isUnknown(type)) return [];
    return ["crossAccountUserId", "crossAccountRoleName"].flatMap((property) => {
        const value = given[property];
        if ((type === "CROSS_ACCOUNT") === (value !== undefined)) return [];
        const reason =
            value === undefined
                ? 'is required with crossAccountType "CROSS_ACCOUNT"'
                : `${show(value)} goes only with crossAccountType "CROSS_ACCOUNT"`;
        return [{ property, reason }];
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
