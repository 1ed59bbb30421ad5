import type { InstallAttempt } from "../../provider/fleet/outcome";
import { failure, Shared } from "./sharedTasks";

const SECOND = 1_000;

describe("the confirmation of an installation", () => {
    const report = { instanceId: "i-1", clientId: "c-a" };

    test("waits for a share of its task's time, and so that it comes within 30 s", async () => {
        const shared = new Shared();
        shared.begin("a");
        const patience: number[] = [];
        for (const seconds of [10, 80, 100, 150, 600]) {
            await shared.at(seconds * SECOND);
            patience.push(shared.readBack.patience(shared.attempt(seconds * SECOND)));
        }
        expect(patience).toEqual([1_500, 12_000, 10_000, 0, 0]);
    });

    test("does not wait again for what it has waited already", async () => {
        const shared = new Shared();
        shared.begin("a");
        const attempt = shared.attempt(10 * SECOND);
        await shared.at(11 * SECOND);
        expect(shared.readBack.patience(attempt)).toBe(500);
        await shared.at(12 * SECOND);
        expect(shared.readBack.patience(attempt)).toBe(0);
    });

    test("does not wait without other tasks, for one that has not ended or not completed, or for a failure", async () => {
        const shared = new Shared();
        const { polls, readBack } = shared;
        const done = shared.attempt(10 * SECOND);
        const { submittedAt } = done;
        await shared.at(10 * SECOND);
        expect(readBack.patience(done)).toBe(0);
        const other = shared.begin("a");
        expect(readBack.patience(done)).toBe(1_500);
        expect(readBack.patience({ submittedAt })).toBe(0);
        expect(readBack.patience({ submittedAt, end: { at: submittedAt + 10_000, how: "failed" } })).toBe(0);
        expect(readBack.patience({ ...done, report })).toBe(1_500);
        expect(readBack.patience({ ...done, report: { ...report, errorCode: "DiskFull" } })).toBe(0);
        polls.end(other);
        expect(readBack.patience(done)).toBe(0);
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
            expect(shared.readBack.recent(attempt)).toBe(shared.watch.last);
            await shared.at(seconds * SECOND + 1);
            expect(shared.readBack.recent(attempt)).toBeUndefined();
            expect(shared.readAt).toHaveLength(1);
        },
    );

    test("uses the reading in progress if it is almost as recent as one of now, and not for a failure", async () => {
        const shared = new Shared();
        const { readBack } = shared;
        const done = shared.attempt(10 * SECOND);
        shared.show("a", "ACTIVATED");
        shared.latencyMs = 1_500;
        await shared.at(10 * SECOND);
        expect(await readBack.underWay(done)).toBeUndefined();
        const look = shared.watch.look();
        await shared.at(10 * SECOND + 500);
        expect(await readBack.underWay(shared.attempt(10 * SECOND, "failed"))).toBeUndefined();
        expect(
            await readBack.underWay({ ...done, report: { ...report, errorCode: "DiskFull" } }),
        ).toBeUndefined();
        // However late it comes, it is no older than a tenth of the task's time now.
        expect(await readBack.underWay(done)).toBe(await look);
        const old = shared.watch.look();
        await shared.at(12 * SECOND + 501);
        expect(await readBack.underWay(done)).toBeUndefined();
        await old;
    });

    test("uses no reading from before the submission, or from its moment", async () => {
        const shared = new Shared();
        const { submittedAt, end } = shared.attempt(10 * SECOND);
        await shared.watch.look();
        const of = (ms: number): boolean =>
            shared.readBack.recent({ submittedAt: submittedAt + ms, ...(end && { end }) }) !== undefined;
        expect([of(-1), of(0), of(1)]).toEqual([true, false, false]);
    });

    test("uses no reading that does not show the client that the task names, or for a task without success", async () => {
        const shared = new Shared();
        shared.show("a", "ACTIVATED");
        await shared.at(10 * SECOND);
        await shared.watch.look();
        const done = shared.attempt(10 * SECOND);
        const { submittedAt } = done;
        const may = (attempt: InstallAttempt): boolean => shared.readBack.recent(attempt) !== undefined;
        expect([may(done), may({ ...done, report })]).toEqual([true, true]);
        expect(may({ ...done, report: { ...report, clientId: "c-b" } })).toBe(false);
        expect(may({ ...done, report: { ...report, errorCode: "DiskFull" } })).toBe(false);
        expect(may(shared.attempt(10 * SECOND, "failed"))).toBe(false);
        expect(may({ submittedAt })).toBe(false);
    });
});

