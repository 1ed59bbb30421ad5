import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry } from "../../provider/fleet/model";
import { planFleet, type PlannedAction } from "../../provider/fleet/plan";
import type { ClientStatus } from "../../provider/fleet/status";
import { client, declared, entry, foreign, spec, state } from "../fleet/builders";
import { FAILURE, ONE, one, record } from "./recordOf";

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
        expect(fleet.taskIds).toStrictEqual(["t-1"]);
        expect(fleet.taskIds).toHaveLength(1);
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

    test("keeps the drift only if it is the whole reason", () => {
        const drifted = entry("i-1", "ACTIVATED", {
            pendingAction: "reinstall",
            drift: { useHttps: false },
        });
        const planned = action(drifted, "ACTIVATED");
        for (const [reasons, isKept] of [
            [["useHttps false → true"], true],
            [["useHttps false → true", "triggers changed"], false],
        ] as const) {
            const fleet = record();
            fleet.planned({ ...planned, reasons }, "reinstall");
            expect(one(fleet)?.drift).toEqual(isKept ? { useHttps: false } : undefined);
        }
    });

    test("that was sent, of a client that the list shows, is as the list shows it", () => {
        const sent = entry("i-1", "INSTALLING", { pendingAction: "install", taskId: "t-1" });
        const fleet = record();
        fleet.planned(action(sent, "UNKNOWN"), "install");
        expect(one(fleet)).toMatchObject({ status: "UNKNOWN", taskId: "t-1" });
        const other = record();
        other.planned(action(entry("i-1", "UNKNOWN", { pendingAction: "install" })), "install");
        expect(one(other)).toMatchObject({ status: "NOT_INSTALLED" });
    });

    test("on an instance that nobody declares names it, and takes nothing over", () => {
        const fleet = record();
        const undeclared = { ...action(foreign("i-1"), "ACTIVATED"), declared: undefined };
        fleet.planned(undeclared, "uninstall");
        expect(one(fleet)).toMatchObject({ instanceId: "i-1", owned: false, pendingAction: "uninstall" });
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
