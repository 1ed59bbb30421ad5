import fc from "fast-check";
import { ClientIndex } from "../../provider/fleet/match";
import type { FleetSpec, FleetState, ObservedClient } from "../../provider/fleet/model";
import { type Plan, planFleet } from "../../provider/fleet/plan";
import { fleet, observedClients, recorded } from "./arbitraries";
import { state } from "./builders";

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
                    const isForeign = before.clients.get(instanceId)?.owned === false;
                    const removals = isForeign ? ["leave"] : ["uninstall", "retain", "done"];
                    if (!wanted) expect(removals).toContain(kind);
                    else expect(["uninstall", "retain", "done", "leave"]).not.toContain(kind);
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
