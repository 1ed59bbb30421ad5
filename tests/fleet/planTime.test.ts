import { ClientIndex } from "../../provider/fleet/match";
import { planFleet } from "../../provider/fleet/plan";
import { client, declared, entry, spec, state } from "./builders";

/** The shortest time that the processor takes for so many plans of an unchanged fleet (µs). */
function timeOf(plans: number, count: number): number {
    const fleetOf = Array.from({ length: count }, (_, index) => declared(`i-${index}`));
    const program = spec(fleetOf);
    const before = state(
        fleetOf.map(({ instanceId }) => entry(instanceId)),
        program,
    );
    const clients = fleetOf.map(({ instanceId }) => client(instanceId, "ACTIVATED"));
    const times = Array.from({ length: 7 }, () => {
        // Of the processor, which does not count what other processes take on a busy machine. It may count in steps of some
        // milliseconds, so both times are of many.
        const start = process.cpuUsage();
        for (let plan = 0; plan < plans; plan += 1)
            expect(planFleet(program, before, new ClientIndex(clients))).toHaveLength(count);
        const { user, system } = process.cpuUsage(start);
        return user + system;
    });
    return Math.min(...times);
}

test("the time to plan an unchanged fleet grows with its size, and not with its square", () => {
    timeOf(16, 500);
    // As many instances in all. Sixteen times as long if each looked at every other one of its fleet.
    expect(timeOf(5, 8_000) / timeOf(5 * 16, 500)).toBeLessThan(5);
});
