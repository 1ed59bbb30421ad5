import { UNKNOWN_VALUE } from "./unknown";

/**
 * What the value of an argument must be. Plain data and small functions, because the user's program loads them when it
 * starts; the parser that uses them (`check/schema.ts`) is loaded by a hook.
 */
export interface Form<T> {
    /** The canonical form of a value, or undefined if the value is wrong. */
    readonly parse: (value: unknown) => T | undefined;
    /** Why a value is wrong: names the value (never that of an access key), and what would be right. */
    readonly reason: (value: unknown) => string;
    /** The value is a text. If it is optional, `""` means that it is left out. */
    readonly isText?: true;
}

/** A list of at least one value. */
export interface ListForm<T> {
    readonly items: Form<T>;
    /** The order matters, and a value may occur several times. Otherwise the canonical form is sorted. */
    readonly isOrdered?: true;
    readonly reason: (value: unknown) => string;
    readonly emptyReason: string;
}

/** An object with arguments of its own. */
export interface ObjectForm<M> {
    readonly members: M;
    readonly reason: (value: unknown) => string;
}

/** An ID as the service writes it, with hints for the IDs of other things. */
export function id(prefix: string, what: string, hints: Readonly<Record<string, string>> = {}): Form<string> {
    const form = new RegExp(`^${prefix}-[A-Za-z0-9_-]+$`);
    return {
        parse: (value) => (typeof value === "string" && form.test(value) ? value : undefined),
        reason: (value) => {
            if (value === undefined) return `is required: ${what} (${prefix}-…)`;
            const hint = Object.entries(hints).find(
                ([other]) => typeof value === "string" && value.startsWith(other),
            );
            return `${show(value)} is not ${what} (${prefix}-…)${hint ? `: ${hint[1]}` : ""}`;
        },
        isText: true,
    };
}

export function oneOf<T extends string>(...values: readonly T[]): Form<T> {
    return {
        parse: (value) => values.find((each) => each === value),
        reason: (value) => `${show(value)} is not one of ${values.map(show).join(", ")}`,
        isText: true,
    };
}

export function integer(from: number, to: number): Form<number> {
    return {
        parse: (value) =>
            typeof value === "number" && Number.isInteger(value) && value >= from && value <= to
                ? value
                : undefined,
        reason: (value) => `${show(value)} is not a whole number ${rangeOf(from, to)}`,
    };
}

function rangeOf(from: number, to: number): string {
    return to === Infinity ? `of at least ${from}` : `from ${from} to ${to}`;
}

/** A number of instances, or a percentage of the declared ones (`"5%"`). */
export function share(from: number, to: number): Form<number | string> {
    const { parse } = integer(from, to);
    return {
        parse: (value) => parse(value) ?? percentage(value, from),
        reason: (value) =>
            `${show(value)} is neither a whole number ${rangeOf(from, to)} nor a percentage such as "5%" ` +
            `(${from > 0 ? "above 0%, " : ""}at most 100%)`,
    };
}

function percentage(value: unknown, from: number): string | undefined {
    const percent = typeof value === "string" ? Number(/^(\d+(?:\.\d+)?)%$/.exec(value)?.[1]) : NaN;
    return percent <= 100 && (percent > 0 || from === 0) ? `${percent}%` : undefined;
}

export function text(what: string): Form<string> {
    return { parse: filledText, reason: (value) => `${show(value)} is not ${what}`, isText: true };
}

export const flag: Form<boolean> = {
    parse: (value) => (typeof value === "boolean" ? value : undefined),
    reason: (value) => `${show(value)} is neither true nor false`,
};

export const region: Form<string> = {
    parse: (value) => (typeof value === "string" && isRegion(value) ? value : undefined),
    reason: (value) => `${show(value)} is not a region id such as cn-hangzhou`,
    isText: true,
};

export const accessKeyHalf: Form<string> = {
    parse: filledText,
    reason: () => "is not a text (its value is not shown)",
    isText: true,
};

/** The API has a long here, which a number may be too short for, so the canonical form is a text. */
export const accountId: Form<string> = {
    parse: (value) => {
        if (typeof value === "string" && /^\d{1,20}$/.test(value)) return value;
        return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
            ? value.toFixed(0)
            : undefined;
    },
    reason: (value) =>
        typeof value === "number" && value > Number.MAX_SAFE_INTEGER
            ? `${show(value)} is too long for a number: give the account ID as a string`
            : `${show(value)} is not an account ID (digits, as a string or a number)`,
    isText: true,
};

/** Any value. It is compared, and never looked into. */
export const anything: Form<unknown> = { parse: (value) => value, reason: () => "is not there" };

/** A duration, as the resource option `customTimeouts` writes it. */
export const duration: Form<string> = {
    parse: (value) => (typeof value === "string" && durationOf(value) !== undefined ? value : undefined),
    reason: (value) => `${show(value)} is not a duration: write it like 30m, 1h30m or 90s`,
    isText: true,
};

/** A duration that may be zero, such as `"0s"`. */
export const waitingTime: Form<string> = {
    parse: (value) => duration.parse(value) ?? zeroOf(value),
    reason: (value) => `${show(value)} is not a duration: write it like 5m, 90s or 0s`,
    isText: true,
};

function zeroOf(value: unknown): string | undefined {
    return typeof value === "string" && /^0(ms|s|m|h)$/.test(value) ? value : undefined;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The milliseconds of a duration (`30m`, `1h30m`, `90s`), or undefined if a value is none. Zero is none either. */
export function durationOf(value: unknown): number | undefined {
    if (typeof value !== "string") return undefined;
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? 0), 0);
    return parts.map(([part]) => part).join("") === value && ms > 0 && ms < Infinity ? ms : undefined;
}

export function listOf<T>(items: Form<T>, what: string, emptyReason: string): ListForm<T> {
    return { items, reason: (value) => `${show(value)} is not ${what}`, emptyReason };
}

/** A list whose order matters. */
export function sequenceOf<T>(items: Form<T>, what: string, emptyReason: string): ListForm<T> {
    return { ...listOf(items, what, emptyReason), isOrdered: true };
}

export function objectOf<M>(members: M, what: string): ObjectForm<M> {
    return { members, reason: (value) => `${show(value)} is not ${what}` };
}

function filledText(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}

const REGION_FORM = /^[a-z]{2,}(-[a-z0-9]+)+$/;

/** Whether a text may be a region ID. The host name of the service is made of it. */
export function isRegion(text: string): boolean {
    return REGION_FORM.test(text);
}

/** Whether an optional text is left out. */
export function isEmpty(value: unknown): boolean {
    return value == null || value === "";
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
