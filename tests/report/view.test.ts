import { adviceFor } from "../../provider/hbr/errors";
import { KNOWN_ERRORS } from "../../provider/hbr/knownErrors";
import { client, exportOf, FAILED, outputsOf, previewOf, reportOn, viewOf } from "./fixtures";

/** The report of one fleet with these clients. */
function ofClients(
    clients: readonly Record<string, unknown>[],
    more: object = {},
): ReturnType<typeof viewOf> {
    return viewOf(exportOf({ one: outputsOf(clients, more) }));
}

describe("drift", () => {
    const reinstall = { pendingAction: "reinstall", drift: { useHttps: false } };

    it.each([
        ["an activated client", {}, {}, false],
        ["a client with another status", { status: "STOPPED" }, {}, true],
        ["a status that this version does not know", { status: "SLEEPING" }, {}, true],
        ["a failed installation", FAILED, {}, true],
        ["a reinstallation that a refresh has found to be needed", reinstall, {}, true],
        ["one that waits for its wave", reinstall, { __rollout: { wavesDone: 1 } }, false],
        ["one that failed", { ...reinstall, errorCode: "TaskFailed" }, {}, false],
        ["an upgrade that waits", { pendingAction: "upgrade", latestVersion: "2.11.0" }, {}, false],
        ["a removal that waits", { pendingAction: "uninstall" }, {}, false],
    ])("%s", (_, entry, outputs, isDrift) => {
        expect(ofClients([client("i-a", entry)], outputs).counts.drift).toBe(isDrift ? 1 : 0);
    });
});

describe("the view", () => {
    it("counts by status, the good one first, then by number", () => {
        const stopped = { status: "STOPPED" };
        const { statuses } = ofClients([
            client("i-a", stopped),
            client("i-b", stopped),
            client("i-c", { status: "UNKNOWN" }),
            client("i-d"),
        ]);
        expect(statuses).toEqual([
            { status: "ACTIVATED", count: 1 },
            { status: "STOPPED", count: 2 },
            { status: "UNKNOWN", count: 1 },
        ]);
    });

    it("counts by cluster and vault, the worst first", () => {
        const { clusters } = viewOf(
            exportOf({
                one: outputsOf([client("i-a"), client("i-b"), client("i-c", { clusterId: undefined })]),
                two: outputsOf([client("i-d", FAILED)], { vaultId: "v-2" }),
            }),
        );
        expect(clusters).toEqual([
            {
                clusterId: "cl-1",
                vaultId: "v-2",
                instances: 1,
                failed: 1,
                drift: 1,
                pending: 1,
                activated: 0,
            },
            { vaultId: "v-1", instances: 1, failed: 0, drift: 0, pending: 0, activated: 1 },
            {
                clusterId: "cl-1",
                vaultId: "v-1",
                instances: 2,
                failed: 0,
                drift: 0,
                pending: 0,
                activated: 2,
            },
        ]);
    });

    it("lists failures first, then drift, then what is pending", () => {
        const { instances } = ofClients([
            client("i-a"),
            client("i-b", { pendingAction: "upgrade" }),
            client("i-c", { status: "STOPPED" }),
            client("i-d", FAILED),
        ]);
        expect(instances.map(({ instanceId }) => instanceId)).toEqual(["i-d", "i-c", "i-b", "i-a"]);
    });

    it("says of every known code what it means and what to do, in the words of the provider", () => {
        const codes = [...KNOWN_ERRORS.keys()];
        const { errors } = ofClients(codes.map((errorCode, index) => client(`i-${index}`, { errorCode })));
        expect(errors.map(({ code }) => code)).toEqual(codes.toSorted());
        for (const { code, means, advice } of errors) {
            expect(means).toBe(KNOWN_ERRORS.get(code)?.means);
            expect(advice).toBe(
                adviceFor(code) ?? "read the message: the service says what it does not accept",
            );
        }
    });

    it("names the missing permission, and shares messages that differ only in their IDs", () => {
        const message = (id: string): string =>
            `CreateClients failed: NoPermission: Not for you on ${id}. (HTTP 403, request id 8C8C343C-C7C4-F7BA-2158-0000000000${id.slice(-2)})`;
        const { errors } = ofClients(
            ["i-10", "i-11", "i-12"].map((id) =>
                client(id, { errorCode: "NoPermission", errorMessage: message(id) }),
            ),
        );
        expect(errors).toEqual([
            {
                code: "NoPermission",
                instanceIds: ["i-10", "i-11", "i-12"],
                means: "the identity lacks a permission",
                advice: "grant hbr:CreateClients to the RAM user or role that the provider uses",
                messages: [message("i-10")],
            },
        ]);
    });

    it("names settings, and never their values", () => {
        const entry = {
            drift: { useHttps: "value-1" },
            settingsNotTaken: { alertSetting: "value-2", latestVersion: "9.9.9" },
            latestVersion: "2.11.0",
        };
        const outputs = {
            triggers: ["value-3"],
            resourceGroupId: "value-4",
            crossAccountRoleName: "value-5",
        };
        const view = ofClients([client("i-a", entry)], outputs);
        expect(view.instances[0]?.remarks).toEqual([
            "differs: useHttps",
            "not taken over: alertSetting",
            "not upgraded",
            "2.11.0 is available",
        ]);
        expect(JSON.stringify(view)).not.toMatch(/value-|9\.9\.9/);
    });
});

describe("a condition", () => {
    const failing = exportOf({ one: outputsOf([client("i-a", FAILED), client("i-b")]) });

    it("holds if the state or the preview says so", () => {
        const preview = previewOf([{ op: "delete", name: "one", old: outputsOf([client("i-a")]) }]);
        const { held, untold } = reportOn([failing, preview], { failOn: ["failed", "drift", "removal"] });
        expect(held).toEqual(["failed: 1 client", "drift: 1 client", "removal: one"]);
        expect(untold).toEqual([]);
    });

    it("on removals needs a preview", () => {
        const { held, untold } = reportOn([failing], { failOn: ["removal"] });
        expect(held).toEqual([]);
        expect(untold).toEqual(["removal can only be told from what `pulumi preview --json` prints"]);
    });
});
