import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry, ClientStatus, FleetSpec } from "../../provider/fleet/model";
import {
    CLIENT_EXISTS,
    CLIENT_NOT_HEALTHY,
    pendingWhileWaiting,
    planFleet,
    type PlannedAction,
    unknownKey,
} from "../../provider/fleet/plan";
import { client, declared, entry, nothing, spec, state } from "./builders";

const ONE = declared("i-1");
const program = spec([ONE]);

/** The plan of the one instance, of which the state holds `recorded` and the service shows `status`. */
function planOf(recorded: ClientEntry, status: ClientStatus, before: FleetSpec = program): PlannedAction {
    const [action] = planFleet(program, state([recorded], before), new ClientIndex([client("i-1", status)]));
    if (!action) throw new Error("no action was planned");
    return action;
}

describe("an installation that was never seen to succeed", () => {
    const open = entry("i-1", "INSTALLING", { pendingAction: "install" });

    test.each([
        ["UNKNOWN", "grace"],
        ["STOPPED", "grace"],
        ["UPGRADING", "wait"],
        ["ACTIVATED", "keep"],
        ["UPGRADE_FAILED", "keep"],
    ] as const)("shows %s: %s", (status, kind) => {
        expect(planOf(open, status)).toMatchObject({ kind, reasons: [], repair: false });
    });

    test.each(["UNKNOWN", "STOPPED", "UPGRADING"] as const)(
        "one that once was confirmed is kept as %s",
        (status) => {
            expect(planOf(entry("i-1"), status)).toMatchObject({ kind: "keep", reasons: [] });
        },
    );

    test("other settings reinstall it all the same", () => {
        const other = spec([ONE], { resourceGroupId: "rg-1" });
        expect(planOf(open, "UNKNOWN", other)).toMatchObject({
            kind: "reinstall",
            reasons: ["resourceGroupId rg-1 → (none)"],
        });
        expect(planOf(open, "UPGRADING", other)).toMatchObject({ kind: "wait" });
    });
});

describe("what stays pending of an action that waits", () => {
    const other = spec([ONE], { resourceGroupId: "rg-1" });
    const waiting = (recorded?: ClientEntry): PlannedAction => ({
        instanceId: "i-1",
        kind: "wait",
        declared: ONE,
        entry: recorded,
        client: undefined,
        observation: "INSTALLING",
        reasons: [],
        repair: false,
        clusterChanged: false,
    });

    test("a new instance: its installation", () => {
        expect(pendingWhileWaiting(waiting(), program, other)).toBe("install");
    });

    test("a recorded one with the same settings: its installation", () => {
        expect(pendingWhileWaiting(waiting(entry("i-1", "INSTALLING")), program, program)).toBe("install");
    });

    test("a recorded one whose settings have changed: its reinstallation", () => {
        expect(pendingWhileWaiting(waiting(entry("i-1", "INSTALLING")), program, other)).toBe("reinstall");
    });

    test("one whose reinstallation was pending before: still that", () => {
        const pending = entry("i-1", "INSTALLING", { pendingAction: "reinstall" });
        expect(pendingWhileWaiting(waiting(pending), program, program)).toBe("reinstall");
    });

    test.each([CLIENT_EXISTS, CLIENT_NOT_HEALTHY])(
        "one that is not ours (%s): its installation",
        (errorCode) => {
            const refused = entry("i-1", "UNKNOWN", { errorCode, pendingAction: "reinstall" });
            expect(pendingWhileWaiting(waiting(refused), program, other)).toBe("install");
        },
    );

    test("one that is no longer declared: nothing of the settings", () => {
        const removed = { ...waiting(entry("i-1", "INSTALLING")), declared: undefined };
        expect(pendingWhileWaiting(removed, program, other)).toBe("install");
    });
});

describe("a plan as a whole", () => {
    test("has the instances in the order of their ids, declared and recorded ones together", () => {
        const before = state([entry("i-b"), entry("i-z"), entry("i-0")], spec([declared("i-b")]));
        const plan = planFleet(spec([declared("i-c"), declared("i-b"), declared("i-a")]), before);
        expect(plan.map((action) => action.instanceId)).toEqual(["i-0", "i-a", "i-b", "i-c", "i-z"]);
    });

    test("doubts a removal only where an id is not known", () => {
        const before = state([entry("i-1")], program);
        const unknown = spec([declared(unknownKey(1))]);
        expect(planFleet(unknown, before).find(({ kind }) => kind === "uninstall")?.reasons).toEqual([
            "unless it is one of the unknown",
        ]);
        expect(planFleet(spec([]), before)[0]?.reasons).toEqual([]);
        expect(planFleet(undefined, before)[0]?.reasons).toEqual([]);
    });

    test("names the record and the entry it is about, and neither where there is none", () => {
        const record = client("i-1", "ACTIVATED");
        const recorded = entry("i-1");
        expect(planFleet(program, state([recorded], program), new ClientIndex([record]))[0]).toMatchObject({
            client: record,
            entry: recorded,
        });
        const [fresh] = planFleet(program, nothing(program), new ClientIndex([]));
        expect(fresh).toMatchObject({ client: undefined, entry: undefined });
        const [removed] = planFleet(spec([]), state([recorded], program), new ClientIndex([record]));
        expect(removed).toMatchObject({ kind: "uninstall", client: record, entry: recorded, repair: false });
        const [gone] = planFleet(spec([]), state([recorded], program), new ClientIndex([]));
        expect(gone).toMatchObject({ kind: "done", observation: "absent", client: undefined });
    });
});
