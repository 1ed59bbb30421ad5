import type { PlannedAction } from "../../provider/fleet/plan";
import { warningsOf } from "../../provider/fleet/planText";
import { isBegun, isInWaves, isUnproven } from "../../provider/fleet/waves";
import { client, declared, entry, foreign } from "./builders";

function action(kind: PlannedAction["kind"], more: Partial<PlannedAction> = {}): PlannedAction {
    return {
        instanceId: "i-1",
        kind,
        declared: declared("i-1"),
        entry: entry("i-1"),
        observation: "ACTIVATED",
        client: client("i-1", "ACTIVATED"),
        reasons: [],
        repair: false,
        clusterChanged: false,
        deferred: [],
        ...more,
    };
}

describe("a part of a wave", () => {
    test.each(["install", "reinstall", "upgrade", "wait"] as const)("is: %s", (kind) => {
        expect(isInWaves(action(kind))).toBe(true);
        expect(isInWaves(action(kind, { declared: undefined }))).toBe(false);
    });

    test.each(["keep", "adopt", "conflict", "uninstall", "retain", "leave", "done"] as const)(
        "is not: %s",
        (kind) => {
            expect(isInWaves(action(kind))).toBe(false);
        },
    );

    test("is a client that may come back, unless it is another's", () => {
        expect(isInWaves(action("grace"))).toBe(true);
        expect(isUnproven(action("grace", { client: undefined }))).toBe(true);
        expect(isUnproven(action("grace", { client: client("i-1", "UNKNOWN", { clientId: "c-x" }) }))).toBe(
            false,
        );
        expect(isUnproven(action("grace", { entry: foreign("i-1") }))).toBe(false);
        expect(isUnproven(action("keep"))).toBe(false);
    });
});

describe("work that has begun", () => {
    const { clientId: _id, ...open } = entry("i-1", "INSTALLING", { pendingAction: "install" });
    const withTask = entry("i-1", "ACTIVATED", { pendingAction: "reinstall", taskId: "t-1" });

    test("is an installation that is open, unless its instance is left alone", () => {
        expect(isBegun(action("install", { entry: open }))).toBe(true);
        expect(isBegun(action("retain", { entry: open }))).toBe(false);
        expect(isBegun(action("leave", { entry: open }))).toBe(false);
    });

    test.each([
        ["NOT_INSTALLED", "reinstall", true],
        ["ACTIVATED", "reinstall", false],
        ["INSTALLING", "reinstall", false],
        ["ACTIVATED", "upgrade", true],
    ] as const)("is a task whose client is %s and is to %s: %s", (observation, pendingAction, expected) => {
        const begun = action("reinstall", { entry: { ...withTask, pendingAction }, observation });
        expect(isBegun(begun)).toBe(expected);
        expect(isBegun(begun, new Set(["t-1"]))).toBe(false);
    });
});

test("a client that is taken as it is, without being ACTIVATED, is warned of: kept or adopted", () => {
    expect(
        warningsOf([
            action("keep", { observation: "UPGRADE_FAILED" }),
            action("adopt", { observation: "UPGRADE_FAILED", instanceId: "i-2" }),
            action("adopt", { instanceId: "i-3" }),
            action("reinstall", { observation: "UNKNOWN" }),
        ]),
    ).toEqual(["UPGRADE_FAILED: the clients of i-1, i-2 are left as they are"]);
});
