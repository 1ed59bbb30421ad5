import type { Failure } from "../../provider/fleet/outcome";
import type { ClientEntry } from "../../provider/fleet/model";
import { HbrError } from "../../provider/hbr/errors";
import { Cancelled, TimedOut } from "../../provider/interrupted";
import { describeError, PartialFailure, reasonsOf, reasonsOfRemoval } from "../../provider/report";
import { AgentsKept, AllRefused, TooManyFailures } from "../../provider/run/halt";
import { FleetRecord } from "../../provider/run/record";
import { entry, foreign } from "../fleet/builders";
import { recorded } from "./recorded";

/** The reasons of a run in which these instances failed, and nothing else was to be done. */
function reasonsFor(failures: Readonly<Record<string, Failure>>): string[] {
    const record = new FleetRecord(new Map());
    for (const [instanceId, failure] of Object.entries(failures))
        record.failed(instanceId, failure, "install");
    return reasonsOf({ record, planned: true, results: "", isPaused: false });
}

/** The reason of one instance that failed. */
function reasonOf(instanceId: string, failure: Failure): string {
    const [reason, ...others] = reasonsFor({ [instanceId]: failure });
    expect(others).toEqual([]);
    return reason ?? "";
}

function named(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `i-${String(index + 1).padStart(3, "0")}`);
}

describe("the reason of a failure", () => {
    test("says the instance, the code, the message, the request and what to do", () => {
        const failure = { code: "InstanceNotRunning", message: "it is stopped", requestId: "R-1" };
        expect(reasonOf("i-1", failure)).toBe(
            "i-1: InstanceNotRunning: it is stopped (request id R-1); start the instance, then run the command again",
        );
    });

    test("says nothing twice", () => {
        const failure = {
            code: "Odd",
            message: "CreateClients failed: Odd: no (request id R-1)",
            requestId: "R-1",
        };
        expect(reasonOf("i-1", failure)).toBe("i-1: CreateClients failed: Odd: no (request id R-1)");
    });

    test("says the task where that is what failed, and both ids where there are both", () => {
        const failure = {
            code: "DiskFull",
            message: "the installation ended as INSTALL_FAILED",
            taskId: "t-1",
        };
        expect(reasonOf("i-1", failure)).toBe(
            "i-1: DiskFull: the installation ended as INSTALL_FAILED (task t-1)",
        );
        expect(reasonOf("i-1", { ...failure, requestId: "R-1" })).toBe(
            "i-1: DiskFull: the installation ended as INSTALL_FAILED (request id R-1, task t-1)",
        );
        expect(reasonOf("i-1", { ...failure, message: "task t-1 broke" })).toBe(
            "i-1: DiskFull: task t-1 broke",
        );
    });

    test.each([
        ["UninstallClient", "grant hbr:UninstallClient to the RAM user or role that the provider uses"],
        ["CreateClients", "grant hbr:CreateClients to the RAM user or role that the provider uses"],
        [undefined, "grant the hbr: action of the call to the RAM user or role that the provider uses"],
    ])("of an instance names the right that is missing for %s", (operation, advice) => {
        const failure = { code: "NoPermission", message: "no", ...(operation && { operation }) };
        expect(reasonOf("i-1", failure)).toBe(`i-1: NoPermission: no; ${advice}`);
    });

    test("of missing rights names the one to grant", () => {
        const error = new HbrError("CreateClients failed: NoPermission", {
            operation: "CreateClients",
            errorClass: "account",
            code: "NoPermission",
        });
        expect(describeError(error)).toMatch(/^CreateClients failed: NoPermission; grant hbr:CreateClients/);
    });

    test("of a run in which all was refused alike says that the others were not tried", () => {
        const refusal = new HbrError("CreateClients failed: BadRequest: no", {
            operation: "CreateClients",
            errorClass: "rejected",
            code: "BadRequest",
        });
        expect(describeError(new AllRefused(refusal))).toBe(
            "the service refused every installation with the same error (BadRequest), so the other instances were not tried; run `pulumi up` again once that is fixed",
        );
    });

    test("of healthy clients that were left says that they keep their agents, and why", () => {
        const failure = { code: "TaskFailed", message: "no" };
        const one = { instanceIds: ["i-9"], failure };
        const rest = (whom: string): string =>
            `because installing, uninstalling or upgrading failed for ${whom} (TaskFailed); run \`pulumi up\` again once that is fixed`;
        expect(describeError(new AgentsKept(["i-1"], one))).toBe(
            `i-1: kept as it is, ${rest("i-9")}, or without i-9 in the program`,
        );
        const several = { instanceIds: ["i-8", "i-9"], failure };
        expect(describeError(new AgentsKept(["i-1", "i-2"], several))).toBe(
            `2 instances (i-1, i-2): kept as they are, ${rest("2 instances (i-8, i-9)")}`,
        );
        expect(describeError(new AgentsKept(named(200), several))).toMatch(
            /^200 instances \(i-001, i-002, \+198\): kept as they are, because/,
        );
    });

    test("of anything else is its message", () => {
        expect(describeError(new Error("odd"))).toBe("odd");
        expect(describeError("words")).toBe("words");
        expect(describeError(new TooManyFailures(4, 3))).toMatch(
            /^4 failed, and rollout.maxFailures is 3: no further batch was started$/,
        );
    });
});

