/** Splits work into batches, in order. */
export function batchesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
    return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
        items.slice(index * size, (index + 1) * size),
    );
}

/** How many rounds of parallel batches it takes to act on `count` instances. */
export function roundsOf(
    count: number,
    rollout: { readonly batchSize: number; readonly parallelism: number },
): number {
    return Math.ceil(Math.ceil(count / rollout.batchSize) / rollout.parallelism);
}
