import { behind, LATEST, versions } from "./behind";
import { installed } from "./installed";
import { instances } from "./virtualStack";

describe("upgrades", () => {
    test("bring clients that the state knows to be behind to the latest version, each once", async () => {
        const stack = await behind(25);
        expect(stack.state?.clients["i-001"]).toMatchObject({
            clientVersion: "2.10.3",
            latestVersion: "2.11.0",
        });
        const end = await stack.up({ instances: instances(25), ...LATEST });
        expect(end).toMatchObject({ reasons: [], infos: ["25 upgraded"], warnings: [] });
        expect(new Set(versions(stack))).toEqual(new Set(["2.11.0"]));
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("latestVersion");
        expect(stack.calls("UpgradeClient")).toBe(25);
        expect(stack.calls("CreateClients") + stack.calls("UninstallClient")).toBe(0);
        expect(stack.state?.taskIds).toHaveLength(25);
        expect(await stack.up({ instances: instances(25), ...LATEST })).toMatchObject({
            infos: ["unchanged"],
        });
    });

    test("are not made with Manual, though the outputs show what is behind", async () => {
        const stack = await behind(2, {});
        expect(stack.state?.clients["i-002"]).toMatchObject({ latestVersion: "2.11.0" });
        expect(await stack.up({ instances: instances(2) })).toMatchObject({ infos: ["unchanged"] });
        await stack.up({ instances: instances(3) });
        expect(stack.calls("UpgradeClient")).toBe(0);
        expect((await stack.up({ instances: instances(3), ...LATEST })).infos).toEqual(["2 upgraded"]);
    });

    test("wait for a preview where an update finds that a client is behind", async () => {
        const stack = await installed(2, LATEST);
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        const end = await stack.up({ instances: instances(3), ...LATEST });
        expect(end.infos).toEqual([
            "i-001, i-002: its agent is behind (2.10.3 → 2.11.0); the next preview shows its upgrade",
            "1 installed",
        ]);
        expect(stack.calls("UpgradeClient")).toBe(0);
        expect((await stack.up({ instances: instances(3), ...LATEST })).infos).toEqual(["2 upgraded"]);
    });

    test("give way to a reinstallation, which brings the latest version too", async () => {
        const stack = await behind(2);
        const end = await stack.up({ instances: instances(2), ...LATEST, triggers: [1] });
        expect(end.infos).toEqual(["2 reinstalled"]);
        expect(stack.calls("UpgradeClient")).toBe(0);
        expect(versions(stack)).toEqual(["2.11.0", "2.11.0"]);
    });

    test("come after the reinstallations, of which each healthy client is judged first", async () => {
        const stack = await behind(4);
        const moved = instances(4).map((instance) =>
            instance.instanceId === "i-004" ? { ...instance, clusterId: "cl-2" } : instance,
        );
        const end = await stack.up({ instances: moved, ...LATEST });
        expect(end.infos).toContain("1 reinstalled, 3 upgraded");
        const { log } = stack.simulator.requests();
        expect(log.findIndex(({ action }) => action === "UpgradeClient")).toBeGreaterThan(
            log.findLastIndex(({ action }) => action === "CreateClients"),
        );
    });

    test("start with a batch of their own; if the whole of it fails, the other clients keep their version", async () => {
        const stack = await behind(12);
        for (const { instanceId } of instances(12))
            stack.simulator.patchInstance(instanceId, { failUpgrade: "NoSpace" });
        const end = await stack.up({ instances: instances(12), ...LATEST, rollout: { batchSize: 3 } });
        expect(stack.calls("UpgradeClient")).toBe(3);
        expect(end.infos).toEqual(["3 failed, 9 pending"]);
        expect(end.reasons[0]).toMatch(/^9 instances .* kept as they are/);
    });
});

describe("an upgrade that its preview has not shown", () => {
    test("is not made: a version that has come since is shown by the next preview", async () => {
        const stack = await behind(2);
        stack.simulator.setSwitches({ latestVersion: "3.0.0" });
        const program = { instances: instances(2), ...LATEST };
        const end = await stack.up(program);
        expect(end.infos).toEqual([
            "i-001, i-002: its agent is behind (2.10.3 → 3.0.0); the next preview shows its upgrade",
            "nothing to do",
        ]);
        expect((await stack.up(program)).infos).toEqual(["2 upgraded"]);
    });

    test("is not counted where somebody else has made it", async () => {
        const stack = await behind(2);
        const [client] = stack.simulator.world().clients;
        stack.simulator.patchClient(client?.clientId ?? "", { clientVersion: "2.11.0" });
        expect((await stack.up({ instances: instances(2), ...LATEST })).infos).toEqual(["1 upgraded"]);
    });
});

describe("a planned upgrade that the run does not reach", () => {
    test("leaves a client alone that has become UNKNOWN meanwhile", async () => {
        const stack = await behind(4);
        const rollout = { waves: [1, 3], pauseAfter: "firstWave" };
        const program = { instances: instances(4), ...LATEST, rollout };
        await stack.up(program);
        const clients = stack.simulator.world().clients.filter(({ instanceId }) => instanceId === "i-004");
        for (const { clientId } of clients) stack.simulator.patchClient(clientId, { status: "UNKNOWN" });
        const end = await stack.up(program);
        expect(end).toMatchObject({ reasons: [], infos: ["2 upgraded"] });
        expect(end.warnings).toEqual(["UNKNOWN: the clients of i-004 are left as they are"]);
    });
});

