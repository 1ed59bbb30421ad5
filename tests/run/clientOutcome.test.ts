import type { ObservedClient } from "../../provider/fleet/model";
import { uninstallOutcome, upgradeOutcome } from "../../provider/fleet/outcome";
import type { ClientStatus } from "../../provider/fleet/status";
import type { TaskRecord } from "../../provider/hbr/port";
import { type ClientOutcome, clientOutcome } from "../../provider/run/clientOutcome";
import { client } from "../fleet/builders";
import { ScriptedRun } from "./scripted";

const BEFORE = client("i-1", "ACTIVATED", { clientVersion: "2.1.0" });
const SECOND = 1_000;

/** The statuses that the list shows, each from a time on (s); `gone`: it does not show the client. */
type Shown = readonly (readonly [number, ClientStatus | "gone"])[];

interface End extends ClientOutcome {
    readonly run: ScriptedRun;
}

/** How work on the client ends. */
async function ended(
    work: "uninstall" | "upgrade",
    shown: Shown,
    task?: Partial<TaskRecord>,
    taskId: string | null = "t-1",
): Promise<End> {
    const clients = (at: number): ObservedClient[] => {
        const now = shown.findLast(([seconds]) => at >= seconds * SECOND)?.[1] ?? BEFORE.status;
        return now === "gone" ? [] : [{ ...BEFORE, status: now }];
    };
    const run = new ScriptedRun({ clients, ...(task && { task: () => task }) });
    const judge = work === "uninstall" ? uninstallOutcome : upgradeOutcome;
    return { ...(await clientOutcome(run.run, BEFORE, taskId ?? undefined, judge)), run };
}

const COMPLETED: Partial<TaskRecord> = { state: "completed", results: [] };
const FAILED: Partial<TaskRecord> = {
    state: "failed",
    results: [
        { instanceId: "i-9", clientId: "c-i-9", errorCode: "OfOther" },
        { instanceId: "i-1", clientId: "c-i-1", errorCode: "DiskFull", errorMessage: "no space" },
    ],
};

describe("work on a client", () => {
    test("that the list shows to the end is followed there, and its task is not asked", async () => {
        const {
            client: last,
            failure,
            run,
        } = await ended("uninstall", [
            [5, "UNINSTALLING"],
            [90, "NOT_INSTALLED"],
        ]);
        expect(last?.status).toBe("NOT_INSTALLED");
        expect(failure).toBeUndefined();
        expect(run.tasksAsked).toEqual([]);
    });

    test("that the list does not show has its task asked after half a minute, not before", async () => {
        const { failure, run } = await ended("uninstall", [[45, "NOT_INSTALLED"]], COMPLETED);
        expect(failure).toBeUndefined();
        expect(run.tasksAsked).toHaveLength(1);
        expect(run.tasksAsked[0]).toBeGreaterThanOrEqual(30 * SECOND);
        expect(run.tasksAsked[0]).toBeLessThan(40 * SECOND);
    });

    test("that has failed has the reason that its task gives, which is asked once", async () => {
        const { failure, run } = await ended("uninstall", [[20, "UNINSTALL_FAILED"]], FAILED);
        expect(failure).toMatchObject({ code: "DiskFull", taskId: "t-1" });
        expect(failure?.message).toContain("no space");
        expect(run.tasksAsked).toHaveLength(1);
    });

    test.each([
        ["client", { instanceId: "i-8", clientId: "c-i-1" }],
        ["instance", { instanceId: "i-1" }],
    ])("has the result of its task that names its %s", async (_, named) => {
        const [other] = FAILED.results ?? [];
        const results = [...(other ? [other] : []), { ...named, errorCode: "DiskFull" }];
        const { failure } = await ended("uninstall", [[20, "UNINSTALL_FAILED"]], { ...FAILED, results });
        expect(failure?.code).toBe("DiskFull");
    });

    test("that its task reports as failed, and the list never shows, has failed, and the task is asked once", async () => {
        const { failure, client: last, run } = await ended("uninstall", [], FAILED);
        expect(failure).toMatchObject({ code: "DiskFull", taskId: "t-1" });
        expect(last?.status).toBe("ACTIVATED");
        expect(run.tasksAsked).toHaveLength(1);
    });

    test("without a task ends with what the list says, and if that never moves, as not found", async () => {
        const message = expect.any(String) as string;
        const moved = await ended("uninstall", [[20, "UNINSTALL_FAILED"]], FAILED, null);
        expect(moved.failure).toStrictEqual({ code: "UNINSTALL_FAILED", message });
        const unmoved = await ended("uninstall", [], FAILED, null);
        expect(unmoved.failure).toStrictEqual({ code: "TaskNotFound", message });
        for (const { run } of [moved, unmoved]) expect(run.tasksAsked).toEqual([]);
    });
});

describe("an upgrade", () => {
    test("that has moved, and changed no version, is over ten seconds after; one that never moved is not", async () => {
        const moved = await ended("upgrade", [
            [1, "UPGRADING"],
            [8, "ACTIVATED"],
        ]);
        expect(moved.failure).toBeUndefined();
        expect(moved.run.tasksAsked).toEqual([]);
        expect(moved.run.elapsedMs).toBeGreaterThanOrEqual(18 * SECOND);
        expect(moved.run.elapsedMs).toBeLessThan(30 * SECOND);
        const unmoved = await ended("upgrade", [], COMPLETED);
        expect(unmoved.failure).toBeUndefined();
        expect(unmoved.run.tasksAsked).toHaveLength(1);
    });

    test("whose client stops has failed two minutes after it has stopped", async () => {
        const shown = [
            [3, "UPGRADING"],
            [60, "STOPPED"],
        ] as const;
        const { failure, run } = await ended("upgrade", shown, COMPLETED);
        expect(failure?.code).toBe("STOPPED");
        expect(run.elapsedMs).toBeGreaterThanOrEqual(180 * SECOND);
        expect(run.elapsedMs).toBeLessThan(240 * SECOND);
    });

    test("whose client is gone has failed, and has no client", async () => {
        const end = await ended("upgrade", [[3, "gone"]], COMPLETED);
        expect(end.failure?.code).toBe("NOT_INSTALLED");
        expect(end.client).toBeUndefined();
    });
});
