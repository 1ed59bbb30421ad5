import type { ClientEntry, FleetSpec, ObservedClient } from "../../provider/fleet/model";
import type { TaskRecord } from "../../provider/hbr/port";
import { failedCall } from "../../provider/hbr/errors";
import { Resumption } from "../../provider/run/resume";
import { client, declared, entry, spec } from "../fleet/builders";
import { ScriptedRun } from "./scripted";

const SECOND = 1_000;
const { clientId: _id, ...SENT } = entry("i-1", "INSTALLING", { pendingAction: "install", taskId: "t-1" });
const COMPLETED: Partial<TaskRecord> = { state: "completed", results: [] };

function error(code: string, statusCode: number): Error {
    return failedCall({ operation: "DescribeTask", code, text: "no", statusCode });
}

interface Case {
    readonly known?: ClientEntry | undefined;
    readonly shown: (seconds: number) => ObservedClient["status"] | "absent";
    /** Of the client; by default the list shows none. */
    readonly version?: (seconds: number) => string;
    /** A client of somebody else on the same instance. */
    readonly beside?: ObservedClient["status"];
    readonly task?: Partial<TaskRecord> | Error;
    readonly isDeclared?: boolean;
}

/** What a run makes of work on i-1 that was in progress before it. */
async function resumed({ known, shown, version, beside, task, isDeclared = true }: Case) {
    const program: FleetSpec = spec(isDeclared ? [declared("i-1")] : []);
    const scripted = new ScriptedRun({
        clients: (at) => {
            const status = shown(at / SECOND);
            const more = version && { clientVersion: version(at / SECOND) };
            return [
                ...(status === "absent" ? [] : [client("i-1", status, more)]),
                ...(beside ? [client("i-1", beside, { clientId: "c-theirs" })] : []),
            ];
        },
        ...(task && { task: () => task }),
        declared: program,
        ...(known && { entries: [known] }),
    });
    const { run } = scripted;
    const { planner, plan } = await scripted.plan();
    const before = run.record.entries.get("i-1");
    const resumption = new Resumption(run, planner);
    await resumption.wait(plan.filter((action) => resumption.isWait(action)));
    const { tasksAsked, elapsedMs } = scripted;
    const recorded = run.record.entries.get("i-1");
    const failure = run.record.failures.get("i-1");
    const remarks = scripted.remarks();
    return { run, before, entry: recorded, failure, remarks, tasksAsked, elapsedMs };
}

