const NUMERIC = /^\d+(\.\d+)*$/;

/**
 * Whether a version is behind another one: compared as numbers, part by part (`2.9.0` is behind `2.10`). What is not made of
 * numbers cannot be compared, so it is not behind.
 */
export function isBehind(version: string | undefined, latest: string | undefined): boolean {
    if (version === undefined || latest === undefined) return false;
    if (!NUMERIC.test(version) || !NUMERIC.test(latest)) return false;
    const own = version.split(".");
    const other = latest.split(".");
    for (let index = 0; index < Math.max(own.length, other.length); index += 1) {
        const difference = BigInt(own[index] ?? 0) - BigInt(other[index] ?? 0);
        if (difference !== 0n) return difference < 0n;
    }
    return false;
}
