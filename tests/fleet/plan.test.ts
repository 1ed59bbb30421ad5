import fc from "fast-check";
import { ClientIndex } from "../../provider/fleet/match";
import {
    CLIENT_STATUSES,
    type ClientEntry,
    type DeclaredInstance,
    type FleetSpec,
    type FleetState,
    type ObservedClient,
    UNKNOWN_VALUE,
} from "../../provider/fleet/model";
import { CLIENT_EXISTS, CLIENT_NOT_HEALTHY, type Plan, planFleet } from "../../provider/fleet/plan";
import { client, declared, entry, nothing, spec, state, withoutCluster } from "./builders";

const ONE = declared("i-1");

/** The one action of a plan for the instance i-1. */
function planOne(
    program: FleetSpec,
    before: FleetState,
    clients?: readonly ObservedClient[],
): Plan[number] | undefined {
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

    test("waits where settings differ while the client is upgrading", () => {
        const before = state([entry("i-1")], spec([ONE]));
        const program = spec([ONE], { triggers: [1] });
        expect(planOne(program, before, [client("i-1", "UPGRADING")])).toMatchObject({ kind: "wait" });
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
    ] as const)("refuses a client that is %s and not ours", (status) => {
        const seen = [client("i-1", status)];
        expect(planOne(program, nothing(program), seen)).toMatchObject({ kind: "conflict" });
        const refused = entry("i-1", status, { errorCode: CLIENT_EXISTS, pendingAction: "install" });
        expect(planOne(program, state([refused], program), seen)).toMatchObject({ kind: "conflict" });
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

    test("never removes a client that it refused", () => {
        const refused = entry("i-1", "ACTIVATED", { errorCode: CLIENT_EXISTS, pendingAction: "install" });
        const before = state([refused], program);
        expect(planOne(spec([]), before, [client("i-1", "ACTIVATED")])).toMatchObject({ kind: "done" });
    });
});

describe("a client that was not healthy, and so not taken over", () => {
    const REFUSED = { errorCode: CLIENT_NOT_HEALTHY, pendingAction: "install", clientId: "c-i-1" } as const;
    const program = spec([ONE]);
    const before = state([entry("i-1", "UNKNOWN", REFUSED)], program);

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
        expect(planOne(spec([]), before, seen)).toMatchObject({ kind: "done" });
        expect(planFleet(undefined, before, new ClientIndex(seen))).toMatchObject([{ kind: "done" }]);
        const moved = spec([declared("i-1", "cl-2")]);
        expect(planOne(moved, before, seen)).toMatchObject({ kind: "install", clusterChanged: false });
        expect(planOne(spec([withoutCluster("i-1")]), before, seen)).toMatchObject({ kind: "install" });
    });
});

const id = fc.constantFrom(...Array.from({ length: 8 }, (_, index) => `i-${index}`), "(unknown 1)");
const clusterId = fc.constantFrom("cl-1", "cl-2", UNKNOWN_VALUE, undefined);
const sourceTypes = fc.constantFrom(["HANA"], ["HANA", "OTHER"], [UNKNOWN_VALUE]);
const setting = <T>(...values: T[]): fc.Arbitrary<T | undefined> =>
    fc.constantFrom(undefined, UNKNOWN_VALUE as unknown as T, ...values);

const instance: fc.Arbitrary<DeclaredInstance> = fc
    .record({ instanceId: id, clusterId, sourceTypes })
    .map(({ clusterId: cluster, ...rest }) => ({
        ...rest,
        ...(cluster !== undefined && { clusterId: cluster }),
    }));

const fleet: fc.Arbitrary<FleetSpec> = fc
    .record({
        instances: fc.uniqueArray(instance, { selector: ({ instanceId }) => instanceId }),
        useHttps: setting(true, false),
        alertSetting: setting("INHERITED"),
        resourceGroupId: setting("rg-1"),
        triggers: setting<unknown>([1], { a: 2 }),
        removal: fc.constantFrom("UninstallAndDelete" as const, "Uninstall" as const, "Retain" as const),
        adoptExisting: fc.boolean(),
    })
    .map(({ instances, removal, adoptExisting, ...settings }) => {
        const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
        return spec(instances, { removal, adoptExisting, ...given });
    });

const recordedEntry: fc.Arbitrary<ClientEntry> = fc
    .record({
        instance,
        status: fc.constantFrom(...CLIENT_STATUSES),
        pendingAction: fc.constantFrom(
            undefined,
            "install" as const,
            "reinstall" as const,
            "uninstall" as const,
        ),
        errorCode: fc.constantFrom(undefined, CLIENT_EXISTS, CLIENT_NOT_HEALTHY, "X"),
    })
    .map(({ instance: { instanceId, clusterId: cluster }, status, pendingAction, errorCode }) => ({
        instanceId,
        status,
        installed: true,
        ...(cluster !== undefined && { clusterId: cluster }),
        ...(pendingAction !== undefined && { pendingAction }),
        ...(errorCode !== undefined && { errorCode }),
    }));

