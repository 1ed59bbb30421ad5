import { ClientIndex } from "../../provider/fleet/match";
import type { FleetSpec, FleetState, ObservedClient } from "../../provider/fleet/model";
import { type Plan, planFleet } from "../../provider/fleet/plan";
import { type Unknown, UNKNOWN_VALUE } from "../../provider/unknown";
import { client, declared, entry, foreign, nothing, spec, state, withoutCluster } from "./builders";

const ONE = declared("i-1");

/** The one action of a plan for the instance i-1. */
function planOne(
    program: FleetSpec<Unknown>,
    before: FleetState<Unknown>,
    clients?: readonly ObservedClient[],
): Plan<Unknown>[number] | undefined {
    return planFleet(program, before, clients && new ClientIndex(clients))[0];
}

describe("a plan", () => {
    test("without a look at the service takes the statuses of the state", () => {
        const program = spec([ONE]);
        expect(planOne(program, nothing(program))).toMatchObject({ kind: "install", repair: false });
        expect(planOne(program, state([entry("i-1")], program))).toMatchObject({ kind: "keep" });
        expect(planOne(program, state([entry("i-1", "NOT_INSTALLED")], program))).toMatchObject({
            kind: "install",
            repair: true,
        });
        expect(planOne(spec([]), state([entry("i-1")], program))).toMatchObject({ kind: "uninstall" });
    });

    test("calls a first installation that is tried again no repair", () => {
        const failedAtFirst = entry("i-1", "NOT_INSTALLED", {
            pendingAction: "install",
            errorCode: "InstanceNotRunning",
        });
        const program = spec([ONE]);
        expect(planOne(program, state([failedAtFirst], program))).toMatchObject({
            kind: "install",
            repair: false,
        });
        const broken = entry("i-1", "INSTALL_FAILED", { pendingAction: "install" });
        expect(planOne(program, state([broken], program))).toMatchObject({ kind: "install", repair: true });
    });

    test("reinstalls a healthy client for settings that differ, and says which", () => {
        const before = state([entry("i-1")], spec([ONE], { resourceGroupId: "rg-1" }));
        expect(planOne(spec([ONE], { resourceGroupId: "rg-2" }), before)).toMatchObject({
            kind: "reinstall",
            repair: false,
            reasons: ["resourceGroupId rg-1 → rg-2"],
        });
    });

    test("waits where settings differ while the client is upgrading, and says what follows", () => {
        const before = state([entry("i-1")], spec([ONE]));
        const program = spec([ONE], { triggers: [1] });
        expect(planOne(program, before, [client("i-1", "UPGRADING")])).toMatchObject({
            kind: "wait",
            then: "reinstall",
            reasons: ["triggers changed"],
        });
    });

    test("goes on with a reinstallation that is still to be done", () => {
        const before = state([entry("i-1", "ACTIVATED", { pendingAction: "reinstall" })], spec([ONE]));
        expect(planOne(spec([ONE]), before)).toMatchObject({
            kind: "reinstall",
            reasons: ["still to be done"],
        });
    });

    test("moves an instance to another cluster, whatever is known of the old client", () => {
        const before = state(
            [entry("i-1", "ACTIVATED", { clusterId: "cl-0" })],
            spec([declared("i-1", "cl-0")]),
        );
        const old = client("i-1", "ACTIVATED", { clusterId: "cl-0" });
        expect(planOne(spec([ONE]), before, [old])).toMatchObject({
            kind: "reinstall",
            clusterChanged: true,
            client: old,
            reasons: ["clusterId cl-0 → cl-1"],
        });
        expect(planOne(spec([ONE]), before, [])).toMatchObject({ kind: "reinstall", observation: "absent" });
    });

    test("takes the recorded client where no cluster is declared", () => {
        const bare = withoutCluster("i-1");
        const { clusterId: _, ...recorded } = entry("i-1", "ACTIVATED", { clientId: "c-7" });
        const before = state([recorded], spec([bare]));
        const inCluster = client("i-1", "ACTIVATED", { clientId: "c-7" });
        expect(planOne(spec([bare]), before, [inCluster])).toMatchObject({ kind: "keep", client: inCluster });
        expect(planOne(spec([bare]), nothing(spec([bare])), [inCluster])).toMatchObject({ kind: "install" });
    });

    test("ignores the access key and the settings of instances that are removed", () => {
        const before = state([entry("i-1")], spec([ONE]));
        expect(planOne(spec([], { removal: "Retain" }), before)).toMatchObject({ kind: "retain" });
        expect(planOne(spec([], { removal: "Retain" }), before, [])).toMatchObject({ kind: "done" });
        expect(planFleet(undefined, before)).toMatchObject([{ kind: "uninstall" }]);
    });
});

