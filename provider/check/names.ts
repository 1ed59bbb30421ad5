import { ARGUMENTS, INSTANCE, ROLLOUT } from "../arguments";
import { cut } from "../forms";
import { isUnknown } from "../unknown";
import { type CheckFailure, isRecord, type Json } from "./schema";

const ARGUMENT_NAMES: readonly string[] = Object.keys(ARGUMENTS);

const OUTPUTS = ["clients", "taskIds", "failedInstanceIds"];

/** Names that programs often write among the arguments, with the place where they belong. */
const PLACES: ReadonlyMap<string, string> = new Map([
    ...Object.keys(INSTANCE).map((name) => [name, "an element of instances"] as const),
    ...Object.keys(ROLLOUT).map((name) => [name, "rollout"] as const),
    ["customTimeouts", "the resource options"],
]);

/**
 * Failures for names that are not arguments. They have no property, because the engine prints the value of a top-level
 * property that has a failure, and that may be a misplaced access key.
 */
export function strayArguments(given: Json): readonly CheckFailure[] {
    return Object.entries(given)
        .filter(
            ([name, value]) =>
                !name.startsWith("__") && !ARGUMENT_NAMES.includes(name) && !isKeys(name, value),
        )
        .map(([name]) => ({ property: "", reason: strayReason(name) }));
}

/** Whether it is the internal input with the access keys: an array, or a map with `ignoreChanges` or an import. */
function isKeys(name: string, value: unknown): boolean {
    return name === "credentials" && (Array.isArray(value) || isRecord(value) || isUnknown(value));
}

function strayReason(name: string): string {
    if (name === "credentials" || OUTPUTS.includes(name))
        return `${name} is an output of BackupClients; it cannot be set`;
    const place = PLACES.get(name);
    if (place !== undefined) return `${name} belongs in ${place}`;
    return misspelt(name, "an argument of BackupClients", ARGUMENT_NAMES, PLACES);
}

/** Failures for names that do not belong in an object of the arguments, each at its own path. */
export function strayNames(
    path: string,
    given: unknown,
    what: string,
    table: object,
): readonly CheckFailure[] {
    const names = Object.keys(table);
    if (!isRecord(given)) return [];
    return Object.keys(given)
        .filter((name) => !names.includes(name))
        .map((name) => ({ property: `${path}.${name}`, reason: misspelt(name, what, names) }));
}

/** Why a name is wrong, with the right name that is nearest to it. */
export function misspelt(
    name: string,
    what: string,
    names: readonly string[],
    places: ReadonlyMap<string, string> = new Map(),
): string {
    const near = nearest(name, [...names, ...places.keys()]);
    if (near === undefined) return `${cut(name)} is not ${what}, which takes ${names.join(", ")}`;
    const place = places.get(near);
    return `${name} is not ${what}; did you mean ${near}${place === undefined ? "" : `, which belongs in ${place}`}?`;
}

/** The name with the fewest edits, at most two. Case, dashes and underscores do not count. */
export function nearest(name: string, names: readonly string[]): string | undefined {
    const letters = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "");
    const within = (edits: number): string | undefined =>
        names.find((each) => isWithin(edits, letters(name), letters(each)));
    return within(0) ?? within(1) ?? within(2);
}

/**
 * Whether so many edits turn one text into the other: a letter added, removed or replaced, or two neighbours swapped. For at
 * most two edits the search is tiny and needs no table of distances.
 */
function isWithin(edits: number, one: string, other: string): boolean {
    if (Math.abs(one.length - other.length) > edits) return false;
    let same = 0;
    while (same < one.length && one[same] === other[same]) same++;
    const [a, b] = [one.slice(same), other.slice(same)];
    if (a === b || edits === 0) return a === b;
    const swapped = a.length > 1 && a[0] === b[1] && a[1] === b[0];
    return (
        isWithin(edits - 1, a.slice(1), b) ||
        isWithin(edits - 1, a, b.slice(1)) ||
        isWithin(edits - 1, a.slice(1), b.slice(1)) ||
        (swapped && isWithin(edits - 1, a.slice(2), b.slice(2)))
    );
}
