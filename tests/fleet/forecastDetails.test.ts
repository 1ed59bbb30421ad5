import { Forecast } from "../../provider/fleet/forecast";

const SECOND = 1_000;
const NO_JITTER = (): number => 0;

/** A poll that has found a task running: when (ms), and its progress. */
type Poll = readonly [elapsedMs: number, progress?: number];

function polled(polls: readonly Poll[], isNew = true): Forecast {
    const forecast = new Forecast({ isNew });
    for (const [elapsedMs, progress] of polls) forecast.running(elapsedMs, progress);
    return forecast;
}

/** The pause after the last of these polls. */
function pauseAfter(polls: readonly Poll[], isNew = true): number {
    return polled(polls, isNew).pause(polls.at(-1)?.[0] ?? 0, NO_JITTER);
}

describe("the end of a task", () => {
    test("is unknown before its first poll, and known while progress rises, also where a forecast did not come true", () => {
        const forecast = new Forecast({ isNew: true });
        expect([forecast.isBlind, forecast.isPolled]).toEqual([true, false]);
        forecast.running(10 * SECOND, 90);
        expect([forecast.isBlind, forecast.isPolled]).toEqual([false, true]);
        expect(forecast.pause(10 * SECOND, NO_JITTER)).toBe(1_222);
        forecast.running(11_222, 95);
        expect([forecast.isBlind, forecast.isMisleading]).toEqual([false, false]);
        // With the speed of the last 5 points, 1.222 s are left. They take longer than that, but a fifth of the time at most.
        expect(forecast.pause(11_222, NO_JITTER)).toBe(2_244);
    });

    test("is unknown once progress has been at its end too early, though the next poll comes as soon as before", () => {
        const end = (progress: number): Forecast => {
            const forecast = polled([[10 * SECOND, 90]]);
            forecast.pause(10 * SECOND, NO_JITTER);
            forecast.running(11_222, progress);
            return forecast;
        };
        expect([end(98).isBlind, end(99).isBlind]).toEqual([false, true]);
        // 9 points in 1.222 s: 0.136 s are left, so a tenth of the time is the least.
        expect(end(99).pause(11_222, NO_JITTER)).toBe(1_122);
        expect(polled([[10 * SECOND, 99]]).isBlind).toBe(false);
    });

    test("is forecast from the speed of the last four points of progress, or more", () => {
        const first = [10 * SECOND, 90] as const;
        // 4 points in 1 s: the end comes at 12.5 s. 93 points in 11 s: at 11.83 s.
        expect(pauseAfter([first, [11 * SECOND, 94]])).toBe(1_625);
        expect(pauseAfter([first, [11 * SECOND, 93]])).toBe(946);
    });

    test("is forecast from all that is known where progress has risen by less", () => {
        const forecast = polled(
            [
                [0, 97],
                [10 * SECOND, 99],
            ],
            false,
        );
        expect(forecast.isBlind).toBe(false);
        expect(forecast.pause(10 * SECOND, NO_JITTER)).toBe(5_150);
    });

    test("is unknown until two polls have shown progress, where an earlier run has begun the task", () => {
        const unknown = polled([[0], [10 * SECOND, 40]], false);
        expect([unknown.isBlind, unknown.isMisleading]).toEqual([true, false]);
        expect(unknown.pause(10 * SECOND, NO_JITTER)).toBe(2 * SECOND);
        unknown.running(12 * SECOND, 60);
        expect(unknown.isBlind).toBe(false);
        // 20 points in 2 s.
        expect(unknown.pause(12 * SECOND, NO_JITTER)).toBe(4_160);
    });

    test("is unknown while progress stands still, and then forecast from before that", () => {
        const forecast = polled([
            [10 * SECOND, 50],
            [11 * SECOND, 50],
        ]);
        expect([forecast.isBlind, forecast.isMisleading]).toEqual([true, false]);
        expect(forecast.pause(11 * SECOND, NO_JITTER)).toBe(2_200);
        forecast.running(12 * SECOND, 60);
        // 10 points in 2 s.
        expect(forecast.pause(12 * SECOND, NO_JITTER)).toBe(8_200);
    });

    test("stays forecast where a poll has not shown the progress", () => {
        expect(pauseAfter([[10 * SECOND, 90], [11 * SECOND]])).toBe(550);
    });

    test("is not misleading where progress stands still before any forecast", () => {
        const forecast = new Forecast({ isNew: true });
        for (const elapsed of [2, 4, 8].map((each) => each * SECOND)) {
            forecast.pause(elapsed / 2, NO_JITTER);
            forecast.running(elapsed, 0);
        }
        expect(forecast.isMisleading).toBe(false);
        forecast.running(9 * SECOND, 90);
        expect(forecast.isBlind).toBe(false);
    });

    test("is not misleading where it comes after 80 % of its forecast, and is a millisecond earlier", () => {
        const misled = [15_999, 16_000].map((endMs) => {
            const forecast = polled([[10 * SECOND, 50]]);
            expect(forecast.completed(endMs)).toBe(10 * SECOND);
            return forecast.isMisleading;
        });
        expect(misled).toEqual([true, false]);
        const blind = polled([[10 * SECOND, 0]]);
        blind.completed(10 * SECOND + 1);
        expect(blind.isMisleading).toBe(false);
    });
});

