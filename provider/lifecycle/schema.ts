import * as v from "valibot";
import { UNKNOWN_VALUE } from "../fleet/model";
import { isRegion } from "../hbr/settings";
import { isRecord } from "./given";

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
            if (value === undefined) return `is required: ${what} (${prefix}-…)`;
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
    (value) =>
        (typeof value === "string" && /^\d{1,20}$/.test(value)) ||
        (Number.isSafeInteger(value) && Number(value) >= 0),
    (value) =>
        typeof value === "number" && value > Number.MAX_SAFE_INTEGER
            ? `${show(value)} is too long for a number: give the account ID as a string`
            : `${show(value)} is not an account ID (digits, as a string or a number)`,
);

function known(isRight: (value: unknown) => boolean, message: (value: unknown) => string) {
    return v.custom<unknown>(
        (value) => value === UNKNOWN_VALUE || isRight(value),
        (issue) => message(issue.input),
    );
}

function orUnknown<T extends v.GenericSchema>(schema: T) {
    return v.lazy((value) => (value === UNKNOWN_VALUE ? v.literal(UNKNOWN_VALUE) : schema));
}

/** One element of `instances`; the access key is in `credentials` where the constructor could take it out. */
export const InstanceSchema = v.object({
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
                v.array(
                    text("a source type such as HANA"),
                    ({ input }) => `${show(input)} is not an array such as ["HANA"]`,
                ),
                v.minLength(1, "[] names no source type: name at least one, or leave it out for HANA"),
            ),
        ),
    ),
    accessKeyId: v.optional(accessKeyHalf),
    accessKeySecret: v.optional(accessKeyHalf),
});

const RolloutSchema = v.object({
    batchSize: v.optional(integer(1, 20)),
    parallelism: v.optional(integer(1, 100)),
    maxFailures: v.optional(integer(0, Infinity)),
});

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
            v.pipe(
                v.custom<object>(
                    isRecord,
                    ({ input }) => `${show(input)} is not an object such as { batchSize: 20 }`,
                ),
                RolloutSchema,
            ),
        ),
    ),
    removal: v.optional(oneOf("UninstallAndDelete", "Uninstall", "Retain")),
    adoptExisting: v.optional(flag),
});

/** The names of an element of `instances`, of `rollout`, and of all arguments. */
export const INSTANCE_NAMES: readonly string[] = Object.keys(InstanceSchema.entries);
export const ROLLOUT_NAMES: readonly string[] = Object.keys(RolloutSchema.entries);
export const ARGUMENT_NAMES: readonly string[] = [
    ...new Set(["vaultId", "instances", ...Object.keys(SettingsSchema.entries), "triggers"]),
];

/** A fault as `check` reports it: in one property, or in none where `property` is empty. */
export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

/** The faults that a schema found, each with the path of its property. */
export function issuesOf(result: v.SafeParseResult<v.GenericSchema>, prefix: string): CheckFailure[] {
    return (result.issues ?? []).map((issue) => ({
        property: (issue.path ?? []).reduce<string>((path, { key }) => joinPath(path, key), prefix),
        reason: issue.message,
    }));
}

function joinPath(path: string, key: unknown): string {
    if (typeof key === "number") return `${path}[${key}]`;
    return path === "" ? String(key) : `${path}.${String(key)}`;
}

/** A value as a message shows it. */
export function show(value: unknown): string {
    const json = (JSON.stringify(value) as string | undefined)?.replaceAll(UNKNOWN_VALUE, "(unknown)");
    return json === undefined ? String(value) : cut(json);
}

/** A text as a message shows it. */
export function cut(text: string): string {
    return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
