import { type Removal, UNKNOWN_VALUE } from "../../provider/fleet/model";
import type { ActionKind, Plan, PlannedAction } from "../../provider/fleet/plan";
import { planLine } from "../../provider/fleet/planLine";

function action(kind: ActionKind, instanceId: string, more: Partial<PlannedAction> = {}): PlannedAction {
    return {
        instanceId,
        kind,
        declared: undefined,
        entry: undefined,
        client: undefined,
        observation: "absent",
        reasons: [],
        repair: false,
        clusterChanged: false,
        ...more,
    };
}

function several(kind: ActionKind, count: number): Plan {
    return Array.from({ length: count }, (_, index) =>
        action(kind, `i-${String(index + 1).padStart(2, "0")}`),
    );
}

describe("the plan line", () => {
    test("has its parts in one order, whatever the order of the instances", () => {
        const plan = [
            action("keep", "i-9"),
            action("uninstall", "i-f"),
            action("install", "i-e", { repair: true, observation: "NOT_INSTALLED" }),
            action("reinstall", "i-d", { reasons: ["clusterId cl-1 → cl-2"] }),
            action("adopt", "i-c"),
            action("wait", "i-b"),
            action("install", "i-a"),
            action("conflict", "i-g"),
        ];
        expect(planLine(plan, "UninstallAndDelete")).toBe(
            "plan: install 1: i-a; wait for 1: i-b; adopt 1: i-c; reinstall 1: i-d (clusterId cl-1 → cl-2); " +
                "repair 1: i-e (NOT_INSTALLED); refuse 1: i-g; uninstall and delete 1: i-f; keep 1",
        );
    });

    test("shows ten ids of a part at most, and how many more there are", () => {
        const ids = "i-01, i-02, i-03, i-04, i-05, i-06, i-07, i-08, i-09, i-10";
        expect(planLine(several("install", 10), "Uninstall")).toBe(`plan: install 10: ${ids}`);
        expect(planLine(several("install", 24), "Uninstall")).toBe(`plan: install 24: ${ids} (+14)`);
    });

    test("puts a reason after the ids that share it", () => {
        const reasons = ["useHttps false → true", "triggers changed"];
        const plan = [
            action("reinstall", "i-a", { reasons }),
            action("reinstall", "i-b", { reasons: ["access key changed"] }),
            action("reinstall", "i-c", { reasons }),
        ];
        expect(planLine(plan, "Uninstall")).toBe(
            "plan: reinstall 3: i-a, i-c (useHttps false → true, triggers changed), i-b (access key changed)",
        );
    });

    test("names the status that a repair is for", () => {
        const plan = [
            action("install", "i-a", { repair: true, observation: "absent" }),
            action("reinstall", "i-b", { repair: true, observation: "DEACTIVATED" }),
        ];
        expect(planLine(plan, "Uninstall")).toBe("plan: repair 2: i-a (NOT_INSTALLED), i-b (DEACTIVATED)");
    });

    test.each<[Removal, string]>([
        ["UninstallAndDelete", "plan: uninstall and delete 1: i-a"],
        ["Uninstall", "plan: uninstall 1: i-a"],
    ])("says what removal %s does", (removal, line) => {
        expect(planLine([action("uninstall", "i-a")], removal)).toBe(line);
    });

    test("says that a removal is one where it is not known yet which", () => {
        expect(planLine([action("uninstall", "i-a")], UNKNOWN_VALUE as Removal)).toBe("plan: remove 1: i-a");
    });

    test("says which clients are retained", () => {
        expect(planLine([action("retain", "i-a")], "Retain")).toBe("plan: retain 1: i-a");
    });

    test("is about settings where nothing happens to any client", () => {
        expect(planLine([], "Uninstall")).toBe("plan: record settings");
        expect(planLine(several("keep", 37), "Uninstall")).toBe("plan: record settings");
    });
});