describe("a failed upgrade", () => {
    test("keeps the agent, is reported, and is tried again by the next up, not reinstalled", async () => {
        const stack = await behind(3);
        stack.simulator.patchInstance("i-002", { failUpgrade: "NoSpace" });
        const end = await stack.up({ instances: instances(3), ...LATEST });
        expect(end.infos).toEqual(["2 upgraded, 1 failed"]);
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-002: the upgrade ended as UPGRADE_FAILED \(NoSpace\)/),
        ]);
        expect(stack.state?.clients["i-002"]).toMatchObject({
            status: "UPGRADE_FAILED",
            installed: true,
            clientVersion: "2.10.3",
            latestVersion: "2.11.0",
            errorCode: "NoSpace",
            pendingAction: "upgrade",
        });
        expect((await stack.up({ instances: instances(3), ...LATEST })).infos).toEqual(["1 failed"]);
        stack.simulator.patchInstance("i-002", { failUpgrade: null });
        expect((await stack.up({ instances: instances(3), ...LATEST })).infos).toEqual(["1 upgraded"]);
        expect(stack.calls("CreateClients") + stack.calls("UninstallClient")).toBe(0);
        expect(stack.state?.failedInstanceIds).toEqual([]);
    });

    test("gives what fell over the grace in the next up, which goes no further, also where its answer was lost", async () => {
        const stack = await behind(3);
        stack.simulator.setSwitches({ fallOverAfter: "1s" });
        stack.simulator.addFault({ action: "UpgradeClient", kind: "reset-after" });
        const program = { instances: instances(3), ...LATEST, rollout: { waves: [1] } };
        expect((await stack.up(program)).reasons[1]).toMatch(/^i-001: the upgrade ended as UNKNOWN/);
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("latestVersion");
        expect((await stack.up(program)).reasons[1]).toMatch(/^i-001: its client stays UNKNOWN/);
        expect(stack.simulator.requests().upgrades).toEqual({ "i-001": 1 });
    });

    test("is nothing that is left to do once the program says Manual", async () => {
        const stack = await behind(1);
        stack.simulator.patchInstance("i-001", { failUpgrade: "NoSpace" });
        await stack.up({ instances: instances(1), ...LATEST });
        await stack.up({ instances: instances(1) });
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("pendingAction");
        expect(stack.state?.failedInstanceIds).toEqual([]);
        expect(await stack.up({ instances: instances(1) })).toMatchObject({ infos: ["unchanged"] });
    });

    test.each([
        ["NoPermission", 403, 1],
        ["InvalidParameter", 400, 2],
    ])("of a refused call (%s) names the reason, with few calls", async (code, status, calls) => {
        const stack = await behind(2);
        stack.simulator.addFault({ action: "UpgradeClient", kind: "status", status, code, times: "always" });
        const end = await stack.up({ instances: instances(2), ...LATEST });
        expect(end.reasons[0]).toMatch(code);
        expect(stack.calls("UpgradeClient")).toBe(calls);
        expect(versions(stack)).toEqual(["2.10.3", "2.10.3"]);
        stack.simulator.clearFaults();
        expect((await stack.up({ instances: instances(2), ...LATEST })).infos).toEqual(["2 upgraded"]);
    });
});

describe("an upgrade that leaves the version as it was", () => {
    test("is said, kept on record, and tried again only when there is a later version", async () => {
        const stack = await behind(1);
        const program = { instances: instances(1), ...LATEST };
        stack.simulator.setSwitches({ ignoreUpgrade: true });
        const end = await stack.up(program);
        expect(end).toMatchObject({
            ok: true,
            infos: ["1 not upgraded"],
            warnings: [
                "i-001: the upgrade left version 2.10.3 as it was; it is not tried again until there is a later version than 2.11.0",
            ],
        });
        const notTaken = { latestVersion: "2.11.0", settingsNotTaken: { latestVersion: "2.11.0" } };
        expect(stack.state?.clients["i-001"]).toMatchObject(notTaken);
        expect(await stack.up(program)).toMatchObject({ infos: ["unchanged"] });
        await stack.refresh();
        expect(stack.state?.clients["i-001"]).toMatchObject(notTaken);
        expect(await stack.up(program)).toMatchObject({ infos: ["unchanged"] });

        stack.simulator.setSwitches({ ignoreUpgrade: false, latestVersion: "2.12.0" });
        await stack.refresh();
        expect((await stack.up(program)).infos).toEqual(["1 upgraded"]);
        expect(stack.state?.clients["i-001"]).toMatchObject({ clientVersion: "2.12.0" });
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("settingsNotTaken");
    });
});

describe("waves of upgrades", () => {
    test("tolerate as many failures as maxFailures says, in a wave of one too", async () => {
        const stack = await behind(6);
        stack.simulator.patchInstance("i-001", { failUpgrade: "NoSpace" });
        const rollout = { waves: [1, "100%"], maxFailures: 3 };
        const end = await stack.up({ instances: instances(6), ...LATEST, rollout });
        expect(end).toMatchObject({ ok: true, infos: ["5 upgraded, 1 failed"] });
    });
});
