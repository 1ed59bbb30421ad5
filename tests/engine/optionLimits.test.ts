import path from "node:path";
import { expectFailed, expectOk } from "./harness";
import { pulumiImport } from "./importing";
import { CLUSTER, fleet, operationsOf, recordsOf, saidOf, scenes, vaultsOf } from "./support";

const scene = scenes();

/** What docs/options.md says of the options that a dynamic provider cannot honour, or not as one might think. */
describe("a resource option with its limits", () => {
    it("a transform that sets customTimeouts reaches the engine, and not the provider", async () => {
        const { stack } = await scene({ world: vaultsOf("hana") });
        const { state } = expectOk(
            await stack.up({ file: path.join(__dirname, "programs", "transform", "index.ts") }),
        );
        expect(state.resource("hana").customTimeouts).toMatchObject({ create: 420 });
        expect(state.resource("hana").outputs).not.toHaveProperty("__timeouts");
    });

    it("import fails, and changes nothing", async () => {
        const { stack, simulator } = await scene({
            world: {
                ...vaultsOf("hana"),
                clients: [{ vaultId: "v-hana", instanceId: "i-a1", clusterId: CLUSTER, status: "ACTIVATED" }],
            },
        });
        const up = expectFailed(await stack.up([fleet("hana", ["i-a1"], {}, { import: "v-hana" })]));
        expect(up.state.find("hana")).toBeUndefined();
        expect(recordsOf(simulator, "hana")).toEqual({ "i-a1": "ACTIVATED" });
        const type = "pulumi-nodejs:dynamic/alicloud-hbr:BackupClients";
        const inline = await pulumiImport(stack, [type, "hana", "v-hana"]);
        expect(inline.code).not.toBe(0);
        expect(inline.stdout).toContain("hana **importing failed**");
        expect(stack.state().find("hana")).toBeUndefined();
    });

    it("customTimeouts, dependsOn and parent are kept by two fleets of one component", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("first", "second") });
        const opts = { parent: "group", customTimeouts: { create: "10m", delete: "11m" } };
        const { state } = expectOk(
            await stack.up([
                fleet("first", ["i-a1"], {}, opts),
                fleet("second", ["i-b1"], {}, { ...opts, dependsOn: ["first"] }),
            ]),
        );
        const second = state.resource("second");
        expect(second.parent).toMatch(/::group$/);
        expect(second.dependencies).toEqual([state.resource("first").urn]);
        expect(second.outputs).toMatchObject({
            __timeouts: { create: "10m", delete: "11m" },
            __urn: second.urn,
        });
        expect(recordsOf(simulator, "second")).toEqual({ "i-b1": "ACTIVATED" });
    });

    it("deletedWith: a destroy forgets the fleet together with the other one, and its agents stay", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("first", "second") });
        expectOk(
            await stack.up([
                fleet("first", ["i-a1"]),
                fleet("second", ["i-b1"], {}, { deletedWith: "first" }),
            ]),
        );
        const { state } = expectOk(await stack.destroy());
        expect(state.resources).toEqual([]);
        expect(recordsOf(simulator, "first")).toEqual({ "i-a1": "NOT_INSTALLED" });
        expect(recordsOf(simulator, "second")).toEqual({ "i-b1": "ACTIVATED" });
    });

    it("a replacement that was asked for on the command line: the engine's rows say it, the plan what comes of it", async () => {
        // The engine shows the provider such a resource as a new one: no old inputs, and no diff.
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const program = [fleet("hana", ["i-a1"])];
        const { state } = expectOk(await stack.up(program));
        const args = ["--replace", state.resource("hana").urn];
        const preview = expectOk(await stack.preview(program, { args }));
        expect(operationsOf(preview).hana).toMatch(/^delete-replaced\b.*\bcreate-replacement\b/);
        expect(saidOf(preview, "hana")).toEqual(["info: plan: install 1: i-a1"]);
        expectOk(await stack.up(program, { args }));
        expect(recordsOf(simulator, "hana")).toEqual({ "i-a1": "ACTIVATED" });
        expect(simulator.requests().installs).toEqual({ "i-a1": 2 });
    });
});
