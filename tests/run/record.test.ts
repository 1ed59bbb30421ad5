import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry } from "../../provider/fleet/model";
import { planFleet, type PlannedAction } from "../../provider/fleet/plan";
import type { ClientStatus } from "../../provider/fleet/status";
import { FleetRecord } from "../../provider/run/record";
import { client, declared, entry, foreign, spec, state } from "../fleet/builders";

const ONE = declared("i-1");
const FAILURE = { code: "DiskFull", message: "no space" };

function record(...entries: readonly ClientEntry[]): FleetRecord {
    return new FleetRecord(new Map(entries.map((each) => [each.instanceId, each])));
}

function one(fleet: FleetRecord): ClientEntry | undefined {
    return fleet.entries.get("i-1");
}

/** The action for i-1 of this entry, where the list shows this status. */
function action(known: ClientEntry | undefined, status?: ClientStatus): PlannedAction {
    const seen = new ClientIndex(status ? [client("i-1", status)] : []);
    const [planned] = planFleet(spec([ONE]), state(known ? [known] : [], spec([ONE])), seen);
    if (!planned) throw new Error("no action was planned");
    return planned;
}

describe("the record of a run", () => {
    test("counts each instance under its last result, and not once it has failed", () => {
        const fleet = record();
        fleet.count("adopted", "i-1");
        fleet.count("adopted", "i-2");
        fleet.count("installed", "i-2");
        fleet.count("repaired", "i-3");
        expect(fleet.counts).toMatchObject({ adopted: 1, installed: 1, repaired: 1, uninstalled: 0 });
        expect(fleet.adopted).toEqual(["i-1"]);
        expect(fleet.isDone("i-3")).toBe(true);
        fleet.failed("i-3", FAILURE, "install");
        expect(fleet.isDone("i-3")).toBe(false);
        expect(fleet.counts).toMatchObject({ repaired: 0 });
    });

    test("names the tasks that were submitted, and none that has no ID", () => {
        const fleet = record();
        fleet.taskSubmitted("t-1");
        fleet.taskSubmitted(undefined);
        expect(fleet.taskIds).toEqual(["t-1"]);
    });

    test("has as pending what has work left, without what has failed or missed its soak", () => {
        const pending = { pendingAction: "install" } as const;
        const fleet = record(
            entry("i-1", "INSTALLING", pending),
            entry("i-2", "INSTALLING", pending),
            entry("i-3"),
            entry("i-4"),
        );
        fleet.failed("i-2", FAILURE, "install");
        fleet.soakMissed("i-3");
        expect(fleet.pending).toEqual(["i-1"]);
        expect(fleet.entries.get("i-3")).toEqual(entry("i-3", "ACTIVATED", pending));
        expect([...fleet.unsoaked]).toEqual(["i-3"]);
        // What had work left before keeps it, and is named for that.
        fleet.soakMissed("i-1");
        expect(fleet.pending).toEqual(["i-1"]);
    });

    test("counts as failed attempts what says something about others", () => {
        const fleet = record(entry("i-1"), entry("i-2"), entry("i-3"), entry("i-4"), entry("i-5"));
        fleet.failed("i-1", FAILURE, "install");
        fleet.undecided("i-2", FAILURE);
        expect(fleet.attemptsFailed).toBe(2);
        fleet.stays("i-3", FAILURE, undefined, undefined);
        fleet.removalFailed("i-4", FAILURE, undefined);
        fleet.refused(declared("i-5"), FAILURE, undefined);
        expect(fleet.attemptsFailed).toBe(2);
        expect([...fleet.failures.keys()]).toEqual(["i-1", "i-2", "i-3", "i-4", "i-5"]);
        expect(fleet.entries.get("i-2")).toEqual(entry("i-2"));
        expect(fleet.entries.get("i-3")).not.toHaveProperty("pendingAction");
        expect(fleet.entries.get("i-4")).toMatchObject({ pendingAction: "uninstall" });
    });

    test("holds a healthy client with what differs and what is left, and nothing that is empty", () => {
        const fleet = record();
        fleet.healthy(ONE, client("i-1", "ACTIVATED"), { drift: {}, settingsNotTaken: {} });
        expect(one(fleet)).toStrictEqual(entry("i-1"));
        const drift = { useHttps: false };
        const settingsNotTaken = { latestVersion: "2.2.0" };
        fleet.healthy(ONE, client("i-1", "ACTIVATED"), { drift, settingsNotTaken }, "reinstall");
        expect(one(fleet)).toStrictEqual(
            entry("i-1", "ACTIVATED", { pendingAction: "reinstall", drift, settingsNotTaken }),
        );
        fleet.healthy(ONE, client("i-1", "ACTIVATED"));
        expect(one(fleet)).toStrictEqual(entry("i-1"));
    });

    test("drops what is gone, and counts what was left alone", () => {
        const fleet = record(entry("i-1"), entry("i-2"));
        fleet.gone("i-1");
        fleet.leftAlone("i-2");
        expect([...fleet.entries]).toEqual([]);
        expect(fleet.counts).toMatchObject({ "left alone": 1 });
    });
});

