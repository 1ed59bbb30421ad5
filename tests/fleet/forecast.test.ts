import fc from "fast-check";
import { Forecast } from "../../provider/fleet/forecast";
import { seededRandom } from "../support/virtualClock";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const NO_JITTER = (): number => 0;

/** The progress (percent) that a task of this duration reports at a time. */
type Shape = (elapsed: number, duration: number) => number;

const linear: Shape = (elapsed, duration) => (100 * elapsed) / duration;
const silent: Shape = () => 0;
const SHAPES: Readonly<Record<string, Shape>> = {
    linear,
    "0 until the end": silent,
    "90 from two thirds on": (elapsed, duration) => Math.min(90, (135 * elapsed) / duration),
    backwards: (elapsed, duration) => 99 - (99 * elapsed) / duration,
    "half of what is done": (elapsed, duration) => (50 * elapsed) / duration,
    "three times what is done": (elapsed, duration) => Math.min(99, (300 * elapsed) / duration),
    "in steps of a quarter": (elapsed, duration) => 25 * Math.floor((4 * elapsed) / duration),
    "slower and slower": (elapsed, duration) => 99 * (1 - Math.exp((-3 * elapsed) / duration)),
    "at random": (elapsed) => (elapsed * 7_919) % 99,
};

interface Watched {
    readonly polls: readonly number[];
    /** How long after the end it was seen (ms). */
    readonly lag: number;
}

/** Polls a task as its forecast says, until its end is seen. */
function watch(
    duration: number,
    shape: Shape,
    random = NO_JITTER,
    forecast = new Forecast({ isNew: true }),
): Watched {
    const polls: number[] = [];
    for (let elapsed = 0; ;) {
        elapsed += forecast.pause(elapsed, random);
        polls.push(elapsed);
        if (elapsed >= duration) return { polls, lag: elapsed - duration };
        forecast.running(elapsed, Math.floor(Math.min(99, shape(elapsed, duration))));
    }
}

/** The polls of Terraform's provider at a task: after 5, 3, 6, 10, 10, … s. */
function terraformPolls(duration: number): number {
    const pauses = [5, 3, 6];
    let polls = 0;
    for (let elapsed = 0; elapsed < duration; polls += 1) elapsed += (pauses[polls] ?? 10) * SECOND;
    return polls;
}

const DURATIONS = [2, 3, 5, 8, 13, 21, 34, 55, 60, 89, 144, 233, 377, 610, 900].map((each) => each * SECOND);
const cases = DURATIONS.flatMap((duration) =>
    Array.from({ length: 20 }, (_, seed) => [duration - 1 - seed * 17, seededRandom(seed + 1)] as const),
);

describe("the polls of a task whose progress says when it ends", () => {
    test("see the end 5 % late at most, in the median", () => {
        const lags = cases.map(([duration, random]) => watch(duration, linear, random).lag / duration);
        expect(lags.toSorted((a, b) => a - b)[lags.length / 2]).toBeLessThanOrEqual(0.05);
        expect(Math.max(...lags)).toBeLessThanOrEqual(0.2);
    });

    test("are 8 at most for a task of a minute, and never more than those of Terraform's provider", () => {
        for (const [duration, random] of cases)
            expect([
                duration,
                watch(duration, linear, random).polls.length <= terraformPolls(duration) + 1,
            ]).toEqual([duration, true]);
        for (let seed = 1; seed <= 20; seed += 1)
            expect(watch(MINUTE, linear, seededRandom(seed)).polls.length).toBeLessThanOrEqual(8);
    });

    test("double the time so far until the end is near, and then come just after it", () => {
        const { polls } = watch(MINUTE, linear);
        expect(polls.slice(0, -1)).toEqual([2, 4, 8, 16, 32].map((each) => each * SECOND));
        expect(polls.at(-1)).toBeGreaterThan(MINUTE);
        expect(polls.at(-1)).toBeLessThan(MINUTE * 1.03);
    });

    test("tell a task that has waited before it began from a slow one", () => {
        const late: Shape = (elapsed, duration) => Math.max(0, (150 * elapsed) / duration - 50);
        const { polls, lag } = watch(3 * MINUTE, late);
        expect(lag).toBeLessThan(0.03 * 3 * MINUTE);
        expect(polls.length).toBeLessThan(watch(3 * MINUTE, silent).polls.length);
    });

    test("follow a task of which an earlier run knows more, from where it is", () => {
        const forecast = new Forecast({ isNew: false });
        forecast.running(0, 40);
        const { polls } = watch(MINUTE, (elapsed) => 40 + elapsed / SECOND, NO_JITTER, forecast);
        expect(polls.slice(1).every((time, index) => time >= 1.5 * (polls[index] ?? 0))).toBe(true);
    });
});

