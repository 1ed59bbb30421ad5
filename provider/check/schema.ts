import * as v from "valibot";
import type { Member, Table, Values } from "../arguments";
import { compareText } from "../fleet/plan";
import type { Form, ListForm, ObjectForm } from "../forms";
import { isUnknown, type MaybeUnknown, type Unknown } from "../unknown";
import { isRecord } from "./given";

/**
 * Schemas of what a program gives, made of the tables of arguments: plain JSON in which any value can still be unknown
 * goes in, and the typed canonical form comes out, with its defaults.
 */
export type Schema<T> = v.GenericSchema<unknown, T>;

/** A schema of a record; what the table does not name is left out. */
export function schemaOf<T extends Table>(table: T): Schema<Values<T, Unknown>> {
    const members = Object.entries<Member>(table).map(
        ([name, member]) => [name, memberSchema(member)] as const,
    );
    const schema = v.object(Object.fromEntries(members), ({ path }) => missing(table, path?.[0]?.key));
    // TypeScript cannot follow each member through `Object.entries`; `memberSchema` does with it what `Values` says.
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

/** What the form makes of a value; one that is not known yet stays what it is. */
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

/** A list that is not known as a whole is as good as one with a single value that is not known. */
function listSchema({ items, reason, emptyReason }: ListForm<unknown>): Schema<readonly unknown[]> {
    return v.pipe(
        v.unknown(),
        v.transform((value): unknown => (isUnknown(value) ? [value] : value)),
        v.array(valueSchema(items), ({ input }) => reason(input)),
        v.minLength(1, emptyReason),
        v.transform((values) => [...new Set(values)].sort((a, b) => compareText(String(a), String(b)))),
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

/** A fault as `check` reports it: in one property, or in none where `property` is empty. */
export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

/** What came out of a schema; nothing where there were faults, each with the path of its property. */
export interface Parsed<T> {
    readonly value?: T;
    readonly failures: readonly CheckFailure[];
}

/** Parses the values of a record by its schema. */
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
