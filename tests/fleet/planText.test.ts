import type { Removal } from "../../provider/fleet/model";
import type { ActionKind, Plan, PlannedAction } from "../../provider/fleet/plan";
import { destroyLine, foundLine, planLine, uninstalls } from "../../provider/fleet/planText";
import { UNKNOWN_VALUE } from "../../provider/unknown";
import { entry } from "./builders";

const WARNING = "(their backups may be deleted with their records)";

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
        deferred: [],
        ...more,
    };
}

function several(kind: ActionKind, count: number): Plan {
    return Array.from({ length: count }, (_, index) =>
        action(kind, `i-${String(index + 1).padStart(2, "0")}`),
    );
}

function moved(instanceId: string, clusterId?: string): PlannedAction {
    const { clusterId: _, ...bare } = entry(instanceId);
    return action("reinstall", instanceId, {
        entry: clusterId === undefined ? bare : { ...bare, clusterId },
        reasons: [`clusterId ${clusterId ?? "(none)"} → cl-2`],
        clusterChanged: true,
    });
}

describe("what a refresh has found", () => {
    it("is each instance that has something, with what it is; it is no plan", () => {
        const lost = action("install", "i-a", { repair: true });
        const drifted = action("reinstall", "i-c", { reasons: ["useHttps true → false"] });
        const plan = [lost, action("keep", "i-b"), drifted, action("install", "i-d")];
        expect(foundLine(plan)).toBe("found: i-a (NOT_INSTALLED), i-c (useHttps true → false)");
    });

    it("is nothing where each client is as it was, or is only still to be installed", () => {
        expect(foundLine([action("keep", "i-a"), action("install", "i-b")])).toBeUndefined();
    });

    it("names ten at most", () => {
        const lost = several("install", 12).map((each) => ({ ...each, repair: true }));
        expect(foundLine(lost)).toMatch(/^found: i-01, .*, i-10 \(NOT_INSTALLED\) \(\+2\)$/);
    });
});

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
            action("upgrade", "i-l", { reasons: ["2.10.3 → 2.11.0"] }),
            action("leave", "i-h"),
            action("grace", "i-j"),
            action("done", "i-k"),
        ];
        expect(planLine(plan, "UninstallAndDelete", "in waves of 1, 5")).toBe(
            "plan: install 1: i-a; wait for 2: i-b, i-j; adopt 1: i-c; reinstall 1: i-d (clusterId cl-1 → cl-2); " +
                "repair 1: i-e (NOT_INSTALLED); upgrade 1: i-l (2.10.3 → 2.11.0); in waves of 1, 5; refuse 1: i-g; " +
                `uninstall and delete 1: i-f ${WARNING}; leave alone 1: i-h; keep 1`,
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
        ["UninstallAndDelete", `plan: uninstall and delete 2: i-a, i-b ${WARNING}`],
        ["Uninstall", "plan: uninstall 2: i-a, i-b"],
    ])("says what removal %s does", (removal, line) => {
        expect(planLine([action("uninstall", "i-a"), action("uninstall", "i-b")], removal)).toBe(line);
    });

    test("says that a removal is one where it is not known yet which", () => {
        expect(planLine([action("uninstall", "i-a")], UNKNOWN_VALUE)).toBe(
            "plan: remove 1: i-a (their backups may be deleted with their records)",
        );
    });

    test("says what a wait is followed by, where that is known", () => {
        const plan = [
            action("wait", "i-a", { then: "reinstall", reasons: ["useHttps false → true"] }),
            action("grace", "i-b", { then: "reinstall", reasons: ["useHttps false → true"] }),
            action("wait", "i-c", { then: "install" }),
            action("wait", "i-d"),
        ];
        expect(planLine(plan.slice(0, 1), "Uninstall")).toBe(
            "plan: wait for 1: i-a (then reinstall: useHttps false → true)",
        );
        const upgrade = action("wait", "i-e", { then: "upgrade", reasons: ["2.10.3 → 2.11.0"] });
        expect(planLine([upgrade], "Uninstall")).toBe(
            "plan: wait for 1: i-e (then upgrade if it is still behind: 2.10.3 → 2.11.0)",
        );
        expect(planLine(plan, "Uninstall")).toBe(
            "plan: wait for 4: i-a, i-b (then reinstall: useHttps false → true), i-c (then install), i-d",
        );
    });

    test("says what follows an installation whose task is open, if it succeeds after all", () => {
        const next = { then: "reinstall", reasons: ["triggers changed"] } as const;
        const text = "if its client is there by then, reinstall: triggers changed";
        expect(planLine([action("install", "i-a", next)], "Uninstall")).toBe(
            `plan: install 1: i-a (${text})`,
        );
        const broken = { ...next, repair: true, observation: "INSTALL_FAILED" } as const;
        expect(planLine([action("install", "i-a", broken)], "Uninstall")).toBe(
            `plan: repair 1: i-a (INSTALL_FAILED, ${text})`,
        );
    });

    test("says why a removal is in doubt", () => {
        const reasons = ["unless it is one of the unknown"];
        expect(planLine([action("uninstall", "i-a", { reasons })], "Uninstall")).toBe(
            "plan: uninstall 1: i-a (unless it is one of the unknown)",
        );
        expect(planLine([action("uninstall", "i-a", { reasons })], "UninstallAndDelete")).toBe(
            `plan: uninstall and delete 1: i-a (unless it is one of the unknown) ${WARNING}`,
        );
    });

    test("is about settings where all that is to be removed has gone", () => {
        expect(planLine([action("done", "i-a"), action("keep", "i-b")], "UninstallAndDelete")).toBe(
            "plan: record settings",
        );
    });

    test("says which clients are retained", () => {
        expect(planLine([action("retain", "i-a")], "Retain")).toBe("plan: retain 1: i-a");
    });

    test("is about settings where nothing happens to any client", () => {
        expect(planLine([], "Uninstall")).toBe("plan: record settings");
        expect(planLine(several("keep", 37), "Uninstall")).toBe("plan: record settings");
    });

    test("is not about settings where a client has to be seen healthy yet", () => {
        const seen = entry("i-a", "ACTIVATED", { pendingAction: "install" });
        const plan = [action("keep", "i-a", { entry: seen }), action("keep", "i-b")];
        expect(planLine(plan, "Uninstall")).toBe("plan: keep 2");
    });
});

