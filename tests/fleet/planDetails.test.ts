import { ClientIndex } from "../../provider/fleet/match";
import type { ObservedClient } from "../../provider/fleet/model";
import type { ClientStatus } from "../../provider/fleet/status";
import { openTask } from "../../provider/fleet/installation";
import { compareText, planFleet, unknownKey } from "../../provider/fleet/plan";
import { isOurs } from "../../provider/fleet/entry";
import { client, declared, entry, foreign, nothing, spec, state, withoutCluster } from "./builders";

const ONE = declared("i-1");
const PROGRAM = spec([ONE]);
const NOTHING = { declared: undefined, entry: undefined, client: undefined };
const PLAIN = {
    ...NOTHING,
    instanceId: "i-1",
    reasons: [],
    repair: false,
    clusterChanged: false,
    deferred: [],
};
/** Of an instance that is declared, and stays in its cluster. */
const IN_PLACE = { ...PLAIN, declared: ONE, then: undefined, upgradeTo: undefined };

function index(...clients: ObservedClient[]): ClientIndex {
    return new ClientIndex(clients);
}

describe("an action holds what it is about, and nothing else", () => {
    const known = entry("i-1");
    const seen = client("i-1", "ACTIVATED");

    test("of an instance that is nowhere yet", () => {
        expect(planFleet(PROGRAM, nothing(PROGRAM), index())).toStrictEqual([
            { ...IN_PLACE, kind: "install", observation: "absent" },
        ]);
    });

    test("of a client that is found", () => {
        expect(planFleet(PROGRAM, nothing(PROGRAM), index(seen))).toStrictEqual([
            { ...IN_PLACE, kind: "adopt", observation: "ACTIVATED", client: seen },
        ]);
    });

    test("of a client that is known", () => {
        expect(planFleet(PROGRAM, state([known], PROGRAM))).toStrictEqual([
            { ...IN_PLACE, kind: "keep", observation: "ACTIVATED", entry: known },
        ]);
    });

    test("of a client that is no longer declared, and there or not", () => {
        const before = state([known], PROGRAM);
        const removal = { ...PLAIN, entry: known };
        expect(planFleet(undefined, before, index(seen))).toStrictEqual([
            { ...removal, kind: "uninstall", observation: "ACTIVATED", client: seen },
        ]);
        expect(planFleet(undefined, before, index())).toStrictEqual([
            { ...removal, kind: "done", observation: "absent" },
        ]);
    });

    test("of a client that is not the resource's, and no longer declared", () => {
        const other = foreign("i-1");
        expect(planFleet(undefined, state([other], PROGRAM), index(seen))).toStrictEqual([
            { ...PLAIN, kind: "leave", entry: other, observation: "absent" },
        ]);
    });

    test("of a client in an old cluster that is gone", () => {
        const elsewhere = declared("i-1", "cl-2");
        expect(planFleet(spec([elsewhere]), state([known], PROGRAM), index())).toStrictEqual([
            {
                ...{ ...PLAIN, kind: "reinstall", declared: elsewhere, entry: known, observation: "absent" },
                ...{ reasons: ["clusterId cl-1 → cl-2"], clusterChanged: true },
            },
        ]);
    });
});

describe("a client that is ours", () => {
    test("is any of which the state does not say otherwise", () => {
        expect(isOurs(entry("i-1"))).toBe(true);
        expect(isOurs(entry("i-1", "UNKNOWN", { errorCode: "UNKNOWN" }))).toBe(true);
        expect(isOurs(foreign("i-1", "ACTIVATED"))).toBe(false);
        expect(isOurs(foreign("i-1", "UNKNOWN", { errorCode: "UNKNOWN" }))).toBe(false);
    });

    test("is kept, waited for or borne while its installation was never seen to succeed", () => {
        const before = state([entry("i-1", "INSTALLING", { pendingAction: "install" })], PROGRAM);
        const kindOf = (status: ClientStatus): unknown =>
            planFleet(PROGRAM, before, index(client("i-1", status)))[0]?.kind;
        expect(kindOf("ACTIVATED")).toBe("keep");
        expect(kindOf("UPGRADE_FAILED")).toBe("keep");
        expect(kindOf("UPGRADING")).toBe("wait");
        expect(kindOf("UNKNOWN")).toBe("grace");
        expect(kindOf("STOPPED")).toBe("grace");
    });

    test("is reinstalled for the settings that differ, where that was still to be done anyway", () => {
        const before = state([entry("i-1", "ACTIVATED", { pendingAction: "reinstall" })], PROGRAM);
        expect(planFleet(spec([ONE], { resourceGroupId: "rg-1" }), before)[0]?.reasons).toStrictEqual([
            "resourceGroupId (none) → rg-1",
        ]);
    });

    test("is installed for the first time, and not repaired, as long as there never was a record", () => {
        const before = state([entry("i-1", "INSTALLING", { pendingAction: "install" })], PROGRAM);
        expect(planFleet(PROGRAM, before, index())[0]).toMatchObject({ kind: "install", repair: false });
    });

    test("is not removed yet while its installation is under way and not shown", () => {
        const open = entry("i-1", "INSTALLING", { pendingAction: "install", taskId: "t-1" });
        expect(planFleet(undefined, state([open], PROGRAM), index())[0]?.kind).toBe("uninstall");
        const failed = { ...open, errorCode: "DiskFull" };
        expect(planFleet(undefined, state([failed], PROGRAM), index())[0]?.kind).toBe("done");
    });

    test("is found without a cluster by its id, and one that was refused is not", () => {
        const bare = spec([withoutCluster("i-1")]);
        const { clusterId: _, ...known } = entry("i-1", "UNKNOWN", { clientId: "c-i-1" });
        const seen = index(client("i-1", "ACTIVATED"));
        expect(planFleet(bare, state([known], bare), seen)[0]?.kind).toBe("keep");
        const refused = { ...known, owned: false } as const;
        expect(planFleet(bare, state([refused], bare), seen)[0]?.kind).toBe("install");
    });
});

test("a removal is in doubt while the ids of some instances are not known yet", () => {
    const before = state([entry("i-1")], PROGRAM);
    const program = spec([declared(unknownKey(1)), declared("i-2")]);
    expect(planFleet(program, before).map(({ instanceId, reasons }) => [instanceId, reasons])).toStrictEqual([
        ["(unknown 1)", []],
        ["i-1", ["unless it is one of the unknown"]],
        ["i-2", []],
    ]);
    expect(planFleet(spec([declared("i-2")]), before)[0]).toMatchObject({ instanceId: "i-1", reasons: [] });
});

test("a task is open until its installation has come to an end", () => {
    const open = { pendingAction: "install", taskId: "t-1" } as const;
    expect(openTask(entry("i-1", "INSTALLING", open))).toBe("t-1");
    expect(openTask(entry("i-1", "ACTIVATED", { taskId: "t-1" }))).toBeUndefined();
    expect(openTask(entry("i-1", "INSTALL_FAILED", { ...open, errorCode: "DiskFull" }))).toBeUndefined();
    expect(openTask(entry("i-1", "INSTALLING", { pendingAction: "install" }))).toBeUndefined();
    expect(openTask(undefined)).toBeUndefined();
});

test("texts are ordered by code unit, like the ids of a plan", () => {
    expect(["b", "a", "B", "a", "10", "9"].sort(compareText)).toStrictEqual(["10", "9", "B", "a", "a", "b"]);
    expect([compareText("a", "b"), compareText("b", "a"), compareText("a", "a")]).toStrictEqual([-1, 1, 0]);
});
