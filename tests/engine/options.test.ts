import { expectFailed, expectOk, type ResourceSpec, type Result, type Stack } from "./harness";
import {
    fleet,
    NOTHING,
    operationsOf,
    planOf,
    recordsOf,
    type Scene,
    scenes,
    statusesOf,
    touchedBy,
    vaultOf,
} from "./support";

const scene = scenes();

const OTHER_ACCOUNT = {
    crossAccountType: "CROSS_ACCOUNT",
    crossAccountUserId: "1234567890123456",
    crossAccountRoleName: "hbrcrossrole",
};

/** What docs/options.md says. */
describe("resource options", () => {
    let simulator: Scene["simulator"];
    let stack: Stack;
    let firstUp: Result;
    let preview: Result;
    let up: Result;

    const first: ResourceSpec[] = [
        fleet("before", ["i-b"]),
        fleet("after", ["i-a"], {}, { dependsOn: ["before"] }),
        fleet("renamed", ["i-r"]),
        fleet("ignoring", ["i-i"]),
        fleet("replacing", ["i-p"]),
        fleet("guarded", ["i-g1", "i-g2"], {}, { protect: true }),
        fleet("ordered", ["i-o"]),
        fleet("forgotten", ["i-f"], {}, { retainOnDelete: true }),
    ];
    const renamed = fleet("renamed", ["i-r"], {}, { aliases: [{ name: "renamed" }] });
    const second: ResourceSpec[] = [
        { ...renamed, name: "newName" },
        fleet("ignoring", ["i-new"], { triggers: ["new"] }, { ignoreChanges: ["instances", "triggers"] }),
        fleet("replacing", ["i-p"], { triggers: ["new"] }, { replaceOnChanges: ["triggers"] }),
        fleet("guarded", ["i-g1"], {}, { protect: true }),
        fleet("ordered", ["i-o"], OTHER_ACCOUNT, { deleteBeforeReplace: false }),
    ];

    beforeAll(async () => {
        ({ simulator, stack } = await scene({ world: { vaults: first.map(({ name }) => vaultOf(name)) } }));
        firstUp = expectOk(await stack.up(first));
    });

    it("dependsOn: the clients of one resource are there before those of another are installed", () => {
        const vaults = simulator.requests().log.map(({ parameters }) => parameters["VaultId"]);
        expect(vaults.lastIndexOf(vaultOf("before"))).toBeLessThan(vaults.indexOf(vaultOf("after")));
        expect(statusesOf(firstUp.state, "after")).toEqual({ "i-a": "ACTIVATED" });
    });

    describe("in a second run", () => {
        beforeAll(async () => {
            simulator.resetRequests();
            preview = expectOk(await stack.preview(second));
            up = expectOk(await stack.up(second));
        });

        it("aliases: a renamed resource keeps its clients, and the state its results", () => {
            expect(operationsOf(up)["newName"]).toBe("same");
            expect(touchedBy(simulator, "renamed")).toEqual(NOTHING);
            expect(statusesOf(up.state, "newName")).toEqual({ "i-r": "ACTIVATED" });
        });

        it("ignoreChanges: neither other instances nor another trigger are a change", () => {
            expect(operationsOf(preview)["ignoring"]).toBe("same");
            expect(touchedBy(simulator, "ignoring")).toEqual(NOTHING);
        });

        it("replaceOnChanges has no effect: the clients are reinstalled in place", () => {
            expect(operationsOf(up)["replacing"]).toBe("update");
            expect(planOf(preview, "replacing")).toBe("plan: reinstall 1: i-p (triggers changed)");
            expect(touchedBy(simulator, "replacing")).toEqual({
                installed: ["i-p"],
                uninstalled: ["i-p"],
                deleted: [],
            });
        });

        it("protect: an instance can still be taken out of the list", () => {
            expect(touchedBy(simulator, "guarded").uninstalled).toEqual(["i-g2"]);
            expect(recordsOf(simulator, "guarded")).toEqual({ "i-g1": "ACTIVATED", "i-g2": "NOT_INSTALLED" });
        });

        it("deleteBeforeReplace: false does not lead to clients that are taken over and then removed", () => {
            expect(operationsOf(up)["ordered"]).toContain("replace");
            expect(recordsOf(simulator, "ordered")).toEqual({ "i-o": "ACTIVATED" });
            expect(statusesOf(up.state, "ordered")).toEqual({ "i-o": "ACTIVATED" });
        });

        it("retainOnDelete: a resource that leaves the program leaves its clients where they are", () => {
            expect(up.state.find("forgotten")).toBeUndefined();
            expect(touchedBy(simulator, "forgotten")).toEqual(NOTHING);
            expect(recordsOf(simulator, "forgotten")).toEqual({ "i-f": "ACTIVATED" });
        });

        it("protect: the resource cannot be destroyed", async () => {
            simulator.resetRequests();
            const destroy = expectFailed(await stack.destroy());
            expect(destroy.state.find("guarded")).toBeDefined();
            expect(recordsOf(simulator, "guarded")).toEqual({ "i-g1": "ACTIVATED", "i-g2": "NOT_INSTALLED" });
        });
    });
});