describe("what is deleted, in the plan line", () => {
    test("has instances that move in it too, with the cluster they leave", () => {
        const plan = [moved("i-a", "cl-1"), action("uninstall", "i-b"), moved("i-d", "cl-0")];
        expect(planLine(plan, "UninstallAndDelete")).toBe(
            "plan: reinstall 2: i-a (clusterId cl-1 → cl-2), i-d (clusterId cl-0 → cl-2); " +
                `uninstall and delete 3: i-a in cl-1, i-b, i-d in cl-0 ${WARNING}`,
        );
        expect(planLine([moved("i-d", "cl-1")], "UninstallAndDelete")).toBe(
            "plan: reinstall 1: i-d (clusterId cl-1 → cl-2); " +
                `uninstall and delete 1: i-d in cl-1 ${WARNING}`,
        );
    });

    test("has an instance that was in no cluster without one", () => {
        expect(planLine([moved("i-d")], "UninstallAndDelete")).toBe(
            `plan: reinstall 1: i-d (clusterId (none) → cl-2); uninstall and delete 1: i-d ${WARNING}`,
        );
    });

    test("has no instance that moves where its old client is uninstalled and its record stays", () => {
        expect(planLine([moved("i-a", "cl-1"), action("uninstall", "i-b")], "Uninstall")).toBe(
            "plan: reinstall 1: i-a (clusterId cl-1 → cl-2); uninstall 1: i-b",
        );
    });

    test("has an instance that moves where its old client is retained", () => {
        expect(planLine([moved("i-a", "cl-1"), action("retain", "i-b")], "Retain")).toBe(
            "plan: reinstall 1: i-a (clusterId cl-1 → cl-2); retain 2: i-a in cl-1, i-b",
        );
    });

    test("is warned of where the removal is not known yet, also for an instance that moves", () => {
        expect(planLine([moved("i-a", "cl-1")], UNKNOWN_VALUE)).toBe(
            `plan: reinstall 1: i-a (clusterId cl-1 → cl-2); remove 1: i-a in cl-1 ${WARNING}`,
        );
    });

    test("is warned of once in the line, however much it is", () => {
        const plan = [...several("uninstall", 24), moved("i-x", "cl-1"), action("leave", "i-y")];
        const line = planLine(plan, "UninstallAndDelete");
        const ids = "i-01, i-02, i-03, i-04, i-05, i-06, i-07, i-08, i-09, i-10";
        expect(line).toBe(
            "plan: reinstall 1: i-x (clusterId cl-1 → cl-2); " +
                `uninstall and delete 25: ${ids} (+15) ${WARNING}; leave alone 1: i-y`,
        );
        expect(line.split(WARNING)).toHaveLength(2);
    });

    test.each<Removal>(["Uninstall", "Retain"])(
        "is not warned of where nothing is deleted (%s)",
        (removal) => {
            const plan = [action("uninstall", "i-a"), action("retain", "i-b"), moved("i-c", "cl-1")];
            expect(planLine(plan, removal)).not.toContain("backups");
        },
    );

    test("is not warned of where all that leaves is not the resource's", () => {
        expect(planLine([action("leave", "i-x"), action("keep", "i-y")], "UninstallAndDelete")).toBe(
            "plan: leave alone 1: i-x; keep 1",
        );
    });
});

describe("the plan line of a destroy", () => {
    test("says what happens to the clients, in the words of any other plan", () => {
        for (const removal of ["Uninstall", "UninstallAndDelete", "Retain", UNKNOWN_VALUE] as const) {
            const plan = several(removal === "Retain" ? "retain" : "uninstall", 12);
            const ids = plan.map(({ instanceId }) => instanceId);
            expect(destroyLine(ids, removal)).toBe(planLine(plan, removal));
        }
    });
});

describe("a plan line", () => {
    test.each<[string, boolean]>([
        [planLine([action("uninstall", "i-a")], "Uninstall"), true],
        [planLine([action("uninstall", "i-a")], "UninstallAndDelete"), true],
        [planLine([action("uninstall", "i-a")], UNKNOWN_VALUE), true],
        [
            planLine(
                [action("install", "i-a"), action("uninstall", "i-b"), action("keep", "i-c")],
                "Uninstall",
            ),
            true,
        ],
        [planLine([moved("i-a", "cl-1")], "UninstallAndDelete"), true],
        ["plan: replace (vaultId v-1 → v-2); uninstall 10: i-a; install 10: i-a", true],
        [planLine([moved("i-a", "cl-1")], "Uninstall"), false],
        [planLine([action("retain", "i-a")], "Retain"), false],
        [planLine([action("reinstall", "i-a"), action("leave", "i-b")], "Uninstall"), false],
        ["plan: record settings", false],
        ["3 installed, 1 uninstalled; their records stay in v-1", false],
        ["the plan: uninstall 1: i-a", false],
    ])("%s: whether it uninstalls clients: %s", (line, expected) => {
        expect(uninstalls(line)).toBe(expected);
    });
});
