import { type ClientAttempt, type TaskEnd, upgradeOutcome } from "../../provider/fleet/outcome";
import { CLIENT_STATUSES, type ClientStatus } from "../../provider/fleet/status";
import { client } from "./builders";

const SECOND = 1_000;
const LAG = 10_000;
const GRACE = 120_000;
const LIMIT = 17 * 60_000;

const BEFORE = client("i-a", "ACTIVATED", { clientVersion: "2.10.3", maxVersion: "2.11.0" });
const attempt: ClientAttempt = { submittedAt: 0, before: BEFORE };

function ended(how: TaskEnd, at = 0): ClientAttempt {
    return { ...attempt, end: { at, how } };
}

function shows(status: ClientStatus): typeof BEFORE {
    return { ...BEFORE, status };
}

describe("an upgrade, by what the list shows", () => {
    /** At a second, after the lag of the list, after the grace for a status, and after the service's limit. */
    const verdicts: Readonly<Record<ClientStatus, readonly string[]>> = {
        REGISTERED: ["open", "open", "open", "failed"],
        ACTIVATED: ["open", "open", "open", "failed"],
        DEACTIVATED: ["open", "open", "failed", "failed"],
        INSTALLING: ["open", "open", "open", "failed"],
        INSTALL_FAILED: ["failed", "failed", "failed", "failed"],
        NOT_INSTALLED: ["failed", "failed", "failed", "failed"],
        UPGRADING: ["open", "open", "open", "failed"],
        UPGRADE_FAILED: ["failed", "failed", "failed", "failed"],
        UNINSTALLING: ["open", "open", "open", "failed"],
        UNINSTALL_FAILED: ["failed", "failed", "failed", "failed"],
        STOPPED: ["open", "open", "failed", "failed"],
        UNKNOWN: ["open", "open", "failed", "failed"],
    };

    test.each(CLIENT_STATUSES)("%s", (status) => {
        const seen = [SECOND, LAG, GRACE, LIMIT].map(
            (at) => upgradeOutcome(attempt, shows(status), at, 0).state,
        );
        expect(seen).toEqual(verdicts[status]);
    });

    test.each(["ACTIVATED", "UPGRADING"] as const)("%s for too long: failed, and says so", (status) => {
        expect(upgradeOutcome(attempt, shows(status), LIMIT, 0)).toMatchObject({
            failure: { code: status, message: `the upgrade ended as ${status}` },
        });
    });

    test("a status from before, soon after the submission: open, whatever the clock says", () => {
        const later = { ...attempt, submittedAt: LIMIT, before: shows("INSTALL_FAILED") };
        expect(upgradeOutcome(later, shows("INSTALL_FAILED"), LIMIT + SECOND, LIMIT).state).toBe("open");
        expect(upgradeOutcome(later, shows("INSTALL_FAILED"), LIMIT + LAG, LIMIT).state).toBe("failed");
    });

    test("no record any more: failed", () => {
        expect(upgradeOutcome(attempt, undefined, SECOND, 0)).toMatchObject({
            state: "failed",
            failure: { code: "NOT_INSTALLED", message: "the upgrade ended as NOT_INSTALLED" },
        });
    });

    test.each([
        ["another version", { clientVersion: "2.11.0" }],
        ["another version that is behind too", { clientVersion: "2.10.4" }],
    ])("ACTIVATED with %s: done", (_, change) => {
        expect(upgradeOutcome(attempt, { ...BEFORE, ...change }, SECOND, SECOND).state).toBe("done");
    });
});

describe("an upgrade that leaves the version as it was", () => {
    test("is done once its task is completed and the list must have caught up", () => {
        expect(upgradeOutcome(ended("completed"), BEFORE, SECOND, 0).state).toBe("open");
        expect(upgradeOutcome(ended("completed"), BEFORE, LAG, 0).state).toBe("done");
    });

    test("is not done because the service has taken the latest version back", () => {
        expect(upgradeOutcome(attempt, { ...BEFORE, maxVersion: "2.10.3" }, SECOND, 0).state).toBe("open");
    });

    test("is done some time after the list has shown it under way", () => {
        const moved = { ...attempt, hasMoved: true };
        expect(upgradeOutcome(moved, BEFORE, 20 * SECOND, 15 * SECOND).state).toBe("open");
        expect(upgradeOutcome(moved, BEFORE, 25 * SECOND, 15 * SECOND).state).toBe("done");
    });

    test.each([
        ["failed", "TaskFailed"],
        ["expired", "TaskExpired"],
        ["cancelled", "TaskCancelled"],
        ["vanished", "TaskNotFound"],
    ] as const)("has failed where its task %s", (how, code) => {
        expect(upgradeOutcome(ended(how), BEFORE, LAG, 0)).toMatchObject({
            state: "failed",
            failure: { code },
        });
    });
});

describe("a failed upgrade", () => {
    const again: ClientAttempt = { submittedAt: 0, before: shows("UPGRADE_FAILED") };

    test("from before counts only once its own task has ended", () => {
        expect(upgradeOutcome(again, shows("UPGRADE_FAILED"), LAG, 0).state).toBe("open");
        const over = { ...again, end: { at: LAG, how: "completed" as const } };
        expect(upgradeOutcome(over, shows("UPGRADE_FAILED"), LAG + SECOND, 0).state).toBe("open");
        expect(upgradeOutcome(over, shows("UPGRADE_FAILED"), 2 * LAG, 0).state).toBe("failed");
    });

    test("is explained by what the task reports", () => {
        const report = { instanceId: "i-a", errorCode: "NoSpace", errorMessage: "disk full" };
        expect(upgradeOutcome({ ...attempt, report }, shows("UPGRADE_FAILED"), SECOND, 0)).toEqual({
            state: "failed",
            failure: { code: "NoSpace", message: "the upgrade ended as UPGRADE_FAILED (disk full)" },
        });
    });
});
