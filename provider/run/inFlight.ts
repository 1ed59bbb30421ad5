import { abortable } from "../async";

/** Room for some instances in flight. */
export class Room {
    constructor(
        private readonly inFlight: InFlight,
        private count: number,
    ) {}

    /** Gives up the room of one instance that is not in flight any more. */
    leave(): void {
        this.free(1);
    }

    /** Gives up all room that is left. */
    end(): void {
        this.free(this.count);
    }

    private free(count: number): void {
        this.count -= count;
        this.inFlight.remove(count);
    }
}

/**
 * The instances in flight: those whose work is submitted, or whose agent is removed to be replaced, until they are judged. A
 * run never has more of them than it may, except for those that an earlier run left. A probe that installs for another batch
 * (`refusals.ts`) does so in the place of an instance of its own batch that was refused.
 */
export class InFlight {
    private count = 0;
    private change = Promise.withResolvers<undefined>();
    /** When the last of those who wait for room has got it. */
    private line: Promise<unknown> = Promise.resolve();

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
     * Waits until there is room, then takes items from the queue: so many, or as many as fit. Room is given in the order of the
     * calls, so that a booted instance does not wait for all batches that are still to come.
     *
     * @param isCut whether fewer may be taken because others are in flight
     */
    async take<T>(
        queue: T[],
        most: number,
        isCut: boolean,
    ): Promise<{ readonly items: readonly T[]; readonly room: Room }> {
        const before = this.line;
        const turn = Promise.withResolvers<undefined>();
        this.line = turn.promise;
        try {
            await abortable(before, this.signal);
            const least = (): number => (isCut ? 1 : Math.min(most, queue.length, this.limit));
            while (queue.length > 0 && this.count + least() > this.limit)
                await abortable(this.change.promise, this.signal);
            const items = queue.splice(0, Math.min(most, this.limit - this.count));
            this.add(items.length);
            return { items, room: new Room(this, items.length) };
        } finally {
            turn.resolve(undefined);
        }
    }
}
