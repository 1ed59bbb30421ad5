/** Lets all of it end, and then throws the first error, if any: nothing goes on behind a run's back. */
export async function together(work: readonly Promise<void>[]): Promise<void> {
    const results = await Promise.allSettled(work);
    const rejected = results.find((result) => result.status === "rejected");
    if (rejected) throw rejected.reason as Error;
}
