import { ClientIndex } from "../../provider/fleet/match";
import { client, declared, entry, foreign } from "../fleet/builders";
import { FAILURE, ONE, one, record } from "./recordOf";

describe("an installation", () => {
    const before = foreign("i-1", "NOT_INSTALLED", { pendingAction: "install" });

    test("whose answer was lost is this resource's until it is known that it had no effect", () => {
        const fleet = record(before);
        fleet.mayHaveActed(ONE);
        expect(one(fleet)).toEqual({
            instanceId: "i-1",
            clusterId: "cl-1",
            status: "NOT_INSTALLED",
            installed: false,
            pendingAction: "install",
        });
        fleet.mayHaveActed(ONE);
        fleet.hasNotActed(ONE);
        expect(one(fleet)).toEqual(before);
        // Once it is answered, the entry of before is no longer of interest.
        fleet.mayHaveActed(ONE);
        fleet.submitted(ONE, "t-1");
        fleet.hasNotActed(ONE);
        expect(one(fleet)).toMatchObject({ status: "INSTALLING", taskId: "t-1" });
        fleet.failed("i-1", FAILURE, "install");
        const failed = one(fleet);
        fleet.mayHaveActed(ONE);
        fleet.hasNotActed(ONE);
        expect(one(fleet)).toEqual(failed);
        // A later call begins with what is recorded by then, too.
        fleet.failed("i-1", { ...FAILURE, code: "Other" }, "install");
        fleet.mayHaveActed(ONE);
        fleet.hasNotActed(ONE);
        expect(one(fleet)).toMatchObject({ errorCode: "Other" });
        fleet.hasNotActed(declared("i-9"));
        expect(fleet.entries.has("i-9")).toBe(false);
    });

    test("that was submitted waits for its task, if there is one", () => {
        const fleet = record(before);
        fleet.submitted(ONE, "t-1");
        const sent = {
            instanceId: "i-1",
            clusterId: "cl-1",
            status: "INSTALLING",
            installed: false,
        } as const;
        expect(one(fleet)).toStrictEqual({ ...sent, taskId: "t-1", pendingAction: "install" });
        fleet.submitted(ONE, undefined);
        expect(one(fleet)).toStrictEqual({ ...sent, pendingAction: "install" });
    });

    test("that has failed names the client that it has left, and without one is nobody's", () => {
        const fleet = record(before);
        fleet.submitted(ONE, "t-1");
        fleet.installFailed("i-1", FAILURE, client("i-1", "INSTALL_FAILED"), "c-i-1");
        const failed = { pendingAction: "install", errorCode: "DiskFull", errorMessage: "no space" } as const;
        expect(one(fleet)).toEqual(entry("i-1", "INSTALL_FAILED", { ...failed, taskId: "t-1" }));
        fleet.submitted(ONE, "t-2");
        fleet.installFailed("i-1", FAILURE, client("i-1", "ACTIVATED"), undefined);
        expect(one(fleet)).toMatchObject({ ...failed, owned: false, status: "INSTALL_FAILED" });
        expect(one(fleet)).not.toHaveProperty("clientId");
    });

    test("whose old agent is gone has the record that is still this resource's, or none", () => {
        const fleet = record(entry("i-1"));
        fleet.cleared(ONE, client("i-1", "NOT_INSTALLED"));
        const cleared = { status: "NOT_INSTALLED", installed: false, pendingAction: "install" } as const;
        expect(one(fleet)).toStrictEqual({ ...entry("i-1"), ...cleared });
        fleet.installFailed("i-1", FAILURE, undefined, undefined);
        expect(one(fleet)).toMatchObject({ clientId: "c-i-1", errorCode: "DiskFull" });
        fleet.cleared(ONE, undefined);
        expect(one(fleet)).toStrictEqual({ ...foreign("i-1"), ...cleared });
    });

    test("that is resolved shows its client, what is left of it, or that it is nobody's", () => {
        const fleet = record();
        const index = new ClientIndex([client("i-1", "ACTIVATED")]);
        fleet.resolved(entry("i-1", "INSTALLING", { pendingAction: "install", taskId: "t-1" }), index);
        expect(one(fleet)).toStrictEqual(entry("i-1", "ACTIVATED", { pendingAction: "install" }));
        fleet.resolved(entry("i-1", "INSTALLING"), index);
        expect(one(fleet)).toStrictEqual(entry("i-1"));
        const nobody = foreign("i-1", "INSTALL_FAILED", { errorCode: "X", pendingAction: "install" });
        fleet.resolved(nobody, index);
        expect(one(fleet)).toStrictEqual(nobody);
    });
});

