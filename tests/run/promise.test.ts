import fc from "fast-check";
import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

function writes(stack: VirtualStack): number {
    return stack.calls("CreateClients") + stack.calls("UninstallClient") + stack.calls("DeleteClient");
}

describe("a setting that the service does not take over", () => {
    test("is said once, kept by instance, and no reason to reinstall again", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ ignoreSettings: ["UseHttps"] });
        const program = { instances: instances(3), useHttps: true };
        const first = await stack.up(program);
        expect(first.warnings).toEqual([
            "i-001, i-002, i-003: the service did not apply useHttps false → true; " +
                "it is not tried again until the program changes useHttps",
        ]);
        expect(stack.state?.clients["i-001"]).toMatchObject({ settingsNotTaken: { useHttps: false } });
        stack.simulator.resetRequests();
        await stack.refresh();
        expect((await stack.up(program)).infos).toEqual(["unchanged"]);
        const more = await stack.up({ ...program, instances: instances(4) });
        expect(more.infos).toContain("1 installed");
        expect(stack.simulator.requests().installs).toEqual({ "i-004": 1 });
        expect(stack.calls("UninstallClient")).toBe(0);
        expect(stack.state?.clients["i-001"]).toMatchObject({ settingsNotTaken: { useHttps: false } });
    });

    test("is judged when the list has had the time to catch up", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ listLag: 8_000 });
        expect((await stack.up({ instances: instances(1), useHttps: true })).warnings).toEqual([]);
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("settingsNotTaken");
    });

    test("is no such setting where it shows some seconds after the installation", async () => {
        const stack = new VirtualStack({ installTime: 5_000 });
        stack.simulator.setSwitches({ ignoreSettings: ["UseHttps"] });
        const late = async (): Promise<void> => {
            const client = () => stack.simulator.world().clients[0];
            while (client()?.status !== "ACTIVATED") await stack.clock.sleep(100);
            await stack.clock.sleep(6_000);
            stack.simulator.patchClient(client()?.clientId ?? "", { useHttps: true });
        };
        const [end] = await Promise.all([stack.up({ instances: instances(1), useHttps: true }), late()]);
        expect(end.warnings).toEqual([]);
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("settingsNotTaken");
    });

    test("is done without a call where the program goes back to what the service shows", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ ignoreSettings: ["UseHttps"] });
        await stack.up({ instances: instances(2), useHttps: true });
        stack.simulator.resetRequests();
        expect((await stack.up({ instances: instances(2), useHttps: false })).infos).toEqual([
            "plan: record settings",
        ]);
        expect(stack.simulator.requests().total).toBe(0);
    });

    test("is tried once more where the program changes it", async () => {
        const stack = await installed(2, { useHttps: false });
        stack.simulator.setSwitches({ ignoreSettings: ["UseHttps"] });
        const program = { instances: instances(2), useHttps: true };
        expect((await stack.up(program)).infos).toContain("2 reinstalled");
        expect(stack.state?.clients["i-001"]).toMatchObject({ settingsNotTaken: { useHttps: false } });
        expect((await stack.up(program)).infos).toEqual(["unchanged"]);
    });

    test("and that the list does not show counts as taken", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ hideSettings: ["UseHttps"], ignoreSettings: ["UseHttps"] });
        const program = { instances: instances(3), useHttps: true };
        expect((await stack.up(program)).warnings).toEqual([]);
        await stack.refresh();
        expect((await stack.up(program)).infos).toEqual(["unchanged"]);
        await stack.up({ ...program, instances: instances(4) });
        expect(stack.calls("UninstallClient")).toBe(0);
    });
});

