import { expectFailed, expectOk, isSecret, type ResourceSpec, type Result, type Stack } from "./harness";
import {
    fleet,
    NOTHING,
    operationsOf,
    OTHER_CLUSTER,
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
        fleet("renamed", ["i-r"], {}, { additionalSecretOutputs: ["taskIds"] }),
        fleet("ignoring", ["i-i"]),
        fleet("pathIgnoring", ["i-n"]),
        fleet("replacing", ["i-p"]),
        fleet("guarded", ["i-g1", "i-g2"], {}, { protect: true }),
        fleet("ordered", ["i-o"]),
        fleet("forgotten", ["i-f"], {}, { retainOnDelete: true }),
        fleet("hidden", ["i-h1"], {}, { hideDiffs: ["instances"] }),
        fleet("triggered", ["i-t"], {}, { replacementTrigger: "old" }),
        fleet("following", ["i-l"], {}, { replaceWith: ["ordered"] }),
        fleet("gone", ["i-x"]),
        fleet("goneWith", ["i-w"], {}, { deletedWith: "gone" }),
    ];
    const aliases = [{ name: "renamed", parent: null }];
    const renamed = fleet("renamed", ["i-r"], {}, { aliases, parent: "group" });
    const moved = { instanceId: "i-n", clusterId: OTHER_CLUSTER };
    const second: ResourceSpec[] = [
        { ...renamed, name: "newName" },
        fleet("ignoring", ["i-new"], { triggers: ["new"] }, { ignoreChanges: ["instances", "triggers"] }),
        fleet("pathIgnoring", [moved], {}, { ignoreChanges: ["instances[0].clusterId"] }),
        fleet("replacing", ["i-p"], { triggers: ["new"] }, { replaceOnChanges: ["triggers"] }),
        fleet("guarded", ["i-g1"], {}, { protect: true }),
        fleet("ordered", ["i-o"], OTHER_ACCOUNT, { deleteBeforeReplace: false }),
        fleet("hidden", ["i-h1", "i-h2"], {}, { hideDiffs: ["instances"] }),
        fleet("triggered", ["i-t"], {}, { replacementTrigger: "new" }),
        fleet("following", ["i-l"], {}, { replaceWith: ["ordered"] }),
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

    it("additionalSecretOutputs: more outputs are secrets; credentials always is one", () => {
        const { outputs, additionalSecretOutputs } = firstUp.state.resource("renamed");
        expect(isSecret(outputs?.["taskIds"])).toBe(true);
        expect(additionalSecretOutputs).toEqual(expect.arrayContaining(["credentials", "taskIds"]));
        expect(firstUp.state.resource("before").additionalSecretOutputs).toEqual(["credentials"]);
    });

    describe("in a second run", () => {
        beforeAll(async () => {
            simulator.resetRequests();
            preview = expectOk(await stack.preview(second, { args: ["--diff"] }));
            up = expectOk(await stack.up(second));
        });

        it("aliases: a resource that is renamed and moved keeps its clients, and the state its results", () => {
            expect(up.state.resource("newName").parent).toMatch(/::group$/);
            expect(operationsOf(up)["newName"]).toBe("same");
            expect(touchedBy(simulator, "renamed")).toEqual(NOTHING);
            expect(statusesOf(up.state, "newName")).toEqual({ "i-r": "ACTIVATED" });
        });

        it("ignoreChanges: neither other instances nor another trigger are a change", () => {
            expect(operationsOf(preview)["ignoring"]).toBe("same");
            expect(touchedBy(simulator, "ignoring")).toEqual(NOTHING);
        });

        it("ignoreChanges: a path into the list has no effect", () => {
            expect(planOf(preview, "pathIgnoring")).toMatch(/^plan: reinstall 1: i-n \(clusterId /);
            expect(recordsOf(simulator, "pathIgnoring")).toEqual({ "i-n": "ACTIVATED" });
        });

        it("hideDiffs: the diff of the property is hidden, and the plan line is not", () => {
            expect(preview.stdout).toMatch(/~ instances \(hidden\)/);
            expect(planOf(preview, "hidden")).toBe("plan: install 1: i-h2; keep 1");
            expect(touchedBy(simulator, "hidden")).toEqual({ ...NOTHING, installed: ["i-h2"] });
        });

        it.each([
            [
                "replacementTrigger",
                "says both",
                "triggered",
                "i-t",
                "replace; uninstall 1: i-t; install 1: i-t",
            ],
            ["replaceWith", "names the installation", "following", "i-l", "install 1: i-l"],
        ])("%s: the fleet is uninstalled and installed, and the plan line %s", (_, __, name, id, plan) => {
            expect(operationsOf(up)[name]).toMatch(/^delete-replaced\b.*\bcreate-replacement\b/);
            expect(planOf(preview, name)).toBe(`plan: ${plan}`);
            expect(touchedBy(simulator, name)).toEqual({
                ...NOTHING,
                installed: [id],
                uninstalled: [id],
            });
            expect(statusesOf(up.state, name)).toEqual({ [id]: "ACTIVATED" });
        });

        it("deletedWith: the clients stay where they are if the other resource is removed too", () => {
            expect(operationsOf(up)).toMatchObject({ gone: "delete", goneWith: "delete" });
            expect(touchedBy(simulator, "gone").uninstalled).toEqual(["i-x"]);
            expect(touchedBy(simulator, "goneWith")).toEqual(NOTHING);
            expect(recordsOf(simulator, "goneWith")).toEqual({ "i-w": "ACTIVATED" });
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

        it("protect: the resource cannot be destroyed or replaced", async () => {
            const replaced = fleet("guarded", ["i-g1"], OTHER_ACCOUNT, { protect: true });
            const others = second.filter(({ name }) => name !== "guarded");
            expectFailed(await stack.up([...others, replaced]));
            const destroy = expectFailed(await stack.destroy());
            expect(destroy.state.find("guarded")).toBeDefined();
            expect(recordsOf(simulator, "guarded")).toEqual({ "i-g1": "ACTIVATED", "i-g2": "NOT_INSTALLED" });
        });
    });
});
