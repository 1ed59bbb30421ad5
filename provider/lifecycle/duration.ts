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
