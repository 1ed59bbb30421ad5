const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads a duration as `customTimeouts` writes it (`30m`, `1h30m`, `90s`); milliseconds.
 *
 * @throws Error that names the value and what would be right
 */
export function parseDuration(text: string): number {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
        throw new Error(`"${text}" is not a duration: write it like 30m, 1h30m or 90s`);
    }
    return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? 0), 0);
}
