import path from "node:path";
import { expectFailed, expectOk } from "./harness";
import { pulumiImport } from "./importing";
import { CLUSTER, fleet, operationsOf, recordsOf, saidOf, scenes, statusesOf, vaultsOf } from "./support";

const scene = scenes();

/** What docs/options.md says of the options that a dynamic provider cannot honour, or not as one might think. */
describe("a resource option with its limits", () => {
    it("transforms and transformations work, but customTimeouts of theirs reach the engine only", async () => {
        const { stack } = await scene({ world: vaultsOf("hana") });
        const { state } = expectOk(
            await stack.up({ file: path.join(__dirname, "programs", "transform", "index.ts") }),
        );
        const { customTimeouts, protect, outputs } = state.resource("hana");
        expect(outputs).toMatchObject({ resourceGroupId: "rg-1", removal: "Retain" });
        expect(protect).toBe(true);
        expect(customTimeouts).toMatchObject({ create: 420 });
        expect(outputs).not.toHaveProperty("__timeouts");
    });

    it("deleteBeforeReplace false of a transform creates first, and the old fleet leaves the clients that the new one has adopted", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const file = path.join(__dirname, "programs", "create-first", "index.ts");
        expectOk(await stack.up({ file }));
        const before = recordsOf(simulator, "hana");
        const up = expectOk(await stack.up({ file }));
        expect(operationsOf(up)).toEqual({ hana: "create-replacement replace delete-replaced" });
        expect(recordsOf(simulator, "hana")).toEqual(before);
        expect(simulator.requests()).toMatchObject({ installs: { "i-a1": 1, "i-a2": 1 } });
        expect(simulator.requests().byAction).not.toHaveProperty("UninstallClient");
    });

    it('replaceOnChanges ["*"] replaces what has failed, but the clients stay, and the rest is done as in an update', async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const args = { adoptExisting: false, rollout: { bootTimeout: "0s" } };
        const program = (...ids: string[]) => [fleet("hana", ids, args, { replaceOnChanges: ["*"] })];
        simulator.patchInstance("i-2", { cloudAssistant: false });
        expectFailed(await stack.up(program("i-1", "i-2", "i-3")));
        simulator.patchInstance("i-2", { cloudAssistant: true });
        const up = expectOk(await stack.up(program("i-1", "i-2")));
        expect(operationsOf(up)).toEqual({ hana: "delete-replaced replace create-replacement" });
        expect(saidOf(up, "hana")).toEqual([
            "info: plan: install 1: i-2; uninstall 1: i-3; keep 1",
            expect.stringMatching(/^info: nothing is removed: the engine replaces the resource because/),
            expect.stringMatching(/^info: 1 installed, 1 uninstalled/),
        ]);
        expect(statusesOf(up.state, "hana")).toEqual({ "i-1": "ACTIVATED", "i-2": "ACTIVATED" });
        expect(simulator.requests().installs).toEqual({ "i-1": 1, "i-2": 1, "i-3": 1 });
    });

    it("ignoreChanges ends in a replacement, and a fleet that becomes a get of a cluster is removed: both are said", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana", "other") });
        expectOk(await stack.up([fleet("hana", ["i-1", "i-2"]), fleet("other", ["i-3"])]));
        const up = expectOk(
            await stack.up([
                { name: "hana", get: `v-hana/${CLUSTER}` },
                fleet("other", ["i-4"], { vaultId: "v-hana" }, { ignoreChanges: ["instances"] }),
            ]),
        );
        expect(operationsOf(up)).toMatchObject({ hana: "read-replacement replace delete-replaced" });
        expect(saidOf(up, "hana")[0]).toBe("info: plan: uninstall 2: i-1, i-2");
        const replaced = "info: plan: replace (vaultId v-other → v-hana); uninstall 1: i-3; install 1:";
        expect(saidOf(up, "other").slice(0, 2)).toEqual([`${replaced} i-3`, `${replaced} i-4`]);
        expect(recordsOf(simulator, "hana")).toEqual({
            "i-1": "NOT_INSTALLED",
            "i-2": "NOT_INSTALLED",
            "i-4": "ACTIVATED",
        });
    });

    it("replacementTrigger: the deletion says what it removes if a failed update has left more than the plan line names", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const rollout = { bootTimeout: "0s" };
        const program = (replacementTrigger: string, ...ids: string[]) => [
            fleet("hana", ids, { rollout }, { replacementTrigger }),
        ];
        simulator.patchInstance("i-4", { cloudAssistant: false });
        expectOk(await stack.up(program("old", "i-1")));
        expectFailed(await stack.up(program("old", "i-1", "i-3", "i-4")));
        const up = expectOk(await stack.up(program("new", "i-1")));
        expect(saidOf(up, "hana").slice(0, 2)).toEqual([
            "info: plan: replace; uninstall 1: i-1; install 1: i-1",
            expect.stringMatching(/^info: plan: uninstall 2: i-1, i-3/),
        ]);
        expect(recordsOf(simulator, "hana")).toEqual({ "i-1": "ACTIVATED", "i-3": "NOT_INSTALLED" });
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

    it("provider counts if it is one for dynamic resources, another one is an error, and one in providers is ignored", async () => {
        const { stack, simulator, config } = await scene({
            world: vaultsOf("own", "grouped", "refused"),
            plugins: { alicloud: path.join(__dirname, "..", "examples", "engine", "alicloud") },
        });
        const file = path.join(__dirname, "programs", "providers", "index.ts");
        const { state } = expectOk(await stack.up({ file }));
        expect(state.resource("own").outputs).toMatchObject({ region: "cn-beijing" });
        expect(state.resource("grouped").outputs).toMatchObject({ region: "cn-hangzhou" });
        await stack.setConfig({ ...config, "fleet:foreign": true });
        const refused = expectFailed(await stack.up({ file }));
        expect(refused.stdout).toContain(
            'The option provider of BackupClients ("refused") is one for alicloud',
        );
        expect(recordsOf(simulator, "refused")).toEqual({});
    });

    it("envVarMappings is an error: it belongs to a provider, and a dynamic resource has none", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const program = [fleet("hana", ["i-a1"], {}, { envVarMappings: { MY_KEY: "ALICLOUD_ACCESS_KEY" } })];
        const up = expectFailed(await stack.up(program));
        expect(up.stdout).toContain("envVarMappings can only be used with provider resources");
        expect(simulator.requests().total).toBe(0);
    });
});
