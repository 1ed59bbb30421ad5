import * as v from "valibot";
import { UNKNOWN_VALUE } from "../fleet/model";
import { isRegion } from "../hbr/settings";

/**
 * The arguments as they arrive in `check`: plain JSON in which any value can still be unknown. Each message says
 * the value and what would be right; only those of access keys never say the value.
 */

/** An ID of the form that the service uses, with a hint where the ID of something else was given. */
function id(prefix: string, what: string, hints: Readonly<Record<string, string>> = {}) {
    const form = new RegExp(`^${prefix}-[A-Za-z0-9_-]+$`);
    return known(
        (value) => typeof value === "string" && form.test(value),
        (value) => {
            const hint = Object.entries(hints).find(
                ([other]) => typeof value === "string" && value.startsWith(other),
            );
            return `${show(value)} is not ${what} (${prefix}-…)${hint ? `: ${hint[1]}` : ""}`;
        },
    );
}

function oneOf(...values: readonly string[]) {
    return known(
        (value) => typeof value === "string" && values.includes(value),
        (value) => `${show(value)} is not one of ${values.map(show).join(", ")}`,
    );
}

function integer(from: number, to: number) {
    return known(
        (value) => Number.isInteger(value) && Number(value) >= from && Number(value) <= to,
        (value) =>
            `${show(value)} is not a whole number ${to === Infinity ? `of at least ${from}` : `from ${from} to ${to}`}`,
    );
}

function text(what: string) {
    return known(
        (value) => typeof value === "string" && value !== "",
        (value) => `${show(value)} is not ${what}`,
    );
}

const flag = known(
    (value) => typeof value === "boolean",
    (value) => `${show(value)} is neither true nor false`,
);

const region = known(
    (value) => typeof value === "string" && isRegion(value),
    (value) => `${show(value)} is not a region id such as cn-hangzhou`,
);

const accessKeyHalf = known(
    (value) => typeof value === "string" && value !== "",
    () => "is not a text (its value is not shown)",
);

const accountId = known(
    (value) => (typeof value === "string" && /^\d{1,20}$/.test(value)) || Number.isSafeInteger(value),
    (value) =>
        typeof value === "number"
            ? `${show(value)} is too long for a number: give the account ID as a string`
            : `${show(value)} is not an account ID (digits, as a string or a number)`,
);

function known(isRight: (value: unknown) => boolean, message: (value: unknown) => string) {
    return v.custom<unknown>(
        (value) => value === UNKNOWN_VALUE || isRight(value),
        (issue) => (issue.input === undefined ? "is required" : message(issue.input)),
    );
}

function orUnknown<T extends v.GenericSchema>(schema: T) {
    return v.lazy((value) => (value === UNKNOWN_VALUE ? v.literal(UNKNOWN_VALUE) : schema));
}

function strict<T extends v.ObjectEntries>(entries: T, whole: string) {
    return v.strictObject(entries, (issue) =>
        issue.expected === "never"
            ? `is not an argument here: ${whole} takes ${Object.keys(entries).join(", ")}`
            : `must be an object: ${whole}`,
    );
}

/** One element of `instances`; the access key is in `credentials` where the constructor could take it out. */
export const InstanceSchema = orUnknown(
    strict(
        {
            instanceId: id("i", "the ID of an ECS instance", {
                "cl-": "this is the ID of a cluster, which belongs in clusterId",
                "c-": "this is the ID of a client",
            }),
            clusterId: v.optional(
                id("cl", "the ID of a SAP HANA instance (cluster)", {
                    "i-": "this is the ID of an ECS instance, which belongs in instanceId",
                }),
            ),
            sourceTypes: v.optional(
                orUnknown(
                    v.pipe(
                        v.array(text("a source type such as HANA"), 'must be an array such as ["HANA"]'),
                        v.minLength(1, "must name at least one source type; leave it out for HANA"),
                    ),
                ),
            ),
            accessKeyId: v.optional(accessKeyHalf),
            accessKeySecret: v.optional(accessKeyHalf),
        },
        "an instance",
    ),
);

/** The arguments other than `instances` and `credentials`. */
export const SettingsSchema = v.object({
    vaultId: id("v", "the ID of a backup vault", {
        "cl-": "this is the ID of a cluster",
        "i-": "this is the ID of an instance",
    }),
    alertSetting: v.optional(oneOf("INHERITED")),
    useHttps: v.optional(flag),
    resourceGroupId: v.optional(text("the ID of a resource group (rg-…)")),
    crossAccountType: v.optional(oneOf("SELF_ACCOUNT", "CROSS_ACCOUNT")),
    crossAccountUserId: v.optional(accountId),
    crossAccountRoleName: v.optional(text("the name of a RAM role")),
    region: v.optional(region),
    rollout: v.optional(
        orUnknown(
            strict(
                {
                    batchSize: v.optional(integer(1, 20)),
                    parallelism: v.optional(integer(1, 100)),
                    maxFailures: v.optional(integer(0, Infinity)),
                },
                "rollout",
            ),
        ),
    ),
    removal: v.optional(oneOf("UninstallAndDelete", "Uninstall", "Retain")),
    adoptExisting: v.optional(flag),
});

/** A fault in one property, as `check` reports it. */
export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

/** The faults that a schema found, each with the path of its property. */
export function issuesOf(result: v.SafeParseResult<v.GenericSchema>, prefix: string): CheckFailure[] {
    return (result.issues ?? []).map((issue) => ({
        property: (issue.path ?? []).reduce<string>((path, { key }) => joinPath(path, key), prefix),
        reason: isMissingKey(issue) ? "is required" : issue.message,
    }));
}

/** A key that is missing is a fault of the object around it, so it carries that one's message. */
function isMissingKey({ expected, received }: v.BaseIssue<unknown>): boolean {
    return received === "undefined" && expected?.startsWith('"') === true;
}

function joinPath(path: string, key: unknown): string {
    if (typeof key === "number") return `${path}[${key}]`;
    return path === "" ? String(key) : `${path}.${String(key)}`;
}

/** A value as a message shows it. */
export function show(value: unknown): string {
    const json = (JSON.stringify(value) as string | undefined)?.replaceAll(UNKNOWN_VALUE, "(unknown)");
    return json === undefined ? String(value) : json.length > 80 ? `${json.slice(0, 79)}…` : json;
}
