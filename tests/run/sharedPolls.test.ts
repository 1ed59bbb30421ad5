import type { SharedPolls } from "../../provider/run/sharedPolls";
import { Shared, twoBlind } from "./sharedTasks";

const SECOND = 1_000;
const NO_JITTER = (): number => 0;

describe("the first poll of a task", () => {
    test("asks the first task itself, and none of the others once its progress says nothing", async () => {
        const shared = new Shared();
        const [a, b, c] = [shared.begin("a"), shared.begin("b"), shared.begin("c")];
        await shared.at(10 * SECOND);
        await shared.ask(0, a);
        expect([await shared.shownAt(b), await shared.shownAt(c)]).toEqual([10 * SECOND, 10 * SECOND]);
        expect(shared.readAt).toEqual([10 * SECOND]);
    });

    test("asks each task itself as long as the progress of any one says when it ends", async () => {
        const shared = new Shared();
        const [a, b] = [shared.begin("a"), shared.begin("b")];
        const [c, d] = [shared.begin("c"), shared.begin("d")];
        await shared.at(10 * SECOND);
        await shared.ask(50, a);
        await shared.ask(0, b);
        await shared.ask(0, c);
        expect(await shared.shownAt(d)).toBeUndefined();
        expect(shared.readAt).toEqual([]);
        // The later ones do not: b and c are known to say nothing.
        await shared.at(12 * SECOND);
        expect(await shared.shownAt(b)).toBe(12 * SECOND);
    });
});

describe("a task that is followed", () => {
    test("is asked itself while its progress says when it ends, and saves no poll for others", async () => {
        const shared = new Shared();
        const [a, b] = [shared.begin("a"), shared.begin("b")];
        await shared.at(10 * SECOND);
        await shared.ask(50, a);
        await shared.ask(0, b);
        await shared.at(12 * SECOND);
        expect([await shared.shownAt(b), await shared.shownAt(a)]).toEqual([undefined, undefined]);
        expect(shared.readAt).toEqual([]);
    });

    test("is asked itself too where a forecast has not come true, as long as there is another one", async () => {
        const shared = new Shared();
        const [a, b] = [shared.begin("a"), shared.begin("b")];
        await shared.at(10 * SECOND);
        await shared.ask(90, a);
        await shared.ask(0, b);
        // The end is forecast for 11.2 s.
        a.forecast.pause(10 * SECOND, NO_JITTER);
        await shared.at(11_222);
        await shared.ask(95, a);
        // With 99 %, it should be over.
        a.forecast.pause(11_222, NO_JITTER);
        await shared.at(13_500);
        await shared.ask(99, a);
        await shared.at(16 * SECOND);
        expect(await shared.shownAt(a)).toBe(16 * SECOND);
    });

    test("is blind as soon as the progress of another one has run backwards", async () => {
        const shared = new Shared();
        const [a, b] = [shared.begin("a"), shared.begin("b")];
        await shared.at(10 * SECOND);
        await shared.ask(50, a, b);
        await shared.at(12 * SECOND);
        expect([await shared.shownAt(a), await shared.shownAt(b)]).toEqual([undefined, undefined]);
        await shared.at(14 * SECOND);
        await shared.ask(40, a);
        await shared.at(18 * SECOND);
        expect(await shared.shownAt(b)).toBe(18 * SECOND);
        expect(shared.begin("c").forecast.isMisleading).toBe(true);
    });

    test("is asked itself when 30 s would have passed by its next poll, and not before", async () => {
        const inTime = await twoBlind(12 * SECOND);
        await inTime.at(20 * SECOND);
        expect(await inTime.shownAt(inTime.a)).toBe(20 * SECOND);
        await inTime.at(35 * SECOND);
        // The next poll comes at 42 s, 30 s after the task was asked.
        expect(await inTime.shownAt(inTime.a)).toBe(35 * SECOND);
        await inTime.at(35 * SECOND + 1);
        expect(await inTime.shownAt(inTime.b)).toBeUndefined();
        await inTime.at(36 * SECOND);
        expect(await inTime.shownAt(inTime.a)).toBeUndefined();
        expect(inTime.readAt).toEqual([20 * SECOND, 35 * SECOND]);
        // Both have been asked now.
        await inTime.at(43 * SECOND);
        expect(await inTime.shownAt(inTime.a)).toBe(43 * SECOND);
    });

    test("counts no more for others once it is over", async () => {
        const shared = await twoBlind(10 * SECOND);
        shared.polls.end(shared.b);
        await shared.at(12 * SECOND);
        expect(await shared.shownAt(shared.a)).toBeUndefined();
        expect(shared.readAt).toEqual([]);
    });
});

describe("a run that knows of misleading progress", () => {
    test("believes that of no later task, whatever the next ones say", () => {
        const shared = new Shared();
        const polls: SharedPolls = shared.polls;
        const early = shared.begin("a");
        early.forecast.running(10 * SECOND, 50);
        polls.completed(early, 15 * SECOND);
        expect(shared.begin("b").forecast.isMisleading).toBe(false);
        polls.end(early);
        expect(shared.begin("c").forecast.isMisleading).toBe(true);
        const good = shared.begin("d");
        polls.end(good);
        expect(shared.begin("e").forecast.isMisleading).toBe(true);
    });

    test("is not one where the tasks end when they said", () => {
        const shared = new Shared();
        const polls: SharedPolls = shared.polls;
        const good = shared.begin("a");
        good.forecast.running(10 * SECOND, 50);
        polls.completed(good, 20 * SECOND);
        polls.end(good);
        expect(shared.begin("b").forecast.isMisleading).toBe(false);
    });
});

describe("the first pause of a task", () => {
    test("is the usual one, then half of the shortest time for which a completed task was seen running", () => {
        const shared = new Shared();
        const polls: SharedPolls = shared.polls;
        const firstPause = (): number => shared.begin("x").forecast.pause(0, NO_JITTER);
        expect(firstPause()).toBe(2 * SECOND);
        for (const [seenMs, half] of [
            [20, 10],
            [30, 10],
            [12, 6],
        ] as const) {
            const task = shared.begin(`t-${seenMs}`);
            task.forecast.running(seenMs * SECOND, 0);
            polls.completed(task, (seenMs + 5) * SECOND);
            expect(firstPause()).toBe(half * SECOND);
        }
    });
});
