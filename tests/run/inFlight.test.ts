import { Cancelled } from "../../provider/interrupted";
import { InFlight, type Room } from "../../provider/run/inFlight";

/** Lets everything happen that waits for nothing. */
const settled = (): Promise<void> => new Promise(setImmediate);

interface Taken {
    readonly items: readonly string[];
    readonly room: Room;
}

/** What is taken from a queue, or undefined as long as it waits. */
function take(inFlight: InFlight, queue: string[], most: number, isCut: boolean) {
    let taken: Taken | undefined;
    const end = inFlight.take(queue, most, isCut).then((each) => (taken = each));
    return {
        end,
        now: async (): Promise<Taken | undefined> => {
            await settled();
            return taken;
        },
    };
}

const NEVER = new AbortController().signal;

describe("room for instances in flight", () => {
    test("is given to as many as are wanted, left and allowed", async () => {
        const inFlight = new InFlight(5, NEVER);
        const queue = ["a", "b", "c", "d", "e", "f"];
        expect((await take(inFlight, queue, 2, false).now())?.items).toEqual(["a", "b"]);
        expect((await take(inFlight, queue, 9, true).now())?.items).toEqual(["c", "d", "e"]);
        expect(queue).toEqual(["f"]);
        expect((await take(inFlight, [], 2, true).now())?.items).toEqual([]);
    });

    test("is waited for until all of a batch fits, unless it may be cut", async () => {
        for (const isCut of [false, true]) {
            const inFlight = new InFlight(3, NEVER);
            inFlight.add(2);
            const queue = ["a", "b", "c", "d"];
            const first = take(inFlight, queue, 2, isCut);
            expect((await first.now())?.items).toEqual(isCut ? ["a"] : undefined);
            inFlight.remove(1);
            expect((await first.now())?.items).toEqual(isCut ? ["a"] : ["a", "b"]);
        }
    });

    test("is enough for a batch that is larger than all of it, or than what is left", async () => {
        const whole = take(new InFlight(2, NEVER), ["a", "b", "c"], 3, false);
        expect((await whole.now())?.items).toEqual(["a", "b"]);
        const inFlight = new InFlight(3, NEVER);
        inFlight.add(2);
        expect((await take(inFlight, ["a"], 3, false).now())?.items).toEqual(["a"]);
    });

    test("comes back one by one, and the rest at the end, which comes once", async () => {
        const inFlight = new InFlight(3, NEVER);
        const { room } = await take(inFlight, ["a", "b", "c"], 3, false).end;
        room.leave();
        const one = await take(inFlight, ["d", "e"], 3, true).now();
        expect(one?.items).toEqual(["d"]);
        room.end();
        room.end();
        const rest = await take(inFlight, ["f", "g", "h"], 3, true).now();
        expect(rest?.items).toEqual(["f", "g"]);
        expect(await take(inFlight, ["i"], 1, true).now()).toBeUndefined();
    });

    test("is given in the order in which it was asked for", async () => {
        const inFlight = new InFlight(3, NEVER);
        inFlight.add(2);
        const large = take(inFlight, ["a", "b"], 2, false);
        const small = take(inFlight, ["c"], 1, false);
        expect(await small.now()).toBeUndefined();
        inFlight.remove(2);
        expect((await large.now())?.items).toEqual(["a", "b"]);
        expect((await small.now())?.items).toEqual(["c"]);
    });

    test("is not waited for any more when its queue is empty, or the run is stopped", async () => {
        const stop = new AbortController();
        const inFlight = new InFlight(2, stop.signal);
        inFlight.add(2);
        const queue = ["a"];
        const emptied = take(inFlight, queue, 1, true);
        const next = take(inFlight, ["b"], 1, true);
        await settled();
        queue.length = 0;
        inFlight.remove(0);
        expect((await emptied.now())?.items).toEqual([]);
        stop.abort(new Cancelled());
        await expect(next.end).rejects.toThrow("cancelled");
        await expect(take(inFlight, ["c"], 1, true).end).rejects.toThrow("cancelled");
    });
});
