import { ARGUMENTS, INSTANCE, ROLLOUT } from "../arguments";
import { cut } from "../forms";
import { isUnknown } from "../unknown";
import { isRecord, type Json } from "./given";
import type { CheckFailure } from "./schema";

const ARGUMENT_NAMES: readonly string[] = Object.keys(ARGUMENTS);

const OUTPUTS = ["clients", "taskIds", "failedInstanceIds"];

/** What is often written among the arguments, and where it goes. */
const PLACES: ReadonlyMap<string, string> = new Map([
    ...Object.keys(INSTANCE).map((name) => [name, "an element of instances"] as const),
    ...Object.keys(ROLLOUT).map((name) => [name, "rollout"] as const),
    ["customTimeouts", "the resource options"],
]);

/**
 * The names among the arguments that are none of them. They are reported without a property: the engine prints the
 * value of a top-level property at fault, and a misplaced access key is one.
 */
export function strayArguments(given: Json): readonly CheckFailure[] {
    return Object.entries(given)
        .filter(
            ([name, value]) =>
                !name.startsWith("__") && !ARGUMENT_NAMES.includes(name) && !isKeys(name, value),
        )
        .map(([name]) => ({ property: "", reason: strayReason(name) }));
}

/** The constructor gives the access keys as an array; `ignoreChanges` and an import give them as a map. */
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

/** The names in a part of the arguments that do not belong there, each as a fault at its own path. */
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

/** Why a name is not right, with the one that it was perhaps meant to be. */
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

/** The name that takes the fewest edits, and at most two; case, dashes and underscores do not count. */
function nearest(name: string, names: readonly string[]): string | undefined {
    const letters = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "");
    const within = (edits: number): string | undefined =>
        names.find((each) => isWithin(edits, letters(name), letters(each)));
    return within(0) ?? within(1) ?? within(2);
}

/**
 * Whether one text becomes the other by so many edits: a letter more, less or another one, or two neighbours swapped.
 * With two edits there is next to nothing to search, so it takes no library with a table of distances.
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
