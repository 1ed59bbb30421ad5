import type { ObservedClient } from "../../provider/fleet/model";
import { Cancelled } from "../../provider/interrupted";
import { ClientWatch } from "../../provider/run/watch";
import { client } from "../fleet/builders";
import { seededRandom, VirtualClock } from "../support/virtualClock";

const SECOND = 1_000;

/** A list that a run watches; each reading takes `latencyMs`. */
class Watched {
    readonly clock = new VirtualClock();
    readonly stop = new AbortController();
    /** When the list was read (ms since the beginning). */
    readonly readAt: number[] = [];
    clients: readonly ObservedClient[] = [client("i-1", "INSTALLING")];
    error: Error | undefined;
    latencyMs = 50;
    readonly watch: ClientWatch;
    readonly #startedAt = this.clock.now();

    constructor() {
        const list = async (): Promise<readonly ObservedClient[]> => {
            this.readAt.push(this.elapsedMs);
            const { clients, error } = this;
            await this.clock.sleep(this.latencyMs);
            if (error) throw error;
            return clients;
        };
        this.watch = new ClientWatch(list, this.clock, seededRandom(1), this.stop.signal);
    }

    get elapsedMs(): number {
        return this.clock.now() - this.#startedAt;
    }

    statusFrom(ms: number): void {
        void this.clock.sleep(ms).then(() => (this.clients = [client("i-1", "ACTIVATED")]));
    }

    /** Waits until i-1 is ACTIVATED; when that was seen. */
    async untilActivated(withinMs?: number): Promise<number> {
        return this.watch.until(
            ({ index }) => (index.get("c-i-1")?.status === "ACTIVATED" ? this.elapsedMs : undefined),
            withinMs,
        );
    }
}

