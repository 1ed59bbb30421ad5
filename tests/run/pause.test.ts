import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";
import { batches, wavesPreviewed, withFailing } from "./waveSupport";

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

    test("counts what a create adopts, and not what an update adopts beside the fleet that it knows", async () => {
        const stack = await installed(2);
        stack.simulator.addClient({ vaultId: VAULT, instanceId: "i-003", clusterId: "cl-1" });
        const end = await stack.up(program);
        expect(end.infos).toEqual(["2 installed, 1 adopted, 5 pending"]);
        expect(end.warnings).toEqual([expect.stringMatching(/^paused after the first wave/)]);
    });
});

describe("a replacement, whose old fleet is gone", () => {
    const program = {
        instances: instances(10),
        rollout: { waves: [2, 3, 5], pauseAfter: "firstWave" },
    } as const;

    async function replaced(...failing: readonly string[]): Promise<VirtualStack> {
        const stack = withFailing(...failing);
        await stack.up(program, undefined, true);
        for (const instanceId of failing) stack.simulator.patchInstance(instanceId, { failInstall: null });
        return stack;
    }

    test("does not pause", async () => {
        const stack = await replaced();
        expect(batches(stack)).toEqual([2, 3, 5]);
        expect(stack.state).not.toHaveProperty("__rollout");
    });

    test.each(["i-002", "i-004"])(
        "does not pause either in the run after it has failed for %s",
        async (id) => {
            const stack = await replaced(id);
            expect(stack.state?.__rollout).toMatchObject({ isReplacement: true });
            if (id === "i-002")
                expect(wavesPreviewed(stack, program)).toBe(
                    "in waves of 2, 3, 4, without a pause, because the old fleet is gone; keep 1",
                );
            await stack.refresh();
            const end = await stack.up(program);
            expect(end).toMatchObject({ ok: true, warnings: [] });
            expect(stack.state).not.toHaveProperty("__rollout");
        },
    );

    test("pauses for what a later change of the program adds", async () => {
        const stack = await replaced("i-002");
        const end = await stack.up({ ...program, instances: instances(11) });
        expect(end.warnings).toEqual([expect.stringMatching(/^paused after the first wave/)]);
    });
});
