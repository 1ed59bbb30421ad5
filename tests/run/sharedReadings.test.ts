import type { SharedPolls } from "../../provider/run/sharedPolls";
import { failure, Shared, twoBlind } from "./sharedTasks";

const SECOND = 1_000;

type Task = ReturnType<SharedPolls["begin"]>;

describe("a reading of the list", () => {
    test("is made if it has fewer pages than it saves polls", async () => {
        const read = async (others: number): Promise<number> => {
            const shared = await twoBlind(10 * SECOND, others);
            await shared.at(12 * SECOND);
            await shared.watch.look();
            await shared.at(15 * SECOND);
            await shared.shownAt(shared.a);
            return shared.readAt.length - 1;
        };
        // With the clients of the two tasks, 99 and 100.
        expect([await read(97), await read(98)]).toEqual([1, 0]);
    });

    test("has a page also where nothing is listed", async () => {
        const shared = new Shared();
        const task = shared.begin("a", "absent");
        await shared.at(10 * SECOND);
        await shared.ask(0, task);
        await shared.watch.look();
        await shared.at(15 * SECOND);
        expect(await shared.shownAt(task)).toBeUndefined();
        expect(shared.readAt).toEqual([10 * SECOND]);
    });

    test("has the clients too that the last one may not have shown", async () => {
        const isRead = async (others: number, lookedAt: number, besideThem = 0): Promise<boolean> => {
            const shared = new Shared(others);
            await shared.at(Math.min(lookedAt, 1 * SECOND));
            if (lookedAt <= 1 * SECOND) await shared.watch.look();
            await shared.at(1 * SECOND);
            const [a, b] = [shared.begin("a", "INSTALLING", 20), shared.begin("b", "INSTALLING", 20)];
            const beside = besideThem > 0 ? [shared.begin("c", "INSTALLING", besideThem)] : [];
            await shared.at(Math.max(lookedAt, 11 * SECOND));
            await shared.ask(50, ...beside);
            await shared.ask(0, a, b);
            if (lookedAt > 1 * SECOND) await shared.watch.look();
            await shared.at(15 * SECOND);
            return (await shared.shownAt(a)) === 15 * SECOND;
        };
        expect([await isRead(59, 0), await isRead(60, 0)]).toEqual([true, false]);
        // One of the moment of the submission, and one beside a task that is asked itself.
        expect([await isRead(59, 1 * SECOND), await isRead(60, 1 * SECOND)]).toEqual([true, false]);
        expect([await isRead(50, 0, 9), await isRead(50, 0, 10)]).toEqual([true, false]);
        // The list has shown the clients of both tasks.
        expect([await isRead(97, 11 * SECOND), await isRead(98, 11 * SECOND)]).toEqual([true, false]);
    });

    test("saves no poll that comes a tenth of the task's time later, and less of one the earlier it is", async () => {
        const isRead = async (at: number, others: readonly string[], size: number): Promise<boolean> => {
            const shared = new Shared();
            const due = shared.begin("due", "INSTALLING", size);
            const later = others.map((taskId) => shared.begin(taskId));
            await shared.at(8 * SECOND);
            await shared.ask(0, due);
            await shared.at(10 * SECOND);
            shared.error = failure("unavailable");
            await shared.ask(0, ...later);
            shared.error = undefined;
            await shared.at(at);
            return (await shared.shownAt(due)) === at;
        };
        // The others are due at 12 s. A reading may be 1.2 s old by then, and saves 0.4 of the poll of each.
        expect([await isRead(10_799, ["b"], 1), await isRead(10_800, ["b"], 1)]).toEqual([false, true]);
        const two = ["b", "c"];
        expect([await isRead(10_800, two, 97), await isRead(10_800, two, 98)]).toEqual([true, false]);
        // With two pages, it has to save half of each.
        expect([await isRead(11_000, two, 98), await isRead(11_001, two, 98)]).toEqual([false, true]);
    });

    test("is not made for a single task, however late its poll is", async () => {
        const shared = new Shared();
        const task = shared.begin("a");
        await shared.at(10 * SECOND);
        await shared.ask(0, task);
        await shared.at(20 * SECOND);
        await shared.ask(0, task);
        expect(shared.readAt).toEqual([]);
    });

    test("serves all that allow its age, also while it is being made", async () => {
        const shared = await twoBlind(10 * SECOND);
        const { a, b } = shared;
        shared.latencyMs = 500;
        await shared.at(12 * SECOND);
        expect(await Promise.all([shared.shownAt(a), shared.shownAt(b)])).toEqual([12 * SECOND, 12 * SECOND]);
        expect(shared.readAt).toEqual([12 * SECOND]);
        // The tasks were known to be running when it was requested, not when it came.
        expect([a.runningAt, b.runningAt].map((at) => shared.clock.now() - at)).toEqual([500, 500]);
        expect([a.askedAt, b.askedAt].map((at) => shared.clock.now() - at)).toEqual([2_500, 2_500]);
        expect(shared.clock.sleeping).toBe(0);
    });

    test("serves a single task if it is there already, and no older than a tenth of its time", async () => {
        const shown = async (at: number): Promise<number | undefined> => {
            const shared = new Shared(5);
            const task = shared.begin("a");
            await shared.at(10 * SECOND);
            await shared.ask(0, task);
            await shared.at(18 * SECOND);
            await shared.watch.look();
            await shared.at(at);
            const shownAt = await shared.shownAt(task);
            expect(shared.readAt).toEqual([18 * SECOND]);
            return shownAt;
        };
        expect([await shown(20 * SECOND), await shown(20 * SECOND + 1)]).toEqual([18 * SECOND, undefined]);
    });

    test("is no news from the moment at which the task was known to be running, or from before", async () => {
        const shown = async (readAt: number): Promise<number | undefined> => {
            const shared = new Shared(5);
            const task = shared.begin("a");
            await shared.at(Math.min(readAt, 18 * SECOND));
            if (readAt <= 18 * SECOND) await shared.watch.look();
            await shared.at(18 * SECOND);
            await shared.ask(0, task);
            await shared.at(Math.max(readAt, 18 * SECOND));
            if (readAt > 18 * SECOND) await shared.watch.look();
            await shared.at(19 * SECOND);
            return shared.shownAt(task);
        };
        expect([await shown(17_999), await shown(18_000), await shown(18_001)]).toEqual([
            undefined,
            undefined,
            18_001,
        ]);
    });

    test("is made anew where the last one is from the moment at which the tasks were known to be running", async () => {
        const shared = new Shared();
        const [a, b, c] = [shared.begin("a"), shared.begin("b"), shared.begin("c")];
        await shared.at(10 * SECOND);
        await shared.askAllThenLook(a, b, c);
        await shared.at(11 * SECOND);
        expect(await shared.shownAt(a)).toBe(11 * SECOND);
    });

    test("is no news where the task was asked in the same moment", async () => {
        const shared = await twoBlind(10 * SECOND);
        const c = shared.begin("c");
        await shared.at(12 * SECOND);
        expect(await shared.shownAt(c)).toBe(12 * SECOND);
        expect(await shared.shownAt(c)).toBeUndefined();
    });

    test.each([
        [8, 999, 1_001],
        [12, 1_199, 1_201],
    ])("of tasks of %d s is waited for %d ms, and not %d", async (seconds, inTime, late) => {
        const begun = async (latencyMs: number): Promise<Shared & { a: Task }> => {
            const shared = await twoBlind((seconds - 2) * SECOND);
            await shared.at(seconds * SECOND);
            return Object.assign(shared, { latencyMs });
        };
        const comes = await begun(inTime);
        expect(await comes.shownAt(comes.a)).toBe(seconds * SECOND);
        const fails = await begun(late);
        expect(await fails.shownAt(fails.a)).toBeUndefined();
        expect(fails.elapsedMs).toBe(seconds * SECOND + late - 1);
        expect([fails.a.runningAt, fails.a.askedAt]).toEqual([fails.clock.now(), fails.clock.now()]);
    });

    test("that fails leaves the question to the task, unless the fault is not the service's", async () => {
        const shared = await twoBlind(10 * SECOND);
        await shared.at(12 * SECOND);
        for (const errorClass of ["unavailable", "account"] as const) {
            shared.error = failure(errorClass);
            expect(await shared.shownAt(shared.a)).toBeUndefined();
            await shared.at(shared.elapsedMs + 3 * SECOND);
        }
        shared.error = new Error("a fault");
        await expect(shared.shownAt(shared.a)).rejects.toThrow("a fault");
        expect(shared.readAt).toEqual([12, 15, 18].map((each) => each * SECOND));
        expect(shared.clock.sleeping).toBe(0);
    });
});

