import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

/** The number of instances in each CreateClients call. */
function batches(stack: VirtualStack): readonly number[] {
    return stack.simulator.requests().log.flatMap(({ action, parameters }) => {
        if (action !== "CreateClients") return [];
        return [(JSON.parse(parameters["ClientInfo"] ?? "[]") as unknown[]).length];
    });
}

/** Which waves the live status has shown. */
function wavesShown(statuses: readonly string[]): readonly string[] {
    return [...new Set(statuses.flatMap((text) => /wave \d+\/\d+/.exec(text)?.[0] ?? []))];
}

function withFailing(...instanceIds: readonly string[]): VirtualStack {
    const fitness = { failInstall: "AgentDownloadFailed" };
    return new VirtualStack({
        world: { instances: instanceIds.map((instanceId) => ({ instanceId, ...fitness })) },
    });
}

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
});

describe("work of an earlier run", () => {
    test("belongs to the wave in which it was begun, and counts towards its size", async () => {
        const stack = new VirtualStack();
        const program = { instances: instances(12), rollout: { waves: [1, 5, 6] } };
        await stack.up(program, { kind: "Ctrl-C", afterMs: 65_000 });
        expect(batches(stack)).toEqual([1, 5]);
        expect(stack.state?.__rollout).toEqual({ wavesDone: 1 });
        const end = await stack.up(program);
        expect(end).toMatchObject({ reasons: [], infos: ["11 installed"] });
        expect(batches(stack)).toEqual([1, 5, 6]);
    });

    test("counts towards the first wave where a killed create has left no state", async () => {
        const stack = new VirtualStack();
        const program = { instances: instances(12), rollout: { waves: [4, 8] } };
        await stack.up(program, { kind: "killed", afterMs: 2_000 });
        expect(stack.state).toBeUndefined();
        await stack.up(program);
        expect(batches(stack)).toEqual([4, 8]);
        expect(stack.duplicateInstalls).toBe(0);
    });
});

describe("a change of the program in the middle of a rollout", () => {
    const rollout = { waves: [1, 4, 20] };

    test("starts at the first wave if it adds work", async () => {
        const stack = withFailing("i-003");
        await stack.up({ instances: instances(10), rollout });
        expect(stack.state?.__rollout).toEqual({ wavesDone: 1 });
        stack.simulator.patchInstance("i-003", { failInstall: null });
        await stack.up({ instances: instances(11), rollout });
        expect(batches(stack).slice(2)).toEqual([1, 4, 2]);
    });

    test("goes on where the rollout was if it adds none", async () => {
        const stack = withFailing("i-003");
        await stack.up({ instances: instances(10), rollout });
        stack.simulator.patchInstance("i-003", { failInstall: null });
        await stack.up({ instances: instances(9), rollout, removal: "Retain" });
        expect(batches(stack).slice(2)).toEqual([4, 1]);
    });
});

describe("a pause after the first wave", () => {
    const program = {
        instances: instances(10),
        rollout: { waves: [2, 3, 5], pauseAfter: "firstWave" },
    } as const;

    test("ends the run with success and a warning, and the next up goes on without another", async () => {
        const stack = new VirtualStack();
        const first = await stack.up(program);
        expect(first).toMatchObject({
            ok: true,
            infos: ["2 installed, 8 pending"],
            warnings: [
                "paused after the first wave, because rollout.pauseAfter is set; run `pulumi up` to go on with i-003, i-004, i-005, i-006, i-007, i-008, i-009, i-010",
            ],
        });
        expect(stack.state?.failedInstanceIds).toEqual([]);
        expect(stack.state?.clients["i-010"]).toMatchObject({ pendingAction: "install", owned: false });
        expect(stack.state?.__rollout).toEqual({ wavesDone: 1 });

        const second = await stack.up(program);
        expect(second).toMatchObject({ ok: true, infos: ["8 installed"], warnings: [] });
        expect(batches(stack)).toEqual([2, 3, 5]);
        expect(await stack.up(program)).toMatchObject({ infos: ["unchanged"] });
    });

    test("does not come where the first wave has done everything", async () => {
        const stack = new VirtualStack();
        const end = await stack.up({ ...program, instances: instances(2) });
        expect(end).toMatchObject({ infos: ["2 installed"], warnings: [] });
    });

    test("does not come where the first wave fails; it comes after the next first wave", async () => {
        const stack = withFailing("i-002");
        expect((await stack.up(program)).ok).toBe(false);
        stack.simulator.patchInstance("i-002", { failInstall: null });
        expect((await stack.up(program)).warnings[0]).toMatch(/^paused after the first wave/);
    });

    test("survives a kill: what the next up adopts counts, and it pauses at once", async () => {
        const stack = new VirtualStack();
        // Killed just before the run would have handed its result over.
        const trial = new VirtualStack();
        const { elapsedMs } = await trial.up(program);
        await stack.up(program, { kind: "killed", afterMs: elapsedMs - 1 });
        expect(stack.state).toBeUndefined();
        const again = await stack.up(program);
        expect(again).toMatchObject({ ok: true, infos: ["2 adopted, 8 pending"] });
        expect(again.warnings[0]).toMatch(/^paused after the first wave/);
        expect(await stack.up(program)).toMatchObject({ ok: true, infos: ["8 installed"] });
        expect(batches(stack)).toEqual([2, 3, 5]);
    });

    test("comes again for a change of the program that adds work", async () => {
        const stack = new VirtualStack();
        await stack.up(program);
        await stack.up(program);
        const change = { ...program, triggers: [1] };
        expect((await stack.up(change)).infos).toEqual(["2 reinstalled, 8 pending"]);
        expect((await stack.up(change)).infos).toEqual(["8 reinstalled"]);
    });

    test("comes after a whole wave where a killed update has reinstalled one, which is not reinstalled again", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ keepClientId: false });
        await stack.up({ instances: program.instances });
        const change = { ...program, useHttps: true };
        await stack.up(change, { kind: "killed", afterMs: 87_000 });
        const end = await stack.up(change);
        expect(end.warnings.at(-1)).toMatch(/^paused after the first wave/);
        await stack.up(change);
        expect(stack.simulator.requests().installs["i-001"]).toBe(2);
    });
});
