/** Lets all of it end, and then throws the first error, if any: nothing goes on behind a run's back. */
export async function together<T>(work: readonly Promise<T>[]): Promise<T[]> {
    const results = await Promise.allSettled(work);
    return results.map((result) => {
        if (result.status === "rejected") throw result.reason as Error;
        return result.value;
    });
}