describe("planned work", () => {
    test("on an instance without a client of this resource takes nothing over", () => {
        for (const known of [undefined, foreign("i-1", "NOT_INSTALLED")]) {
            const fleet = record();
            fleet.planned(action(known, "INSTALLING"), "install");
            expect(one(fleet)).toStrictEqual(foreign("i-1", "INSTALLING", { pendingAction: "install" }));
        }
    });

    test("keeps the task, the drift and what was not taken of a client of this resource", () => {
        const more = { taskId: "t-1", drift: { useHttps: false }, settingsNotTaken: { alertSetting: "B" } };
        const fleet = record();
        fleet.planned(action(entry("i-1", "UNKNOWN", more), "DEACTIVATED"), "reinstall");
        expect(one(fleet)).toMatchObject({
            status: "DEACTIVATED",
            clientId: "c-i-1",
            pendingAction: "reinstall",
            taskId: "t-1",
            settingsNotTaken: { alertSetting: "B" },
        });
        const plain = record();
        plain.planned(action(entry("i-1"), "DEACTIVATED"), "reinstall");
        expect(one(plain)).toStrictEqual(entry("i-1", "DEACTIVATED", { pendingAction: "reinstall" }));
        plain.planned(action(entry("i-1"), "DEACTIVATED"), "reinstall", { useHttps: true });
        expect(one(plain)).toMatchObject({ drift: { useHttps: true } });
    });

    test("leaves an installation that nobody has seen yet as it is known", () => {
        const { clientId: _id, ...sent } = entry("i-1", "INSTALLING", {
            pendingAction: "install",
            taskId: "t-1",
        });
        for (const known of [sent, { ...sent, clientId: "c-1" }]) {
            const fleet = record();
            fleet.planned(action(known), "install");
            expect(one(fleet)).toStrictEqual(known);
        }
        const fleet = record();
        fleet.planned(action(sent, "ACTIVATED"), "install");
        expect(one(fleet)).toStrictEqual(sent);
        // Its end was seen, so the list counts.
        const seen = record();
        seen.planned(action({ ...sent, clientId: "c-i-1", errorCode: "X" }), "install");
        expect(one(seen)).toMatchObject({ status: "NOT_INSTALLED" });
    });

    test("that is left has its reason", () => {
        const fleet = record(entry("i-1", "UNKNOWN", { pendingAction: "install" }));
        fleet.explained("i-1", FAILURE);
        expect(one(fleet)).toEqual(
            entry("i-1", "UNKNOWN", {
                pendingAction: "install",
                errorCode: "DiskFull",
                errorMessage: "no space",
            }),
        );
        expect([...fleet.failures]).toEqual([]);
    });
});

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
        fleet.refused(ONE, FAILURE, client("i-1", "ACTIVATED"));
        expect(one(fleet)).toStrictEqual(
            foreign("i-1", "ACTIVATED", {
                errorCode: "DiskFull",
                errorMessage: "no space",
                pendingAction: "install",
            }),
        );
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
