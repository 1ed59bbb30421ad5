import { instances, VAULT, VirtualStack } from "./virtualStack";

test("tasks that end together in a long list share the reading that confirms them", async () => {
    const clients = Array.from({ length: 250 }, (_, index) => ({
        vaultId: VAULT,
        instanceId: `i-other-${index}`,
        clusterId: "cl-1",
        clientId: `c-other-${index}`,
        status: "ACTIVATED" as const,
    }));
    const fleet = instances(60);
    const timed = fleet.map(({ instanceId }) => ({ instanceId, installTime: 590_000 }));
    const stack = new VirtualStack({ world: { clients, instances: timed } });
    stack.simulator.setSwitches({ progressShape: "zero" });
    const end = await stack.up({ instances: fleet, rollout: { maxFailures: 0 } });
    expect(end.reasons).toEqual([]);
    const pages = stack.simulator
        .requests()
        .log.filter(({ action }) => action === "DescribeClients")
        .map(({ parameters }) => parameters["PageNumber"]);
    expect(pages.filter((page) => page === "1")).toHaveLength(2);
});
