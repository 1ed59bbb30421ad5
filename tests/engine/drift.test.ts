import type { Report } from "../../report/report";
import type { View } from "../../report/view";
import { reportOn } from "../report/fixtures";
import { expectFailed, expectOk, type Result } from "./harness";
import {
    clientIdOf,
    clientsOf,
    fleet,
    operationsOf,
    planOf,
    recordsOf,
    saidOf,
    type Scene,
    scenes,
    statusesOf,
    touchedBy,
    vaultOf,
    vaultsOf,
} from "./support";

const scene = scenes();

/** The vault of that resource vanishes, and its clients with it. */
function loseVault(simulator: Scene["simulator"], name: string): void {
    const { vaults, clients } = simulator.world();
    simulator.setWorld({
        vaults: vaults.map(({ vaultId }) => vaultId).filter((vaultId) => vaultId !== vaultOf(name)),
        clients: clients
            .filter(({ vaultId }) => vaultId !== vaultOf(name))
            .map(({ vaultId, instanceId, clusterId, clientId, status, useHttps, clientVersion }) => ({
                ...{ vaultId, instanceId, clusterId, clientId, status, useHttps, clientVersion },
            })),
    });
}

describe("a refresh", () => {
    const program = [
        fleet("lost", ["i-a1", "i-a2"]),
        fleet("broken", ["i-b1", "i-b2"]),
        fleet("disconnected", ["i-c1", "i-c2"]),
        fleet("upgraded", ["i-d1"]),
        fleet("drifted", ["i-e1", "i-e2"], { useHttps: true }),
        fleet("all-lost", ["i-f1", "i-f2"]),
        fleet("vault-gone", ["i-g1"]),
    ];
    let simulator: Scene["simulator"];
    let first: Result;
    let report: Report;
    let refresh: Result;
    let preview: Result;
    let up: Result;

    beforeAll(async () => {
        const world = vaultsOf(...program.map(({ name }) => name));
        const { stack, ...its } = await scene({ world });
        simulator = its.simulator;
        first = expectOk(await stack.up(program));

        loseVault(simulator, "vault-gone");
        const change = (id: string, patch: Parameters<typeof simulator.patchClient>[1]): void => {
            simulator.patchClient(clientIdOf(simulator, id), patch);
        };
        for (const id of ["i-a1", "i-f1", "i-f2"]) simulator.deleteClient(clientIdOf(simulator, id));
        change("i-b1", { status: "DEACTIVATED", statusMessage: "the agent was stopped" });
        simulator.patchInstance("i-c1", { state: "Stopped" });
        change("i-d1", { clientVersion: "2.11.0" });
        change("i-e1", { useHttps: false });

        const args = ["refresh", "--preview-only", "--json", "--stack", "dev", "--non-interactive"];
        const env = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
        const { stdout } = await stack.execute("pulumi", args, env);
        report = reportOn([stdout], { failOn: ["failed", "drift", "removal"] });
        simulator.resetRequests();
        refresh = expectOk(await stack.refresh());
        const afterRefresh = simulator.requests().byAction;
        expect(Object.keys(afterRefresh)).toEqual(["DescribeClients"]);
        const healthy = program.filter(({ name }) => name !== "vault-gone");
        preview = expectOk(await stack.preview(healthy, { args: ["--refresh"] }));
        simulator.resetRequests();
        up = expectOk(await stack.up(healthy));
    });

    it("sees a client that was lost, and the next up installs just that one", () => {
        expect(statusesOf(refresh.state, "lost")).toEqual({ "i-a1": "NOT_INSTALLED", "i-a2": "ACTIVATED" });
        expect(clientsOf(refresh.state, "lost")["i-a1"]).toMatchObject({ installed: false });
        expect(saidOf(refresh, "lost")).toEqual(["info: found: i-a1 (NOT_INSTALLED)"]);
        // With --refresh, the plan is there once: that of the program.
        expect(saidOf(preview, "lost")).toEqual([
            "info: found: i-a1 (NOT_INSTALLED)",
            "info: plan: repair 1: i-a1 (NOT_INSTALLED); keep 1",
        ]);
        expect(touchedBy(simulator, "lost")).toEqual({ installed: ["i-a1"], uninstalled: [], deleted: [] });
        expect(statusesOf(up.state, "lost")).toEqual({ "i-a1": "ACTIVATED", "i-a2": "ACTIVATED" });
    });

    it("sees a client that is broken, and the next up reinstalls just that one", () => {
        expect(clientsOf(refresh.state, "broken")).toMatchObject({
            "i-b1": { status: "DEACTIVATED", statusMessage: "the agent was stopped" },
            "i-b2": { status: "ACTIVATED" },
        });
        expect(planOf(preview, "broken")).toBe("plan: repair 1: i-b1 (DEACTIVATED); keep 1");
        expect(touchedBy(simulator, "broken")).toEqual({
            installed: ["i-b1"],
            uninstalled: ["i-b1"],
            deleted: [],
        });
        expect(statusesOf(up.state, "broken")).toEqual({ "i-b1": "ACTIVATED", "i-b2": "ACTIVATED" });
    });

    it("reports a client that is disconnected, and keeps it", () => {
        expect(statusesOf(refresh.state, "disconnected")).toEqual({ "i-c1": "UNKNOWN", "i-c2": "ACTIVATED" });
        expect(saidOf(refresh, "disconnected")).toEqual([
            "warning: UNKNOWN: the clients of i-c1 are left as they are",
        ]);
        expect(operationsOf(up).disconnected).toBe("same");
        expect(touchedBy(simulator, "disconnected")).toEqual({ installed: [], uninstalled: [], deleted: [] });
        expect(statusesOf(up.state, "disconnected")).toEqual({ "i-c1": "UNKNOWN", "i-c2": "ACTIVATED" });
    });

    it("sees another version, and changes nothing for it", () => {
        expect(clientsOf(refresh.state, "upgraded")["i-d1"]?.clientVersion).toBe("2.11.0");
        expect(operationsOf(up).upgraded).toBe("same");
    });

    it("sees a setting that was changed from outside, and the next up sets it right", () => {
        expect(planOf(preview, "drifted")).toMatch(/^plan: reinstall 1: i-e1 \(.*\); keep 1$/);
        expect(touchedBy(simulator, "drifted")).toEqual({
            installed: ["i-e1"],
            uninstalled: ["i-e1"],
            deleted: [],
        });
    });

    it.each(["all-lost", "vault-gone"])(
        "takes a resource of which nothing is left out of the state: %s",
        (name) => {
            expect(first.state.find(name)).toBeDefined();
            expect(refresh.state.find(name)).toBeUndefined();
            expect(saidOf(refresh, name)).toEqual([expect.stringMatching(/^warning: .* leaves the state$/)]);
        },
    );

    it("can be previewed, and hbr-report tells from that what it finds", () => {
        expect(report).toMatchObject({ held: ["drift: 7 clients"], untold: [] });
        const { instances, plan } = JSON.parse(report.content) as View;
        const drifted = instances.filter(({ isDrift }) => isDrift);
        expect(drifted.map(({ instanceId, status }) => `${instanceId} ${status}`).sort()).toEqual([
            "i-a1 NOT_INSTALLED",
            "i-b1 DEACTIVATED",
            "i-c1 UNKNOWN",
            "i-e1 ACTIVATED",
            "i-f1 NOT_INSTALLED",
            "i-f2 NOT_INSTALLED",
            "i-g1 NOT_INSTALLED",
        ]);
        expect(plan?.flatMap(({ name, operation }) => (operation === "gone" ? [name] : []))).toEqual([
            "all-lost",
            "vault-gone",
        ]);
    });

    it("lets the next up install a fleet that was lost as a whole", () => {
        expect(planOf(preview, "all-lost")).toBe("plan: install 2: i-f1, i-f2");
        expect(operationsOf(up)["all-lost"]).toBe("create");
        expect(recordsOf(simulator, "all-lost")).toEqual({ "i-f1": "ACTIVATED", "i-f2": "ACTIVATED" });
    });
});

describe("a refresh that cannot read", () => {
    it("leaves the state as it is", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("hana") });
        const before = expectOk(await stack.up([fleet("hana", ["i-a1"])])).state.resource("hana");
        simulator.deleteClient(clientIdOf(simulator, "i-a1"));
        simulator.addFault({
            action: "DescribeClients",
            kind: "status",
            status: 403,
            code: "NoPermission",
            message: "You are not authorized.",
            times: "always",
        });
        const refresh = expectFailed(await stack.refresh());
        const { id, inputs, outputs } = before;
        expect(refresh.state.resource("hana")).toMatchObject({ id, inputs, outputs });
        expect(saidOf(refresh, "hana")).toEqual([
            expect.stringMatching(/^error: .*NoPermission.*grant hbr:DescribeClients/),
        ]);
        expect(refresh.stdout + refresh.stderr).not.toContain("    at ");
    });
});
