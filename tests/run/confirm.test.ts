import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry, ObservedClient } from "../../provider/fleet/model";
import type { TaskRecord } from "../../provider/hbr/port";
import { confirmAll, follow } from "../../provider/run/confirm";
import type { InstallOrder } from "../../provider/run/goal";
import { client, declared, entry, spec } from "../fleet/builders";
import { ScriptedRun } from "./scripted";

const SECOND = 1_000;
const ONE = declared("i-1");
const ORDER: InstallOrder = { declared: ONE, counts: "installed" };
const MADE = { clientId: "c-made", createdTime: 9 };

interface Case {
    /** The clients that the list shows before the call, and those from a time on (s). */
    readonly before?: readonly ObservedClient[];
    readonly shown: (seconds: number) => readonly ObservedClient[];
    readonly task?: Partial<TaskRecord>;
    /** How long the task runs (s), whether another one goes on beside it, and when the list is read meanwhile. */
    readonly runs?: number;
    readonly isBeside?: boolean;
    readonly readAt?: number;
    readonly order?: Partial<InstallOrder>;
    readonly entry?: ClientEntry;
}

/** Follows an installation on i-1 to its end. */
async function followed(
    { before = [], shown, task, runs = 0, isBeside, readAt, order, entry: known }: Case,
    taskId: string | null = "t-1",
): Promise<ScriptedRun> {
    const scripted = new ScriptedRun({
        clients: (at) => shown(at / SECOND),
        declared: spec([ONE], { useHttps: true }),
        ...(task && { task: (at) => (at < runs * SECOND ? { progress: Math.floor(at / runs / 10) } : task) }),
        ...(known && { entries: [known] }),
    });
    const { run } = scripted;
    run.reporter.notReady("i-1", "InstanceNotRunning");
    const attempt = { submittedAt: run.clock.now(), ...(taskId !== null && { taskId }) };
    const index = new ClientIndex(before);
    if (isBeside)
        run.polls.begin({
            taskId: "t-2",
            submittedAt: run.clock.now(),
            size: 1,
            clientsIn: () => [undefined],
            tell: () => undefined,
        });
    if (readAt !== undefined) void run.clock.sleep(readAt * SECOND).then(() => run.watch.look());
    await confirmAll([...(await follow(run, [{ ...ORDER, ...order }], attempt, index))]);
    run.reporter.tellRemarks();
    return scripted;
}

/** The task has ended, with this word about the instance. */
function reported(report: Partial<TaskRecord["results"][number]>): Partial<TaskRecord> {
    return { state: "completed", results: [{ instanceId: "i-1", ...report }] };
}

const failing = (clientId: string) => (): ObservedClient[] => [
    client("i-1", "INSTALL_FAILED", { ...MADE, clientId }),
];

