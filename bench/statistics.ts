/** The middle of several measurements and how far they spread. */
export interface Spread {
    readonly median: number;
    readonly min: number;
    readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
    const sorted = [...values].sort((a, b) => a - b);
    const [min] = sorted;
    const max = sorted.at(-1);
    const upper = sorted[sorted.length >> 1];
    const lower = sorted[(sorted.length - 1) >> 1];
    if (min === undefined || max === undefined || upper === undefined || lower === undefined)
        throw new Error("there is nothing to take the median of");
    return { median: (lower + upper) / 2, min, max };
}

/** The ratio of two sides that were measured in turn: of their medians, and the spread of the ratios of each turn. */
export function ratioOf(ours: readonly number[], others: readonly number[]): Spread {
    const paired = spreadOf(ours.map((value, turn) => value / (others[turn] ?? NaN)));
    return { ...paired, median: spreadOf(ours).median / spreadOf(others).median };
}

/**
 * Measures several sides in turn, so that whatever slows the machine down for a while slows all of them down; each
 * turn begins with another side. One turn before those is thrown away: it warms the caches up.
 */
export async function inTurn<Side extends string, T>(
    turns: number,
    sides: Readonly<Record<Side, () => Promise<T> | T>>,
    { warmUp = true }: { readonly warmUp?: boolean } = {},
): Promise<Record<Side, T[]>> {
    const names = Object.keys(sides) as Side[];
    const measured = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Side, T[]>;
    for (let turn = warmUp ? -1 : 0; turn < turns; turn += 1) {
        const order = turn % 2 === 0 ? names : names.toReversed();
        for (const name of order) {
            const value = await sides[name]();
            if (turn >= 0) measured[name].push(value);
        }
    }
    return measured;
}

/** One after the other: several virtual clocks at once would let time pass for one while another is still at work. */
export async function oneByOne<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    for (const item of items) results.push(await work(item));
    return results;
}
