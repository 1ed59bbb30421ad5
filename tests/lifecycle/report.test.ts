import { HbrError } from "../../provider/hbr/errors";
import { Cancelled, TimedOut } from "../../provider/interrupted";
import { parseDuration } from "../../provider/lifecycle/duration";
import { describeError, PartialFailure, reasonOf, reasonsOf } from "../../provider/lifecycle/report";
import { Ledger } from "../../provider/lifecycle/run/ledger";
import { assertReadable, outputsOf, pendingEntries, stateOf } from "../../provider/lifecycle/state";
import { entry } from "../fleet/builders";
import { checked, recorded } from "./recorded";

describe("the reason of a failure", () => {
    test("says the instance, the code, the message, the request and what to do", () => {
        const failure = { code: "InstanceNotRunning", message: "it is stopped", requestId: "R-1" };
        expect(reasonOf("i-1", failure)).toBe(
            "i-1: InstanceNotRunning: it is stopped (request id R-1); start the instance, then run `pulumi up` again",
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

    test("of missing rights names the one to grant", () => {
        const error = new HbrError("CreateClients failed: NoPermission", {
            operation: "CreateClients",
            errorClass: "account",
            code: "NoPermission",
        });
        expect(describeError(error)).toMatch(/^CreateClients failed: NoPermission; grant hbr:CreateClients/);
    });

    test("of anything else is its message", () => {
        expect(describeError(new Error("odd"))).toBe("odd");
        expect(describeError("words")).toBe("words");
        expect(describeError("too many failures")).toMatch(/no further batch .*rollout.maxFailures/);
    });
});

describe("the reasons of a run", () => {
    /** A run over some instances, all of them installing, in which these failed. */
    function reasons(failed: readonly string[], pending: readonly string[], error?: unknown): string[] {
        const all = [...failed, ...pending].map((id) =>
            entry(id, "INSTALLING", { pendingAction: "install" as const }),
        );
        const ledger = new Ledger(new Map(all.map((each) => [each.instanceId, each])));
        for (const id of failed) ledger.failed(id, { code: "Odd", message: "Odd: no" }, "install");
        const outputs = outputsOf(checked(), ledger.entries, []);
        return reasonsOf(
            { ledger, planned: true, results: "", ...(error !== undefined && { error }) },
            outputs,
        );
    }

    test("are what ended it, then each failure in the order of the ids, then what is still to be done", () => {
        expect(reasons(["i-2", "i-1"], ["i-4", "i-3"], new Cancelled())).toEqual([
            "stopped: cancelled",
            "i-1: Odd: no",
            "i-2: Odd: no",
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

describe("a state", () => {
    test("has its clients in the order of their ids, and those that failed", () => {
        const entries = [
            entry("i-2", "INSTALL_FAILED", { errorCode: "X", pendingAction: "install" }),
            entry("i-1"),
        ];
        const outputs = outputsOf(checked(), new Map(entries.map((each) => [each.instanceId, each])), [
            "t-2",
        ]);
        expect(Object.keys(outputs.clients)).toEqual(["i-1", "i-2"]);
        expect(outputs.failedInstanceIds).toEqual(["i-2"]);
        expect(outputs.taskIds).toEqual(["t-2"]);
        expect(pendingEntries(outputs).map(({ instanceId }) => instanceId)).toEqual(["i-2"]);
    });

    test("is read back as it was written", () => {
        const key = { accessKeyId: "LTAI-1", accessKeySecret: "hush" };
        const outputs = recorded({ useHttps: true, triggers: [1], credentials: [key] });
        const { spec, clients } = stateOf(JSON.parse(JSON.stringify(outputs)) as typeof outputs);
        expect([...clients.keys()]).toEqual(["i-1", "i-2"]);
        expect([...spec.instances.values()]).toEqual(Object.values(outputs.instances));
        expect(spec).toMatchObject({
            useHttps: true,
            triggers: [1],
            removal: "UninstallAndDelete",
            adoptExisting: true,
        });
        expect(spec.credentials.get("i-1")).toEqual(key);
    });

    test.each([{}, { __version: 1 }, { __version: 0 }])("of %j can be read", (props) => {
        expect(() => {
            assertReadable(props);
        }).not.toThrow();
    });

    test("of a later version is refused", () => {
        expect(() => {
            assertReadable({ __version: 2 });
        }).toThrow(/newer pulumi-alicloud-hbr \(state version 2, this one knows 1\): update the package/);
    });
});

describe("a duration", () => {
    test.each([
        ["30m", 1_800_000],
        ["1h30m", 5_400_000],
        ["90s", 90_000],
        ["1.5h", 5_400_000],
        ["250ms", 250],
        ["1h0m5s", 3_605_000],
    ])("%s is read", (text, ms) => {
        expect(parseDuration(text)).toBe(ms);
    });

    test.each(["", "5", "m", "5 m", "-5m", "5m ", "5x", "1h30", "5mm"])(
        "%p is refused with its value",
        (text) => {
            expect(() => parseDuration(text)).toThrow(
                `"${text}" is not a duration: write it like 30m, 1h30m or 90s`,
            );
        },
    );
});
