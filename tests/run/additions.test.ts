import type { ObservedClient } from "../../provider/fleet/model";
import { Additions } from "../../provider/run/additions";
import { ClientWatch } from "../../provider/run/watch";
import { client } from "../fleet/builders";
import { seededRandom, VirtualClock } from "../support/virtualClock";

const SECOND = 1_000;

/** A list of so many clients, and what was asked for and when (s). */
class Listed {
    readonly clock = new VirtualClock();
    readonly asked: (readonly ["all" | "additions", number])[] = [];
    readonly list: ObservedClient[];
    /** Whether the additions cannot be told. */
    isOther = false;
    readonly watch: ClientWatch;
    readonly additions: Additions;
    readonly #startedAt = this.clock.now();

    constructor(count: number) {
        this.list = Array.from({ length: count }, (_, number) => client(`i-${number}`, "ACTIVATED"));
        const all = (): Promise<readonly ObservedClient[]> => {
            this.#note("all");
            return Promise.resolve([...this.list]);
        };
        const added = (known: readonly ObservedClient[]): Promise<readonly ObservedClient[] | undefined> => {
            this.#note("additions");
            return Promise.resolve(this.isOther ? undefined : this.list.slice(known.length));
        };
        this.watch = new ClientWatch(all, this.clock, seededRandom(1), new AbortController().signal);
        this.additions = new Additions(this.watch, added, this.clock);
    }

    #note(what: "all" | "additions"): void {
        this.asked.push([what, (this.clock.now() - this.#startedAt) / SECOND]);
    }

    async at(seconds: number): Promise<void> {
        await this.clock.sleep(this.#startedAt + seconds * SECOND - this.clock.now());
    }

    add(instanceId: string): void {
        this.list.push(client(instanceId, "ACTIVATED"));
    }

    async shows(instanceId: string): Promise<boolean> {
        return (await this.additions.recent()).get(`c-${instanceId}`) !== undefined;
    }
}

describe("what has been added to a list of several pages", () => {
    test("is asked for half a minute after the last reading, and after what was added to it", async () => {
        const listed = new Listed(150);
        await listed.watch.look();
        listed.add("i-a");
        await listed.at(30);
        expect(await listed.shows("i-a")).toBe(false);
        await listed.at(30.001);
        expect([await listed.shows("i-a"), await listed.shows("i-0")]).toEqual([true, true]);
        listed.add("i-b");
        await listed.at(60.001);
        expect([await listed.shows("i-a"), await listed.shows("i-b")]).toEqual([true, false]);
        await listed.at(60.002);
        expect([await listed.shows("i-a"), await listed.shows("i-b")]).toEqual([true, true]);
        expect(listed.asked).toEqual([
            ["all", 0],
            ["additions", 30.001],
            ["additions", 60.002],
        ]);
        // Nobody else acts on it.
        expect(listed.watch.latest.get("c-i-a")).toBeUndefined();
    });

    test("is asked for once by all who ask at the same time", async () => {
        const listed = new Listed(150);
        await listed.watch.look();
        listed.add("i-a");
        await listed.at(31);
        expect(await Promise.all([listed.shows("i-a"), listed.shows("i-a")])).toEqual([true, true]);
        expect(listed.asked).toHaveLength(2);
    });

    test("gives way to a later reading of the whole list", async () => {
        const listed = new Listed(150);
        await listed.watch.look();
        listed.add("i-a");
        await listed.at(31);
        expect(await listed.shows("i-a")).toBe(true);
        listed.list.pop();
        await listed.at(40);
        await listed.watch.look();
        await listed.at(69);
        expect(await listed.shows("i-a")).toBe(false);
    });

    test("is found in the whole list if it cannot be told otherwise", async () => {
        const listed = new Listed(150);
        await listed.watch.look();
        listed.list.unshift(client("i-a", "ACTIVATED"));
        listed.isOther = true;
        await listed.at(31);
        expect(await listed.shows("i-a")).toBe(true);
        expect(listed.asked.slice(1)).toEqual([
            ["additions", 31],
            ["all", 31],
        ]);
    });
});

test("a list of one page is read as a whole", async () => {
    const listed = new Listed(99);
    await listed.watch.look();
    listed.add("i-a");
    await listed.at(31);
    expect(await listed.shows("i-a")).toBe(true);
    expect(listed.asked).toEqual([
        ["all", 0],
        ["all", 31],
    ]);
});
