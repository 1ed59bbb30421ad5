import { ARGUMENTS, INSTANCE, ROLLOUT, type Table } from "../arguments";

/** What a program gives, before it is known to be right. */
export type Json = Readonly<Record<string, unknown>>;

/** Optional texts, at whatever level: a program that computes one often has `""` where it has none. */
const OPTIONAL_TEXTS: ReadonlySet<string> = new Set([
    ...[ARGUMENTS, INSTANCE, ROLLOUT].flatMap(optionalTextsOf),
    // Of `customTimeouts`, where the engine takes `""` for none as well.
    "create",
    "update",
    "delete",
]);

function optionalTextsOf(table: Table): readonly string[] {
    return Object.entries(table).flatMap(([name, { form, isRequired, emptyIsWrong }]) =>
        "isText" in form && !isRequired && !emptyIsWrong ? [name] : [],
    );
}

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

/** These properties of a record, as far as it has them. */
export function pick<T extends object, N extends keyof T>(
    record: T,
    names: readonly N[],
): Partial<Pick<T, N>> {
    const picked: { -readonly [P in N]?: T[P] } = {};
    for (const name of names) if (record[name] !== undefined) picked[name] = record[name];
    return picked;
}
