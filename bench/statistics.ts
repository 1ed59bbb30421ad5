/** The median and the range of several measurements. */
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

/** The ratio of two alternately measured sides: the ratio of the medians, and the range of the ratios per turn. */
export function ratioOf(ours: readonly number[], others: readonly number[]): Spread {
    const paired = spreadOf(ours.map((value, turn) => value / (others[turn] ?? NaN)));
    return { ...paired, median: spreadOf(ours).median / spreadOf(others).median };
}

/**
 * Measures several sides alternately, so that temporary load on the machine affects all of them. Each turn reverses the
 * order. An extra first turn warms up the caches and is discarded.
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

/** Runs in sequence: with several virtual clocks at once, time would pass on one while another is still working. */
export async function oneByOne<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    for (const item of items) results.push(await work(item));
    return results;
}
