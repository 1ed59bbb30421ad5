import { ClientIndex } from "../../provider/fleet/match";
import { CLIENT_STATUSES, type ClientStatus } from "../../provider/fleet/model";
import { type ActionKind, planFleet } from "../../provider/fleet/plan";
import {
    decide,
    type Decision,
    isInProgress,
    isInstalled,
    type Observation,
    type Standing,
} from "../../provider/fleet/status";
import { client, declared, entry, nothing, spec, state } from "./builders";

const STANDINGS = ["new", "recorded", "removed"] as const;

/** The table of the contract: what is observed, and what that asks of a new, a recorded and a removed instance. */
const TABLE: readonly (readonly [Observation, Decision, Decision, Decision])[] = [
    ["absent", "install", "install", "done"],
    ["NOT_INSTALLED", "install", "install", "deleteRecord"],
    ["INSTALLING", "wait", "wait", "wait"],
    ["REGISTERED", "wait", "wait", "wait"],
    ["ACTIVATED", "adopt", "keep", "uninstall"],
    ["INSTALL_FAILED", "install", "install", "deleteRecord"],
    ["DEACTIVATED", "reinstall", "reinstall", "uninstall"],
    ["UNINSTALLING", "wait", "wait", "wait"],
    ["UNINSTALL_FAILED", "reinstall", "reinstall", "uninstall"],
    ["UPGRADING", "wait", "keepAndReport", "wait"],
    ["UPGRADE_FAILED", "adoptAndWarn", "keepAndReport", "uninstall"],
    ["UNKNOWN", "grace", "keepAndReport", "uninstall"],
    ["STOPPED", "grace", "keepAndReport", "uninstall"],
];

const CELLS = TABLE.flatMap(([observation, ...decisions]) =>
    STANDINGS.map((standing, index) => [observation, standing, decisions[index] ?? "done"] as const),
);

describe("the table of statuses", () => {
    test("has a row for every documented status and for no record at all", () => {
        expect(TABLE.map(([observation]) => observation).sort()).toEqual(
            [...CLIENT_STATUSES, "absent"].sort(),
        );
        expect(CELLS).toHaveLength(39);
    });

    test.each(CELLS)("%s, %s instance: %s", (observation, standing, decision) => {
        expect(decide(observation, standing)).toBe(decision);
    });
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
    test.each(CELLS)("%s, %s instance", (observation, standing, decision) => {
        const program = spec(standing === "removed" ? [] : [declared("i-1")]);
        const before = standing === "new" ? nothing(program) : state([entry("i-1")], spec([declared("i-1")]));
        const seen = new ClientIndex(observation === "absent" ? [] : [client("i-1", observation)]);
        const [action, ...others] = planFleet(program, before, seen);
        expect(others).toEqual([]);
        expect(action).toMatchObject({ instanceId: "i-1", kind: ACTIONS[standing][decision], observation });
        const isRepair = standing === "recorded" && (decision === "install" || decision === "reinstall");
        expect(action?.repair).toBe(isRepair);
    });
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
});