describe("failures that say the same", () => {
    const FAILURE = { code: "BadRequest", message: "CreateClients failed: BadRequest: no" };
    const all = (count: number, failure: Failure = FAILURE): Record<string, Failure> =>
        Object.fromEntries(named(count).map((id) => [id, failure]));
    const ADVICE = "check the arguments of the resource";

    test.each([
        [1, "i-001"],
        [2, "2 instances (i-001, i-002)"],
        [3, "3 instances (i-001, i-002, i-003)"],
        [10, `10 instances (${named(10).join(", ")})`],
        [11, "11 instances (i-001, i-002, +9)"],
        [200, "200 instances (i-001, i-002, +198)"],
    ])("are one line, of %i instances", (count, whom) => {
        expect(reasonsFor(all(count))).toEqual([`${whom}: ${FAILURE.message}; ${ADVICE}`]);
    });

    const REQUEST_1 = "0A1B2C3D-0000-4000-8000-00000000000A";
    const REQUEST_2 = "0A1B2C3D-0000-4000-8000-00000000000B";
    test.each<[string, Failure, Failure, string]>([
        [
            "in the request id",
            { ...FAILURE, requestId: "R-1" },
            { ...FAILURE, requestId: "R-2" },
            `${FAILURE.message} (request id R-1); ${ADVICE}`,
        ],
        [
            "in the request id of their texts",
            { code: "Odd", message: `Odd: no (request id ${REQUEST_1})` },
            { code: "Odd", message: `Odd: no (request id ${REQUEST_2})` },
            `Odd: no (request id ${REQUEST_1})`,
        ],
        [
            "in the task",
            { code: "DiskFull", message: "full", taskId: "t-1" },
            { code: "DiskFull", message: "full", taskId: "t-2" },
            "DiskFull: full (task t-1)",
        ],
        [
            "in the task of their texts",
            { code: "Odd", message: "task t-0000aaaa1111 is lost" },
            { code: "Odd", message: "task t-0000bbbb2222 is lost" },
            "Odd: task t-0000aaaa1111 is lost",
        ],
        [
            "in their own instance",
            { code: "Odd", message: "i-1 is not there" },
            { code: "Odd", message: "i-2 is not there" },
            "Odd: … is not there",
        ],
        [
            "in their client",
            { code: "Odd", message: "client c-000aa (UNKNOWN) is there" },
            { code: "Odd", message: "client c-000bb (UNKNOWN) is there" },
            "Odd: client c-000aa (UNKNOWN) is there",
        ],
    ])(
        "are one line where they differ in nothing but that, %s; those of the first are shown",
        (_, one, other, text) => {
            expect(reasonsFor({ "i-1": one, "i-2": other })).toEqual([`2 instances (i-1, i-2): ${text}`]);
            expect(reasonsFor({ "i-2": other, "i-1": one })).toEqual([`2 instances (i-1, i-2): ${text}`]);
        },
    );

    test("name their own instance in a line that is of one alone", () => {
        expect(reasonsFor({ "i-1": { code: "Odd", message: "i-1 is not there" } })).toEqual([
            "i-1: Odd: i-1 is not there",
        ]);
    });

    test.each<[string, Failure, Failure]>([
        ["the code", { code: "Odd", message: "no" }, { code: "Even", message: "no" }],
        ["the words", { code: "Odd", message: "no" }, { code: "Odd", message: "never" }],
        [
            "the status",
            { code: "Odd", message: "c-1 is UNKNOWN" },
            { code: "Odd", message: "c-1 is STOPPED" },
        ],
        [
            "the instance of another",
            { code: "Odd", message: "i-8 is full" },
            { code: "Odd", message: "i-9 is full" },
        ],
    ])("are lines of their own where they differ in %s", (_, one, other) => {
        expect(reasonsFor({ "i-1": one, "i-2": other })).toEqual([
            reasonOf("i-1", one),
            reasonOf("i-2", other),
        ]);
    });

    test("stand at the first of their instances, whatever lies between these", () => {
        const other = { code: "Odd", message: "no" };
        expect(reasonsFor({ "i-3": FAILURE, "i-2": other, "i-1": FAILURE })).toEqual([
            `2 instances (i-1, i-3): ${FAILURE.message}; ${ADVICE}`,
            "i-2: Odd: no",
        ]);
    });
});

