/**
 * The counts of a live status: what there is to do stays the same in a run, and of that, what is done or has failed only
 * grows.
 */
export function expectSteadyCounts(statuses: readonly string[]): void {
    const counts = statuses.flatMap((text) => {
        const [, done, total, failed = 0] = /^(\d+)\/(\d+)(?: · (\d+) failed)?/.exec(text) ?? [];
        return total === undefined ? [] : [{ total: Number(total), over: Number(done) + Number(failed) }];
    });
    const [{ total } = { total: 0 }] = counts;
    const over = counts.map((count) => count.over);
    expect(new Set(counts.map((count) => count.total)).size).toBeLessThanOrEqual(1);
    expect(over).toEqual([...over].sort((a, b) => a - b));
    expect(over.at(-1) ?? 0).toBeLessThanOrEqual(total);
}