describe("a failure", () => {
    const details = { latestVersion: "2.2.0", clientVersion: "2.1.0", statusMessage: "odd" };

    test("is told of the client that the entry names, as the list shows it now", () => {
        const fleet = record(entry("i-1", "ACTIVATED", { ...details, pendingAction: "upgrade" }));
        fleet.failed("i-1", FAILURE, "reinstall", client("i-1", "DEACTIVATED", { clientVersion: "2.1.1" }));
        expect(one(fleet)).toStrictEqual(
            entry("i-1", "DEACTIVATED", {
                clientVersion: "2.1.1",
                errorCode: "DiskFull",
                errorMessage: "no space",
                pendingAction: "reinstall",
            }),
        );
    });

    test("is not told of another client, whose status says nothing about this one", () => {
        const fleet = record(entry("i-1", "UNKNOWN", details));
        fleet.failed("i-1", FAILURE, undefined, client("i-1", "ACTIVATED", { clientId: "c-theirs" }));
        expect(one(fleet)).toStrictEqual(
            entry("i-1", "UNKNOWN", { ...details, errorCode: "DiskFull", errorMessage: "no space" }),
        );
    });

    test("keeps the task of a client that the list shows, and names none where there was none", () => {
        const fleet = record(entry("i-1", "UNKNOWN", { taskId: "t-1" }), entry("i-2"));
        fleet.failed("i-1", FAILURE, "install", client("i-1", "UNKNOWN"));
        expect(one(fleet)).toMatchObject({ taskId: "t-1" });
        fleet.failed("i-2", FAILURE, "install", client("i-2", "UNKNOWN"));
        expect(Object.keys(fleet.entries.get("i-2") ?? {})).not.toContain("taskId");
    });

    test("of an instance that nobody has recorded names that instance", () => {
        const fleet = record();
        fleet.failed("i-1", FAILURE, "install");
        expect(one(fleet)).toMatchObject({ instanceId: "i-1", status: "NOT_INSTALLED", owned: false });
    });

    test("of what was being installed is a failed installation, and says whether the instance is fit", () => {
        const fleet = record(entry("i-1", "INSTALLING", { taskId: "t-1" }), entry("i-2", "UNINSTALLING"));
        fleet.failed("i-1", FAILURE, "install", undefined, false);
        expect(one(fleet)).toMatchObject({
            status: "INSTALL_FAILED",
            installed: false,
            taskId: "t-1",
            validInstance: false,
        });
        fleet.failed("i-2", FAILURE, "uninstall");
        expect(fleet.entries.get("i-2")).toMatchObject({ status: "UNINSTALLING" });
        expect(fleet.entries.get("i-2")).not.toHaveProperty("validInstance");
    });

    test("of what is nobody's shows the status of the client that is there, and takes it not over", () => {
        const fleet = record(foreign("i-1", "NOT_INSTALLED"));
        fleet.failed("i-1", FAILURE, "install", client("i-1", "UNKNOWN", details));
        expect(one(fleet)).toMatchObject({ status: "UNKNOWN", installed: false, owned: false });
        expect(one(fleet)).not.toHaveProperty("clientId");
        for (const refusing of [fleet, record(entry("i-1", "NOT_INSTALLED", { clientId: "c-gone" }))]) {
            refusing.refused(ONE, FAILURE, client("i-1", "ACTIVATED"));
            expect(one(refusing)).toStrictEqual(
                foreign("i-1", "ACTIVATED", {
                    errorCode: "DiskFull",
                    errorMessage: "no space",
                    pendingAction: "install",
                }),
            );
        }
    });
});

describe("work on a client", () => {
    test("that is upgraded or removed is recorded with its status, and keeps the rest", () => {
        const fleet = record(entry("i-1", "ACTIVATED", { clientVersion: "2.1.0" }));
        fleet.upgrading("i-1", "t-1");
        const upgrading = { clientVersion: "2.1.0", taskId: "t-1", pendingAction: "upgrade" } as const;
        expect(one(fleet)).toStrictEqual(entry("i-1", "UPGRADING", upgrading));
        const plain = record(entry("i-1"));
        plain.upgrading("i-1", undefined);
        expect(one(plain)).toStrictEqual(entry("i-1", "UPGRADING", { pendingAction: "upgrade" }));
        fleet.removing("i-1", "UNINSTALLING");
        expect(one(fleet)).toMatchObject({ ...upgrading, status: "UNINSTALLING" });
        fleet.removing("i-1", "NOT_INSTALLED");
        expect(one(fleet)).toMatchObject({ status: "NOT_INSTALLED", installed: false, clientId: "c-i-1" });
    });
});
