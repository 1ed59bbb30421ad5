import { ClientIndex } from "../../provider/fleet/match";
import { planFleet } from "../../provider/fleet/plan";
import { client, declared, entry, spec, state } from "./builders";

test("the time to plan an unchanged fleet grows with its size, and not with its square", () => {
    const planned = (count: number): number => {
        const fleetOf = Array.from({ length: count }, (_, index) => declared(`i-${index}`));
        const program = spec(fleetOf);
        const before = state(
            fleetOf.map(({ instanceId }) => entry(instanceId)),
            program,
        );
        const clients = fleetOf.map(({ instanceId }) => client(instanceId, "ACTIVATED"));
        const times = Array.from({ length: 15 }, () => {
            // Of the processor, which does not count what other processes take on a busy machine.
            const start = process.cpuUsage();
            const plan = planFleet(program, before, new ClientIndex(clients));
            const took = process.cpuUsage(start).user;
            expect(plan).toHaveLength(count);
            return took;
        });
        return Math.min(...times);
    };
    planned(500);
    // Sixteen times the instances would take 256 times as long if each looked at every other one.
    expect(planned(8_000) / Math.max(planned(500), 1)).toBeLessThan(80);
});
