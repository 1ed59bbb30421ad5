import { type CommandEnd, instances, VirtualStack } from "./virtualStack";

const PROGRAM = { instances: instances(3) };

/** The statuses that speak of a trouble, as the row showed them one after the other. */
function troublesIn({ statuses }: CommandEnd): string[] {
    return statuses.filter((status) => /retrying|waiting for /.test(status));
}

describe("while the service is in trouble, the row", () => {
    test("says what is retried and why: connections that are cut, from the first look on", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "*", kind: "reset-before", times: 6 });
        const end = await stack.up(PROGRAM);
        expect(end.reasons).toEqual([]);
        expect(new Set(troublesIn(end))).toEqual(new Set(["retrying DescribeClients: ECONNRESET"]));
    });

    test("says so with what matters first: errors of the service while it installs", async () => {
        const stack = new VirtualStack();
        const fault = {
            action: "CreateClients",
            kind: "status",
            status: 500,
            code: "InternalError",
        } as const;
        stack.simulator.addFault({ ...fault, times: 2 });
        const end = await stack.up({ instances: instances(1) });
        expect(end.reasons).toEqual([]);
        expect(new Set(troublesIn(end))).toEqual(
            new Set(["0/1 · retrying CreateClients: InternalError (HTTP 500) · installing"]),
        );
    });

    test("says so while throttling lasts", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "DescribeTask", kind: "throttle", times: 8 });
        const end = await stack.up(PROGRAM);
        expect(end.reasons).toEqual([]);
        expect(troublesIn(end)[0]).toMatch(
            /^0\/3 · retrying DescribeTask: Throttling\.User \(HTTP \d+\) · installing/,
        );
    });

    test("says which call has had no answer for long, even if none has failed yet", async () => {
        const stack = new VirtualStack();
        const { clock, simulator } = stack;
        simulator.addFault({ action: "DescribeClients", kind: "slow-body", ms: 25_000, times: 1 });
        const startedAt = clock.now();
        const end = await stack.up(PROGRAM);
        expect(end.reasons).toEqual([]);
        expect(clock.now() - startedAt).toBeGreaterThan(25_000);
        expect(troublesIn(end)).toEqual(["waiting for DescribeClients"]);
    });

    test("goes back to the progress when an answer comes", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "DescribeTask", kind: "status", status: 503, times: 5 });
        const { statuses, reasons } = await stack.up(PROGRAM);
        expect(reasons).toEqual([]);
        const last = statuses.findLastIndex((status) => status.includes("retrying DescribeTask"));
        expect(last).toBeGreaterThan(0);
        expect(statuses.slice(last + 1)).toContainEqual(
            expect.stringMatching(/^0\/3 · \d+ % · installing · task/),
        );
    });

    test("does not mention an error that the next attempt makes good", async () => {
        const stack = new VirtualStack();
        for (const action of ["DescribeClients", "DescribeTask"])
            stack.simulator.addFault({ action, kind: "reset-before", times: 1 });
        expect(troublesIn(await stack.up(PROGRAM))).toEqual([]);
    });

    test("does not claim for long to retry a call whose effect the list shows", async () => {
        const stack = new VirtualStack({ installTime: 300_000 });
        stack.simulator.addFault({ action: "CreateClients", kind: "reset-after", times: 1 });
        const end = await stack.up(PROGRAM);
        expect(end.reasons).toEqual([]);
        expect(troublesIn(end)).toHaveLength(1);
        expect(end.statuses).toContain("0/3 · installing (4 min)");
        expect(stack.calls("CreateClients")).toBe(1);
    });
});

describe("the reason of a run that had to stop", () => {
    const create = { ...PROGRAM, __timeouts: { create: "60s" } };

    test("names the last error, if the time-out came while the service was in trouble", async () => {
        const stack = new VirtualStack();
        const fault = {
            action: "CreateClients",
            kind: "status",
            status: 500,
            code: "InternalError",
        } as const;
        stack.simulator.addFault({ ...fault, message: "it broke", times: "always" });
        const { reasons } = await stack.up({ ...create, __timeouts: { create: "30s" } });
        expect(reasons[0]).toMatch(
            /^stopped: the time-out of 30 s is over \(resource option customTimeouts\); the last error: CreateClients failed: InternalError: it broke \(HTTP 500, request id [\w-]+\); run the command again; /,
        );
    });

    test("names it without a plan too", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "*", kind: "throttle", times: "always" });
        const { reasons } = await stack.up(create);
        expect(reasons).toHaveLength(1);
        expect(reasons[0]).toMatch(
            /^the time-out of 1 min .*; the last error: DescribeClients failed: Throttling\.User: /,
        );
        expect(stack.state).toBeUndefined();
    });

    test("names it after Ctrl-C", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "DescribeTask", kind: "reset-before", times: "always" });
        const { reasons } = await stack.up(PROGRAM, { kind: "Ctrl-C", afterMs: 8_000 });
        expect(reasons[0]).toBe(
            "stopped: cancelled; the last error: DescribeTask failed: ConnectionFailed: ECONNRESET; " +
                "check the network, the region and the endpoint",
        );
    });

    test("names none that was followed by an answer", async () => {
        const stack = new VirtualStack({ installTime: 300_000 });
        stack.simulator.addFault({ action: "*", kind: "reset-before", times: 2 });
        const { reasons } = await stack.up(create);
        expect(reasons[0]).toBe("stopped: the time-out of 1 min is over (resource option customTimeouts)");
    });

    test("of a destroy names it as well", async () => {
        const stack = new VirtualStack();
        await stack.up({ ...PROGRAM, __timeouts: { delete: "60s" } });
        stack.simulator.addFault({ action: "UninstallClient", kind: "throttle", times: "always" });
        const { reasons } = await stack.destroy();
        expect(reasons[0]).toMatch(
            /^stopped: the time-out .*; the last error: UninstallClient failed: Throttling/,
        );
    });
});
