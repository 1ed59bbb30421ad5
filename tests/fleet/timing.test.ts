import fc from "fast-check";
import { batchesOf, limitsOf, roundsOf } from "../../provider/fleet/waves";
import { failStuck, pauseBeforeLook, remember, type StatusHistory } from "../../provider/fleet/timing";
import { seededRandom } from "../support/virtualClock";
import { client } from "./builders";

/** The times (ms) at which something that takes `duration` is looked at, up to the look that sees its end. */
function looks(duration: number, random: () => number): number[] {
    const times: number[] = [];
    for (let elapsed = 0; elapsed < duration;) {
        elapsed += pauseBeforeLook(elapsed, random);
        times.push(elapsed);
    }
    return times;
}

const NO_JITTER = (): number => 0;

describe("the looks at a task", () => {
    test("the first comes at about two seconds", () => {
        expect(pauseBeforeLook(0, NO_JITTER)).toBe(2_000);
    });

    test("each comes at no more than 1.2 times the elapsed time of the one before, and at most 30 s after it", () => {
        fc.assert(
            fc.property(fc.nat({ max: 900_000 }), fc.nat(), (duration, seed) => {
                const times = looks(duration, seededRandom(seed));
                times.slice(1).forEach((time, index) => {
                    const before = times[index] ?? 0;
                    const due = Math.max(2_000, before * 1.2);
                    expect(time).toBeLessThanOrEqual(Math.ceil(due));
                    expect(time - before).toBeLessThanOrEqual(30_000);
                });
            }),
        );
    });

    test("jitter only shortens a pause, by a tenth at most", () => {
        fc.assert(
            fc.property(
                fc.nat({ max: 3_600_000 }),
                fc.double({ min: 0, max: 0.999_999, noNaN: true }),
                (elapsed, r) => {
                    const longest = pauseBeforeLook(elapsed, NO_JITTER);
                    const pause = pauseBeforeLook(elapsed, () => r);
                    expect(pause).toBeGreaterThan(0);
                    expect(pause).toBeLessThanOrEqual(longest);
                    expect(pause).toBeGreaterThanOrEqual(Math.floor(longest * 0.9));
                },
            ),
        );
    });

    test("the end is seen within a fifth of the duration or 30 s", () => {
        fc.assert(
            fc.property(fc.integer({ min: 2_000, max: 900_000 }), fc.nat(), (duration, seed) => {
                const seen = looks(duration, seededRandom(seed)).at(-1) ?? 0;
                expect(seen - duration).toBeLessThanOrEqual(Math.min(30_000, Math.ceil(duration * 0.2)));
            }),
        );
    });

    // With no jitter: 2 s, then a fifth more each, from 150 s on every 30 s.
    test.each([
        ["2 s", 2_000, 1],
        ["5 s", 5_000, 7],
        ["30 s", 30_000, 16],
        ["60 s", 60_000, 20],
        ["2 min", 120_000, 24],
        ["5 min", 300_000, 30],
        ["15 min", 900_000, 50],
    ])("a task of %s takes few of them", (_, duration, count) => {
        expect(looks(duration, NO_JITTER).length).toBeLessThanOrEqual(count);
        expect(looks(duration, () => 0.999).length).toBeLessThanOrEqual(Math.ceil(count * 1.2) + 1);
    });
});

describe("batches", () => {
    test("are full but the last, in order, and hold everything once", () => {
        fc.assert(
            fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 20 }), (items, size) => {
                const batches = batchesOf(items, size);
                expect(batches.flat()).toEqual(items);
                expect(batches.slice(0, -1).every((batch) => batch.length === size)).toBe(true);
                expect(batches.every((batch) => batch.length > 0 && batch.length <= size)).toBe(true);
            }),
        );
    });

    test.each([
        [0, 20, 4, 0],
        [1, 20, 4, 1],
        [80, 20, 4, 1],
        [81, 20, 4, 2],
        [45, 20, 1, 3],
    ])(
        "%i instances in batches of %i, %i at a time, are %i rounds",
        (count, batchSize, parallelism, rounds) => {
            expect(roundsOf(count, limitsOf({ batchSize, parallelism }, count))).toBe(rounds);
        },
    );
});

describe("what is under way for too long", () => {
    const LIMIT = 17 * 60_000;

    function after(ms: number, statuses: readonly Parameters<typeof client>[1][]): string[] {
        const clients = statuses.map((status, index) => client(`i-${index}`, status));
        const history = remember(new Map(), clients, 0);
        return failStuck(clients, remember(history, clients, ms), ms).map(({ status }) => status);
    }

    test("is shown as failed after the service's own limit and a grace", () => {
        const passing = ["INSTALLING", "REGISTERED", "UPGRADING", "UNINSTALLING"] as const;
        expect(after(LIMIT, passing)).toEqual([
            "INSTALL_FAILED",
            "INSTALL_FAILED",
            "UPGRADE_FAILED",
            "UNINSTALL_FAILED",
        ]);
        expect(after(LIMIT - 1, passing)).toEqual(passing);
    });

    test("is never something that rests", () => {
        const resting = ["ACTIVATED", "UNKNOWN", "NOT_INSTALLED", "DEACTIVATED"] as const;
        expect(after(LIMIT * 10, resting)).toEqual(resting);
    });

    test("is counted from when the run first saw that status", () => {
        const installing = [client("i-1", "INSTALLING")];
        const registered = [client("i-1", "REGISTERED")];
        let history: StatusHistory = remember(new Map(), installing, 0);
        history = remember(history, registered, LIMIT - 1);
        expect(failStuck(registered, history, LIMIT)[0]?.status).toBe("REGISTERED");
        history = remember(history, [], LIMIT);
        expect(history.size).toBe(0);
        expect(failStuck(registered, history, LIMIT * 3)[0]?.status).toBe("REGISTERED");
    });
});
