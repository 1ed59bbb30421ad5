import {
    type InstallAttempt,
    installOutcome,
    uninstallOutcome,
    reportsFailure,
    reportsSuccess,
    type TaskEnd,
    type TaskResult,
} from "../../provider/fleet/outcome";
import { CLIENT_STATUSES, type Observation } from "../../provider/fleet/status";
import { client } from "./builders";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const LAG = 10 * SECOND;
const GRACE = 2 * MINUTE;
const LIMIT = 17 * MINUTE;

const OBSERVATIONS: readonly Observation[] = [...CLIENT_STATUSES, "absent"];
const ENDS: readonly (TaskEnd | undefined)[] = [
    undefined,
    "completed",
    "failed",
    "expired",
    "cancelled",
    "vanished",
];

function seen(observation: Observation) {
    return observation === "absent" ? undefined : client("i-1", observation);
}

function attemptThat(end: TaskEnd | undefined, report?: Omit<TaskResult, "instanceId">): InstallAttempt {
    return {
        submittedAt: 0,
        taskId: "t-1",
        ...(end && { end: { at: MINUTE, how: end } }),
        ...(report && { report: { instanceId: "i-a", ...report } }),
    };
}

type Verdict = "done" | "open" | "failed";

/** What is made of a status: just after the task's end, after the list must have caught up, after the grace, and for ever. */
function course(end: TaskEnd | undefined, observation: Observation): Verdict[] {
    const begin = end === undefined ? 0 : MINUTE;
    return [begin + SECOND, begin + LAG, begin + GRACE, LIMIT].map(
        (at) => installOutcome(attemptThat(end), seen(observation), at, begin).state,
    );
}

const TRANSIENT = ["INSTALLING", "REGISTERED"] as const;
const NOT_THERE = ["absent", "NOT_INSTALLED", "INSTALL_FAILED", "UNINSTALL_FAILED"] as const;
const MAY_PASS = ["DEACTIVATED", "UNKNOWN", "STOPPED", "UPGRADE_FAILED"] as const;
const ENDS_BADLY: readonly (TaskEnd | undefined)[] = ["failed", "expired", "cancelled"];

describe("an installation, by its task's end and by what the list shows", () => {
    test.each(ENDS)("task %s: ACTIVATED is the success, at once", (end) => {
        expect(course(end, "ACTIVATED")).toEqual(["done", "done", "done", "done"]);
    });

    test.each(ENDS.flatMap((end) => OBSERVATIONS.map((observation) => [end, observation] as const)))(
        "task %s, list %s: nothing but ACTIVATED is a success",
        (end, observation) => {
            expect(course(end, observation).includes("done")).toBe(observation === "ACTIVATED");
        },
    );

    test.each(ENDS.flatMap((end) => TRANSIENT.map((observation) => [end, observation] as const)))(
        "task %s, list %s: waited for, unless the task ended badly",
        (end, observation) => {
            const expected = ENDS_BADLY.includes(end)
                ? ["open", "failed", "failed", "failed"]
                : ["open", "open", "open", "failed"];
            expect(course(end, observation)).toEqual(expected);
        },
    );

    test.each(ENDS.flatMap((end) => NOT_THERE.map((observation) => [end, observation] as const)))(
        "task %s, list %s: a failure once the list has caught up",
        (end, observation) => {
            expect(course(end, observation)).toEqual(["open", "failed", "failed", "failed"]);
        },
    );

    test.each(ENDS.flatMap((end) => MAY_PASS.map((observation) => [end, observation] as const)))(
        "task %s, list %s: borne for the grace",
        (end, observation) => {
            expect(course(end, observation)).toEqual(["open", "open", "failed", "failed"]);
        },
    );

    test.each(["UPGRADING", "UNINSTALLING"] as const)("%s is waited for within the limit", (observation) => {
        expect(course("completed", observation)).toEqual(["open", "open", "open", "failed"]);
    });

    test("a failure that the task reports is believed at once where the list shows it too", () => {
        const attempt = attemptThat("completed", { clientStatus: "INSTALL_FAILED", errorCode: "DiskFull" });
        expect(installOutcome(attempt, seen("INSTALL_FAILED"), MINUTE, MINUTE)).toEqual({
            state: "failed",
            failure: { code: "DiskFull", message: "the installation ended as INSTALL_FAILED" },
        });
        expect(installOutcome(attempt, seen("INSTALLING"), MINUTE, MINUTE).state).toBe("open");
    });

    test.each([
        ["failed", "TaskFailed", /its task failed/],
        ["expired", "TaskExpired", /15 minutes/],
        ["cancelled", "TaskCancelled", /was cancelled/],
        ["vanished", "INSTALL_FAILED", /could not be found/],
        ["completed", "INSTALL_FAILED", /ended as INSTALL_FAILED \(no disk\)/],
    ] as const)("says of a task that %s what is the matter", (end, code, message) => {
        const broken = client("i-1", "INSTALL_FAILED", { statusMessage: "no disk" });
        const outcome = installOutcome(attemptThat(end), broken, LIMIT, 0);
        expect(outcome).toMatchObject({ state: "failed", failure: { code } });
        expect(outcome.state === "failed" && outcome.failure.message).toMatch(message);
    });
});

