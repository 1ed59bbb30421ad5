import { instances, VAULT, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

describe("clients that are already there", () => {
    const there = (status: "ACTIVATED" | "UNKNOWN" | "INSTALLING", more = {}) => ({
        clients: [
            { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1", clientId: "c-old", status, ...more },
        ],
    });

    test("healthy: adopted, not reinstalled", async () => {
        const stack = new VirtualStack({ world: there("ACTIVATED") });
        const end = await stack.up({ instances: instances(2) });
        expect(end.infos).toContain("1 installed, 1 adopted");
        expect(stack.simulator.requests().installs).toEqual({ "i-002": 1 });
        expect(stack.state?.clients["i-001"]).toMatchObject({ clientId: "c-old", status: "ACTIVATED" });
    });

    test("with other settings: adopted with a warning, and reinstalled by the next update", async () => {
        const stack = new VirtualStack({ world: there("ACTIVATED", { useHttps: false }) });
        const program = { instances: instances(1), useHttps: true };
        const end = await stack.up(program);
        expect(end.warnings[0]).toMatch(
            /^i-001: adopted unchanged, though it differs from the program \(useHttps false → true\)/,
        );
        expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "reinstall" });
        expect((await stack.up(program)).reasons).toEqual([]);
        expect(stack.simulator.world().clients).toMatchObject([{ status: "ACTIVATED", useHttps: true }]);
        expect((await stack.up(program)).infos).toEqual(["unchanged"]);
    });

    test("with adoptExisting false: an error that names the client; what is not there is installed", async () => {
        const stack = new VirtualStack({ world: there("ACTIVATED") });
        const end = await stack.up({
            instances: instances(2),
            adoptExisting: false,
            removal: "UninstallAndDelete",
        });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-001: ClientAlreadyExists: client c-old \(ACTIVATED\)/),
        ]);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED", "i-002@cl-1": "ACTIVATED" });
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED" });
    });

    test("being installed by somebody else: waited for, then adopted", async () => {
        const stack = new VirtualStack({ world: there("INSTALLING") });
        expect((await stack.up({ instances: instances(1) })).reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(0);
    });

    test("UNKNOWN for longer than the grace: failed, not adopted and not reinstalled", async () => {
        const stack = new VirtualStack({ world: there("UNKNOWN") });
        const end = await stack.up({ instances: instances(1) });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-001: ClientNotHealthy: client c-old is already there and UNKNOWN/),
        ]);
        expect(end.elapsedMs).toBeGreaterThanOrEqual(2 * MINUTE);
        expect(end.elapsedMs).toBeLessThan(3 * MINUTE);
        expect(stack.calls("CreateClients") + stack.calls("UninstallClient")).toBe(0);
        expect(stack.state?.failedInstanceIds).toEqual(["i-001"]);
    });

    test("UNKNOWN, and so not taken over: tried again by the next up, and left alone by a destroy", async () => {
        const stack = new VirtualStack({ world: there("UNKNOWN") });
        await stack.up({ instances: instances(1) });
        expect((await stack.up({ instances: instances(1) })).reasons).toHaveLength(1);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "UNKNOWN" });

        const other = new VirtualStack({ world: there("UNKNOWN") });
        await other.up({ instances: instances(1), removal: "UninstallAndDelete" });
        other.simulator.patchClient("c-old", { status: "ACTIVATED" });
        await other.refresh();
        expect(await other.up({ instances: instances(1), removal: "UninstallAndDelete" })).toMatchObject({
            reasons: [],
            infos: ["1 adopted"],
        });
        expect((await other.destroy()).reasons).toEqual([]);
        expect(other.statuses()).toEqual({});
    });

    test("UNKNOWN, and the run is stopped before the grace is over: not ours, so left alone by a destroy", async () => {
        const stack = new VirtualStack({ world: there("UNKNOWN") });
        const end = await stack.up({ instances: instances(1) }, { kind: "Ctrl-C", afterMs: MINUTE });
        expect(end.reasons.join()).toMatch(/still to be done, by the next `pulumi up`: i-001/);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "UNKNOWN" });
    });

    test("UNKNOWN within the grace only: adopted", async () => {
        const stack = new VirtualStack({ world: there("UNKNOWN") });
        void stack.clock
            .sleep(MINUTE)
            .then(() => stack.simulator.patchClient("c-old", { status: "ACTIVATED" }));
        expect((await stack.up({ instances: instances(1) })).reasons).toEqual([]);
    });
});
