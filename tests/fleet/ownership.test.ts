import { entryOf, isOurs, ownOf, withoutClient } from "../../provider/fleet/entry";
import { ClientIndex } from "../../provider/fleet/match";
import { type ClientEntry, type Removal } from "../../provider/fleet/model";
import { CLIENT_STATUSES } from "../../provider/fleet/status";
import { OUTCOME_CODES } from "../../provider/fleet/codes";
import { planFleet, promisedBy } from "../../provider/fleet/plan";
import { client, declared, entry, foreign, nothing, spec, state, withoutCluster } from "./builders";

const ONE = declared("i-1");

describe("whose a client is", () => {
    test.each([
        undefined,
        OUTCOME_CODES.clientExists,
        OUTCOME_CODES.clientNotHealthy,
        "INSTALL_FAILED",
        "Odd",
    ])("is what the state says of it, whatever has failed before: %p", (errorCode) => {
        const account = errorCode === undefined ? {} : { errorCode };
        const own = entry("i-1", "ACTIVATED", { ...account, clientId: "c-1" });
        expect(isOurs(own)).toBe(true);
        expect(ownOf(own)?.clientId).toBe("c-1");
        const other = foreign("i-1", "ACTIVATED", { ...account, clientId: "c-1" });
        expect(isOurs(other)).toBe(false);
        expect(ownOf(other)?.clientId).toBeUndefined();
    });

    test.each([OUTCOME_CODES.clientExists, OUTCOME_CODES.clientNotHealthy])(
        "decides about a removal and a kept client, and the error code %s does not",
        (errorCode) => {
            const program = spec([ONE]);
            const seen = new ClientIndex([client("i-1", "ACTIVATED")]);
            const own = state([entry("i-1", "ACTIVATED", { errorCode, clientId: "c-i-1" })], program);
            expect(planFleet(spec([]), own, seen)).toMatchObject([{ kind: "uninstall" }]);
            expect(planFleet(spec([ONE], { adoptExisting: false }), own, seen)).toMatchObject([
                { kind: "keep" },
            ]);
            const other = state([foreign("i-1", "ACTIVATED", { errorCode })], program);
            expect(planFleet(spec([]), other, seen)).toMatchObject([{ kind: "leave" }]);
            expect(planFleet(program, other, seen)).toMatchObject([{ kind: "adopt" }]);
        },
    );

    test("of no instance is known before it is in the state", () => {
        expect(ownOf(undefined)?.clientId).toBeUndefined();
    });
});

