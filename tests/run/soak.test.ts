import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

const SOAK = { instances: instances(8), rollout: { waves: [1, 3, 4], soak: "5m" } } as const;

describe("a soak", () => {
    test("comes after each wave, the last included, and lets healthy clients pass with one look at the list", async () => {
        const plain = new VirtualStack();
        const quick = await plain.up({ ...SOAK, rollout: { waves: [1, 3, 4] } });
        const stack = new VirtualStack();
        const end = await stack.up(SOAK);
        expect(end).toMatchObject({ reasons: [], infos: ["8 installed"], warnings: [] });
        expect(Math.round((end.elapsedMs - quick.elapsedMs) / MINUTE)).toBe(15);
        expect(stack.calls("DescribeClients") - plain.calls("DescribeClients")).toBe(3);
        expect(end.statuses).toContain("1/8 · wave 1/3 · soaking");
        expect(end.statuses).toContain("8/8 · wave 3/3 · soaking");
    });

    test("stops a bad agent at the first wave: what fell over is named, pending, and stays as it is", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ fallOverAfter: "1m" });
        const end = await stack.up(SOAK);
        expect(end.infos).toEqual(["1 failed, 7 pending"]);
        expect(end.reasons).toEqual([
            "1 failed, and rollout.maxFailures is 0 (the default with waves or soak): no further batch was started",
            "i-001: its client was ACTIVATED, and is UNKNOWN after the soak of 5 min; look at the agent on the instance",
            expect.stringMatching(/^still to be done/),
        ]);
        expect(stack.simulator.requests().installs).toEqual({ "i-001": 1 });
        expect(stack.state).not.toHaveProperty("__rollout");
        expect(stack.state?.failedInstanceIds).toEqual(["i-001"]);
        expect(stack.state?.clients["i-001"]).toMatchObject({
            status: "UNKNOWN",
            clientId: expect.stringMatching(/^c-/) as string,
            errorCode: "UNKNOWN",
            pendingAction: "install",
        });
    });

    test.each(["UNKNOWN", "STOPPED"] as const)(
        "leaves what fell over as %s the grace in the next up, which does not reinstall it",
        async (status) => {
            const stack = new VirtualStack();
            stack.simulator.setSwitches({ fallOverAfter: "1m", fallOverAs: status });
            await stack.up(SOAK);
            stack.simulator.setSwitches({ fallOverAfter: null });
            const asleep = await stack.up(SOAK);
            expect(asleep.reasons.join("\n")).toMatch(`i-001: its client stays ${status}`);
            expect(stack.calls("UninstallClient")).toBe(0);

            const [client] = stack.simulator
                .world()
                .clients.filter(({ instanceId }) => instanceId === "i-001");
            stack.simulator.patchClient(client?.clientId ?? "", { status: "ACTIVATED" });
            const awake = await stack.up(SOAK);
            expect(awake.reasons).toEqual([]);
            expect(stack.state?.failedInstanceIds).toEqual([]);
            expect(stack.simulator.requests().installs["i-001"]).toBe(1);
        },
    );

    test("repairs what fell over as DEACTIVATED in the next up", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ fallOverAfter: "1m", fallOverAs: "DEACTIVATED" });
        await stack.up(SOAK);
        stack.simulator.setSwitches({ fallOverAfter: null });
        expect((await stack.up(SOAK)).infos).toEqual(["7 installed, 1 repaired"]);
    });

    test("repairs what disappeared in the next up", async () => {
        const stack = new VirtualStack();
        void stack.clock.sleep(4 * MINUTE).then(() => {
            for (const { clientId } of stack.simulator.world().clients)
                stack.simulator.deleteClient(clientId);
        });
        expect((await stack.up(SOAK)).reasons[1]).toMatch(/^i-001: .* is NOT_INSTALLED after the soak/);
        expect(stack.state?.clients["i-001"]).toMatchObject({ status: "NOT_INSTALLED", installed: false });
        expect((await stack.up(SOAK)).infos).toEqual(["8 installed"]);
    });

    test("does not mind a client that fell over in between and is back at its end", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ fallOverAfter: "1m" });
        void stack.clock.sleep(4 * MINUTE).then(() => {
            const [client] = stack.simulator.world().clients;
            stack.simulator.patchClient(client?.clientId ?? "", { status: "ACTIVATED" });
        });
        const end = await stack.up({ ...SOAK, instances: instances(1) });
        expect(end).toMatchObject({ reasons: [], infos: ["1 installed"] });
    });

    test("tolerates as many as maxFailures says", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-003", fallOverAfter: "1m" }] },
        });
        const end = await stack.up({ ...SOAK, rollout: { ...SOAK.rollout, maxFailures: 1 } });
        expect(end).toMatchObject({ ok: true, infos: ["7 installed, 1 failed"] });
        expect(end.warnings[0]).toMatch(/^i-003: its client was ACTIVATED, and is UNKNOWN/);
    });

    test("needs no waves: it comes once, at the end, and failures are not tolerated by default", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-003", fallOverAfter: "1m" }] },
        });
        const end = await stack.up({ instances: instances(4), rollout: { soak: "5m" } });
        expect(end.infos).toEqual(["3 installed, 1 failed"]);
        expect(end.reasons).toEqual([expect.stringMatching(/^i-003: its client was ACTIVATED/)]);
    });

    test("that is cut off leaves the rest pending, and is not repeated", async () => {
        const stack = new VirtualStack();
        const cut = await stack.up(SOAK, { kind: "Ctrl-C", afterMs: 2 * MINUTE });
        expect(cut.infos).toEqual(["1 installed, 7 pending"]);
        expect(cut.reasons).toEqual([
            "stopped: cancelled",
            "still to be done, by the next `pulumi up`: i-002, i-003, i-004, i-005, i-006, i-007, i-008",
            "not watched to the end of the soak, so the next `pulumi up` looks at them again: i-001",
        ]);
        expect(stack.state?.__rollout).toEqual({ wavesDone: 1 });
        const again = await stack.up(SOAK);
        expect(again.infos).toEqual(["7 installed"]);
        expect(again.statuses.filter((text) => text.includes("wave 1/"))).toEqual([]);
    });

    test.each(["Ctrl-C", "time-out", "unreadable list"])(
        "that is cut off (%s) lets no client pass that has fallen over: the next up goes no further",
        async (how) => {
            const stack = new VirtualStack();
            stack.simulator.setSwitches({ fallOverAfter: "1m" });
            const timeouts = how === "time-out" ? { __timeouts: { create: "4m" } } : {};
            if (how === "unreadable list")
                void stack.clock.sleep(4 * MINUTE).then(() => {
                    stack.simulator.addFault({
                        action: "DescribeClients",
                        kind: "status",
                        status: 403,
                        code: "NoPermission",
                    });
                });
            const cut = await stack.up(
                { ...SOAK, ...timeouts },
                ...(how === "Ctrl-C" ? [{ kind: "Ctrl-C" as const, afterMs: 4 * MINUTE }] : []),
            );
            expect(cut.ok).toBe(false);
            if (how === "time-out") await stack.refresh();
            const next = await stack.up(SOAK);
            expect(next.reasons.join("\n")).toMatch(/i-001: its client stays UNKNOWN/);
            expect(stack.simulator.requests().installs).toEqual({ "i-001": 1 });
        },
    );

    test("that has not begun when the run ends is not forgotten: a wave with a failure, and one that is cut off", async () => {
        for (const how of ["failure", "Ctrl-C"] as const) {
            const stack = new VirtualStack({
                world: {
                    instances: [
                        how === "failure"
                            ? { instanceId: "i-002", failInstall: "AgentDownloadFailed" }
                            : { instanceId: "i-002", installTime: "5m" },
                    ],
                },
            });
            stack.simulator.setSwitches({ fallOverAfter: "1m" });
            const program = { ...SOAK, rollout: { waves: [3], soak: "5m", batchSize: 1 } };
            const interruption = { kind: "Ctrl-C" as const, afterMs: 1.5 * MINUTE };
            const first = await stack.up(program, ...(how === "Ctrl-C" ? [interruption] : []));
            expect(first.reasons.at(-1)).toBe(
                "not watched to the end of the soak, so the next `pulumi up` looks at them again: i-001, i-003",
            );
            await stack.clock.sleep(10 * MINUTE);
            stack.simulator.patchInstance("i-002", { failInstall: null });
            const next = await stack.up(program);
            // The one that was still installing has fallen over since.
            const fallen =
                how === "failure" ? "2 instances (i-001, i-003)" : "3 instances (i-001, i-002, i-003)";
            expect(next.reasons.join("\n")).toContain(`${fallen}: its client stays UNKNOWN`);
            expect(stack.simulator.requests().installs).toEqual({ "i-001": 1, "i-002": 1, "i-003": 1 });
        }
    });

    test("that is cut off before a pause does not make the pause be missed", async () => {
        const stack = new VirtualStack();
        const program = { ...SOAK, rollout: { ...SOAK.rollout, pauseAfter: "firstWave" } };
        await stack.up(program, { kind: "Ctrl-C", afterMs: 2 * MINUTE });
        const next = await stack.up(program);
        expect(next.warnings[0]).toMatch(/^paused after the first wave/);
        expect(next.infos).toEqual(["1 installed, 6 pending"]);
    });

    test("that is cut off after the last wave leaves nothing to do", async () => {
        const stack = new VirtualStack();
        const program = { instances: instances(2), rollout: { soak: "1h" } };
        const cut = await stack.up(program, { kind: "Ctrl-C", afterMs: 10 * MINUTE });
        expect(cut.infos).toEqual(["2 installed"]);
        expect(cut.reasons.slice(1)).toEqual([
            "not watched to the end of the soak, so the next `pulumi up` looks at them again: i-001, i-002",
        ]);
        const next = await stack.up(program);
        expect(next).toMatchObject({ reasons: [], infos: ["nothing to do"] });
        expect(next.elapsedMs).toBeLessThan(MINUTE);
        expect(await stack.up(program)).toMatchObject({ infos: ["unchanged"] });
    });

    test("watches reinstalled and upgraded clients too", async () => {
        const stack = await installed(4, { upgrades: "Latest" });
        stack.simulator.setSwitches({ latestVersion: "2.11.0", fallOverAfter: "1m" });
        await stack.refresh();
        const upgrades = { instances: instances(4), upgrades: "Latest", rollout: SOAK.rollout };
        const end = await stack.up(upgrades);
        expect(end.infos).toEqual(["1 failed, 3 pending"]);
        expect(stack.calls("UpgradeClient")).toBe(1);

        const moved = await stack.up({ ...upgrades, triggers: [1] });
        expect(moved.ok).toBe(false);
        expect(stack.simulator.requests().installs).toEqual({ "i-001": 1 });
    });

    test("watches what a killed create has installed before its pause", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ fallOverAfter: "3m" });
        const program = { ...SOAK, rollout: { ...SOAK.rollout, pauseAfter: "firstWave" } };
        await stack.up(program, { kind: "killed", afterMs: 30_000 });
        await stack.clock.sleep(MINUTE);
        const next = await stack.up(program);
        expect(next.infos).toEqual(["1 failed, 7 pending"]);
        expect(stack.simulator.requests().installs).toEqual({ "i-001": 1 });
    });

    test("is never judged by a client that was not ACTIVATED", async () => {
        const there = {
            vaultId: "v-1",
            instanceId: "i-001",
            clusterId: "cl-1",
            status: "UPGRADING" as const,
        };
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-001", failUpgrade: "NoSpace" }], clients: [there] },
        });
        const end = await stack.up({ instances: instances(3), rollout: SOAK.rollout });
        expect(end).toMatchObject({ reasons: [], infos: ["2 installed, 1 adopted"] });
    });

    test("does not come after a wave that has failed", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-003", failInstall: "AgentDownloadFailed" }] },
        });
        const end = await stack.up(SOAK);
        expect(end.infos).toEqual(["3 installed, 1 failed, 4 pending"]);
        expect(end.statuses.filter((text) => /wave 2.*soaking/.test(text))).toEqual([]);
    });

    test("does not come where the wave had nothing to do", async () => {
        const there = instances(3).map((instance) => ({ ...instance, vaultId: "v-1" }));
        const stack = new VirtualStack({ world: { clients: there } });
        const end = await stack.up({ instances: instances(3), rollout: SOAK.rollout });
        expect(end).toMatchObject({ infos: ["3 adopted"] });
        expect(end.elapsedMs).toBeLessThan(MINUTE);
    });

    test("does not come where nothing in the wave has succeeded, though its clients are still there", async () => {
        const stack = await installed(1, { upgrades: "Latest" });
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        await stack.refresh();
        const refusal = { kind: "status", status: 400, code: "InvalidParameter" } as const;
        stack.simulator.addFault({ action: "UpgradeClient", ...refusal });
        const rollout = { soak: "5m", maxFailures: 1 };
        const end = await stack.up({ instances: instances(1), upgrades: "Latest", rollout });
        expect(end).toMatchObject({ ok: true, infos: ["1 failed"] });
        expect(end.elapsedMs).toBeLessThan(MINUTE);
    });
});

describe("heartbeats", () => {
    test("that have stopped while the client is still ACTIVATED are a warning, and nothing more", async () => {
        const stack = new VirtualStack({ world: { instances: [{ instanceId: "i-002", heartbeat: false }] } });
        stack.simulator.setSwitches({ heartbeatInterval: "30s" });
        const end = await stack.up(SOAK);
        expect(end).toMatchObject({ ok: true, infos: ["8 installed"] });
        expect(end.warnings).toEqual([
            "i-002: no heartbeat during the soak of 5 min, though the client is ACTIVATED; look at the agent on the instance",
        ]);
    });

    test("that the service does not report say nothing", async () => {
        const stack = new VirtualStack({ world: { instances: [{ instanceId: "i-002", heartbeat: false }] } });
        stack.simulator.setSwitches({ hideHeartbeats: true });
        expect(await stack.up(SOAK)).toMatchObject({ ok: true, warnings: [] });
    });
});
