import { installed } from "./installed";
import { instances } from "./virtualStack";

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
