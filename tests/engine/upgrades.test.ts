import { expectFailed, expectOk } from "./harness";
import {
    clientsOf,
    countOf,
    fleet,
    operationsOf,
    planOf,
    saidOf,
    scenes,
    statusesShown,
    vaultsOf,
} from "./support";

const scene = scenes();

describe("clients that are behind the latest version", () => {
    const latest = fleet("latest", ["i-a1", "i-a2", "i-a3"], {
        upgrades: "Latest",
        rollout: { maxFailures: 1 },
    });
    const manual = fleet("manual", ["i-m1"]);
    const program = [latest, manual];

    it("are learned by a refresh, shown by the preview, upgraded by the up, and retried where that failed", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("latest", "manual") });
        expectOk(await stack.up(program));
        simulator.setSwitches({ latestVersion: "2.11.0" });
        simulator.patchInstance("i-a2", { failUpgrade: "NoSpace" });
        simulator.resetRequests();

        // No preview shows it before anything has read the versions, and no run does it unasked.
        expect(operationsOf(expectOk(await stack.up(program)))).toEqual({ latest: "same", manual: "same" });
        const refreshed = expectOk(await stack.refresh());
        expect(clientsOf(refreshed.state, "latest")["i-a1"]).toMatchObject({
            clientVersion: "2.10.3",
            latestVersion: "2.11.0",
        });
        expect(clientsOf(refreshed.state, "manual")["i-m1"]).toMatchObject({ latestVersion: "2.11.0" });
        expect(JSON.stringify(clientsOf(refreshed.state, "latest"))).not.toMatch(/drift|pendingAction/);

        const preview = expectOk(await stack.preview(program));
        expect(planOf(preview, "latest")).toBe("plan: upgrade 3: i-a1, i-a2, i-a3 (2.10.3 → 2.11.0)");
        expect(operationsOf(preview)).toEqual({ latest: "update", manual: "same" });
        expect(countOf(simulator, "UpgradeClient")).toBe(0);

        const up = expectOk(await stack.up(program));
        expect(saidOf(up, "latest").slice(1)).toEqual([
            "info: 2 upgraded, 1 failed",
            expect.stringMatching(/^warning: i-a2: the upgrade ended as UPGRADE_FAILED \(NoSpace\)/),
        ]);
        expect(clientsOf(up.state, "latest")).toMatchObject({
            "i-a1": { status: "ACTIVATED", clientVersion: "2.11.0" },
            "i-a2": {
                status: "UPGRADE_FAILED",
                clientVersion: "2.10.3",
                installed: true,
                pendingAction: "upgrade",
            },
        });
        expect(clientsOf(up.state, "latest")["i-a1"]).not.toHaveProperty("latestVersion");

        expect(statusesShown(up, "latest")).toContainEqual(expect.stringMatching(/^\d\/3 · .*upgrading$/));

        // UPGRADE_FAILED is upgraded again, and never reinstalled for it.
        simulator.patchInstance("i-a2", { failUpgrade: null });
        const again = expectOk(await stack.preview(program));
        expect(planOf(again, "latest")).toBe("plan: upgrade 1: i-a2 (2.10.3 → 2.11.0); keep 2");
        expect(saidOf(expectOk(await stack.up(program)), "latest")).toContain("info: 1 upgraded");
        expect(countOf(simulator, "UninstallClient") + countOf(simulator, "CreateClients")).toBe(0);
        expect(simulator.requests().upgrades).toEqual({ "i-a1": 1, "i-a2": 2, "i-a3": 1 });
        expect(operationsOf(expectOk(await stack.up(program)))).toEqual({ latest: "same", manual: "same" });
    });

    it("keep the version that an upgrade did not move: that is said once, and not tried again", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("latest") });
        expectOk(await stack.up([latest]));
        simulator.setSwitches({ latestVersion: "2.11.0", ignoreUpgrade: true });
        // Long enough for the list to show that an upgrade was under way.
        for (const instanceId of ["i-a1", "i-a2", "i-a3"])
            simulator.patchInstance(instanceId, { installTime: "6s" });
        const up = expectOk(await stack.up([latest], { args: ["--refresh"] }));
        expect(saidOf(up, "latest").slice(1)).toEqual([
            "info: plan: upgrade 3: i-a1, i-a2, i-a3 (2.10.3 → 2.11.0)",
            expect.stringMatching(
                /^warning: i-a1, i-a2, i-a3: the upgrade left version 2.10.3 as it was; it is not tried again/,
            ),
            "info: 3 not upgraded",
        ]);
        expect(clientsOf(up.state, "latest")["i-a3"]).toMatchObject({
            latestVersion: "2.11.0",
            settingsNotTaken: { latestVersion: "2.11.0" },
        });
        const again = expectOk(await stack.up([latest], { args: ["--refresh"] }));
        expect(operationsOf(again)).toEqual({ latest: "refresh same" });
        expect(countOf(simulator, "UpgradeClient")).toBe(3);
    });

    it("are not upgraded without the permission: one call, and the action to grant", async () => {
        const { stack, simulator } = await scene({ world: vaultsOf("latest") });
        expectOk(await stack.up([latest]));
        simulator.setSwitches({ latestVersion: "2.11.0" });
        expectOk(await stack.refresh());
        simulator.resetRequests();
        simulator.addFault({
            action: "UpgradeClient",
            kind: "status",
            status: 403,
            code: "NoPermission",
            times: "always",
        });
        const up = expectFailed(await stack.up([latest]));
        expect(up.stdout).toContain("grant hbr:UpgradeClient to the RAM user or role");
        expect(countOf(simulator, "UpgradeClient")).toBe(1);
    });
});