describe("a submitted installation", () => {
    test("that the list shows late is done, and counts as up", async () => {
        const scripted = await followed({
            shown: (seconds) =>
                seconds < 8 ? [] : [client("i-1", "ACTIVATED", { ...MADE, useHttps: true })],
            task: reported({ clientId: "c-made", clientStatus: "ACTIVATED" }),
        });
        const { record } = scripted.run;
        expect(record.counts).toMatchObject({ installed: 1 });
        expect(record.entries.get("i-1")).toEqual(entry("i-1", "ACTIVATED", { clientId: "c-made" }));
        // It was not ready before.
        expect(scripted.warnings).toEqual([]);
        expect(scripted.statuses.at(-1)).not.toContain("boot");
    });

    test("without a task is followed in the list alone", async () => {
        const shown = (seconds: number) => [
            client("i-1", seconds < 60 ? "INSTALLING" : "ACTIVATED", { ...MADE, useHttps: true }),
        ];
        const done = await followed({ shown }, null);
        expect(done.tasksAsked).toEqual([]);
        expect(done.run.record.counts).toMatchObject({ installed: 1 });
        const failed = await followed({ shown: failing("c-made") }, null);
        expect(failed.tasksAsked).toEqual([]);
        expect(failed.run.record.failures.get("i-1")).toStrictEqual({
            code: "INSTALL_FAILED",
            message: expect.any(String) as string,
        });
    });

    test("that has failed is named by its task, and by the client that it has left", async () => {
        const { run } = await followed({
            shown: failing("c-made"),
            task: reported({ clientStatus: "INSTALL_FAILED", errorCode: "DiskFull" }),
        });
        expect(run.record.failures.get("i-1")).toMatchObject({ code: "DiskFull", taskId: "t-1" });
        expect(run.record.entries.get("i-1")).toMatchObject({ clientId: "c-made", errorCode: "DiskFull" });
        expect(run.record.entries.get("i-1")).not.toHaveProperty("owned");
    });

    test("whose client disappears again has failed, and keeps the name of nothing", async () => {
        const { run } = await followed({
            shown: (seconds) => (seconds < 20 ? [client("i-1", "INSTALLING", MADE)] : []),
            task: { state: "completed", results: [] },
        });
        expect(run.record.failures.get("i-1")).toMatchObject({ code: "NOT_INSTALLED" });
        expect(run.record.entries.get("i-1")).toMatchObject({ owned: false, installed: false });
    });

    const task = reported({ clientStatus: "INSTALL_FAILED", errorCode: "DiskFull" });
    const old = client("i-1", "NOT_INSTALLED", { clientId: "c-old" });

    test("that fails on the resource's own record keeps that record", async () => {
        const { run } = await followed({
            before: [old],
            shown: failing("c-old"),
            task,
            order: { existing: { clientId: "c-old", isOwn: true } },
            entry: entry("i-1", "NOT_INSTALLED", { clientId: "c-old" }),
        });
        expect(run.record.entries.get("i-1")).toMatchObject({ clientId: "c-old" });
        expect(run.record.entries.get("i-1")).not.toHaveProperty("owned");
    });

    test("that fails on the record of others does not take it over, but a new one beside it", async () => {
        const theirs = { existing: { clientId: "c-old", isOwn: false } };
        const onTheirs = await followed({ before: [old], shown: failing("c-old"), task, order: theirs });
        expect(onTheirs.run.record.entries.get("i-1")).toMatchObject({ owned: false, installed: false });
        expect(onTheirs.run.record.entries.get("i-1")).not.toHaveProperty("clientId");

        const shown = () => [old, ...failing("c-made")()];
        const beside = await followed({ before: [old], shown, task, order: theirs });
        expect(beside.run.record.entries.get("i-1")).toMatchObject({ clientId: "c-made" });
    });

    test("of other settings than declared is waited for ten seconds, then warned of and recorded", async () => {
        const shownFrom = (second: number) =>
            followed({
                shown: (seconds) => [client("i-1", "ACTIVATED", { ...MADE, useHttps: seconds >= second })],
                task: reported({ clientId: "c-made", clientStatus: "ACTIVATED" }),
            });
        const late = await shownFrom(8);
        expect(late.warnings).toEqual([]);
        expect(late.run.record.entries.get("i-1")).not.toHaveProperty("settingsNotTaken");
        const never = await shownFrom(Infinity);
        expect(never.warnings).toEqual([
            expect.stringMatching(/^i-1: the service did not apply useHttps false → true; it is not tried/),
        ]);
        expect(never.run.record.entries.get("i-1")).toMatchObject({ settingsNotTaken: { useHttps: false } });
    });

    const upFor = (from: number, to: number, then: ObservedClient["status"]) => (seconds: number) => {
        if (seconds >= to) return [client("i-1", then, MADE)];
        return seconds < from ? [client("i-1", "INSTALLING", MADE)] : [client("i-1", "ACTIVATED", MADE)];
    };

    test("is not confirmed by a reading from long before the end of its task", async () => {
        const { run } = await followed({
            shown: upFor(50, 250, "DEACTIVATED"),
            readAt: 60,
            runs: 300,
            task: { state: "completed", results: [] },
        });
        expect(run.record.failures.get("i-1")).toMatchObject({ code: "DEACTIVATED" });
    });

    test.each<Partial<TaskRecord>>([
        reported({ clientId: "c-made", clientStatus: "INSTALL_FAILED", errorCode: "DiskFull" }),
        { state: "cancelled" },
    ])("that its task calls failed is not confirmed by an earlier reading: %j", async (task) => {
        const { run } = await followed({
            shown: upFor(50, 60, "INSTALL_FAILED"),
            readAt: 59,
            runs: 60,
            task,
        });
        expect(run.record.failures.get("i-1")).toMatchObject({ taskId: "t-1" });
    });

    test("has its grace from the end of its task on, also where a reading has shown the same status before", async () => {
        const { run } = await followed({
            shown: (seconds) => [
                client("i-1", seconds < 330 ? "UNKNOWN" : "ACTIVATED", { ...MADE, useHttps: true }),
            ],
            readAt: 60,
            runs: 300,
            task: { state: "completed", results: [] },
        });
        expect(run.record.counts).toMatchObject({ installed: 1 });
    });

    test("is confirmed by a reading from just before the end of its task", async () => {
        let readings = 0;
        const { run } = await followed({
            shown: (seconds) => {
                readings += 1;
                return upFor(50, Infinity, "UNKNOWN")(seconds).map((each) => ({ ...each, useHttps: true }));
            },
            readAt: 58,
            runs: 60,
            task: { state: "completed", results: [] },
        });
        expect(run.record.counts).toMatchObject({ installed: 1 });
        expect(readings).toBe(1);
    });

    test("that its task calls failed is read back at once, and one that it does not a little later, with others", async () => {
        const readBack = async (report: Partial<TaskRecord>): Promise<number> => {
            const shown = (seconds: number) => [
                client("i-1", seconds < 60 ? "INSTALLING" : "ACTIVATED", { ...MADE, useHttps: true }),
            ];
            const { tasksAsked, elapsedMs } = await followed({
                shown,
                runs: 60,
                isBeside: true,
                task: report,
            });
            return Math.round((elapsedMs - (tasksAsked.at(-1) ?? NaN)) / SECOND);
        };
        expect(await readBack(reported({ clientStatus: "ACTIVATED" }))).toBe(9);
        expect(await readBack(reported({ clientId: "c-made", errorCode: "DiskFull" }))).toBe(0);
        expect(await readBack({ state: "cancelled" })).toBe(0);
    });

    test("is not confirmed by an earlier reading that shows another client than its task names", async () => {
        const theirs = client("i-1", "ACTIVATED", { clientId: "c-theirs", createdTime: 1, useHttps: true });
        const ours = client("i-1", "ACTIVATED", { ...MADE, useHttps: true });
        const { run } = await followed({
            shown: (seconds) => (seconds < 60 ? [theirs] : [theirs, ours]),
            readAt: 58,
            runs: 60,
            task: reported({ clientId: "c-made", clientStatus: "ACTIVATED" }),
        });
        expect(run.record.entries.get("i-1")).toMatchObject({ clientId: "c-made" });
    });
});
