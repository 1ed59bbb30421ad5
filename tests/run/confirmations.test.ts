import { ClientIndex } from "../../provider/fleet/match";
import type { ObservedClient } from "../../provider/fleet/model";
import { HbrError } from "../../provider/hbr/errors";
import type { TaskRecord } from "../../provider/hbr/port";
import { type Confirmation, confirmAll, follow } from "../../provider/run/confirm";
import type { InstallOrder } from "../../provider/run/goal";
import { client, declared, spec } from "../fleet/builders";
import { ScriptedRun } from "./scripted";

/** The task has ended, with this word about the instance. */
function reported(report: Partial<TaskRecord["results"][number]>): Partial<TaskRecord> {
    return { state: "completed", results: [{ instanceId: "i-1", ...report }] };
}

/** Follows installations on these instances, of which the list shows that they are done. */
class Followed {
    readonly scripted: ScriptedRun;
    readings = 0;

    constructor(
        task: Partial<TaskRecord> | Error,
        readonly ids: readonly string[] = ["i-1"],
    ) {
        this.scripted = new ScriptedRun({
            clients: () => {
                this.readings += 1;
                return ids.map((id) => client(id, "ACTIVATED", { createdTime: 9 }));
            },
            task: () => task,
            declared: spec(ids.map((id) => declared(id))),
        });
    }

    /** What is left to be confirmed when all tasks are over. */
    async confirmations(taskId: string | undefined = "t-1"): Promise<Confirmation[]> {
        const { run } = this.scripted;
        const orders = this.ids.map((id): InstallOrder => ({ declared: declared(id), counts: "installed" }));
        const attempt = { submittedAt: run.clock.now(), ...(taskId !== "" && { taskId }) };
        return [...(await follow(run, orders, attempt, new ClientIndex([])))];
    }

    /** How many installations have a result: a failure if their task says so, and names no client. */
    get known(): number {
        const { counts, failures } = this.scripted.run.record;
        return counts.installed + failures.size;
    }
}

describe("the confirmation of an installation", () => {
    test.each<[string, Partial<TaskRecord>]>([
        ["reported as done", reported({ clientStatus: "ACTIVATED" })],
        ["done with an error code", reported({ clientStatus: "ACTIVATED", errorCode: "Odd" })],
        ["done in a failed task", { ...reported({ clientStatus: "ACTIVATED" }), state: "failed" }],
        ["without a word of a completed task", { state: "completed", results: [] }],
        ["of another instance", { state: "completed", results: [{ instanceId: "i-9", errorCode: "No" }] }],
    ])("waits for the others where it is %s", async (_, task) => {
        const followed = new Followed(task);
        const confirmations = await followed.confirmations();
        expect([confirmations.length, followed.readings, followed.known]).toEqual([1, 0, 0]);
        const pending = { status: "INSTALLING", taskId: "t-1", pendingAction: "install" };
        expect(followed.scripted.run.record.entries.get("i-1")).toMatchObject(pending);
        await confirmAll(confirmations);
        expect([confirmations.length, followed.readings, followed.known]).toEqual([0, 1, 1]);
    });

    const vanished = new HbrError("no such task", {
        operation: "DescribeTask",
        errorClass: "unavailable",
        code: "No",
    });

    test.each<[string, Partial<TaskRecord> | Error]>([
        ["reported as failed", reported({ clientStatus: "INSTALL_FAILED" })],
        ["reported with an error code", reported({ clientStatus: "INSTALLING", errorCode: "Odd" })],
        ["reported with another status", reported({ clientStatus: "UNKNOWN" })],
        ["reported without a status", reported({ clientId: "c-i-1" })],
        ["that of a failed task", { state: "failed" }],
        ["that of an expired task", { state: "expired" }],
        ["that of a cancelled task", { state: "cancelled" }],
        ["that of a task that cannot be asked", vanished],
    ])("comes at once where it is %s", async (_, task) => {
        const followed = new Followed(task);
        expect(await followed.confirmations()).toEqual([]);
        expect([followed.readings, followed.known]).toEqual([1, 1]);
    });

    test("comes at once where there is no task", async () => {
        const followed = new Followed({});
        expect(await followed.confirmations("")).toEqual([]);
        expect([followed.scripted.tasksAsked, followed.known]).toEqual([[], 1]);
    });

    test("waits for each instance of a task on its own", async () => {
        const results = [
            { instanceId: "i-1", clientStatus: "ACTIVATED" },
            { instanceId: "i-2", clientStatus: "INSTALL_FAILED" },
        ];
        const followed = new Followed({ state: "completed", results }, ["i-1", "i-2", "i-3"]);
        const { clock, reporter } = followed.scripted.run;
        reporter.planned(followed.ids);
        const confirmations = await followed.confirmations();
        expect([confirmations.length, followed.known]).toEqual([2, 1]);
        await clock.sleep(1_000);
        reporter.show();
        // The row counts what is reported as done, and not yet what no task has named.
        expect(followed.scripted.statuses.at(-1)).toBe("1/3 · 1 failed");
        await confirmAll(confirmations);
        expect(followed.known).toBe(3);
    });

    test("asks for nothing where nothing was submitted", async () => {
        const followed = new Followed({}, []);
        expect(await followed.confirmations()).toEqual([]);
        expect([followed.scripted.tasksAsked, followed.scripted.statuses, followed.readings]).toEqual([
            [],
            [],
            0,
        ]);
    });

    test("uses a reading of others from the end of its task on, unless the task names the instance", async () => {
        const settled = async (task: Partial<TaskRecord>, ms: number): Promise<readonly unknown[]> => {
            const followed = new Followed(task);
            const [confirmation] = await followed.confirmations();
            const { index, takenAt } = await followed.scripted.run.watch.look();
            const isSettled = confirmation?.isSettledBy({ index, takenAt: takenAt + ms });
            return [isSettled, followed.known];
        };
        const silent = { state: "completed", results: [] } as const;
        expect(await settled(silent, 0)).toEqual([true, 1]);
        expect(await settled(silent, -1)).toEqual([false, 0]);
        expect(await settled(reported({ clientStatus: "ACTIVATED" }), 0)).toEqual([false, 0]);
    });
});

