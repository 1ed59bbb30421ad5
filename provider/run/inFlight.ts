import { abortable } from "../async";

/**
 * The instances in flight: those whose work is submitted, or whose agent is removed to be replaced, until they are judged. A
 * run never has more of them than it may, except for those that an earlier run left. A probe that installs for another batch
 * (`refusals.ts`) does so in the place of an instance of its own batch that was refused.
 */
export class InFlight {
    private count = 0;
    private change = Promise.withResolvers<undefined>();

    constructor(
        private readonly limit: number,
        private readonly signal: AbortSignal,
    ) {}

    /** Adds instances that are in flight already. */
    add(count: number): void {
        this.count += count;
    }

    /** Removes instances that are judged. */
    remove(count: number): void {
        this.count -= count;
        this.change.resolve(undefined);
        this.change = Promise.withResolvers();
    }

    /**
     * Waits until there is room, then takes items from the queue: so many, or as many as fit.
     *
     * @param isCut whether fewer may be taken because others are in flight
     */
    async take<T>(queue: T[], most: number, isCut: boolean): Promise<readonly T[]> {
        const least = (): number => (isCut ? 1 : Math.min(most, queue.length, this.limit));
        while (queue.length > 0 && this.count + least() > this.limit)
            await abortable(this.change.promise, this.signal);
        const items = queue.splice(0, Math.min(most, this.limit - this.count));
        this.add(items.length);
        return items;
    }
}
