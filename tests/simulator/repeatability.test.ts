import { clientInfo, inProcess, install, statuses, VAULT } from "./support";

describe("repeatability", () => {
    async function run(seed: number): Promise<unknown> {
        const { simulator, call, clock } = inProcess({ seed, world: {}, installTime: 100_000 });
        simulator.addFault({ action: "*", kind: "throttle", probability: 0.3, times: "always" });
        const answers = [];
        for (let step = 0; step < 30; step += 1) {
            answers.push(
                await call("CreateClients", { VaultId: VAULT, ClientInfo: clientInfo(`i-${step}`) }),
            );
            answers.push(
                await call("DescribeClients", { VaultId: VAULT, ClientType: "ECS_AGENT", PageSize: 99 }),
            );
            clock.time += 7000;
        }
        return answers;
    }

    test("the same seed gives the same answers to the letter, another seed others", async () => {
        const first = await run(7);
        expect(await run(7)).toEqual(first);
        expect(await run(8)).not.toEqual(first);
    });

    test("instances take a little different times, no longer than the install time", async () => {
        const { call, clock } = inProcess({ world: {}, installTime: 100_000 });
        const ids = Array.from({ length: 20 }, (_, index) => `i-${index}`);
        await install(call, ...ids);
        clock.time += 79_000;
        expect((await statuses(call)).filter((status) => status.endsWith("ACTIVATED"))).toEqual([]);
        clock.time += 11_000;
        const done = (await statuses(call)).filter((status) => status.endsWith("ACTIVATED")).length;
        expect(done).toBeGreaterThan(0);
        expect(done).toBeLessThan(20);
        clock.time += 10_000;
        expect((await statuses(call)).filter((status) => status.endsWith("ACTIVATED"))).toHaveLength(20);
    });
});
