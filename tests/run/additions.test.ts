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
    /** How long it takes to list all clients, and a half of how long it takes to list those that were added. */
    latencyMs = 0;
    error: Error | undefined;
    readonly watch: ClientWatch;
    readonly additions: Additions;
    readonly #startedAt = this.clock.now();

    constructor(count: number) {
        this.list = Array.from({ length: count }, (_, number) => client(`i-${number}`, "ACTIVATED"));
        const all = async (): Promise<readonly ObservedClient[]> => {
            this.#note("all");
            const shown = [...this.list];
            if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs);
            return shown;
        };
        const added = async (
            known: readonly ObservedClient[],
        ): Promise<readonly ObservedClient[] | undefined> => {
            this.#note("additions");
            if (this.latencyMs > 0) await this.clock.sleep(2 * this.latencyMs);
            if (this.error) throw this.error;
            return this.isOther ? undefined : this.list.slice(known.length);
        };
        this.watch = new ClientWatch(all, this.clock, seededRandom(1), new AbortController().signal);
        this.additions = new Additions(this.watch, added, this.clock);
    }

    /** The same, after the whole list was read. */
    static async read(count: number): Promise<Listed> {
        const listed = new Listed(count);
        await listed.watch.look();
        return listed;
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
        const listed = await Listed.read(150);
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
        const listed = await Listed.read(150);
        listed.add("i-a");
        await listed.at(31);
        expect(await Promise.all([listed.shows("i-a"), listed.shows("i-a")])).toEqual([true, true]);
        expect(listed.asked).toHaveLength(2);
    });

    test("gives way to a later reading of the whole list", async () => {
        const listed = await Listed.read(150);
        listed.add("i-a");
        await listed.at(31);
        expect(await listed.shows("i-a")).toBe(true);
        listed.list.pop();
        await listed.at(40);
        await listed.watch.look();
        await listed.at(69);
        expect(await listed.shows("i-a")).toBe(false);
        // What is gone does not come back with what is added later.
        listed.add("i-b");
        await listed.at(71);
        expect([await listed.shows("i-a"), await listed.shows("i-b")]).toEqual([false, true]);
    });

    test("is found in the whole list if it cannot be told otherwise", async () => {
        const listed = await Listed.read(150);
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

describe("a list that does not tell what was added", () => {
    test("is asked once for that, and read again when others would read it again", async () => {
        const listed = await Listed.read(99 * 20);
        listed.isOther = true;
        for (const seconds of [31, 32, 40, 41, 79, 80.001]) {
            await listed.at(seconds);
            await listed.additions.recent();
        }
        expect(listed.asked).toEqual([
            ["all", 0],
            ["additions", 31],
            ["all", 41],
            ["additions", 79],
        ]);
    });

    test("is not asked for anything older than what was added before", async () => {
        const listed = await Listed.read(99 * 20);
        listed.add("i-a");
        await listed.at(31);
        expect(await listed.shows("i-a")).toBe(true);
        listed.isOther = true;
        await listed.at(62);
        expect(await listed.shows("i-a")).toBe(true);
        expect(listed.asked.map(([what]) => what)).toEqual(["all", "additions", "additions"]);
    });
});

test("what is known of the list is what it showed last, and what was added since then", async () => {
    const listed = await Listed.read(150);
    listed.add("i-a");
    await listed.at(31);
    await listed.additions.recent();
    expect(listed.additions.latest.get("c-i-a")).toBeDefined();
    // A reading of the whole list begins before one of the additions, and ends before it.
    listed.latencyMs = 500;
    listed.list[0] = client("i-0", "UNKNOWN");
    await listed.at(61.9);
    const whole = listed.watch.look();
    await listed.at(62);
    const [{ index }] = await Promise.all([whole, listed.additions.recent()]);
    expect(listed.additions.latest).not.toBe(index);
    expect(listed.additions.latest.get("c-i-0")?.status).toBe("UNKNOWN");
});

test("a reading of the whole list that began before one of the additions, and ends after it, shows the status of clients", async () => {
    const listed = await Listed.read(150);
    listed.list[0] = client("i-0", "UNKNOWN");
    listed.list.splice(1, 1);
    listed.add("i-c");
    await listed.at(61.9);
    listed.latencyMs = 5_000;
    const whole = listed.watch.look();
    await listed.at(62);
    listed.latencyMs = 0;
    listed.list.splice(1, 0, client("i-1", "ACTIVATED"));
    listed.add("i-a");
    await listed.additions.recent();
    expect(listed.additions.latest.get("c-i-0")?.status).toBe("ACTIVATED");
    await whole;
    const { latest } = listed.additions;
    expect([latest.get("c-i-0")?.status, latest.get("c-i-1"), latest.get("c-i-a")?.status]).toEqual([
        "UNKNOWN",
        undefined,
        "ACTIVATED",
    ]);
    const ids = latest.clients.map(({ clientId }) => clientId);
    expect(ids).toEqual([...new Set(ids)]);
    // It stays so, and what comes later is added to it.
    listed.list.splice(1, 1);
    listed.add("i-b");
    await listed.at(93);
    await listed.additions.recent();
    expect(listed.additions.latest.get("c-i-0")?.status).toBe("UNKNOWN");
    expect(listed.asked.map(([what]) => what)).toEqual(["all", "all", "additions", "additions"]);
});

test("a reading of the additions that began long ago is not waited for", async () => {
    const listed = await Listed.read(150);
    await listed.at(31);
    listed.latencyMs = 20_000;
    const slow = listed.additions.recent();
    await listed.at(61.001);
    listed.latencyMs = 0;
    listed.add("i-a");
    expect(await listed.shows("i-a")).toBe(true);
    expect(listed.asked.at(-1)).toEqual(["additions", 61.001]);
    listed.list.pop();
    await slow;
    // What it shows is older, and what came after it is recent still.
    expect(listed.additions.latest.get("c-i-a")).toBeDefined();
    await listed.at(91);
    await listed.additions.recent();
    expect(listed.asked).toHaveLength(3);
});

test("a reading of the additions that fails is made again by the next who asks", async () => {
    const listed = await Listed.read(150);
    await listed.at(31);
    listed.error = new Error("a fault");
    await expect(listed.additions.recent()).rejects.toThrow("a fault");
    listed.error = undefined;
    listed.add("i-a");
    expect(await listed.shows("i-a")).toBe(true);
});

test("a list of one page is read as a whole", async () => {
    const listed = await Listed.read(99);
    listed.add("i-a");
    await listed.at(31);
    expect(await listed.shows("i-a")).toBe(true);
    expect(listed.asked).toEqual([
        ["all", 0],
        ["all", 31],
    ]);
});
