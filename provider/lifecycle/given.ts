/** What a program gives, before it is known to be right. */
export type Json = Readonly<Record<string, unknown>>;

/** Optional texts, at whatever level: a program that computes one often has `""` where it has none. */
const OPTIONAL_TEXTS: ReadonlySet<string> = new Set([
    "alertSetting",
    "resourceGroupId",
    "region",
    "crossAccountType",
    "crossAccountUserId",
    "crossAccountRoleName",
    "clusterId",
    "accessKeyId",
    "accessKeySecret",
    // Of `customTimeouts`, where the engine takes `""` for none as well.
    "create",
    "update",
    "delete",
]);

/** Whether an optional text is as good as absent. */
export function isEmpty(value: unknown): boolean {
    return value == null || value === "";
}

/** A record without what is as good as absent in it: null, and optional texts that are empty. */
export function givenOf(record: object): Json {
    return Object.fromEntries(
        Object.entries(record).filter(([name, value]) =>
            OPTIONAL_TEXTS.has(name) ? !isEmpty(value) : value != null,
        ),
    );
}

/** Whether a value is an object, and no array. */
export function isRecord(value: unknown): value is Json {
    return value !== null && typeof value === "object" && !Array.isArray(value);
}
