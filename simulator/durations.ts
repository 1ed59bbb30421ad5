const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `2s`, `1.5m` or `1h` in milliseconds; a plain number is milliseconds. Otherwise undefined. */
export function toMilliseconds(duration: string | number): number | undefined {
    if (typeof duration === "number")
        return Number.isFinite(duration) && duration >= 0 ? duration : undefined;
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(duration);
    if (match === null) return undefined;
    return Number(match[1]) * (UNITS[match[2] ?? "ms"] ?? 1);
}