describe("what is not the resource's", () => {
    const REMOVALS: readonly Removal[] = ["UninstallAndDelete", "Uninstall", "Retain"];

    test.each(REMOVALS.flatMap((removal) => CLIENT_STATUSES.map((status) => [removal, status] as const)))(
        "is left alone by a removal (%s), though it is %s",
        (removal, status) => {
            const before = state(
                [foreign("i-1", status, { pendingAction: "install" })],
                spec([ONE], { removal }),
            );
            for (const clients of [undefined, [], [client("i-1", status)]]) {
                const seen = clients && new ClientIndex(clients);
                expect(planFleet(undefined, before, seen)).toMatchObject([{ kind: "leave" }]);
                expect(planFleet(spec([], { removal }), before, seen)).toMatchObject([{ kind: "leave" }]);
            }
        },
    );

    test("is left alone also where an installation on it is still to be followed up", () => {
        const open = foreign("i-1", "INSTALLING", { pendingAction: "install", taskId: "t-1" });
        expect(planFleet(undefined, state([open], spec([ONE])), new ClientIndex([]))).toMatchObject([
            { kind: "leave" },
        ]);
    });

    test("leaves its old cluster without a trace: the new one is looked at as for a new instance", () => {
        const before = state([foreign("i-1", "ACTIVATED")], spec([ONE], { removal: "UninstallAndDelete" }));
        const moved = spec([declared("i-1", "cl-2")], { removal: "UninstallAndDelete" });
        const old = client("i-1", "ACTIVATED");
        const there = client("i-1", "ACTIVATED", { clientId: "c-2", clusterId: "cl-2" });
        expect(planFleet(moved, before)).toMatchObject([
            { kind: "install", observation: "absent", clusterChanged: false },
        ]);
        expect(planFleet(moved, before, new ClientIndex([old, there]))).toMatchObject([
            { kind: "adopt", client: there, clusterChanged: false },
        ]);
    });

    test("is compared with nothing that was recorded: what the service does not report counts as declared", () => {
        const before = state([foreign("i-1")], spec([ONE], { resourceGroupId: "rg-1", triggers: [1] }));
        const program = spec([ONE], { resourceGroupId: "rg-2", useHttps: true });
        const seen = client("i-1", "ACTIVATED", { useHttps: false });
        const expected = [{ kind: "adopt", reasons: [], deferred: ["useHttps false → true"] }];
        expect(planFleet(program, before, new ClientIndex([seen]))).toMatchObject(expected);
        expect(planFleet(program, nothing(program), new ClientIndex([seen]))).toMatchObject(expected);
        expect(promisedBy(planFleet(program, before, new ClientIndex([seen])))).toEqual(new Map());
    });

    test("is not found by the client that the state may still name", () => {
        const bare = spec([withoutCluster("i-1")]);
        const { clusterId: _, ...known } = foreign("i-1", "ACTIVATED", { clientId: "c-i-1" });
        expect(
            planFleet(bare, state([known], bare), new ClientIndex([client("i-1", "ACTIVATED")])),
        ).toMatchObject([{ kind: "install", client: undefined }]);
    });

    test.each(["UNINSTALLING", "INSTALLING", "UPGRADING", "UNKNOWN"] as const)(
        "is waited for without a promise of what follows, though settings differ: %s",
        (status) => {
            const before = state([foreign("i-1", status, { pendingAction: "reinstall" })], spec([ONE]));
            const program = spec([ONE], { triggers: [1] });
            const [action] = planFleet(program, before, new ClientIndex([client("i-1", status)]));
            expect(action).toMatchObject({ kind: status === "UNKNOWN" ? "grace" : "wait", reasons: [] });
            expect(action?.then).toBeUndefined();
        },
    );
});

describe("the entry of an instance", () => {
    const FULL: ClientEntry = {
        ...entry("i-1", "ACTIVATED"),
        clientId: "c-1",
        clientVersion: "2.1",
        instanceName: "hana-1",
        networkType: "VPC",
        statusMessage: "fine",
        errorCode: "ClientAlreadyExists",
        errorMessage: "it is there",
        taskId: "t-1",
        pendingAction: "install",
        validInstance: false,
        drift: { useHttps: false },
        settingsNotTaken: { alertSetting: "INHERITED" },
    };

    test("without a client names none, is not installed and keeps the account of what was tried", () => {
        expect(withoutClient(FULL)).toStrictEqual({
            instanceId: "i-1",
            clusterId: "cl-1",
            status: "ACTIVATED",
            installed: false,
            owned: false,
            instanceName: "hana-1",
            errorCode: "ClientAlreadyExists",
            errorMessage: "it is there",
            taskId: "t-1",
            pendingAction: "install",
            validInstance: false,
        });
        expect(withoutClient(withoutClient(FULL))).toStrictEqual(withoutClient(FULL));
    });

    test("holds what the service shows of it, in the declared cluster, and nothing volatile", () => {
        const seen = client("i-1", "UNKNOWN", {
            clusterId: "cl-9",
            ...{ clientVersion: "2.1", instanceName: "hana-1", networkType: "VPC", statusMessage: "odd" },
            ...{ createdTime: 1, useHttps: true, alertSetting: "INHERITED" },
        });
        expect(entryOf(ONE, seen)).toStrictEqual({
            instanceId: "i-1",
            clusterId: "cl-1",
            status: "UNKNOWN",
            installed: true,
            clientId: "c-i-1",
            ...{ clientVersion: "2.1", instanceName: "hana-1", networkType: "VPC", statusMessage: "odd" },
        });
        expect(entryOf({ instanceId: "i-1" }, client("i-1", "INSTALLING"))).toStrictEqual({
            instanceId: "i-1",
            status: "INSTALLING",
            installed: false,
            clientId: "c-i-1",
        });
    });

    test("is NOT_INSTALLED where the service shows nothing", () => {
        expect(entryOf(ONE)).toStrictEqual({
            instanceId: "i-1",
            clusterId: "cl-1",
            status: "NOT_INSTALLED",
            installed: false,
        });
    });
});