describe("a difference that a run meets and no preview has said", () => {
    test("is a warning, and stands in the next preview, which reinstalls it", async () => {
        const stack = await installed(3, { useHttps: true });
        const { clientId = "" } = stack.state?.clients["i-002"] ?? {};
        stack.simulator.patchClient(clientId, { useHttps: false });
        const program = { instances: instances(4), useHttps: true };
        const met = await stack.up(program);
        expect(met.warnings).toEqual([
            "i-002: kept unchanged, though it differs from the program (useHttps false → true); the next preview shows its reinstallation",
        ]);
        expect(stack.calls("UninstallClient")).toBe(0);
        expect(stack.state?.clients["i-002"]).toMatchObject({
            pendingAction: "reinstall",
            drift: { useHttps: false },
        });
        expect((await stack.up(program)).infos).toContain("1 reinstalled");
        expect(stack.state?.clients["i-002"]).not.toHaveProperty("drift");
        expect((await stack.up(program)).infos).toEqual(["unchanged"]);
    });

    test("is over without a call where the declared value is there again", async () => {
        const stack = await installed(2, { useHttps: true });
        const { clientId = "" } = stack.state?.clients["i-001"] ?? {};
        stack.simulator.patchClient(clientId, { useHttps: false });
        await stack.refresh();
        expect(stack.state?.clients["i-001"]).toMatchObject({ drift: { useHttps: false } });
        stack.simulator.patchClient(clientId, { useHttps: true });
        const program = { instances: instances(2), useHttps: true };
        expect((await stack.up(program)).reasons).toEqual([]);
        expect(writes(stack)).toBe(0);
        expect((await stack.up(program)).infos).toEqual(["unchanged"]);
    });
});

test("an agent that the state calls broken and that works again is not reinstalled for what the program has changed", async () => {
    const stack = await installed(2, { triggers: [1] });
    const { clientId = "" } = stack.state?.clients["i-001"] ?? {};
    stack.simulator.patchClient(clientId, { status: "NOT_INSTALLED" });
    await stack.refresh();
    stack.simulator.patchClient(clientId, { status: "ACTIVATED" });
    // The preview says `repair 1: i-001 (NOT_INSTALLED)`, and nothing of a healthy client.
    await stack.up({ instances: instances(2), triggers: [2] });
    expect(stack.simulator.requests().installs).toEqual({ "i-002": 1 });
    expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "reinstall", status: "ACTIVATED" });
    await stack.up({ instances: instances(2), triggers: [2] });
    expect(stack.simulator.requests().installs).toEqual({ "i-001": 1, "i-002": 1 });
});

const names = fc.subarray(["UseHttps", "AlertSetting"] as const);

test("no healthy client that the preview keeps gets a write, whatever the service hides, alters or refuses", async () => {
    await fc.assert(
        fc.asyncProperty(
            fc.record({ ignoreSettings: names, hideSettings: names, keepClientId: fc.boolean() }),
            fc.array(
                fc.record({
                    count: fc.integer({ min: 1, max: 5 }),
                    useHttps: fc.constantFrom(undefined, true, false),
                    alertSetting: fc.constantFrom(undefined, "INHERITED"),
                    triggers: fc.constantFrom(undefined, [1], [2]),
                    drifted: fc.array(fc.nat({ max: 4 }), { maxLength: 2 }),
                    broken: fc.array(fc.nat({ max: 4 }), { maxLength: 2 }),
                    refresh: fc.boolean(),
                    fault: fc.constantFrom(undefined, "reset-after", "not-json", "task-failed"),
                    cut: fc.option(fc.nat({ max: 100_000 })),
                }),
                { minLength: 2, maxLength: 4 },
            ),
            async (switches, steps) => {
                const stack = new VirtualStack();
                stack.simulator.setSwitches(switches);
                for (const { count, drifted, broken, refresh, fault, cut, ...settings } of steps) {
                    const { clients } = stack.simulator.world();
                    for (const index of drifted)
                        if (clients[index])
                            stack.simulator.patchClient(clients[index].clientId, {
                                useHttps: !clients[index].useHttps,
                            });
                    for (const index of broken)
                        if (clients[index])
                            stack.simulator.patchClient(clients[index].clientId, { status: "DEACTIVATED" });
                    if (refresh) await stack.refresh();
                    if (fault) stack.simulator.addFault({ action: "CreateClients", kind: fault });
                    // The stack itself compares each run with its preview.
                    await stack.up(
                        { instances: instances(count), ...settings },
                        cut === null ? undefined : { kind: "Ctrl-C", afterMs: cut },
                    );
                    stack.simulator.clearFaults();
                }
                expect(stack.duplicateInstalls).toBe(0);
            },
        ),
        { numRuns: 150 },
    );
});
