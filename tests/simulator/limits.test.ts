import { inProcess, VAULT } from "./support";

describe("limits", () => {
    test("throttle an action, and all of them together, by the clock", async () => {
        const { simulator, clock } = inProcess();
        simulator.setLimits({ CreateClients: { perSecond: 2 }, "*": { perSecond: 3, retryAfter: true } });
        const code = async (action: string) => {
            const { status, headers, body } = await simulator.call(action, { VaultId: VAULT });
            const { Code } = JSON.parse(body) as { Code: string };
            return status === 200 ? 200 : [status, Code, headers["x-acs-retry-after"]];
        };
        expect(await code("CreateClients")).toBe(200);
        expect(await code("CreateClients")).toBe(200);
        expect(await code("CreateClients")).toEqual([400, "Throttling.Api", undefined]);
        expect(await code("DescribeRegions")).toBe(200);
        expect(await code("DescribeRegions")).toEqual([400, "Throttling.User", "334"]);
        clock.time += 334;
        expect(await code("DescribeRegions")).toBe(200);
        clock.time += 60_000;
        expect(await code("CreateClients")).toBe(200);
        simulator.setLimits({});
        for (let call = 0; call < 10; call += 1) expect(await code("CreateClients")).toBe(200);
    });

    test.each([[{ CreateClient: { perSecond: 1 } }], [{ "*": { perSecond: 0 } }], [{ "*": 5 }]])(
        "%j is refused",
        (limits) => {
            const { simulator } = inProcess();
            expect(() => {
                simulator.setLimits(limits as never);
            }).toThrow(/^(CreateClient|\*)/);
        },
    );
});

test("penaltyMs: after a call over the limit none passes, and each call during that time starts it anew", async () => {
    const { simulator, call, clock } = inProcess();
    simulator.setLimits({ "*": { perSecond: 1, penaltyMs: 10_000, retryAfter: true } });
    const passes = async (afterMs: number) => {
        clock.time += afterMs;
        return (await call("DescribeRegions"))["Success"] === true;
    };
    expect(await passes(0)).toBe(true);
    expect(await passes(10)).toBe(false);
    expect(await passes(9_999)).toBe(false);
    const { headers } = await simulator.call("DescribeRegions");
    expect(headers["x-acs-retry-after"]).toBe("10000");
    expect(await passes(10_000)).toBe(true);
});