describe("the polls of any task", () => {
    const shapes = fc.constantFrom(...Object.keys(SHAPES));

    test("see the end after 30 s at most, and grow in number with the logarithm of the time", () => {
        fc.assert(
            fc.property(
                shapes,
                fc.integer({ min: 2_000, max: 900_000 }),
                fc.nat(),
                (name, duration, seed) => {
                    const { polls, lag } = watch(duration, SHAPES[name] ?? silent, seededRandom(seed));
                    expect(lag).toBeLessThanOrEqual(30 * SECOND);
                    const usual = watch(duration, silent, seededRandom(seed)).polls.length;
                    // A forecast that does not come true costs a poll, and three of them end the forecasts.
                    expect(polls.length).toBeLessThanOrEqual(usual + 4);
                },
            ),
        );
    });

    test.each(["0 until the end", "90 from two thirds on"])(
        "whose progress is %s see the end within a fifth of the time",
        (name) => {
            fc.assert(
                fc.property(fc.integer({ min: 2_000, max: 900_000 }), fc.nat(), (duration, seed) => {
                    const { lag } = watch(duration, SHAPES[name] ?? silent, seededRandom(seed));
                    expect(lag).toBeLessThanOrEqual(0.2 * duration + 1);
                }),
            );
        },
    );

    test("take the usual pauses from the moment at which its progress runs backwards", () => {
        const forecast = new Forecast({ isNew: true });
        forecast.running(10 * SECOND, 50);
        expect(forecast.pause(10 * SECOND, NO_JITTER)).toBe(10 * SECOND);
        forecast.running(20 * SECOND, 49);
        forecast.running(22 * SECOND, 70);
        expect(forecast.isMisleading).toBe(true);
        expect(forecast.pause(20 * SECOND, NO_JITTER)).toBe(4 * SECOND);
    });

    test("are a twentieth, then a tenth, then a fifth of the time apart where the forecast does not come true", () => {
        const forecast = new Forecast({ isNew: true });
        forecast.running(10 * SECOND, 90);
        const pauses = [10, 20, 40, 80].map((seconds, index) => {
            const pause = forecast.pause(seconds * SECOND, NO_JITTER) / (seconds * SECOND);
            forecast.running(seconds * SECOND, 95 + index);
            return Math.round(pause * 100) / 100;
        });
        expect(pauses).toEqual([0.12, 0.1, 0.2, 0.2]);
        expect([forecast.isBlind, forecast.isMisleading]).toEqual([true, false]);
    });

    test("tell progress that stands still when the task should be over from a task that is nearly done", () => {
        const stuckAt = (progress: number): boolean => {
            const forecast = new Forecast({ isNew: true });
            forecast.running(10 * SECOND, progress);
            const pause = forecast.pause(10 * SECOND, NO_JITTER);
            forecast.running(10 * SECOND + pause, progress);
            return forecast.isMisleading;
        };
        expect([stuckAt(90), stuckAt(98), stuckAt(99)]).toEqual([true, true, false]);
    });

    test("are of no use for a forecast where they have not asked the task", () => {
        const forecast = new Forecast({ isNew: true });
        forecast.running(10 * SECOND);
        expect([forecast.isPolled, forecast.isBlind, forecast.isMisleading]).toEqual([true, true, false]);
        expect(forecast.pause(10 * SECOND, NO_JITTER)).toBe(2 * SECOND);
    });
});

describe("what other tasks of the run tell", () => {
    test("half of the shortest time before the first poll, and never more than 30 s", () => {
        const first = (shortestMs: number): number =>
            new Forecast({ isNew: true, shortestMs }).pause(0, NO_JITTER);
        expect([first(0), first(3_000), first(20_000), first(5 * MINUTE)]).toEqual([
            2_000, 2_000, 10_000, 30_000,
        ]);
    });

    test("the time counts for which the task was seen running", () => {
        const forecast = new Forecast({ isNew: true });
        expect(forecast.completed(2_000)).toBe(0);
        forecast.running(2_000, 30);
        expect(forecast.completed(9_000)).toBe(2_000);
    });

    test("a task that ends long before its forecast has misled, one that is a little early has not", () => {
        const ended = (elapsed: number): boolean => {
            const forecast = new Forecast({ isNew: true });
            forecast.running(10 * SECOND, 50);
            forecast.completed(elapsed);
            return forecast.isMisleading;
        };
        expect([ended(15 * SECOND), ended(17 * SECOND), ended(30 * SECOND)]).toEqual([true, false, false]);
        const misled = new Forecast({ isNew: true, isMisled: true });
        misled.running(10 * SECOND, 50);
        expect(misled.pause(10 * SECOND, NO_JITTER)).toBe(2 * SECOND);
    });
});
