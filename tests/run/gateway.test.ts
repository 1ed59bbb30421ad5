import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

const FLEET = { instances: instances(3) };
const BUSY = { kind: "not-json", effect: "before", retryAfterMs: 20_000 } as const;

/** The calls of an action that came less than 20 s after the service had asked for that time. */
function tooEarly({ simulator }: VirtualStack, action: string): number[] {
    const calls = simulator.requests().log.filter((call) => call.action === action);
    const asked = calls.filter(({ code }) => code === "NotJson").map(({ at }) => at);
    return calls.map(({ at }) => at).filter((at) => asked.some((since) => at > since && at < since + 20_000));
}

describe.each([502, 503])("a gateway that answers with a page of HTML (%i)", (status) => {
    test.each(["CreateClients", "DescribeClients", "DescribeTask"])(
        "and says when to come back is not asked before, and nobody fails: %s",
        async (action) => {
            const stack = new VirtualStack();
            stack.simulator.addFault({ action, status, ...BUSY, times: 2 });
            expect((await stack.up(FLEET)).infos).toEqual(["3 installed"]);
            expect(stack.calls(action)).toBeGreaterThan(2);
            expect(tooEarly(stack, action)).toEqual([]);
            expect(stack.duplicateInstalls).toBe(0);
        },
    );

    test.each(["before", "after"] as const)(
        "%s the request takes effect, in each call of a fleet's life, does no harm",
        async (effect) => {
            const stack = new VirtualStack();
            const fail = (...actions: string[]): void => {
                for (const action of actions)
                    stack.simulator.addFault({ action, kind: "not-json", status, effect });
            };
            fail("DescribeClients", "CreateClients", "DescribeTask");
            expect((await stack.up(FLEET)).infos).toEqual(["3 installed"]);
            fail("UninstallClient", "DeleteClient");
            await stack.up({ ...FLEET, removal: "UninstallAndDelete" });
            expect((await stack.destroy()).infos).toEqual(["3 uninstalled and deleted"]);
            expect(stack.duplicateInstalls).toBe(0);
        },
    );
});

test("a service that is never back ends the run with the status", async () => {
    const stack = await installed(2);
    stack.simulator.addFault({ action: "DescribeClients", kind: "not-json", status: 502, times: "always" });
    const end = await stack.up(FLEET);
    expect(end.reasons).toEqual([
        expect.stringMatching(
            /^DescribeClients failed: ServiceUnavailable: .*\(HTTP 502\); run the command again/,
        ),
    ]);
    expect(stack.calls("DescribeClients")).toBe(8);
});