describe("the list that a run watches", () => {
    test("is read at once for a look, which is also the latest and recent one for half a minute", async () => {
        const watched = new Watched();
        const { watch, clock, readAt } = watched;
        const { index, takenAt } = await watch.look();
        expect(readAt).toEqual([0]);
        expect(takenAt).toBe(clock.now() - watched.latencyMs);
        expect(watch.latest).toBe(index);
        await clock.sleep(30 * SECOND - watched.latencyMs);
        expect(await watch.recent()).toBe(index);
        expect(readAt).toHaveLength(1);
        await clock.sleep(1);
        expect(await watch.recent()).not.toBe(index);
        expect(readAt).toHaveLength(2);
    });

    test("may be older to act on where it has many pages: two seconds for each", async () => {
        const watched = new Watched();
        watched.latencyMs = 0;
        const { watch, clock, readAt } = watched;
        watched.clients = Array.from({ length: 15 * 99 + 1 }, (_, number) =>
            client(`i-${number}`, "ACTIVATED"),
        );
        await watch.look();
        await clock.sleep(32 * SECOND);
        await watch.recent();
        expect(readAt).toEqual([0]);
        await clock.sleep(1);
        await watch.recent();
        expect(readAt).toEqual([0, 32 * SECOND + 1]);
    });

    test("is as old as one allows, and is the one being read for all who allow that", async () => {
        const watched = new Watched();
        const { watch, clock, readAt } = watched;
        const first = watch.within(0);
        await clock.sleep(10);
        expect(await watch.within(10)).toBe(await first);
        expect(readAt).toEqual([0]);
        await clock.sleep(SECOND);
        expect(await watch.within(1_050)).toBe(await first);
        expect((await watch.within(1_040)).takenAt).toBe(clock.now() - watched.latencyMs);
        expect(readAt).toHaveLength(2);
    });

    test("is read anew where the reading that is under way began too long ago", async () => {
        const watched = new Watched();
        const { watch, clock, readAt } = watched;
        watched.latencyMs = 40 * SECOND;
        void watch.look();
        await clock.sleep(30 * SECOND);
        const underWay = watch.recent();
        await clock.sleep(1);
        watched.clients = [client("i-1", "ACTIVATED")];
        expect((await watch.recent()).get("c-i-1")?.status).toBe("ACTIVATED");
        expect((await underWay).get("c-i-1")?.status).toBe("INSTALLING");
        expect(readAt).toEqual([0, 40 * SECOND]);
    });

    test("is read for one who can wait when another needs it, or when the wait is over", async () => {
        const watched = new Watched();
        watched.clients = [client("i-1", "ACTIVATED")];
        const patient = watched.untilActivated(5 * SECOND);
        await watched.clock.sleep(3 * SECOND);
        await watched.watch.look();
        expect(await patient).toBe(3 * SECOND + watched.latencyMs);
        expect(watched.readAt).toEqual([3 * SECOND]);
        await watched.untilActivated(500);
        expect(watched.readAt).toEqual([3 * SECOND, 3 * SECOND + watched.latencyMs + 500]);
    });

    test("is read anew for whoever asks while it is being read", async () => {
        const watched = new Watched();
        const first = watched.watch.look();
        await watched.clock.sleep(10);
        const second = watched.watch.look();
        expect((await second).takenAt).toBeGreaterThan((await first).takenAt);
        expect(watched.readAt).toHaveLength(2);
    });

    test("is read once for all that wait, more and more rarely, until the last of them has an answer", async () => {
        const watched = new Watched();
        watched.statusFrom(100 * SECOND);
        const seen = await Promise.all(Array.from({ length: 50 }, () => watched.untilActivated()));
        expect(Math.max(...seen)).toBeLessThan(125 * SECOND);
        const { readAt } = watched;
        expect(readAt[0]).toBeGreaterThanOrEqual(1_800);
        expect(readAt.length).toBeLessThan(40);
        const pauses = readAt.slice(1).map((at, index) => at - (readAt[index] ?? 0));
        expect(Math.min(...pauses)).toBeGreaterThanOrEqual(250);
        await watched.clock.sleep(60 * SECOND);
        expect(readAt.at(-1)).toBeLessThan(125 * SECOND);
    });

    test("is read at once also for a look while others wait, but rests a quarter of a second for each page", async () => {
        const watched = new Watched();
        watched.clients = Array.from({ length: 991 }, (_, index) => client(`i-${index}`, "INSTALLING"));
        const waiting = Array.from({ length: 20 }, () => watched.untilActivated());
        void watched.clock.sleep(5 * SECOND).then(() => watched.watch.look());
        watched.statusFrom(60 * SECOND);
        await Promise.all(waiting);
        const { readAt } = watched;
        expect(readAt).toContain(5 * SECOND);
        const others = readAt.filter((at) => at !== 5 * SECOND);
        const pauses = others.slice(1).map((at, index) => at - (others[index] ?? 0));
        expect(Math.min(...pauses)).toBeGreaterThanOrEqual(11 * 250);
    });

    test("that cannot be read fails all who wait, and is read again for the next", async () => {
        const watched = new Watched();
        watched.error = new Error("no list");
        const waiting = [watched.untilActivated(0), watched.untilActivated()];
        for (const each of waiting) await expect(each).rejects.toThrow("no list");
        watched.error = undefined;
        expect((await watched.watch.look()).index.clients).toHaveLength(1);
        expect(watched.readAt).toHaveLength(2);
    });

    test("that somebody cannot judge fails that one alone", async () => {
        const watched = new Watched();
        watched.statusFrom(5 * SECOND);
        const faulty = watched.watch.until(() => {
            throw new TypeError("a fault");
        }, 0);
        const other = watched.untilActivated();
        await expect(faulty).rejects.toThrow("a fault");
        expect(await other).toBeGreaterThanOrEqual(5 * SECOND);
    });

    test("is not read any more once the run is stopped, also in the middle of a pause", async () => {
        const watched = new Watched();
        const waiting = watched.untilActivated();
        void watched.clock.sleep(SECOND).then(() => {
            watched.stop.abort(new Cancelled());
        });
        await expect(waiting).rejects.toThrow("cancelled");
        expect(watched.elapsedMs).toBe(SECOND);
        await expect(watched.watch.look()).rejects.toThrow("cancelled");
        expect(watched.readAt).toEqual([]);
    });

    test("shows what is in progress for longer than the service allows as failed", async () => {
        const watched = new Watched();
        await watched.watch.look();
        await watched.clock.sleep(16 * 60 * SECOND);
        expect((await watched.watch.look()).index.get("c-i-1")?.status).toBe("INSTALLING");
        await watched.clock.sleep(60 * SECOND);
        expect((await watched.watch.look()).index.get("c-i-1")?.status).toBe("INSTALL_FAILED");
    });
});
