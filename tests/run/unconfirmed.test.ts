import { instances, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;
const SECOND = 1_000;
const STOPPED_EARLY = { create: "5s" };

describe("an installation that an earlier run left open", () => {
    test("counts as installed only once its client is ACTIVATED, however often it is looked at", async () => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(1), __timeouts: STOPPED_EARLY });
        await stack.clock.sleep(2 * MINUTE);
        const [client] = stack.simulator.world().clients;
        stack.simulator.patchClient(client?.clientId ?? "", { status: "UNKNOWN" });
        for (const run of ["the next run", "the one after it"]) {
            const { reasons } = await stack.up({ instances: instances(1) });
            expect([run, ...reasons]).toEqual([
                run,
                expect.stringMatching(/^i-001: its client stays UNKNOWN/),
            ]);
            expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "install" });
        }
        stack.simulator.patchClient(client?.clientId ?? "", { status: "ACTIVATED" });
        expect((await stack.up({ instances: instances(1) })).reasons).toEqual([]);
        expect(stack.state?.failedInstanceIds).toEqual([]);
        expect(stack.calls("CreateClients") + stack.calls("UninstallClient")).toBe(1);
    });

    test("is not repeated where the list is still behind when its task is over", async () => {
        const stack = new VirtualStack({ installTime: 3 * SECOND });
        stack.simulator.setSwitches({ listLag: 9 * SECOND });
        await stack.up({ instances: instances(2) }, { kind: "Ctrl-C", afterMs: SECOND });
        expect((await stack.up({ instances: instances(2) })).reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(1);
        expect(stack.duplicateInstalls).toBe(0);
    });

    test.each(["destroy", "refresh, destroy", "leaves the program", "moves to another cluster"])(
        "leaves no client behind where the list does not show it yet: %s",
        async (how) => {
            const removal = "UninstallAndDelete";
            const stack = new VirtualStack();
            stack.simulator.setSwitches({ listLag: 9 * SECOND });
            const first = how === "leaves the program" ? instances(2) : instances(1);
            await stack.up({ instances: first, removal }, { kind: "Ctrl-C", afterMs: SECOND });
            expect(stack.calls("CreateClients")).toBe(1);
            if (how.startsWith("refresh")) await stack.refresh();
            if (how === "leaves the program")
                expect((await stack.up({ instances: instances(1), removal })).reasons).toEqual([]);
            if (how === "moves to another cluster") {
                expect((await stack.up({ instances: instances(1, "cl-2"), removal })).reasons).toEqual([]);
                expect(stack.statuses()).toEqual({ "i-001@cl-2": "ACTIVATED" });
            }
            expect((await stack.destroy()).reasons).toEqual([]);
            await stack.clock.sleep(5 * MINUTE);
            expect(stack.statuses()).toEqual({});
        },
    );

    test.each([0, 90])(
        "is followed by a reinstallation where a setting changed since, however the run between ended (list %i s behind)",
        async (lag) => {
            const stack = new VirtualStack({ installTime: 3 * MINUTE });
            stack.simulator.setSwitches({ listLag: lag * SECOND });
            const before = { instances: instances(1), triggers: [1] };
            const after = { instances: instances(1), triggers: [2] };
            await stack.up(before, { kind: "Ctrl-C", afterMs: 5 * SECOND });
            const end = await stack.up(after, { kind: "Ctrl-C", afterMs: 20 * SECOND });
            expect(end.reasons.join()).toMatch(/cancelled/);
            await stack.refresh();
            expect((await stack.up(after)).reasons).toEqual([]);
            expect(stack.simulator.requests().installs).toEqual({ "i-001": 2 });
            expect(stack.duplicateInstalls).toBe(0);
            expect(stack.state?.clients["i-001"]).not.toHaveProperty("pendingAction");
        },
    );
});

describe("a lost answer to CreateClients", () => {
    test("whose client shows up as UNKNOWN at first: not submitted again", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "CreateClients", kind: "reset-after" });
        const show = async (afterMs: number, status: "UNKNOWN" | "ACTIVATED"): Promise<void> => {
            await stack.clock.sleep(afterMs);
            for (const { clientId } of stack.simulator.world().clients)
                stack.simulator.patchClient(clientId, { status });
        };
        void show(500, "UNKNOWN").then(() => show(MINUTE, "ACTIVATED"));
        expect((await stack.up({ instances: instances(2) })).reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(1);
    });
});