describe("an installation that an earlier run has left", () => {
    test("is this resource's client once its task and the list have shown that", async () => {
        const {
            entry: recorded,
            failure,
            tasksAsked,
        } = await resumed({
            known: SENT,
            shown: (seconds) => (seconds < 5 ? "absent" : "ACTIVATED"),
            task: COMPLETED,
        });
        expect(recorded).toMatchObject({ clientId: "c-i-1", status: "ACTIVATED" });
        expect(failure).toBeUndefined();
        expect(tasksAsked).toHaveLength(1);
    });

    test("is nobody's, if its task has failed or the list shows nothing after it", async () => {
        const failed = { state: "failed", results: [{ instanceId: "i-1", errorCode: "DiskFull" }] } as const;
        const end = await resumed({ known: SENT, shown: () => "INSTALL_FAILED", task: failed });
        expect(end.entry).toMatchObject({ owned: false, errorCode: "DiskFull", pendingAction: "install" });
        const nothing = await resumed({ known: SENT, shown: () => "absent", task: COMPLETED });
        expect(nothing.entry).toMatchObject({ owned: false, pendingAction: "install" });
        expect(nothing.elapsedMs).toBeGreaterThanOrEqual(10 * SECOND);
    });

    test("stays as it is, if its task cannot be asked, and is followed in the list while it goes on", async () => {
        const {
            entry: recorded,
            before,
            failure,
            elapsedMs,
        } = await resumed({
            known: SENT,
            shown: (seconds) => (seconds < 60 ? "INSTALLING" : "ACTIVATED"),
            task: error("InvalidParameter", 400),
        });
        expect(failure).toMatchObject({ code: "InvalidParameter" });
        expect(recorded).toEqual(before);
        expect(recorded).not.toHaveProperty("owned");
        expect(elapsedMs).toBeGreaterThanOrEqual(60 * SECOND);
    });

    test("whose answer was lost is looked for in the list for ten seconds", async () => {
        const { taskId: _task, ...lost } = SENT;
        const late = await resumed({
            known: lost,
            shown: (seconds) => (seconds < 8 ? "absent" : "ACTIVATED"),
        });
        expect(late.entry).toMatchObject({ clientId: "c-i-1" });
        const never = await resumed({ known: lost, shown: () => "absent" });
        expect(never.entry).toMatchObject({ owned: false });
        expect(never.elapsedMs).toBeGreaterThanOrEqual(10 * SECOND);
        expect(never.tasksAsked).toEqual([]);
    });

    test("and that nobody declares any more is not removed, if nothing tells whose client is there", async () => {
        const known = { ...SENT, pendingAction: "uninstall" } as const;
        const gone = error("TaskNotExist", 404);
        const end = await resumed({ known, shown: () => "ACTIVATED", task: gone, isDeclared: false });
        expect(end.failure?.code).toBe("ClientOfUnknownOrigin");
        expect(end.failure?.message).toMatch(/^client c-i-1 \(ACTIVATED\) may be this resource's/);
        expect(end.entry).toEqual(end.before);
        const without = await resumed({ known, shown: () => "absent", task: gone, isDeclared: false });
        expect(without.failure).toBeUndefined();
        expect(without.entry).toMatchObject({ owned: false });
    });
});

describe("work that others have begun on an instance", () => {
    test("is waited for where the program declares the instance", async () => {
        const { elapsedMs } = await resumed({
            shown: (seconds) => (seconds < 60 ? "INSTALLING" : "ACTIVATED"),
        });
        expect(elapsedMs).toBeGreaterThanOrEqual(60 * SECOND);
        expect(elapsedMs).toBeLessThan(75 * SECOND);
    });

    test("is not waited for where only the own client is to be removed, and its task has ended", async () => {
        const { elapsedMs, tasksAsked } = await resumed({
            known: entry("i-1", "UNINSTALLING", { pendingAction: "uninstall", taskId: "t-1" }),
            shown: () => "absent",
            task: COMPLETED,
            beside: "INSTALLING",
            isDeclared: false,
        });
        expect(tasksAsked).toHaveLength(1);
        expect(elapsedMs).toBeLessThan(15 * SECOND);
    });
});

describe("an upgrade that an earlier run has begun", () => {
    const known = entry("i-1", "ACTIVATED", {
        clientVersion: "2.10.3",
        latestVersion: "2.11.0",
        pendingAction: "upgrade",
        taskId: "t-1",
    });
    const LEFT: unknown = expect.stringMatching(/^warning: i-1: the upgrade left version 2.10.3 as it was/);

    test("has left the version as it was only if the list still shows it some seconds after its task", async () => {
        const version = (seconds: number) => (seconds < 6 ? "2.10.3" : "2.11.0");
        const late = await resumed({ known, shown: () => "ACTIVATED", version, task: COMPLETED });
        expect(late.remarks).toEqual([]);
        expect(late.elapsedMs).toBeLessThan(10 * SECOND);
        const same = await resumed({
            known,
            shown: () => "ACTIVATED",
            version: () => "2.10.3",
            task: COMPLETED,
        });
        expect(same.remarks).toEqual([LEFT]);
    });

    test("and whose task has failed has left nothing that is not tried again", async () => {
        const task = { state: "failed", results: [] } as const;
        const { remarks } = await resumed({
            known,
            shown: () => "ACTIVATED",
            version: () => "2.10.3",
            task,
        });
        expect(remarks).toEqual([]);
    });

    test("is no other work: a removal that has changed nothing is not reported as an upgrade", async () => {
        const { remarks } = await resumed({
            known: { ...known, pendingAction: "reinstall" },
            shown: (seconds) => (seconds < 5 ? "UNINSTALLING" : "ACTIVATED"),
            version: () => "2.10.3",
            task: COMPLETED,
        });
        expect(remarks).toEqual([]);
    });
});

describe("a client that may come up by itself", () => {
    const passing = (end: ObservedClient["status"]) => (seconds: number) => (seconds < 90 ? "UNKNOWN" : end);

    test("has two minutes for it, and is none of this run's failures then", async () => {
        for (const known of [undefined, entry("i-1", "INSTALLING", { pendingAction: "install" })]) {
            const { failure, elapsedMs } = await resumed({ known, shown: passing("ACTIVATED") });
            expect(failure).toBeUndefined();
            expect(elapsedMs).toBeGreaterThanOrEqual(90 * SECOND);
            expect(elapsedMs).toBeLessThan(150 * SECOND);
        }
    });

    test("has failed after that: one of others is not taken over, an own one not counted as installed", async () => {
        const theirs = await resumed({ shown: () => "UNKNOWN" });
        expect(theirs.failure?.code).toBe("ClientNotHealthy");
        expect(theirs.entry).toMatchObject({ owned: false, status: "UNKNOWN", pendingAction: "install" });
        expect(theirs.run.record.attemptsFailed).toBe(0);
        const known = entry("i-1", "INSTALLING", { pendingAction: "install" });
        const ours = await resumed({ known, shown: () => "UNKNOWN" });
        expect(ours.failure).toEqual({
            code: "UNKNOWN",
            message: "its client stays UNKNOWN, so it does not count as installed",
        });
        expect(ours.entry).toMatchObject({ clientId: "c-i-1", pendingAction: "install" });
        expect(ours.run.record.attemptsFailed).toBe(1);
        expect(ours.elapsedMs).toBeGreaterThanOrEqual(120 * SECOND);
    });
});

describe("clients that an earlier run has left, and that do not come back", () => {
    /** The instances that healthy agents are kept for, after these have been waited for. */
    async function keptFor(
        ids: readonly string[],
        { recovers = [], batchSize = 20 }: { recovers?: readonly string[]; batchSize?: number } = {},
    ): Promise<readonly string[] | undefined> {
        const scripted = new ScriptedRun({
            clients: (at) =>
                ids.map((id) =>
                    client(id, recovers.includes(id) && at > 30 * SECOND ? "ACTIVATED" : "UNKNOWN"),
                ),
            declared: spec(ids.map((id) => declared(id))),
            entries: ids.map((id) => entry(id, "ACTIVATED", { pendingAction: "install" })),
            goal: { rollout: { batchSize, batches: 4, inFlight: 80, isCut: false } },
        });
        const { run } = scripted;
        const { planner, plan } = await scripted.plan();
        expect(plan.map(({ kind }) => kind)).toEqual(ids.map(() => "grace"));
        await new Resumption(run, planner).wait(plan);
        const failed = ids.filter((id) => !recovers.includes(id));
        expect([...run.record.failures.keys()]).toEqual(failed);
        return run.halt.keepsAgents?.instanceIds;
    }

    test("keep the agents of healthy ones, which would fare no better", async () => {
        expect(await keptFor(["i-1", "i-2"])).toEqual(["i-1", "i-2"]);
        expect(await keptFor(["i-1", "i-2", "i-3"])).toEqual(["i-1", "i-2", "i-3"]);
    });

    test("say nothing about others if one has come back, or if there is only one of a larger batch", async () => {
        expect(await keptFor(["i-1", "i-2"], { recovers: ["i-2"] })).toBeUndefined();
        expect(await keptFor(["i-1", "i-2"], { recovers: ["i-1", "i-2"] })).toBeUndefined();
        expect(await keptFor(["i-1"])).toBeUndefined();
        expect(await keptFor(["i-1"], { batchSize: 1 })).toEqual(["i-1"]);
    });

    test("say nothing about others where it is only their tasks that cannot be asked", async () => {
        const ids = ["i-1", "i-2"];
        const scripted = new ScriptedRun({
            clients: () => [],
            task: () => error("InvalidParameter", 400),
            declared: spec(ids.map((id) => declared(id))),
            entries: ids.map((instanceId) => ({ ...SENT, instanceId })),
        });
        const { planner, plan } = await scripted.plan();
        await new Resumption(scripted.run, planner).wait(plan);
        expect([...scripted.run.record.failures.keys()]).toEqual(ids);
        expect(scripted.run.halt.keepsAgents).toBeUndefined();
    });
});
