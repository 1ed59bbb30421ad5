import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";
import { batches, wavesPreviewed, wavesShown, withFailing } from "./waveSupport";

const MINUTE = 60_000;

describe("waves", () => {
    test("have the sizes of the program, a percentage of the declared instances, and the last one repeats", async () => {
        const stack = new VirtualStack();
        const end = await stack.up({ instances: instances(40), rollout: { waves: [1, "12%", 15] } });
        expect(end).toMatchObject({ reasons: [], infos: ["40 installed"] });
        expect(batches(stack)).toEqual([1, 5, 15, 15, 4]);
        expect(wavesShown(end.statuses)).toEqual([
            "wave 1/5",
            "wave 2/5",
            "wave 3/5",
            "wave 4/5",
            "wave 5/5",
        ]);
        expect(stack.state).not.toHaveProperty("__rollout");
    });

    test("have percentages of all declared instances, also where only some need work", async () => {
        const stack = await installed(10);
        const rollout = { waves: ["10%", "20%"], parallelism: "15%" };
        const program = { instances: instances(20), rollout };
        expect(wavesPreviewed(stack, program)).toBe("in waves of 2, 4, 4; keep 10");
        await stack.up(program);
        // 15 % of 20 instances are 3.
        expect(batches(stack)).toEqual([2, 3, 1, 3, 1]);
    });

    test("start only when every instance of the one before has its result, the slowest too", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-002", installTime: "9m" }] },
        });
        let activated: readonly string[] = [];
        stack.simulator.onRequest((action) => {
            if (action !== "CreateClients" || batches(stack).length !== 2) return;
            activated = stack.simulator
                .world()
                .clients.flatMap(({ instanceId, status }) => (status === "ACTIVATED" ? [instanceId] : []));
        });
        await stack.up({ instances: instances(8), rollout: { waves: [1, 3, 4] } });
        expect(activated).toEqual(["i-001", "i-002", "i-003", "i-004"]);
    });

    test("take in what has no agent first, then healthy clients, then upgrades", async () => {
        const stack = await installed(4, { upgrades: "Latest" });
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        const [broken] = stack.simulator.world().clients;
        stack.simulator.patchClient(broken?.clientId ?? "", { status: "DEACTIVATED" });
        await stack.refresh();
        stack.simulator.resetRequests();
        const program = instances(5).map((instance) =>
            instance.instanceId === "i-003" ? { ...instance, clusterId: "cl-2" } : instance,
        );
        await stack.up({ instances: program, upgrades: "Latest", rollout: { waves: [1] } });
        const { log } = stack.simulator.requests();
        const done = log.flatMap(({ action, parameters }) => {
            if (action === "UpgradeClient") return ["upgrade"];
            if (action !== "CreateClients") return [];
            return [/i-\d+/.exec(parameters["ClientInfo"] ?? "")?.[0]];
        });
        expect(done).toEqual(["i-001", "i-005", "i-003", "upgrade", "upgrade"]);
    });

    test("stop at the first that has failures, without maxFailures; the next up goes on with that wave", async () => {
        const stack = withFailing("i-003");
        const program = { instances: instances(10), rollout: { waves: [1, 3, 6] } };
        const end = await stack.up(program);
        expect(end.reasons).toEqual([
            "1 failed, and rollout.maxFailures is 0 (the default with waves or soak): no further batch was started",
            expect.stringMatching(/^i-003: .*AgentDownloadFailed/),
            "still to be done, by the next `pulumi up`: i-005, i-006, i-007, i-008, i-009, i-010",
        ]);
        expect(batches(stack)).toEqual([1, 3]);
        expect(stack.state?.__rollout).toEqual({ wavesDone: 1 });

        stack.simulator.patchInstance("i-003", { failInstall: null });
        const again = await stack.up(program);
        expect(again).toMatchObject({ reasons: [], infos: ["6 installed, 1 repaired"] });
        expect(batches(stack).slice(2)).toEqual([3, 4]);
        expect(wavesShown(again.statuses)).toEqual(["wave 2/3", "wave 3/3"]);
        expect(stack.state).not.toHaveProperty("__rollout");
    });

    test("go on past failures that are tolerated, which the next up tries again without a pause", async () => {
        const stack = withFailing("i-002", "i-009");
        const rollout = { waves: [2, 4], maxFailures: "20%" };
        const end = await stack.up({ instances: instances(10), rollout });
        expect(end).toMatchObject({ ok: true, infos: ["8 installed, 2 failed"] });
        expect(end.warnings).toHaveLength(1);
        const paused = { ...rollout, pauseAfter: "firstWave" };
        expect(await stack.up({ instances: instances(10), rollout: paused })).toMatchObject({
            infos: ["2 failed"],
        });
        for (const instanceId of ["i-002", "i-009"])
            stack.simulator.patchInstance(instanceId, { failInstall: null });
        expect((await stack.up({ instances: instances(10), rollout: paused })).infos).toEqual(["2 repaired"]);
        expect(stack.state).not.toHaveProperty("__rollout");
    });

    test.each(["UNKNOWN", "STOPPED"] as const)(
        "are not stopped by a client that is not adopted because it is %s",
        async (status) => {
            const there = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1", status };
            const stack = new VirtualStack({ world: { clients: [there] } });
            const end = await stack.up({ instances: instances(4), rollout: { waves: [1, 3] } });
            expect(end.infos).toEqual(["3 installed, 1 failed"]);
            expect(end.reasons).toEqual([expect.stringMatching(/^i-001: .* so it was not taken over/)]);
        },
    );

    test("are not stopped by a removal that fails", async () => {
        const stack = await installed(3);
        stack.simulator.addFault({
            action: "UninstallClient",
            kind: "status",
            status: 400,
            code: "BadRequest",
            times: "always",
        });
        const program = { instances: instances(8).slice(1), rollout: { waves: [1, "100%"] } };
        expect((await stack.up(program)).infos).toEqual(["5 installed, 1 failed"]);
    });

    test("are as the preview has shown them where somebody has installed a client meanwhile", async () => {
        const there = { vaultId: VAULT, instanceId: "i-005", clusterId: "cl-1" };
        const stack = new VirtualStack({ world: { clients: [there] } });
        stack.simulator.setSwitches({ fallOverAfter: "1m" });
        const end = await stack.up({ instances: instances(10), rollout: { waves: [1, "100%"], soak: "5m" } });
        expect(end.infos).toEqual(["1 adopted, 1 failed, 8 pending"]);
        expect(batches(stack)).toEqual([1]);
    });

    test("start at the first again once a refresh has found nothing left to do", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-008", fallOverAfter: "1m" }] },
        });
        const program = { instances: instances(8), rollout: { waves: [1, 3, 4], soak: "5m" } };
        await stack.up(program);
        expect(stack.state?.__rollout).toEqual({ wavesDone: 2 });
        for (const { clientId } of stack.simulator.world().clients)
            stack.simulator.patchClient(clientId, { status: "ACTIVATED" });
        await stack.refresh();
        expect(stack.state).not.toHaveProperty("__rollout");
        expect(await stack.up(program)).toMatchObject({ infos: ["unchanged"] });
    });

    test("are not stopped by a client that is refused, which fails the run", async () => {
        const there = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1", clientId: "c-theirs" };
        const stack = new VirtualStack({ world: { clients: [there] } });
        const program = { instances: instances(4), adoptExisting: false, rollout: { waves: [1, 3] } };
        const end = await stack.up(program);
        expect(end.infos).toEqual(["3 installed, 1 failed"]);
        expect(end.reasons).toEqual([expect.stringMatching(/^i-001: ClientAlreadyExists/)]);
    });

    test("leave healthy clients of later waves alone once an installation is refused", async () => {
        const stack = await installed(9);
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 400,
            code: "InvalidParameter",
            times: "always",
        });
        const rollout = { waves: [2, 3], maxFailures: 9 };
        const end = await stack.up({ instances: instances(9), triggers: [1], rollout });
        expect(end.ok).toBe(false);
        expect(stack.calls("UninstallClient")).toBe(2);
    });

    test("add to the default time-out: each has its rounds, and its soak", async () => {
        // Each of the 30 waves takes 14 minutes and a soak of an hour: 7 hours of work, and 30 of watching.
        const stack = new VirtualStack({ installTime: 14 * MINUTE });
        const rollout = { waves: [1], soak: "20m" };
        const end = await stack.up({ instances: instances(12), rollout });
        expect(end).toMatchObject({ reasons: [], infos: ["12 installed"] });
        expect(end.elapsedMs).toBeGreaterThan(12 * 30 * MINUTE);
    });

    test("of a program that names none are one, and nothing of them is said or kept", async () => {
        const stack = withFailing("i-001");
        const end = await stack.up({ instances: instances(3) });
        expect(wavesShown(end.statuses)).toEqual([]);
        expect(stack.state).not.toHaveProperty("__rollout");
    });

    test.each([
        ["a client of somebody else", {}],
        ["the client of a killed run", { pauseAfter: "firstWave" }],
    ])(
        "give no place to %s that is not taken over: a bad agent stops at the first that is installed",
        async (_, more) => {
            const there = {
                vaultId: VAULT,
                instanceId: "i-001",
                clusterId: "cl-1",
                status: "UNKNOWN",
            } as const;
            const stack = new VirtualStack({ world: { clients: [there] } });
            stack.simulator.setSwitches({ fallOverAfter: "1m" });
            const rollout = { waves: [1, "100%"], soak: "5m", ...more };
            const program = { instances: instances(10), rollout };
            expect((await stack.up(program)).infos).toEqual(["2 failed, 8 pending"]);
            expect(batches(stack)).toEqual([1]);
            expect(stack.state?.clients["i-001"]).toMatchObject({
                owned: false,
                errorCode: "ClientNotHealthy",
            });
            // The refused client takes no place in the next run either; the one that fell over does.
            expect(wavesPreviewed(stack, program)).toMatch(/^in waves of 1, 8/);
        },
    );

    test("let removals go on while they wait for a client that fell over", async () => {
        const stack = await installed(3);
        stack.simulator.patchInstance("i-004", { fallOverAfter: "1m" });
        const rollout = { waves: [1], soak: "5m" };
        expect((await stack.up({ instances: instances(4), rollout })).infos).toEqual(["1 failed"]);
        const end = await stack.up({ instances: instances(4).slice(1), rollout });
        expect(end.infos).toEqual(["1 failed, 1 uninstalled; their records stay in v-1"]);
    });
});