describe("a pause aimed at the end of a task", () => {
    /** Whether the poll is aimed: if its progress has stood still by then, it has misled. */
    const isAimed = (polls: readonly Poll[], isNew = true): boolean => {
        const forecast = polled(polls, isNew);
        const [elapsed, progress = 0] = polls.at(-1) ?? [0];
        const pause = forecast.pause(elapsed, NO_JITTER);
        forecast.running(elapsed + pause, progress);
        return forecast.isMisleading;
    };

    test("is 5 s at most while the task is young", () => {
        expect([pauseAfter([[50, 1]]), pauseAfter([[51, 1]])]).toEqual([5_000, 51]);
    });

    test("doubles the time at most when it is older", () => {
        const upTo = (elapsed: number): readonly Poll[] => [
            [100, 0],
            [elapsed, 50],
        ];
        // The forecast is 10 s, and 10.1 s with its margin.
        expect(isAimed(upTo(5_050), false)).toBe(true);
        expect(
            isAimed(
                [
                    [99, 0],
                    [5_050, 50],
                ],
                false,
            ),
        ).toBe(false);
        expect(pauseAfter(upTo(5_050), false)).toBe(5_050);
    });

    test("is 30 s at most", () => {
        // The forecasts are 100 s and a millisecond more.
        expect([isAimed([[71_000, 71]]), isAimed([[71_001, 71]])]).toEqual([true, false]);
        expect([pauseAfter([[71_000, 71]]), pauseAfter([[71_001, 71]])]).toEqual([30_000, 30_000]);
    });

    test("is later by 1 to 2 % of the forecast", () => {
        const pauses = [0, 0.6, 1].map((random) =>
            polled([[10 * SECOND, 80]]).pause(10 * SECOND, () => random),
        );
        expect(pauses).toEqual([2_625, 2_700, 2_750]);
    });

    test("is a millisecond at least", () => {
        expect(pauseAfter([[0, 5]])).toBe(1);
    });
});

describe("the first pause where other tasks have completed", () => {
    test("ends when half of their time has passed, whenever it begins", () => {
        const pause = (shortestMs: number, elapsed: number): number =>
            new Forecast({ isNew: true, shortestMs }).pause(elapsed, NO_JITTER);
        expect([pause(20_001, 0), pause(20_000, 4_000), pause(20_000, 9_500)]).toEqual([
            10_001, 6_000, 1_900,
        ]);
        expect([pause(60_000, 10_000), pause(60_002, 10_000), pause(200_000, 10_000)]).toEqual([
            20_000, 20_000, 20_000,
        ]);
    });

    test("is the usual one again from the first poll on", () => {
        const forecast = new Forecast({ isNew: true, shortestMs: 20_000 });
        forecast.running(4_000, 0);
        expect(forecast.pause(4_000, NO_JITTER)).toBe(800);
    });
});
