import { instances, VAULT, VirtualStack } from "./virtualStack";
import { batches, wavesPreviewed, withFailing } from "./waveSupport";

const MINUTE = 60_000;

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

    test("is judged first beside a client that fell over, and the default time-out has room for both", async () => {
        const fallen = { instanceId: "i-001", installTime: "1m", fallOverAfter: "1m" };
        const stack = new VirtualStack({ installTime: 14 * MINUTE, world: { instances: [fallen] } });
        const rollout = { waves: [1, 9], soak: "2m", maxFailures: 1, batchSize: 2 };
        const program = { instances: instances(9), rollout: { ...rollout, parallelism: 1 } };
        await stack.up(program, { kind: "Ctrl-C", afterMs: 5 * MINUTE });
        expect(batches(stack)).toEqual([1, 2]);
        const end = await stack.up({ ...program, rollout: { ...rollout, parallelism: 5 } });
        expect(end).toMatchObject({ reasons: [], infos: ["8 installed, 1 failed"] });
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

    test("is in the first wave, whatever its size, as the preview says, also where its answer was lost", async () => {
        const stack = new VirtualStack();
        const program = { instances: instances(12), rollout: { waves: [1, 5, 6] } };
        stack.simulator.addFault({ action: "CreateClients", kind: "hang", ms: 3_600_000, after: 1 });
        await stack.up(program, { kind: "Ctrl-C", afterMs: 70_000 });
        expect(batches(stack)).toEqual([1, 5]);
        // One instance more: the rollout starts at the first wave again.
        const more = { ...program, instances: instances(13) };
        expect(wavesPreviewed(stack, more)).toMatch(/^in waves of 5, 5, 2;/);
        await stack.up(more);
        expect(batches(stack).slice(2)).toEqual([5, 5, 2]);
    });

    test("that a killed create has left fallen over proves nothing: the bad agent stops at the next", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ fallOverAfter: "1m" });
        const program = { instances: instances(10), rollout: { waves: [1, "100%"], soak: "5m" } };
        await stack.up(program, { kind: "killed", afterMs: 90_000 });
        await stack.clock.sleep(5 * MINUTE);
        await stack.up(program);
        expect(stack.simulator.requests().installs).toEqual({ "i-001": 1, "i-002": 1 });
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

    test("starts at the first wave also if all that was installed is pending for its soak only", async () => {
        const stack = new VirtualStack();
        const program = { instances: instances(8), rollout: { waves: [1, 3, 4], soak: "5m" } };
        await stack.up(program, { kind: "Ctrl-C", afterMs: 2 * MINUTE });
        expect(stack.state?.__rollout).toEqual({ wavesDone: 1 });
        const change = { ...program, triggers: [1] };
        expect(wavesPreviewed(stack, change)).toBe("in waves of 1, 3, 4");
        await stack.up(change);
        expect(batches(stack)).toEqual([1, 1, 3, 3, 1]);
    });
});

describe("an unchanged program", () => {
    const rollout = { waves: [2, 3, 5], pauseAfter: "firstWave" };

    test("pauses once, though a move is refused in each run and a refresh forgets it", async () => {
        const clusters = ["cl-1", "cl-3"].map((clusterId) => ({ vaultId: VAULT, clusterId }));
        const stack = new VirtualStack({ world: { hanaInstances: clusters } });
        await stack.up({ instances: instances(10) });
        const moved = instances(10, "cl-3").map((instance, index) =>
            index === 0 ? { ...instance, clusterId: "cl-nowhere" } : instance,
        );
        const first = await stack.up({ instances: moved, rollout });
        expect(first.reasons).toEqual([
            expect.stringMatching(/^i-001: ClusterNotFound/),
            expect.stringMatching(/^paused after the first wave/),
        ]);
        await stack.refresh();
        const second = await stack.up({ instances: moved, rollout });
        expect(second.reasons).toEqual([expect.stringMatching(/^i-001: ClusterNotFound/)]);
        expect(second.infos.at(-1)).toBe("8 reinstalled, 1 failed");
    });

    test("pauses once, though the next run finds everything installed by others, with other settings", async () => {
        const stack = new VirtualStack();
        const program = { instances: instances(6), rollout, useHttps: true };
        await stack.up(program);
        for (const instance of instances(6).slice(2))
            stack.simulator.addClient({ ...instance, vaultId: VAULT });
        expect((await stack.up(program)).infos).toEqual(["4 adopted, 4 pending"]);
        expect(wavesPreviewed(stack, program)).toBe("in waves of 3, 1, continuing with wave 2; keep 2");
        expect((await stack.up(program)).infos).toEqual(["4 reinstalled"]);
    });

    test("pauses once, though a later version becomes known meanwhile", async () => {
        const stack = new VirtualStack();
        const program = { instances: instances(10), rollout, upgrades: "Latest" };
        await stack.up(program);
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        await stack.refresh();
        expect(wavesPreviewed(stack, program)).toBe("in waves of 3, 5, 2, continuing with wave 2");
        expect((await stack.up(program)).infos).toEqual(["8 installed, 2 upgraded"]);
    });

    test("starts at the first wave for a later version once only failures are left of a rollout", async () => {
        const stack = withFailing("i-010");
        const program = {
            instances: instances(10),
            rollout: { ...rollout, maxFailures: 1 },
            upgrades: "Latest",
        };
        await stack.up(program);
        await stack.up(program);
        expect(stack.state?.__rollout).toEqual({ wavesDone: 3 });
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        await stack.refresh();
        expect(wavesPreviewed(stack, program)).toBe("in waves of 2, 3, 5, with a pause after the first");
    });
});
