import { ClientIndex } from "../../provider/fleet/match";
import type { ClientEntry, FleetSpec } from "../../provider/fleet/model";
import type { ClientStatus } from "../../provider/fleet/status";
import {
    planFleet,
    type PlannedAction,
    type Promised,
    promisedBy,
    unknownKey,
} from "../../provider/fleet/plan";
import { client, declared, entry, foreign, nothing, REINSTALLED, spec, state } from "./builders";

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
        expect(planOf(open, "UPGRADING", other)).toMatchObject({
            kind: "wait",
            then: "reinstall",
            reasons: ["resourceGroupId rg-1 → (none)"],
        });
    });
});

describe("what follows a wait", () => {
    const other = spec([ONE], { resourceGroupId: "rg-1" });
    const REINSTALL = { then: "reinstall", reasons: ["resourceGroupId rg-1 → (none)"] } as const;
    const STILL = { then: "reinstall", reasons: ["still to be done"] } as const;
    const NOTHING_KNOWN = { then: undefined, reasons: [] } as const;
    const INSTALL = { then: "install", reasons: [] } as const;

    type Next = Pick<PlannedAction, "then" | "reasons">;
    test.each<[string, ClientStatus, ClientEntry, Next, Next]>([
        [
            "a wait that goes on as it began",
            "INSTALLING",
            entry("i-1", "INSTALLING"),
            NOTHING_KNOWN,
            REINSTALL,
        ],
        [
            "of a client that was registered",
            "REGISTERED",
            entry("i-1", "INSTALLING"),
            NOTHING_KNOWN,
            REINSTALL,
        ],
        [
            "for an installation that was pending",
            "INSTALLING",
            entry("i-1", "INSTALLING", { pendingAction: "install" }),
            NOTHING_KNOWN,
            REINSTALL,
        ],
        [
            "for a client that was to be reinstalled",
            "INSTALLING",
            entry("i-1", "INSTALLING", { pendingAction: "reinstall" }),
            STILL,
            REINSTALL,
        ],
        ["for an uninstallation", "UNINSTALLING", entry("i-1", "UNINSTALLING"), INSTALL, REINSTALL],
        [
            "for the uninstallation of a client that was to be reinstalled",
            "UNINSTALLING",
            entry("i-1", "UNINSTALLING", { pendingAction: "reinstall" }),
            STILL,
            REINSTALL,
        ],
        [
            "on a client that is not the resource's",
            "INSTALLING",
            foreign("i-1", "INSTALLING"),
            NOTHING_KNOWN,
            NOTHING_KNOWN,
        ],
        [
            "on a client that is not the resource's, with whatever was pending",
            "INSTALLING",
            foreign("i-1", "INSTALLING", { pendingAction: "reinstall" }),
            NOTHING_KNOWN,
            NOTHING_KNOWN,
        ],
        [
            "for the uninstallation of a client that is not the resource's",
            "UNINSTALLING",
            foreign("i-1", "UNINSTALLING"),
            NOTHING_KNOWN,
            NOTHING_KNOWN,
        ],
    ])("%s", (_, status, recorded, unchanged, withOtherGroup) => {
        expect(planOf(recorded, status)).toMatchObject({ kind: "wait", ...unchanged });
        expect(planOf(recorded, status, other)).toMatchObject({ kind: "wait", ...withOtherGroup });
        const preview = planFleet(program, state([{ ...recorded, status }], other));
        expect(preview).toMatchObject([{ kind: "wait", ...withOtherGroup }]);
    });

    test("on an instance that is new: nothing that is known", () => {
        const seen = new ClientIndex([client("i-1", "INSTALLING")]);
        expect(planFleet(program, nothing(other), seen)).toMatchObject([{ kind: "wait", ...NOTHING_KNOWN }]);
    });

    test("an instance that is no longer declared is uninstalled, and nothing is said of its settings", () => {
        const seen = new ClientIndex([client("i-1", "INSTALLING")]);
        expect(planFleet(spec([]), state([entry("i-1", "INSTALLING")], other), seen)).toMatchObject([
            { kind: "uninstall", reasons: [] },
        ]);
    });

    test.each(["UNKNOWN", "STOPPED"] as const)(
        "of a grace for a first installation nothing is known, and other settings end it (%s)",
        (status) => {
            const open = entry("i-1", "INSTALLING", { pendingAction: "install" });
            const graced = planOf(open, status);
            expect(graced).toMatchObject({ kind: "grace", reasons: [] });
            expect(graced.then).toBeUndefined();
            expect(planOf(open, status, other)).toMatchObject({
                kind: "reinstall",
                ...REINSTALL,
                then: undefined,
            });
        },
    );

    test("is promised by a preview where it is a reinstallation, and not where it is an installation", () => {
        const waiting = (recorded: ClientEntry, before: FleetSpec): Promised =>
            promisedBy(planFleet(program, state([recorded], before)));
        expect(waiting(entry("i-1", "INSTALLING"), other)).toEqual(REINSTALLED);
        expect(waiting(entry("i-1", "UNINSTALLING"), program)).toEqual(new Map());
        expect(waiting(entry("i-1", "INSTALLING"), program)).toEqual(new Map());
    });
});

describe("an installation whose task is open, and that the list does not show", () => {
    const other = spec([ONE], { resourceGroupId: "rg-1" });
    const open = entry("i-1", "INSTALLING", { pendingAction: "install", taskId: "t-1" });
    const unseen = (recorded: ClientEntry, before: FleetSpec): PlannedAction | undefined =>
        planFleet(program, state([recorded], before), new ClientIndex([]))[0];

    test("is followed by a reinstallation where the settings have changed since", () => {
        expect(unseen(open, other)).toMatchObject({ kind: "install", then: "reinstall", repair: false });
        expect(unseen({ ...open, pendingAction: "reinstall" }, program)).toMatchObject({
            kind: "install",
            then: "reinstall",
        });
    });

    test("is followed by nothing where they have not", () => {
        expect(unseen(open, program)).toMatchObject({ kind: "install", then: undefined });
    });

    test("is followed by nothing once its task is over: what is submitted then has the new settings", () => {
        const { taskId: _, ...withoutTask } = open;
        for (const over of [withoutTask, { ...open, errorCode: "DiskFull" }, entry("i-1", "NOT_INSTALLED")])
            expect(unseen(over, other)).toMatchObject({ kind: "install", then: undefined, reasons: [] });
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
