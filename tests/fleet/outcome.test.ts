import {
    type InstallAttempt,
    judgeInstall,
    judgeUninstall,
    reportsFailure,
    reportsSuccess,
    type TaskEnd,
} from "../../provider/fleet/outcome";
import { CLIENT_STATUSES } from "../../provider/fleet/model";
import type { Observation } from "../../provider/fleet/status";
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

function attemptThat(end: TaskEnd | undefined, report?: InstallAttempt["report"]): InstallAttempt {
    return {
        submittedAt: 0,
        taskId: "t-1",
        ...(end && { end: { at: MINUTE, how: end } }),
        ...(report && { report }),
    };
}

type Verdict = "done" | "wait" | "failed";

/** What is made of a status: just after the task's end, after the list must have caught up, after the grace, and for ever. */
function course(end: TaskEnd | undefined, observation: Observation): Verdict[] {
    const begin = end === undefined ? 0 : MINUTE;
    return [begin + SECOND, begin + LAG, begin + GRACE, LIMIT].map(
        (at) => judgeInstall(attemptThat(end), seen(observation), at, begin).verdict,
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
                ? ["wait", "failed", "failed", "failed"]
                : ["wait", "wait", "wait", "failed"];
            expect(course(end, observation)).toEqual(expected);
        },
    );

    test.each(ENDS.flatMap((end) => NOT_THERE.map((observation) => [end, observation] as const)))(
        "task %s, list %s: a failure once the list has caught up",
        (end, observation) => {
            expect(course(end, observation)).toEqual(["wait", "failed", "failed", "failed"]);
        },
    );

    test.each(ENDS.flatMap((end) => MAY_PASS.map((observation) => [end, observation] as const)))(
        "task %s, list %s: borne for the grace",
        (end, observation) => {
            expect(course(end, observation)).toEqual(["wait", "wait", "failed", "failed"]);
        },
    );

    test.each(["UPGRADING", "UNINSTALLING"] as const)("%s is waited for within the limit", (observation) => {
        expect(course("completed", observation)).toEqual(["wait", "wait", "wait", "failed"]);
    });

    test("a failure that the task reports is believed at once where the list shows it too", () => {
        const attempt = attemptThat("completed", { clientStatus: "INSTALL_FAILED", errorCode: "DiskFull" });
        expect(judgeInstall(attempt, seen("INSTALL_FAILED"), MINUTE, MINUTE)).toEqual({
            verdict: "failed",
            failure: { code: "DiskFull", message: "the installation ended as INSTALL_FAILED" },
        });
        expect(judgeInstall(attempt, seen("INSTALLING"), MINUTE, MINUTE).verdict).toBe("wait");
    });

    test.each([
        ["failed", "TaskFailed", /its task failed/],
        ["expired", "TaskExpired", /15 minutes/],
        ["cancelled", "TaskCancelled", /was cancelled/],
        ["vanished", "TaskNotFound", /could not be found/],
        ["completed", "INSTALL_FAILED", /ended as INSTALL_FAILED \(no disk\)/],
    ] as const)("says of a task that %s what is the matter", (end, code, message) => {
        const broken = client("i-1", "INSTALL_FAILED", { statusMessage: "no disk" });
        const judgement = judgeInstall(attemptThat(end), broken, LIMIT, 0);
        expect(judgement).toMatchObject({ verdict: "failed", failure: { code } });
        expect(judgement.verdict === "failed" && judgement.failure.message).toMatch(message);
    });
});

describe("an uninstallation, by what the list shows", () => {
    const attempt = { submittedAt: 0, before: "ACTIVATED" as const };

    test.each(OBSERVATIONS)("%s", (observation) => {
        const verdicts = [SECOND, LAG, LIMIT].map(
            (at) => judgeUninstall(attempt, seen(observation), at).verdict,
        );
        const expected =
            observation === "absent" || observation === "NOT_INSTALLED"
                ? ["done", "done", "done"]
                : observation === "UNINSTALL_FAILED"
                  ? ["failed", "failed", "failed"]
                  : ["wait", "wait", "failed"];
        expect(verdicts).toEqual(expected);
    });

    test("a failure from before counts only once the list must have caught up", () => {
        const again = { submittedAt: 0, before: "UNINSTALL_FAILED" as const };
        expect(judgeUninstall(again, seen("UNINSTALL_FAILED"), SECOND).verdict).toBe("wait");
        expect(judgeUninstall(again, seen("UNINSTALL_FAILED"), LAG).verdict).toBe("failed");
    });

    test.each(["failed", "expired", "cancelled", "vanished"] as const)(
        "task %s: a failure once the list has caught up",
        (end) => {
            const ended = { ...attempt, end, report: { errorCode: "AgentBusy", errorMessage: "in use" } };
            expect(judgeUninstall(ended, seen("ACTIVATED"), LAG)).toEqual({
                verdict: "failed",
                failure: {
                    code: "AgentBusy",
                    message: expect.stringMatching(
                        /^the uninstallation ended as ACTIVATED, its task .*\(in use\)$/,
                    ) as string,
                },
            });
            expect(judgeUninstall(ended, seen("ACTIVATED"), SECOND).verdict).toBe("wait");
            expect(judgeUninstall({ ...attempt, end: "completed" }, seen("ACTIVATED"), LAG).verdict).toBe(
                "wait",
            );
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
            judgeInstall(attempt, seen("INSTALLING"), BEGIN + ms, BEGIN).verdict;
        expect([verdictAfter(SECOND), verdictAfter(LIMIT - 1), verdictAfter(LIMIT)]).toEqual([
            "wait",
            "wait",
            "failed",
        ]);
        const removal = { submittedAt: BEGIN, before: "ACTIVATED" as const };
        const removalAfter = (ms: number): Verdict =>
            judgeUninstall(removal, seen("UNINSTALLING"), BEGIN + ms).verdict;
        expect([removalAfter(SECOND), removalAfter(LIMIT - 1), removalAfter(LIMIT)]).toEqual([
            "wait",
            "wait",
            "failed",
        ]);
    });
});

test("an installation without a task, or with no record left, is explained by the status", () => {
    const attempt = { submittedAt: 0 };
    expect(judgeInstall(attempt, seen("INSTALL_FAILED"), LIMIT, 0)).toEqual({
        verdict: "failed",
        failure: { code: "INSTALL_FAILED", message: "the installation ended as INSTALL_FAILED" },
    });
    expect(judgeInstall(attempt, undefined, LIMIT, 0)).toEqual({
        verdict: "failed",
        failure: { code: "NOT_INSTALLED", message: "the installation ended as NOT_INSTALLED" },
    });
});
