import { expectFailed, expectOk } from "./harness";
import {
    agentsIn,
    fleet,
    NOTHING,
    operationsOf,
    planOf,
    recordsOf,
    saidOf,
    scenes,
    touchedBy,
    vaultsOf,
} from "./support";

const scene = scenes();

/** What docs/options.md says of the options of the command line. */
describe("an option of the command line", () => {
    it("--target and --exclude: only the fleets that they name, or leave, are touched", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("one", "other") });
        const program = (...ids: string[]) => [fleet("one", ids), fleet("other", ids)];
        const { state } = expectOk(await stack.up(program("i-1")));
        const [one, other] = [state.resource("one").urn, state.resource("other").urn];
        simulator.resetRequests();
        expectOk(await stack.up(program("i-1", "i-2"), { args: ["--target", one] }));
        expect(touchedBy(simulator, "one")).toEqual({ ...NOTHING, installed: ["i-2"] });
        expect(touchedBy(simulator, "other")).toEqual(NOTHING);
        expectOk(await stack.destroy({ args: ["--exclude", other] }));
        expect(recordsOf(simulator, "one")).toEqual({ "i-1": "NOT_INSTALLED", "i-2": "NOT_INSTALLED" });
        expect(touchedBy(simulator, "other")).toEqual(NOTHING);
    });

    it("--plan: an update does what the saved preview showed, and refuses another program, access keys in its error", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const program = (...ids: string[]) => [fleet("hana", ids)];
        const key = { accessKeyId: "LTAIclient", accessKeySecret: "secret-of-the-client" };
        expectOk(await stack.up(program("i-1")));
        simulator.resetRequests();
        expectOk(await stack.preview(program("i-1", "i-2"), { args: ["--save-plan=plan.json"] }));
        const args = ["--plan=plan.json"];
        const other = [fleet("hana", ["i-2", { instanceId: "i-3", ...key }])];
        const refused = expectFailed(await stack.up(other, { args }));
        expect(saidOf(refused, "hana").join()).toContain("violates plan");
        // The engine's own doing, of which the page warns.
        expect(refused.stdout).toContain(key.accessKeySecret);
        expect(touchedBy(simulator, "hana")).toEqual(NOTHING);
        expectOk(await stack.up(program("i-1", "i-2"), { args }));
        expect(touchedBy(simulator, "hana")).toEqual({ ...NOTHING, installed: ["i-2"] });
    });

    it("--replace: the engine's rows say it, the plan line what comes of it", async () => {
        // The engine shows the provider such a resource as a new one: no old inputs, and no diff.
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const program = [fleet("hana", ["i-a1"])];
        const { state } = expectOk(await stack.up(program));
        const args = ["--replace", state.resource("hana").urn];
        const preview = expectOk(await stack.preview(program, { args }));
        expect(operationsOf(preview).hana).toMatch(/^delete-replaced\b.*\bcreate-replacement\b/);
        expect(saidOf(preview, "hana")).toEqual(["info: plan: install 1: i-a1"]);
        const up = expectOk(await stack.up(program, { args }));
        expect(saidOf(up, "hana").slice(0, 2)).toEqual([
            "info: plan: install 1: i-a1",
            "info: plan: uninstall 1: i-a1",
        ]);
        expect(up.stdout).toMatch(/hana deleting original .*plan: uninstall 1: i-a1$/m);
        expect(recordsOf(simulator, "hana")).toEqual({ "i-a1": "ACTIVATED" });
        expect(simulator.requests().installs).toEqual({ "i-a1": 2 });
    });

    it("--run-program: refresh, destroy and --refresh use a corrected key at once, and without it the error says so", async () => {
        const { stack, simulator, config } = await scene({ world: vaultsOf("hana") });
        expectOk(await stack.up([fleet("hana", ["i-1"])]));
        await stack.setConfig({ ...config, "alicloud:secretKey": "mistyped" });
        expectFailed(await stack.up([fleet("hana", ["i-1", "i-2"])]));
        await stack.setConfig(config);
        const up = await stack.up([fleet("hana", ["i-1"])], { args: ["--refresh"] });
        for (const run of [up, await stack.refresh(), await stack.destroy()]) {
            const [error = ""] = saidOf(expectFailed(run), "hana").filter((text) =>
                text.startsWith("error: "),
            );
            expect(error).toMatch(/SignatureDoesNotMatch: .*--run-program/);
            // The server of the provider prints it too, on the row of the stack.
            expect(run.stdout).toMatch(/pulumi-alicloud-hbr: hana failed; its own messages say why$/m);
        }
        expect(planOf(await stack.preview([fleet("hana", ["i-1"])]), "hana")).toBeUndefined();
        const args = ["--run-program"];
        expectOk(await stack.refresh({ args }));
        expectOk(await stack.up([fleet("hana", ["i-1"])], { args: ["--refresh", ...args] }));
        expectOk(await stack.destroy({ args }));
        expect(agentsIn(simulator)).toEqual([]);
    });
});
