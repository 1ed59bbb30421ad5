import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";

/** Its record moves from the second page to the first when another on that one is deleted. */
const MISSED = "i-099";

/** A fleet of 120, and before it the record of another; the instance whose record will move takes long. */
async function fleet(more: object = {}): Promise<VirtualStack> {
    const first = { vaultId: VAULT, instanceId: "i-other", clusterId: "cl-1", clientId: "c-first" };
    const stack = new VirtualStack({ world: { clients: [first] } });
    await stack.up({ instances: instances(120), ...more });
    expect(stack.simulator.world().clients[99]?.instanceId).toBe(MISSED);
    stack.simulator.patchInstance(MISSED, { installTime: "5m" });
    stack.simulator.resetRequests();
    return stack;
}

/**
 * At the first reading of the list after so many calls of an action, the first record goes and another one comes,
 * between the first two pages.
 */
function shift({ simulator }: VirtualStack, action = "DescribeClients", calls = 0): void {
    simulator.onRequest((name, parameters) => {
        if (name !== "DescribeClients" || parameters["PageNumber"] !== "2") return;
        if ((simulator.requests().byAction[action] ?? 0) < calls) return;
        simulator.onRequest(undefined);
        simulator.deleteClient("c-first");
        simulator.addClient({ vaultId: VAULT, instanceId: "i-another", clusterId: "cl-1" });
    });
}

/** The clients that were looked at one by one. */
function looksAtOne({ simulator }: VirtualStack): readonly (string | undefined)[] {
    const looks = simulator.requests().log.filter(({ action }) => action === "DescribeClients");
    return looks.flatMap(({ parameters }) => parameters["ClientId"] ?? []);
}

describe("a list whose pages shift while it is read", () => {
    test("makes no run install a healthy client again", async () => {
        const stack = await fleet();
        shift(stack);
        expect((await stack.up({ instances: instances(121) })).reasons).toEqual([]);
        expect(stack.simulator.requests().installs).toEqual({ "i-121": 1 });
        expect(looksAtOne(stack)).toEqual([stack.state?.clients[MISSED]?.clientId]);
    });

    test.each([
        ["DescribeClients", 0],
        ["UninstallClient", 120],
    ] as const)("makes no removal forget a client (after %s %i)", async (action, calls) => {
        for (const removal of ["Uninstall", "UninstallAndDelete"] as const) {
            const stack = await fleet({ removal });
            shift(stack, action, calls);
            expect((await stack.destroy()).reasons).toEqual([]);
            const left = Object.entries(stack.statuses()).filter(([, status]) => status !== "NOT_INSTALLED");
            expect(left).toEqual([["i-another@cl-1", "ACTIVATED"]]);
            expect(looksAtOne(stack)).toHaveLength(1);
        }
    });

    test("makes no reinstallation begin before the old agent is uninstalled", async () => {
        const stack = await fleet();
        // The fifth batch is being uninstalled.
        shift(stack, "UninstallClient", 100);
        const rollout = { batchSize: 20, parallelism: 1 };
        const end = await stack.up({ instances: instances(120), rollout, triggers: [1] });
        expect(end.reasons).toEqual([]);
        expect(stack.duplicateInstalls).toBe(0);
        // The others of its batch do not wait for the one that takes long.
        expect(stack.calls("CreateClients")).toBe(7);
    });

    test("makes no lost answer to UninstallClient an uninstallation", async () => {
        const stack = await fleet();
        const { clientId = "" } = stack.state?.clients[MISSED] ?? {};
        stack.simulator.addFault({ action: "UninstallClient", kind: "reset-before", instanceId: MISSED });
        shift(stack, "UninstallClient", 120);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.simulator.world().clients).toContainEqual(
            expect.objectContaining({ clientId, status: "NOT_INSTALLED" }),
        );
    });

    test("makes no move leave the old client behind", async () => {
        const stack = await fleet();
        const others = instances(120).filter(({ instanceId }) => instanceId !== MISSED);
        shift(stack);
        const moved = [...others, { instanceId: MISSED, clusterId: "cl-2" }];
        expect((await stack.up({ instances: moved })).reasons).toEqual([]);
        expect(stack.statuses()).toMatchObject({
            [`${MISSED}@cl-1`]: "NOT_INSTALLED",
            [`${MISSED}@cl-2`]: "ACTIVATED",
        });
    });
});

test("the list is read once more where more than twenty clients are missing", async () => {
    const stack = await installed(30);
    for (const { clientId } of stack.simulator.world().clients.slice(0, 25))
        stack.simulator.deleteClient(clientId);
    expect((await stack.up({ instances: instances(31) })).infos).toContainEqual(
        expect.stringMatching(/25 repaired/),
    );
    expect(looksAtOne(stack)).toEqual([]);
});

test("a client that is really gone is looked at once, and not at each reading", async () => {
    const stack = await installed(30);
    const [gone] = stack.simulator.world().clients;
    stack.simulator.deleteClient(gone?.clientId ?? "");
    expect((await stack.up({ instances: instances(31) })).reasons).toEqual([]);
    expect(looksAtOne(stack)).toEqual([gone?.clientId]);
});
