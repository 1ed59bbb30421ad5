import { ClientIndex } from "../../provider/fleet/match";
import {
    CLIENT_STATUSES,
    type ClientStatus,
    decide,
    type Decision,
    isHealthy,
    isInProgress,
    isInstalled,
    type Observation,
    type Standing,
} from "../../provider/fleet/status";
import { type ActionKind, planFleet } from "../../provider/fleet/plan";
import { client, declared, entry, foreign, nothing, spec, state } from "./builders";

const STANDINGS = ["new", "guarded", "recorded", "removed"] as const;

/**
 * The table of the contract: what is observed, and what that asks of an instance that is new, that is new and must not
 * be taken over, that is recorded, and that is removed.
 */
const TABLE: readonly (readonly [Observation, Decision, Decision, Decision, Decision])[] = [
    ["absent", "install", "install", "install", "done"],
    ["NOT_INSTALLED", "install", "install", "install", "deleteRecord"],
    ["INSTALLING", "wait", "refuse", "wait", "wait"],
    ["REGISTERED", "wait", "refuse", "wait", "wait"],
    ["ACTIVATED", "adopt", "refuse", "keep", "uninstall"],
    ["INSTALL_FAILED", "install", "install", "install", "deleteRecord"],
    ["DEACTIVATED", "reinstall", "refuse", "reinstall", "uninstall"],
    ["UNINSTALLING", "wait", "wait", "wait", "wait"],
    ["UNINSTALL_FAILED", "reinstall", "refuse", "reinstall", "uninstall"],
    ["UPGRADING", "wait", "refuse", "keepAndReport", "wait"],
    ["UPGRADE_FAILED", "adoptAndWarn", "refuse", "keepAndReport", "uninstall"],
    ["UNKNOWN", "grace", "refuse", "keepAndReport", "uninstall"],
    ["STOPPED", "grace", "refuse", "keepAndReport", "uninstall"],
];

const CELLS = TABLE.flatMap(([observation, ...decisions]) =>
    STANDINGS.map((standing, index) => [observation, standing, decisions[index] ?? "done"] as const),
);

describe("the table of statuses", () => {
    test("has a row for every documented status and for no record at all", () => {
        expect(TABLE.map(([observation]) => observation).sort()).toEqual(
            [...CLIENT_STATUSES, "absent"].sort(),
        );
        expect(CELLS).toHaveLength(52);
    });

    test.each(CELLS)("%s, %s instance: %s", (observation, standing, decision) => {
        expect(decide(observation, standing)).toBe(decision);
    });

    test.each([...CLIENT_STATUSES, "absent" as const])(
        "%s, guarded instance: never anything that touches or takes over what is there",
        (observation) => {
            const mayHaveAgent =
                isInstalled(observation) || ["INSTALLING", "REGISTERED"].includes(observation);
            const expected = mayHaveAgent ? "refuse" : observation === "UNINSTALLING" ? "wait" : "install";
            expect(decide(observation, "guarded")).toBe(expected);
        },
    );
});

/** The action that a plan makes of a decision, for an instance with no settings that differ. */
const ACTIONS: Readonly<Record<Standing, Partial<Record<Decision, ActionKind>>>> = {
    new: {
        install: "install",
        wait: "wait",
        adopt: "adopt",
        reinstall: "reinstall",
        adoptAndWarn: "adopt",
        grace: "grace",
    },
    guarded: { install: "install", wait: "wait", refuse: "conflict" },
    recorded: {
        install: "install",
        wait: "wait",
        keep: "keep",
        reinstall: "reinstall",
        keepAndReport: "keep",
    },
    // How a removal comes about (wait, uninstall, delete the record) is decided while it is acted on.
    removed: { done: "done", deleteRecord: "uninstall", wait: "uninstall", uninstall: "uninstall" },
};

describe("a plan follows the table", () => {
    const known = entry("i-1", "ACTIVATED", { clientId: "c-i-1" });

    test.each(CELLS)("%s, %s instance", (observation, standing, decision) => {
        const program = spec(standing === "removed" ? [] : [declared("i-1")], {
            removal: "UninstallAndDelete",
            adoptExisting: standing !== "guarded",
        });
        const isOurs = standing === "recorded" || standing === "removed";
        const seen = new ClientIndex(observation === "absent" ? [] : [client("i-1", observation)]);
        const [action, ...others] = planFleet(
            program,
            isOurs ? state([known], program) : nothing(program),
            seen,
        );
        expect(others).toEqual([]);
        expect(action).toMatchObject({ instanceId: "i-1", kind: ACTIONS[standing][decision], observation });
        const isRepair = standing === "recorded" && (decision === "install" || decision === "reinstall");
        expect(action?.repair).toBe(isRepair);
    });

    test.each(CELLS.filter(([, standing]) => standing === "new" || standing === "guarded"))(
        "%s, %s instance that the state knows as not the resource's",
        (observation, standing, decision) => {
            const program = spec([declared("i-1")], { adoptExisting: standing !== "guarded" });
            const seen = new ClientIndex(observation === "absent" ? [] : [client("i-1", observation)]);
            const before = state([foreign("i-1", "ACTIVATED", { pendingAction: "install" })], program);
            expect(planFleet(program, before, seen)).toMatchObject([
                { kind: ACTIONS[standing][decision], observation, reasons: [] },
            ]);
        },
    );

    test.each(CELLS.filter(([, standing]) => standing === "removed"))(
        "%s, %s instance whose records stay: %s, but for records, which are no reason",
        (observation, _, decision) => {
            const program = spec([], { removal: "Uninstall" });
            const seen = new ClientIndex(observation === "absent" ? [] : [client("i-1", observation)]);
            const kind = decision === "deleteRecord" ? "done" : ACTIONS.removed[decision];
            expect(planFleet(program, state([known], program), seen)).toMatchObject([{ kind, observation }]);
        },
    );
});

describe("what a status says of the agent", () => {
    test.each(["INSTALLING", "REGISTERED", "UPGRADING", "UNINSTALLING"] as const)(
        "%s is under way",
        (status) => {
            expect(isInProgress(status)).toBe(true);
        },
    );

    const RESTING = ["absent", "NOT_INSTALLED", "ACTIVATED", "INSTALL_FAILED", "DEACTIVATED"] as const;
    const BROKEN = ["UNINSTALL_FAILED", "UPGRADE_FAILED", "UNKNOWN", "STOPPED"] as const;
    test.each([...RESTING, ...BROKEN])("%s is not under way", (status) => {
        expect(isInProgress(status)).toBe(false);
    });

    const INSTALLED: readonly ClientStatus[] = [
        "ACTIVATED",
        "DEACTIVATED",
        "UPGRADING",
        "UPGRADE_FAILED",
        "UNINSTALL_FAILED",
        "UNKNOWN",
        "STOPPED",
    ];
    test.each([...CLIENT_STATUSES, "absent" as const])("installed is told from %s", (status) => {
        expect(isInstalled(status)).toBe((INSTALLED as readonly string[]).includes(status));
    });

    const HEALTHY: readonly ClientStatus[] = [
        "ACTIVATED",
        "UPGRADING",
        "UPGRADE_FAILED",
        "UNKNOWN",
        "STOPPED",
    ];
    test.each([...CLIENT_STATUSES, "absent" as const])(
        "healthy, so that it stays, is told from %s",
        (status) => {
            expect(isHealthy(status)).toBe((HEALTHY as readonly string[]).includes(status));
        },
    );
});
