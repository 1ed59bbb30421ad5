import type { InstallAttempt } from "../../provider/fleet/outcome";
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

    test("is blind where a forecast of its own has not come true", async () => {
        const shared = new Shared();
        const [a, b] = [shared.begin("a"), shared.begin("b")];
        await shared.at(10 * SECOND);
        await shared.ask(90, a);
        await shared.ask(0, b);
        // The end is forecast for 11.2 s.
        a.forecast.pause(10 * SECOND, NO_JITTER);
        await shared.at(11_222);
        await shared.ask(95, a);
        await shared.at(14 * SECOND);
        expect(await shared.shownAt(a)).toBe(14 * SECOND);
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

describe("the confirmation of an installation", () => {
    const report = { instanceId: "i-1", clientId: "c-a" };

    test("waits for a share of its task's time, and so that it comes within 30 s", () => {
        const shared = new Shared();
        shared.begin("a");
        const patience = [10, 80, 100, 150, 600].map((seconds) =>
            shared.polls.patience(shared.attempt(seconds * SECOND)),
        );
        expect(patience).toEqual([1_500, 12_000, 10_000, 0, 0]);
    });

    test("does not wait without other tasks, for one that has not ended or not completed, or for a failure", () => {
        const shared = new Shared();
        const polls: SharedPolls = shared.polls;
        const done = shared.attempt(10 * SECOND);
        const { submittedAt } = done;
        expect(polls.patience(done)).toBe(0);
        const other = shared.begin("a");
        expect(polls.patience(done)).toBe(1_500);
        expect(polls.patience({ submittedAt })).toBe(0);
        expect(polls.patience({ submittedAt, end: { at: submittedAt + 10_000, how: "failed" } })).toBe(0);
        expect(polls.patience({ ...done, report })).toBe(1_500);
        expect(polls.patience({ ...done, report: { ...report, errorCode: "DiskFull" } })).toBe(0);
        polls.end(other);
        expect(polls.patience(done)).toBe(0);
    });

    test.each([
        [10, 1_000],
        [400, 30_000],
    ])(
        "of a task of %d s may use a reading that is %d ms old, and none that is older",
        async (seconds, age) => {
            const shared = new Shared();
            const attempt = shared.attempt(seconds * SECOND);
            await shared.at(seconds * SECOND - age);
            await shared.watch.look();
            await shared.at(seconds * SECOND);
            expect(shared.polls.mayConfirm(attempt)).toBe(true);
            await shared.at(seconds * SECOND + 1);
            expect(shared.polls.mayConfirm(attempt)).toBe(false);
            expect(shared.readAt).toHaveLength(1);
        },
    );

    test("uses no reading from before the submission, or from its moment", async () => {
        const shared = new Shared();
        const { submittedAt, end } = shared.attempt(10 * SECOND);
        await shared.watch.look();
        const of = (ms: number): boolean =>
            shared.polls.mayConfirm({ submittedAt: submittedAt + ms, ...(end && { end }) });
        expect([of(-1), of(0), of(1)]).toEqual([true, false, false]);
    });

    test("uses no reading that does not show the client that the task names, or for a task without success", async () => {
        const shared = new Shared();
        shared.show("a", "ACTIVATED");
        await shared.at(10 * SECOND);
        await shared.watch.look();
        const done = shared.attempt(10 * SECOND);
        const { submittedAt } = done;
        const may = (attempt: InstallAttempt): boolean => shared.polls.mayConfirm(attempt);
        expect([may(done), may({ ...done, report })]).toEqual([true, true]);
        expect(may({ ...done, report: { ...report, clientId: "c-b" } })).toBe(false);
        expect(may({ ...done, report: { ...report, errorCode: "DiskFull" } })).toBe(false);
        expect(may(shared.attempt(10 * SECOND, "failed"))).toBe(false);
        expect(may({ submittedAt })).toBe(false);
    });
});
