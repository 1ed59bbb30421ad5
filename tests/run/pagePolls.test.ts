import type { SharedPolls } from "../../provider/run/sharedPolls";
import { failure, Shared } from "./sharedTasks";

const SECOND = 1_000;

type Task = ReturnType<SharedPolls["begin"]>;

/**
 * Two tasks from the beginning whose progress says nothing, on the second of three pages, and one on the third. After 10 s, the
 * tasks were asked and the whole list was read; `readAt` counts from then on.
 */
async function threeBlind(): Promise<Shared & { a: Task; b: Task; c: Task }> {
    const shared = new Shared(196, 100);
    const [a, b, c] = [shared.begin("a"), shared.begin("b"), shared.begin("c")];
    await shared.at(10 * SECOND);
    await shared.askAllThenLook(a, b, c);
    shared.readAt.length = 0;
    return Object.assign(shared, { a, b, c });
}

describe("a page of the list", () => {
    test("is read alone for the tasks that it shows, once for all of them", async () => {
        const shared = await threeBlind();
        await shared.at(12 * SECOND);
        expect([await shared.shownAt(shared.a), await shared.shownAt(shared.b)]).toEqual([
            12 * SECOND,
            12 * SECOND,
        ]);
        expect(shared.pagesRead).toEqual([[2, 12 * SECOND]]);
        expect(shared.readAt).toEqual([]);
    });

    test("is not read for a single task, however many are on other pages", async () => {
        const shared = await threeBlind();
        await shared.at(15 * SECOND);
        expect(await shared.shownAt(shared.c)).toBeUndefined();
        expect(shared.pagesRead).toEqual([]);
    });

    test("serves a single task if it has been read already, and is no older than a tenth of its time", async () => {
        const shared = await threeBlind();
        const { a, b } = shared;
        await shared.at(20 * SECOND);
        expect(await shared.shownAt(a)).toBe(20 * SECOND);
        shared.polls.end(a);
        await shared.at(22 * SECOND);
        expect(await shared.shownAt(b)).toBe(20 * SECOND);
        await shared.at(24 * SECOND);
        expect(await shared.shownAt(b)).toBeUndefined();
        expect(shared.pagesRead).toEqual([[2, 20 * SECOND]]);
    });

    test("on which there is no work of a task any more leaves the question to the task, and is not read for it again", async () => {
        const shared = await threeBlind();
        const { a, b } = shared;
        shared.show("a", "ACTIVATED");
        await shared.at(12 * SECOND);
        expect([await shared.shownAt(a), await shared.shownAt(b)]).toEqual([undefined, 12 * SECOND]);
        await shared.at(15 * SECOND);
        expect([await shared.shownAt(a), await shared.shownAt(b)]).toEqual([undefined, undefined]);
        expect(shared.pagesRead).toEqual([[2, 12 * SECOND]]);
        expect(shared.readAt).toEqual([]);
    });

    test("is no word on tasks whose clients have moved to another page", async () => {
        const shared = await threeBlind();
        shared.insert(30);
        await shared.at(12 * SECOND);
        expect([await shared.shownAt(shared.a), await shared.shownAt(shared.b)]).toEqual([
            undefined,
            undefined,
        ]);
        expect(shared.pagesRead).toEqual([[2, 12 * SECOND]]);
        // The list is not behind, and where they are now, the next reading of it shows.
        await shared.watch.look();
        await shared.at(15 * SECOND);
        expect(await shared.shownAt(shared.a)).toBe(15 * SECOND);
        expect(shared.pagesRead.at(-1)).toEqual([3, 15 * SECOND]);
    });

    test("that cannot be read leaves the question to the tasks", async () => {
        const shared = await threeBlind();
        await shared.at(12 * SECOND);
        shared.error = failure("unavailable");
        expect([await shared.shownAt(shared.a), await shared.shownAt(shared.b)]).toEqual([
            undefined,
            undefined,
        ]);
        expect(shared.pagesRead).toHaveLength(1);
        shared.error = undefined;
        await shared.at(15 * SECOND);
        expect(await shared.shownAt(shared.a)).toBe(15 * SECOND);
    });

    test("is not read where the list is behind", async () => {
        const shared = await threeBlind();
        shared.begin("d", "absent");
        await shared.at(11 * SECOND);
        await shared.watch.look();
        await shared.at(13 * SECOND);
        expect(await shared.shownAt(shared.a)).toBeUndefined();
        expect(shared.pagesRead).toEqual([]);
    });
});

describe("a list that shows work of a task that has completed before is behind", () => {
    /** Three tasks on one page of three. The first one has completed after 12 s, which the list shows or not. */
    async function oneCompleted(status: "INSTALLING" | "ACTIVATED"): Promise<Shared & { b: Task; c: Task }> {
        const shared = new Shared(150, 100);
        const [a, b, c] = [shared.begin("a"), shared.begin("b"), shared.begin("c")];
        await shared.at(10 * SECOND);
        await shared.askAllThenLook(a, b, c);
        await shared.at(12 * SECOND);
        shared.polls.completed(a, 12 * SECOND);
        shared.polls.end(a);
        shared.show("a", status);
        return Object.assign(shared, { b, c });
    }

    test.each([
        ["INSTALLING", undefined],
        ["ACTIVATED", 12 * SECOND],
    ] as const)("by a page on which it is %s", async (status, shownAt) => {
        const shared = await oneCompleted(status);
        expect([await shared.shownAt(shared.b), await shared.shownAt(shared.c)]).toEqual([shownAt, shownAt]);
        expect(shared.pagesRead).toEqual([[2, 12 * SECOND]]);
    });

    test.each([
        ["INSTALLING", undefined],
        ["ACTIVATED", 15 * SECOND],
    ] as const)("by a reading of all of it in which it is %s", async (status, shownAt) => {
        const shared = await oneCompleted(status);
        await shared.at(13 * SECOND);
        await shared.watch.look();
        // Only the first reading after its end counts: its client may be worked on again.
        shared.show("a", "UPGRADING");
        await shared.watch.look();
        await shared.at(15 * SECOND);
        expect(await shared.shownAt(shared.b)).toBe(shownAt);
    });
});

test("the whole list is read for tasks that no page is known of, if they alone save as many polls as it has pages", async () => {
    const read = async (known: number, unknown: number): Promise<number> => {
        const shared = new Shared(120);
        const tasks = Array.from({ length: known }, (_, number) => shared.begin(`known-${number}`));
        await shared.watch.look();
        tasks.push(...Array.from({ length: unknown }, (_, number) => shared.begin(`new-${number}`)));
        await shared.at(10 * SECOND);
        shared.error = failure("unavailable");
        await shared.ask(0, ...tasks);
        shared.error = undefined;
        const before = shared.readAt.length;
        await shared.at(12 * SECOND);
        const task = tasks.at(-1);
        if (task) await shared.shownAt(task);
        return shared.readAt.length - before;
    };
    expect([await read(0, 2), await read(5, 2), await read(0, 3), await read(5, 3)]).toEqual([0, 0, 1, 1]);
});