test("as long as adoptExisting is not known, a client that is there is shown as one to be taken over", () => {
    const program = spec([ONE], { adoptExisting: UNKNOWN_VALUE });
    expect(planOne(program, nothing(program), [client("i-1", "ACTIVATED")])).toMatchObject({ kind: "adopt" });
});

describe("adoptExisting: false", () => {
    const program = spec([ONE], { adoptExisting: false });

    test.each([
        "ACTIVATED",
        "UPGRADE_FAILED",
        "INSTALLING",
        "REGISTERED",
        "UPGRADING",
        "UNKNOWN",
        "STOPPED",
        "DEACTIVATED",
        "UNINSTALL_FAILED",
    ] as const)("refuses a client that is %s and not ours", (status) => {
        const seen = [client("i-1", status)];
        expect(planOne(program, nothing(program), seen)).toMatchObject({ kind: "conflict" });
        const refused = foreign("i-1", status, { pendingAction: "install" });
        expect(planOne(program, state([refused], program), seen)).toMatchObject({ kind: "conflict" });
        expect(planOne(program, state([refused], program))).toMatchObject({ kind: "conflict" });
    });

    test("keeps what is ours, and installs where nothing healthy is", () => {
        expect(planOne(program, state([entry("i-1")], program), [client("i-1", "ACTIVATED")])).toMatchObject({
            kind: "keep",
        });
        expect(planOne(program, nothing(program), [client("i-1", "INSTALL_FAILED")])).toMatchObject({
            kind: "install",
        });
        expect(planOne(program, nothing(program), [client("i-1", "UNINSTALLING")])).toMatchObject({
            kind: "wait",
        });
    });

    test.each(["ACTIVATED", "UNKNOWN", "NOT_INSTALLED", undefined] as const)(
        "leaves alone what it refused, once that is no longer declared: %s",
        (status) => {
            const before = state([foreign("i-1", "ACTIVATED", { pendingAction: "install" })], program);
            const seen = status === undefined ? [] : [client("i-1", status)];
            expect(planOne(spec([]), before, seen)).toMatchObject({ kind: "leave" });
            expect(planOne(spec([]), before)).toMatchObject({ kind: "leave" });
        },
    );
});

describe("a client that was not healthy, and so not taken over", () => {
    const program = spec([ONE]);
    const before = state([foreign("i-1", "UNKNOWN", { pendingAction: "install" })], program);

    test.each([
        ["ACTIVATED", "adopt"],
        ["UPGRADE_FAILED", "adopt"],
        ["UNKNOWN", "grace"],
        ["STOPPED", "grace"],
        ["UPGRADING", "wait"],
        ["INSTALL_FAILED", "install"],
        ["DEACTIVATED", "reinstall"],
    ] as const)("is tried again like a new one: %s, %s", (status, kind) => {
        expect(planOne(program, before, [client("i-1", status)])).toMatchObject({ kind });
    });

    test("is an error once adoptExisting is false", () => {
        const strict = spec([ONE], { adoptExisting: false });
        expect(planOne(strict, before, [client("i-1", "ACTIVATED")])).toMatchObject({ kind: "conflict" });
    });

    test("is left alone by a removal, and by a move to another cluster", () => {
        const seen = [client("i-1", "UNKNOWN")];
        expect(planOne(spec([]), before, seen)).toMatchObject({ kind: "leave" });
        expect(planFleet(undefined, before, new ClientIndex(seen))).toMatchObject([{ kind: "leave" }]);
        const moved = spec([declared("i-1", "cl-2")]);
        expect(planOne(moved, before, seen)).toMatchObject({ kind: "install", clusterChanged: false });
        expect(planOne(spec([withoutCluster("i-1")]), before, seen)).toMatchObject({ kind: "install" });
    });
});
