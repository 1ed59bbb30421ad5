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
import { spec, state } from "./builders";

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