describe("the reasons of a removal", () => {
    const GO_ON =
        "run the same command again to go on with the removal; where the program still declares this fleet, " +
        "`pulumi up --refresh` repairs it instead";

    function reasons(entries: readonly ClientEntry[], failed: readonly string[], error?: unknown): string[] {
        const record = new FleetRecord(new Map(entries.map((each) => [each.instanceId, each])));
        for (const id of failed) record.failed(id, { code: "Odd", message: "Odd: no" }, "uninstall");
        return reasonsOfRemoval({
            record,
            planned: true,
            results: "",
            isPaused: false,
            ...(error !== undefined && { error }),
        });
    }

    test("are what ended it, the failures, what to do, and what is left in which status", () => {
        const entries = [
            entry("i-1", "UNINSTALLING"),
            entry("i-2", "ACTIVATED"),
            entry("i-3", "UNINSTALLING"),
            entry("i-4", "UNINSTALL_FAILED"),
        ];
        expect(reasons(entries, ["i-4"], new Cancelled())).toEqual([
            "stopped: cancelled",
            "i-4: Odd: no",
            GO_ON,
            "left: i-1, i-3 (UNINSTALLING); i-2 (ACTIVATED); i-4 (UNINSTALL_FAILED)",
        ]);
    });

    test("put failures that say the same into one line, like those of any run", () => {
        const entries = ["i-1", "i-2"].map((id) => entry(id, "UNINSTALL_FAILED"));
        expect(reasons(entries, ["i-1", "i-2"])).toEqual([
            "2 instances (i-1, i-2): Odd: no",
            GO_ON,
            "left: i-1, i-2 (UNINSTALL_FAILED)",
        ]);
    });

    test("name nothing that is not the resource's", () => {
        expect(reasons([foreign("i-1"), entry("i-2", "UNKNOWN")], [])).toEqual([
            GO_ON,
            "left: i-2 (UNKNOWN)",
        ]);
        expect(reasons([foreign("i-1")], [], new Cancelled())).toEqual(["stopped: cancelled", GO_ON]);
    });

    test("do not speak of a `pulumi up` that goes on: it would see no difference", () => {
        const text = reasons([entry("i-1", "UNINSTALLING", { pendingAction: "uninstall" })], []).join("; ");
        expect(text).not.toMatch(/by the next `pulumi up`/);
    });
});

describe("the reasons of a run", () => {
    /** A run over some instances, all of them installing, in which these failed. */
    function reasons(failed: readonly string[], pending: readonly string[], error?: unknown): string[] {
        const all = [...failed, ...pending].map((id) =>
            entry(id, "INSTALLING", { pendingAction: "install" as const }),
        );
        const record = new FleetRecord(new Map(all.map((each) => [each.instanceId, each])));
        for (const id of failed) record.failed(id, { code: "Odd", message: "Odd: no" }, "install");
        return reasonsOf({
            record,
            planned: true,
            results: "",
            isPaused: false,
            ...(error !== undefined && { error }),
        });
    }

    test("are what ended it, then the failures in the order of the ids, then what is still to be done", () => {
        expect(reasons(["i-2", "i-1"], ["i-4", "i-3"], new Cancelled())).toEqual([
            "stopped: cancelled",
            "2 instances (i-1, i-2): Odd: no",
            "still to be done, by the next `pulumi up`: i-3, i-4",
        ]);
    });

    test("of a time-out name its length", () => {
        expect(reasons([], [], new TimedOut(90_000))[0]).toMatch(/^stopped: the time-out of 1.5 min /);
    });

    test("list ten open instances at most", () => {
        const many = Array.from({ length: 25 }, (_, index) => `i-${index + 10}`);
        expect(reasons([], many)).toEqual([expect.stringMatching(/: i-10, .*, i-19 \(\+15\)$/)]);
    });

    test("are none where all went well", () => {
        expect(reasons([], [])).toEqual([]);
    });

    test("travel in one error that shows no stack", () => {
        const failure = new PartialFailure("v-1", recorded(), ["one", "two"]);
        expect(failure).toMatchObject({ id: "v-1", message: "one\ntwo", reasons: ["one", "two"] });
        expect(failure.stack).not.toContain("report.test");
    });
});
