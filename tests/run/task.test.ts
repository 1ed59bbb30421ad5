import type { TaskRecord } from "../../provider/hbr/port";
import { type ErrorClass, HbrError } from "../../provider/hbr/errors";
import type { RunContext } from "../../provider/run/context";
import type { SubmittedTask } from "../../provider/run/sharedPolls";
import { followTask, taskOutcome } from "../../provider/run/task";
import { entry } from "../fleet/builders";
import { ScriptedRun } from "./scripted";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const COMPLETED: Partial<TaskRecord> = {
    state: "completed",
    results: [{ instanceId: "i-1", clientStatus: "ACTIVATED" }],
};

function error(errorClass: ErrorClass, code: string): HbrError {
    return new HbrError("no", { operation: "DescribeTask", errorClass, code });
}

/** The task, submitted now, of an installation that the list does not show. */
function submitted({ clock }: RunContext): SubmittedTask {
    const seen = { clientsIn: () => [undefined], tell: () => undefined };
    return { taskId: "t-1", submittedAt: clock.now(), size: 1, ...seen };
}

const NOT_FOUND = error("notFound", "TaskNotExist");

describe("a task", () => {
    test("is followed to its end, and its results are those of the last look", async () => {
        const task = (at: number) => (at < 3 * MINUTE ? {} : COMPLETED);
        const { run, tasksAsked } = new ScriptedRun({ clients: () => [], task });
        expect(await followTask(run, submitted(run))).toEqual({
            end: "completed",
            results: COMPLETED.results,
        });
        // The end is seen within a fifth of the time.
        expect(tasksAsked.at(-1)).toBeLessThan(3.7 * MINUTE);
        expect(tasksAsked[0]).toBeGreaterThanOrEqual(1_800);
    });

    test("of which it is not known how far it is, is asked for at once", async () => {
        const scripted = new ScriptedRun({ clients: () => [], task: () => COMPLETED });
        expect(await taskOutcome(scripted.run, "t-1", scripted.clock.now())).toMatchObject({
            end: "completed",
        });
        expect(scripted.tasksAsked).toEqual([0]);
        const running = new ScriptedRun({
            clients: () => [],
            task: (at) => (at < MINUTE ? {} : { ...COMPLETED, state: "failed" }),
        });
        expect(await taskOutcome(running.run, "t-1", running.clock.now())).toMatchObject({ end: "failed" });
        expect(running.tasksAsked[0]).toBe(0);
    });

    test("that is not found is asked for again while it is new, and then counts as vanished", async () => {
        const late = new ScriptedRun({
            clients: () => [],
            task: (at) => (at < 6 * SECOND ? NOT_FOUND : COMPLETED),
        });
        expect(await followTask(late.run, submitted(late.run))).toMatchObject({ end: "completed" });
        const never = new ScriptedRun({ clients: () => [], task: () => NOT_FOUND });
        expect(await followTask(never.run, submitted(never.run))).toEqual({
            end: "vanished",
            results: [],
        });
        expect(never.elapsedMs).toBeGreaterThanOrEqual(10 * SECOND);
        expect(never.elapsedMs).toBeLessThan(15 * SECOND);
    });

    test("that cannot be asked for counts as vanished with the error, but an account error ends the run", async () => {
        const broken = error("rejected", "InvalidParameter");
        const scripted = new ScriptedRun({ clients: () => [], task: () => broken });
        expect(await taskOutcome(scripted.run, "t-1", 0)).toEqual({
            end: "vanished",
            results: [],
            error: broken,
        });
        for (const thrown of [error("account", "NoPermission"), new TypeError("a fault")]) {
            const { run } = new ScriptedRun({ clients: () => [], task: () => thrown });
            await expect(followTask(run, submitted(run))).rejects.toBe(thrown);
        }
    });

    test("that outlives the limit of the service counts as vanished, and is not shown any more", async () => {
        const scripted = new ScriptedRun({ clients: () => [], task: () => ({ progress: 40 }) });
        const { run, statuses } = scripted;
        run.reporter.planned(["i-1"]);
        expect(await followTask(run, submitted(run))).toEqual({ end: "vanished", results: [] });
        expect(scripted.elapsedMs).toBeGreaterThanOrEqual(17 * MINUTE);
        expect(scripted.elapsedMs).toBeLessThan(18 * MINUTE);
        expect(statuses[0]).toBe("0/1 · 40 % · task t-1");
        await run.clock.sleep(2 * SECOND);
        run.reporter.show();
        expect(statuses.at(-1)).toBe("0/1");
    });
});