describe("a list that shows of a task", () => {
    test("that it is over leaves the question to this task alone", async () => {
        const shared = await twoBlind(10 * SECOND);
        shared.show("a", "ACTIVATED");
        await shared.at(12 * SECOND);
        expect(await shared.shownAt(shared.a)).toBeUndefined();
        expect(await shared.shownAt(shared.b)).toBe(12 * SECOND);
        expect(shared.readAt).toEqual([12 * SECOND]);
    });

    test("nothing a second after its submission counts for no task any more, and a little earlier it does", async () => {
        const seenAfter = async (ms: number): Promise<readonly (number | undefined)[]> => {
            const shared = await twoBlind(10 * SECOND);
            await shared.at(12 * SECOND - ms);
            const young = shared.begin("c", "absent");
            await shared.at(12 * SECOND);
            expect(await shared.shownAt(young)).toBeUndefined();
            const before = await shared.shownAt(shared.b);
            shared.show("c", "INSTALLING");
            await shared.at(15 * SECOND);
            const after = await shared.shownAt(shared.a);
            return [before, after, ...shared.readAt];
        };
        expect(await seenAfter(999)).toEqual([12_000, 15_000, 12_000, 15_000]);
        expect(await seenAfter(1_000)).toEqual([undefined, undefined, 12_000]);
    });

    test("its work, though long after its submission, is not behind", async () => {
        const shared = await twoBlind(10 * SECOND);
        await shared.at(12 * SECOND);
        expect(await shared.shownAt(shared.a)).toBe(12 * SECOND);
        await shared.at(15 * SECOND);
        expect(await shared.shownAt(shared.b)).toBe(15 * SECOND);
    });
});