describe("a task of two installations, beside others whose progress says as little", () => {
    /** How often the task was asked until it ended after 20 s, how often the list was read, and what the row counts then. */
    async function asked(
        shown: readonly ObservedClient[],
        before: readonly ObservedClient[] = [],
    ): Promise<{ readonly asked: number; readonly readings: number; readonly row: string | undefined }> {
        let readings = 0;
        const scripted = new ScriptedRun({
            clients: () => {
                readings += 1;
                return shown;
            },
            task: (at) => (at < 20_000 ? { progress: 0 } : { state: "completed" }),
            declared: spec([declared("i-1"), declared("i-2")]),
        });
        const { run } = scripted;
        run.reporter.planned(["i-1", "i-2"]);
        const submittedAt = run.clock.now();
        for (const taskId of ["t-2", "t-3"]) {
            const clientsIn = (): readonly ObservedClient[] => [client("i-3", "INSTALLING")];
            const beside = run.polls.begin({
                taskId,
                submittedAt,
                size: 1,
                clientsIn,
                tell: () => undefined,
            });
            beside.forecast.running(1, 0);
        }
        const orders = ["i-1", "i-2"].map((id): InstallOrder => ({
            declared: declared(id),
            counts: "installed",
        }));
        await follow(run, orders, { submittedAt, taskId: "t-1" }, new ClientIndex(before));
        await run.clock.sleep(1_000);
        run.reporter.show();
        return { asked: scripted.tasksAsked.length, readings, row: scripted.statuses.at(-1) };
    }

    const installing = ["i-1", "i-2"].map((id) => client(id, "INSTALLING", { createdTime: 9 }));
    const [one, two] = installing.map((each) => ({ ...each, status: "ACTIVATED" as const }));

    test("is asked as often as a task alone if the list does not show both of them, and the list no more", async () => {
        const some = await asked(installing.slice(1));
        expect([some.readings, some.row]).toEqual([1, "0/2"]);
        expect(some.asked).toBeGreaterThan(10);
        expect(await asked([])).toEqual(some);
        // What was there before says nothing.
        const old = [client("i-1", "ACTIVATED", { createdTime: 1 })];
        expect(await asked([...old, ...installing.slice(1)], old)).toEqual(some);
    });

    test("is asked in all its polls if the list shows both of them as over", async () => {
        const over = await asked([one, two].flatMap((each) => each ?? []));
        expect(over.asked).toBeGreaterThan(10);
        expect([over.readings, over.row]).toEqual([over.asked, "2/2"]);
    });

    test("is asked rarely as long as the list shows work on one of them", async () => {
        const running = await asked(installing);
        expect(running.readings).toBeGreaterThan(10);
        expect(running.asked).toBeLessThan(5);
        const half = await asked([...installing.slice(1), ...(one ? [one] : [])]);
        expect([running.row, half]).toEqual(["0/2", { ...running, row: "1/2" }]);
    });
});