describe("a task tells of the next one of the run", () => {
    /** The pauses before the first two polls of a second task (ms), where the first shows this. */
    async function pausesAfter(task: (at: number) => Partial<TaskRecord>): Promise<readonly number[]> {
        const scripted = new ScriptedRun({ clients: () => [], task });
        const { run, tasksAsked } = scripted;
        await followTask(run, submitted(run));
        const since = scripted.elapsedMs;
        const polls = tasksAsked.length;
        await followTask(run, submitted(run));
        const [first = NaN, second = NaN] = tasksAsked.slice(polls).map((at) => at - since);
        return [first, second - first];
    }

    test("how long it takes, if it has completed", async () => {
        const ending = (state: TaskRecord["state"]) => (at: number) =>
            at > 60 * SECOND && at < 90 * SECOND ? { state } : {};
        expect((await pausesAfter(ending("completed")))[0]).toBeGreaterThan(20 * SECOND);
        expect((await pausesAfter(ending("failed")))[0]).toBeLessThanOrEqual(2 * SECOND);
    });

    test("how long it was seen running, which is less than it took to see its end", async () => {
        // The polls double the time: the last before the end comes at some 18 s, and the next at 37 s.
        const slow = (at: number): Partial<TaskRecord> =>
            at > 33 * SECOND && at < 70 * SECOND ? COMPLETED : { progress: Math.floor(at / (2 * SECOND)) };
        const [first] = await pausesAfter((at) => (at > 120 * SECOND ? COMPLETED : slow(at)));
        expect(first).toBeGreaterThan(8 * SECOND);
        expect(first).toBeLessThan(11 * SECOND);
    });

    test("that progress misleads, if it has ended long before", async () => {
        const ending = (progress: number) => (at: number) =>
            at < 3 * SECOND
                ? { progress }
                : at < 5 * SECOND
                  ? COMPLETED
                  : at < 9 * SECOND
                    ? { progress: 50 }
                    : COMPLETED;
        expect((await pausesAfter(ending(10)))[1]).toBeLessThan(0.5 * SECOND);
        expect((await pausesAfter(ending(50)))[1]).toBeGreaterThan(1.8 * SECOND);
    });

    test("nothing of how far one is that an earlier run has begun", async () => {
        const scripted = new ScriptedRun({
            clients: () => [],
            task: (at) => (at < 5 * SECOND ? { progress: 40 } : COMPLETED),
        });
        await taskOutcome(scripted.run, "t-1", scripted.run.clock.now());
        expect(scripted.tasksAsked[0]).toBe(0);
        expect(scripted.tasksAsked[1]).toBeGreaterThanOrEqual(1.8 * SECOND);
    });
});

describe("what a running task reports of its instances", () => {
    const results = [
        { instanceId: "i-1", clientStatus: "ACTIVATED" },
        { instanceId: "i-2", clientStatus: "INSTALL_FAILED" },
        { instanceId: "i-3", clientStatus: "INSTALLING" },
        { instanceId: "i-4", clientStatus: "ACTIVATED" },
    ];

    /** What is shown of a task that has reported this once. */
    async function shown(isOfThisRun: boolean, progress?: number): Promise<string | undefined> {
        const running = { ...(progress !== undefined && { progress }), results };
        const { run, statuses } = new ScriptedRun({
            clients: () => [],
            task: (at) => (at === 0 ? running : COMPLETED),
            entries: [
                ...["i-1", "i-2", "i-3"].map((id) => entry(id, "INSTALLING", { pendingAction: "install" })),
                entry("i-4", "UPGRADING", { pendingAction: "upgrade" }),
            ],
        });
        run.reporter.planned(["i-1", "i-2", "i-3", "i-4"]);
        if (isOfThisRun) run.record.taskSubmitted("t-1");
        await taskOutcome(run, "t-1", run.clock.now());
        return statuses[0];
    }

    test("counts where they are to be installed: done, and failed if the task is of this run", async () => {
        expect(await shown(true, 50)).toBe("1/4 · 1 failed · 50 % · task t-1");
        expect(await shown(false, 50)).toBe("1/4 · 50 % · task t-1");
    });

    test("is no progress where it says none, or a negative one", async () => {
        expect(await shown(false)).toBe("1/4 · 0 % · task t-1");
        expect(await shown(false, -1)).toBe("1/4 · 0 % · task t-1");
    });
});
