import * as v from "valibot";
import { ARGUMENTS, INSTANCE, type Member, ROLLOUT, type Table, type Values } from "../arguments";
import { compareText } from "../fleet/plan";
import { type Form, isEmpty, type ListForm, type ObjectForm } from "../forms";
import { isUnknown, type MaybeUnknown, type Unknown } from "../unknown";

/**
 * Parsers made of the tables of arguments. They take plain JSON in which any value may be unknown, and return the typed
 * canonical form, with defaults.
 */

/** An object of the program or the state, before it is validated. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is an object, and not an array. */
export function isRecord(value: unknown): value is Json {
    return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The optional texts of all tables. A program that computes one often has `""` if it has none. */
const OPTIONAL_TEXTS: ReadonlySet<string> = new Set([
    ...[ARGUMENTS, INSTANCE, ROLLOUT].flatMap(optionalTextsOf),
    // Of `customTimeouts`, where the engine ignores `""` too.
    "create",
    "update",
    "delete",
]);

function optionalTextsOf(table: Table): readonly string[] {
    return Object.entries(table).flatMap(([name, { form, isRequired, emptyIsWrong }]) =>
        "isText" in form && !isRequired && !emptyIsWrong ? [name] : [],
    );
}

/** A record without the members that count as left out: null, and optional texts that are empty. */
export function withoutEmpty(record: object): Json {
    return Object.fromEntries(
        Object.entries(record).filter(([name, value]) =>
            OPTIONAL_TEXTS.has(name) ? !isEmpty(value) : value != null,
        ),
    );
}

export type Schema<T> = v.GenericSchema<unknown, T>;

/** The schema of a record. It drops members that the table does not name. */
export function schemaOf<T extends Table>(table: T): Schema<Values<T, Unknown>> {
    const members = Object.entries<Member>(table).map(
        ([name, member]) => [name, memberSchema(member)] as const,
    );
    const schema = v.object(Object.fromEntries(members), ({ path }) => missing(table, path?.[0]?.key));
    // TypeScript cannot follow each member through `Object.entries`. `memberSchema` does what `Values` says.
    return schema as Schema<unknown> as Schema<Values<T, Unknown>>;
}

function missing(table: Table, name: unknown): string {
    return table[String(name)]?.form.reason(undefined) ?? "is not an object";
}

function memberSchema({ form, isRequired, default: value }: Member): Schema<unknown> {
    if ("members" in form) return v.optional(objectSchema(form), {});
    const schema = "items" in form ? listSchema(form) : valueSchema(form);
    return isRequired ? schema : v.optional(schema, value);
}

/** Parses a value by its form, and leaves an unknown one as it is. */
function valueSchema<T>({ parse, reason }: Form<T>): Schema<MaybeUnknown<T>> {
    return v.pipe(
        v.unknown(),
        v.rawTransform<unknown, MaybeUnknown<T>>(({ dataset: { value }, addIssue, NEVER }) => {
            if (isUnknown(value)) return value;
            const parsed = parse(value);
            if (parsed !== undefined) return parsed;
            addIssue({ message: reason(value) });
            return NEVER;
        }),
    );
}

/** Turns a list that is unknown as a whole into one with a single unknown value. */
function listSchema({
    items,
    isOrdered,
    reason,
    emptyReason,
}: ListForm<unknown>): Schema<readonly unknown[]> {
    return v.pipe(
        v.unknown(),
        v.transform((value): unknown => (isUnknown(value) ? [value] : value)),
        v.array(valueSchema(items), ({ input }) => reason(input)),
        v.minLength(1, emptyReason),
        v.transform((values) =>
            isOrdered ? values : [...new Set(values)].sort((a, b) => compareText(String(a), String(b))),
        ),
    );
}

function objectSchema({ members, reason }: ObjectForm<Table>): Schema<unknown> {
    const known = v.pipe(
        v.unknown(),
        v.check(isRecord, ({ input }) => reason(input)),
        schemaOf(members),
    );
    return v.lazy((value) => (isUnknown(value) ? v.unknown() : known));
}

/** A failure as `check` reports it. `property` is empty if it belongs to no property. */
export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

/** The result of a parser: a value, or failures with the paths of their properties. */
export interface Parsed<T> {
    readonly value?: T;
    readonly failures: readonly CheckFailure[];
}

export function parse<T>(schema: Schema<T>, given: unknown, path: string): Parsed<T> {
    const result = v.safeParse(schema, given);
    if (result.success) return { value: result.output, failures: [] };
    return {
        failures: result.issues.map((issue) => ({
            property: (issue.path ?? []).reduce<string>((at, { key }) => joinPath(at, key), path),
            reason: issue.message,
        })),
    };
}

function joinPath(path: string, key: unknown): string {
    if (typeof key === "number") return `${path}[${key}]`;
    return path === "" ? String(key) : `${path}.${String(key)}`;
}