const recorded: fc.Arbitrary<FleetState> = fc
    .tuple(fleet, fc.uniqueArray(recordedEntry, { selector: ({ instanceId }) => instanceId }))
    .map(([program, entries]) => state(entries, program));

const observedClients: fc.Arbitrary<ObservedClient[]> = fc.uniqueArray(
    fc
        .record({
            clientId: fc.string({ minLength: 1, maxLength: 3 }),
            instance,
            status: fc.constantFrom(...CLIENT_STATUSES),
            useHttps: fc.boolean(),
        })
        .map(({ instance: { instanceId, clusterId: cluster }, ...rest }) => ({
            ...rest,
            vaultId: "v-1",
            instanceId,
            ...(cluster !== undefined && { clusterId: cluster }),
        })),
    { selector: ({ clientId }) => clientId, maxLength: 12 },
);

/** What the service and the state show once every action of a plan has been carried out. */
function applied(program: FleetSpec, plan: Plan): [FleetState, ObservedClient[]] {
    const clients = plan.flatMap(({ declared: wanted }) => {
        if (!wanted) return [];
        const { useHttps, alertSetting } = program;
        const { instanceId, clusterId: cluster } = wanted;
        return [
            {
                clientId: `c-new-${instanceId}`,
                vaultId: "v-1",
                instanceId,
                status: "ACTIVATED" as const,
                ...(cluster !== undefined && { clusterId: cluster }),
                ...(useHttps !== undefined && { useHttps }),
                ...(alertSetting !== undefined && { alertSetting }),
            },
        ];
    });
    const entries = clients.map(({ instanceId, clusterId: cluster, clientId }) => ({
        instanceId,
        ...(cluster !== undefined && { clusterId: cluster }),
        clientId,
        status: "ACTIVATED" as const,
        installed: true,
    }));
    return [state(entries, program), clients];
}

describe("any fleet, with values not known yet too", () => {
    test("has every declared and every recorded instance in exactly one action", () => {
        fc.assert(
            fc.property(fleet, recorded, fc.option(observedClients), (program, before, clients) => {
                const plan = planFleet(program, before, clients ? new ClientIndex(clients) : undefined);
                const planned = plan.map(({ instanceId }) => instanceId);
                expect(planned).toEqual(
                    [...new Set([...program.instances.keys(), ...before.clients.keys()])].sort(),
                );
                for (const { instanceId, declared: wanted, kind } of plan) {
                    expect(wanted).toBe(program.instances.get(instanceId));
                    if (!wanted) expect(["uninstall", "retain", "done"]).toContain(kind);
                }
            }),
        );
    });

    test("has the same plan in whatever order it is written", () => {
        fc.assert(
            fc.property(fleet, recorded, observedClients, fc.nat(), (program, before, clients, turn) => {
                const turned = <T>(items: Iterable<T>): T[] => {
                    const all = [...items].reverse();
                    return [
                        ...all.slice(turn % (all.length || 1)),
                        ...all.slice(0, turn % (all.length || 1)),
                    ];
                };
                const inOtherOrder: FleetSpec = { ...program, instances: new Map(turned(program.instances)) };
                const otherState: FleetState = { ...before, clients: new Map(turned(before.clients)) };
                const index = new ClientIndex(clients);
                expect(planFleet(inOtherOrder, otherState, index)).toEqual(planFleet(program, before, index));
            }),
        );
    });

    test("has nothing to do once its plan has been carried out", () => {
        fc.assert(
            fc.property(fleet, recorded, observedClients, (program, before, clients) => {
                const plan = planFleet(program, before, new ClientIndex(clients));
                const [after, seen] = applied(program, plan);
                expect(
                    planFleet(program, after, new ClientIndex(seen)).filter(({ kind }) => kind !== "keep"),
                ).toEqual([]);
                expect(planFleet(program, after).filter(({ kind }) => kind !== "keep")).toEqual([]);
            }),
        );
    });

    test("never shows an access key in a reason", () => {
        const key = { accessKeyId: "LTAI-visible", accessKeySecret: "hush-hush" };
        fc.assert(
            fc.property(fleet, recorded, (program, before) => {
                const keys = new Map([...program.instances.keys()].map((each) => [each, key]));
                const plan = planFleet({ ...program, credentials: keys }, before);
                expect(JSON.stringify(plan.map(({ reasons }) => reasons))).not.toMatch(
                    /LTAI-visible|hush-hush/,
                );
            }),
        );
    });
});
