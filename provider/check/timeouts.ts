import type { Table } from "../arguments";
import { type Form, show } from "../forms";
import { isUnknown, type MaybeUnknown, type Unknown } from "../unknown";
import { isRecord } from "./given";
import { misspelt } from "./names";
import { parse, type Parsed, schemaOf } from "./schema";
import type { Timeouts } from "../state";

const duration: Form<string> = {
    parse: (value) => (typeof value === "string" && durationOf(value) !== undefined ? value : undefined),
    reason: (value) => `${show(value)} ${NOT_A_DURATION}`,
};

/** Those of the SDK; `read` means nothing to this provider, and is no error. */
const TIMEOUTS = {
    create: { form: duration },
    update: { form: duration },
    delete: { form: duration },
    read: { form: duration },
} as const satisfies Table;

const NAMES = Object.keys(TIMEOUTS);
const schema = schemaOf(TIMEOUTS);

/** The resource option `customTimeouts`. It is no property of the resource, so its failures name none. */
export function parsedTimeouts(given: unknown): Parsed<MaybeUnknown<Timeouts<Unknown>>> {
    if (given === undefined) return { failures: [] };
    if (isUnknown(given)) return { value: given, failures: [] };
    if (!isRecord(given))
        return failed([`customTimeouts ${show(given)} is not an object such as { create: "30m" }`]);
    const stray = Object.keys(given).filter((name) => !NAMES.includes(name));
    const parsed = parse(schema, given, "customTimeouts");
    const { failures } = failed([
        ...stray.map((name) => misspelt(name, "a key of customTimeouts", NAMES)),
        ...parsed.failures.map(({ property, reason }) => `${property} ${reason}`),
    ]);
    return { ...parsed, failures };
}

function failed(reasons: readonly string[]): Parsed<never> {
    return { failures: reasons.map((reason) => ({ property: "", reason })) };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

export const NOT_A_DURATION = "is not a duration: write it like 30m, 1h30m or 90s";

/**
 * Reads a duration as `customTimeouts` writes it (`30m`, `1h30m`, `90s`); milliseconds.
 *
 * @throws Error that names the value and what would be right
 */
export function parseDuration(text: string): number {
    const ms = durationOf(text);
    if (ms === undefined) throw new Error(`"${text}" ${NOT_A_DURATION}`);
    return ms;
}

/** Milliseconds, or nothing where a value is no duration. A time-out of no time at all is none. */
export function durationOf(value: unknown): number | undefined {
    if (typeof value !== "string") return undefined;
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? 0), 0);
    return parts.map(([part]) => part).join("") === value && ms > 0 && ms < Infinity ? ms : undefined;
}