describe("an uninstallation, by what the list shows", () => {
    const attempt = { submittedAt: 0, before: client("i-a", "ACTIVATED") };

    test.each(OBSERVATIONS)("%s", (observation) => {
        const verdicts = [SECOND, LAG, LIMIT].map(
            (at) => uninstallOutcome(attempt, seen(observation), at).state,
        );
        const expected =
            observation === "absent" || observation === "NOT_INSTALLED"
                ? ["done", "done", "done"]
                : observation === "UNINSTALL_FAILED"
                  ? ["failed", "failed", "failed"]
                  : ["open", "open", "failed"];
        expect(verdicts).toEqual(expected);
    });

    test("a failure from before counts only once the list must have caught up", () => {
        const again = { submittedAt: 0, before: client("i-a", "UNINSTALL_FAILED") };
        expect(uninstallOutcome(again, seen("UNINSTALL_FAILED"), SECOND).state).toBe("open");
        expect(uninstallOutcome(again, seen("UNINSTALL_FAILED"), LAG).state).toBe("failed");
    });

    test.each(["failed", "expired", "cancelled", "vanished"] as const)(
        "task %s: a failure once the list has caught up",
        (end) => {
            const ended = {
                ...attempt,
                end: { at: 0, how: end },
                report: { instanceId: "i-a", errorCode: "AgentBusy", errorMessage: "in use" },
            };
            expect(uninstallOutcome(ended, seen("ACTIVATED"), LAG)).toEqual({
                state: "failed",
                failure: {
                    code: "AgentBusy",
                    message: expect.stringMatching(
                        /^the uninstallation ended as ACTIVATED, its task .*\(in use\)$/,
                    ) as string,
                },
            });
            expect(uninstallOutcome(ended, seen("ACTIVATED"), SECOND).state).toBe("open");
            expect(
                uninstallOutcome(
                    { ...attempt, end: { at: 0, how: "completed" as const } },
                    seen("ACTIVATED"),
                    LAG,
                ).state,
            ).toBe("open");
        },
    );
});

describe("what a task reports of an instance", () => {
    test.each([
        [undefined, false, false],
        [{}, false, false],
        [{ clientStatus: "ACTIVATED" }, false, true],
        [{ clientStatus: "ACTIVATED", errorCode: "Odd" }, false, true],
        [{ clientStatus: "INSTALLING", errorCode: "" }, false, false],
        [{ clientStatus: "INSTALL_FAILED" }, true, false],
        [{ errorCode: "DiskFull" }, true, false],
    ])("%j", (report, failure, success) => {
        const attempt = attemptThat("completed", report);
        expect(reportsFailure(attempt)).toBe(failure);
        expect(reportsSuccess(attempt)).toBe(success);
    });
});

describe("times", () => {
    const BEGIN = 1_000 * MINUTE;

    test("count from the submission", () => {
        const attempt = { submittedAt: BEGIN, taskId: "t-1" };
        const verdictAfter = (ms: number): Verdict =>
            installOutcome(attempt, seen("INSTALLING"), BEGIN + ms, BEGIN).state;
        expect([verdictAfter(SECOND), verdictAfter(LIMIT - 1), verdictAfter(LIMIT)]).toEqual([
            "open",
            "open",
            "failed",
        ]);
        const removal = { submittedAt: BEGIN, before: client("i-a", "ACTIVATED") };
        const removalAfter = (ms: number): Verdict =>
            uninstallOutcome(removal, seen("UNINSTALLING"), BEGIN + ms).state;
        expect([removalAfter(SECOND), removalAfter(LIMIT - 1), removalAfter(LIMIT)]).toEqual([
            "open",
            "open",
            "failed",
        ]);
    });
});

test("an installation without a task, or with no record left, is explained by the status", () => {
    const attempt = { submittedAt: 0 };
    expect(installOutcome(attempt, seen("INSTALL_FAILED"), LIMIT, 0)).toEqual({
        state: "failed",
        failure: { code: "INSTALL_FAILED", message: "the installation ended as INSTALL_FAILED" },
    });
    expect(installOutcome(attempt, undefined, LIMIT, 0)).toEqual({
        state: "failed",
        failure: { code: "NOT_INSTALLED", message: "the installation ended as NOT_INSTALLED" },
    });
});
