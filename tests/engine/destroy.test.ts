import { expectFailed, expectOk, type Result } from "./harness";
import {
    clientIdOf,
    clientsOf,
    countOf,
    fleet,
    recordsOf,
    saidOf,
    type Scene,
    scenes,
    touchedBy,
    vaultsOf,
} from "./support";

const scene = scenes();

describe("a destroy", () => {
    const deleting = { removal: "UninstallAndDelete" };
    const program = [
        fleet("whole", ["i-a1", "i-a2"], deleting),
        fleet("partly", ["i-b1", "i-b2", "i-b3"], deleting),
        fleet("records-gone", ["i-c1"], deleting),
        fleet("uninstalled", ["i-d1"], deleting),
        fleet("instance-gone", ["i-e1"], deleting),
    ];
    let simulator: Scene["simulator"];
    let up: Result;
    let failed: Result;
    let again: Result;
    let onceMore: Result;
    let firstCalls: Record<string, ReturnType<typeof touchedBy>>;

    beforeAll(async () => {
        const { stack, ...its } = await scene({ world: vaultsOf(...program.map(({ name }) => name)) });
        simulator = its.simulator;
        up = expectOk(await stack.up(program));
        simulator.deleteClient(clientIdOf(simulator, "i-c1"));
        simulator.patchClient(clientIdOf(simulator, "i-d1"), { status: "NOT_INSTALLED" });
        simulator.patchInstance("i-e1", { state: "Released" });
        // An agent that cannot be reached cannot be uninstalled.
        simulator.patchInstance("i-b2", { cloudAssistant: false });
        simulator.resetRequests();
        failed = expectFailed(await stack.destroy({ args: ["--continue-on-error"] }));
        firstCalls = Object.fromEntries(program.map(({ name }) => [name, touchedBy(simulator, name)]));
        simulator.patchInstance("i-b2", { cloudAssistant: true });
        simulator.resetRequests();
        again = expectOk(await stack.destroy());
        onceMore = expectOk(await stack.destroy());
    });

    it("uninstalls the agents, and deletes their records", () => {
        expect(firstCalls.whole).toEqual({
            installed: [],
            uninstalled: ["i-a1", "i-a2"],
            deleted: ["i-a1", "i-a2"],
        });
        expect(recordsOf(simulator, "whole")).toEqual({});
        expect(failed.state.find("whole")).toBeUndefined();
        expect(saidOf(failed, "whole")).toEqual([
            "warning: uninstall and delete 2: i-a1, i-a2 (their backups may be deleted with their records)",
            "info: 2 uninstalled and deleted",
        ]);
    });

    it("counts what is already gone as done", () => {
        expect(firstCalls["records-gone"]).toEqual({ installed: [], uninstalled: [], deleted: [] });
        expect(failed.state.find("records-gone")).toBeUndefined();
        expect(firstCalls.uninstalled).toEqual({ installed: [], uninstalled: [], deleted: ["i-d1"] });
        expect(failed.state.find("uninstalled")).toBeUndefined();
    });

    it("deletes the record of an instance that is no more", () => {
        expect(recordsOf(simulator, "instance-gone")).toEqual({});
        expect(failed.state.find("instance-gone")).toBeUndefined();
    });

    it("fails where an agent stays, with the reason, after all else is removed", () => {
        expect(firstCalls.partly).toMatchObject({ uninstalled: ["i-b1", "i-b2", "i-b3"] });
        expect(saidOf(failed, "partly")).toEqual([
            expect.stringMatching(/^warning: uninstall and delete 3: i-b1, i-b2, i-b3 /),
            "info: 2 uninstalled and deleted, 1 failed",
            expect.stringMatching(
                /^error: i-b2: .*CloudAssistNotRunningOnInstance.*; install or start the Cloud Assistant agent/,
            ),
        ]);
        expect(failed.stdout + failed.stderr).not.toContain("    at ");
        expect(clientsOf(failed.state, "partly")).toEqual(clientsOf(up.state, "partly"));
    });

    it("removes only what is left when it runs again", () => {
        expect(touchedBy(simulator, "partly")).toEqual({
            installed: [],
            uninstalled: ["i-b2"],
            deleted: ["i-b2"],
        });
        expect(again.state.resources).toEqual([]);
        expect(simulator.world().clients).toEqual([]);
    });

    it("does nothing when nothing is left", () => {
        expect(onceMore.state.resources).toEqual([]);
        expect(countOf(simulator, "UninstallClient")).toBe(1);
    });
});

describe("a destroy of clients whose vault is gone", () => {
    it("is done at once, and warns, because the vault may only be looked for in the wrong place", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        expectOk(await stack.up([fleet("hana", ["i-a1"])]));
        simulator.setWorld({ vaults: ["v-other"] });
        const destroy = expectOk(await stack.destroy());
        expect(destroy.state.resources).toEqual([]);
        expect(saidOf(destroy, "hana")).toEqual([
            "warning: there is no vault v-hana (region cn-hangzhou): its clients count as removed, without an uninstallation " +
                "(i-a1). If the vault exists, region, endpoint or keys of the provider are not its own, and the clients are " +
                "still there",
        ]);
    });
});