describe("a page of the list that confirms an installation", () => {
    /** A list of three pages. The task "a" is on the second one, and others are in progress. */
    async function longList(): Promise<Shared & { attempt10: InstallAttempt }> {
        const shared = new Shared(150, 100);
        shared.show("a", "INSTALLING");
        shared.begin("b");
        await shared.at(8 * SECOND);
        await shared.watch.look();
        await shared.at(10 * SECOND);
        return Object.assign(shared, { attempt10: shared.attempt(10 * SECOND) });
    }

    test("is that on which the client was seen", async () => {
        const { readBack, attempt10 } = await longList();
        expect([readBack.pageFor(attempt10, "c-a"), readBack.pageFor(attempt10, "c-i-other-0")]).toEqual([
            2, 1,
        ]);
        expect(readBack.pageFor(attempt10, "c-unseen")).toBeUndefined();
        expect(readBack.pageFor(attempt10, "")).toBeUndefined();
    });

    test("is none where the task has not completed, or no other one is in progress", async () => {
        const shared = await longList();
        const { readBack, attempt10 } = shared;
        const failed = { ...attempt10, report: { instanceId: "a", clientId: "c-a", errorCode: "DiskFull" } };
        expect(readBack.pageFor(failed, "c-a")).toBeUndefined();
        expect(readBack.pageFor(shared.attempt(10 * SECOND, "failed"), "c-a")).toBeUndefined();
        const idle = new Shared(150);
        idle.show("a", "INSTALLING");
        await idle.watch.look();
        expect(idle.readBack.pageFor(attempt10, "c-a")).toBeUndefined();
        idle.begin("b");
        expect(idle.readBack.pageFor(attempt10, "c-a")).toBe(2);
    });

    test("is none where the list has only one", async () => {
        const shared = new Shared();
        shared.begin("a");
        await shared.watch.look();
        expect(shared.readBack.pageFor(shared.attempt(10 * SECOND), "c-a")).toBeUndefined();
    });

    test("is read once for all that allow its age, and shows what is on it", async () => {
        const shared = await longList();
        const { readBack, attempt10 } = shared;
        shared.show("a", "ACTIVATED");
        const [one, two] = await Promise.all([
            readBack.readPage(attempt10, 2),
            readBack.readPage(attempt10, 2),
        ]);
        expect(one?.index.get("c-a")?.status).toBe("ACTIVATED");
        expect([two, one?.takenAt]).toEqual([one, shared.clock.now()]);
        await shared.at(11 * SECOND);
        expect(await readBack.readPage(attempt10, 2)).toBe(one);
        await shared.at(11 * SECOND + 1);
        expect((await readBack.readPage(attempt10, 2))?.takenAt).toBe(shared.clock.now());
        expect(shared.pagesRead).toEqual([
            [2, 10 * SECOND],
            [2, 11 * SECOND + 1],
        ]);
        expect(shared.readAt).toEqual([8 * SECOND]);
    });

    test("confirms nothing where it fails, does not come within 30 s, or does not show the client that the task names", async () => {
        const shared = await longList();
        const { readBack, attempt10 } = shared;
        const report = { instanceId: "a", clientId: "c-a" };
        expect(await readBack.readPage({ ...attempt10, report }, 1)).toBeUndefined();
        shared.error = failure("unavailable");
        expect(await readBack.readPage(attempt10, 2)).toBeUndefined();
        shared.error = undefined;
        await shared.at(12 * SECOND);
        // The quota may delay it for longer than the task has taken.
        shared.latencyMs = 29_999;
        expect((await readBack.readPage(attempt10, 2))?.takenAt).toBe(shared.clock.now() - 29_999);
        shared.latencyMs = 30_001;
        expect(await readBack.readPage(attempt10, 2)).toBeUndefined();
    });
});
