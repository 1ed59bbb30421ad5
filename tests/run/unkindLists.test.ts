import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

const FLEET = instances(250);

test.each([
    { shuffleRows: true },
    { duplicateRows: 0.1 },
    { listLagJitter: "9s" },
    { shuffleRows: true, duplicateRows: 0.05 },
    { shuffleRows: true, listLagJitter: "9s" },
])("a list with %j hides no client, and costs a removal only some more reads", async (switches) => {
    const stack = await installed(150);
    stack.simulator.setSwitches(switches);
    expect((await stack.up({ instances: FLEET })).infos).toEqual(["100 installed"]);
    expect(Object.values(stack.simulator.requests().installs)).toEqual(Array(100).fill(1));
    // Without a state, nothing is known of any client.
    stack.state = undefined;
    expect((await stack.up({ instances: FLEET })).infos).toEqual(["250 adopted"]);
    await stack.refresh();
    expect((await stack.up({ instances: FLEET })).infos).toEqual(["unchanged"]);
    stack.simulator.resetRequests();
    expect((await stack.destroy()).reasons).toEqual([]);
    expect(new Set(Object.values(stack.statuses()))).toEqual(new Set(["NOT_INSTALLED"]));
    expect(stack.calls("UninstallClient")).toBe(250);
    expect(stack.calls("DescribeClients")).toBeLessThan(450);
});

/** A run that was cut off, and then what its user does next, while each reading of the list is up to 9 s old. */
describe("a list that is older at one reading than at the one before", () => {
    const removal = "UninstallAndDelete";
    const program = { instances: instances(5), removal } as const;
    const NEXT = {
        "the same program": program,
        "one more": { ...program, instances: instances(6) },
        "a reinstallation": { ...program, triggers: [1] },
        "another cluster": { ...program, instances: instances(5, "cl-2") },
        "a destroy": undefined,
    };

    test.each(Object.entries(NEXT))(
        "costs no client twice and leaves none behind: %s",
        async (_name, next) => {
            for (let seed = 1; seed <= 8; seed += 1) {
                // Not much longer than the list may lag.
                const stack = new VirtualStack({ seed, installTime: 15_000 });
                const keepClientId = seed % 3 !== 0;
                stack.simulator.setSwitches({ listLagJitter: "9s", keepClientId });
                if (seed % 4 === 0)
                    stack.simulator.addFault({ action: "CreateClients", kind: "reset-after" });
                await stack.up(program, { kind: "Ctrl-C", afterMs: 500 + seed * 2_500 });
                if (next) {
                    expect((await stack.up(next)).reasons).toEqual([]);
                    expect((await stack.up(next)).reasons).toEqual([]);
                }
                expect((await stack.destroy()).reasons).toEqual([]);
                await stack.clock.sleep(60_000);
                expect([seed, stack.statuses(), stack.duplicateInstalls]).toEqual([seed, {}, 0]);
            }
        },
    );
});
