import { instances, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

describe("without customTimeouts, a run has", () => {
    test("20 minutes to learn what there is", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "DescribeClients", kind: "throttle", times: "always" });
        const end = await stack.up({ instances: instances(1) });
        expect(end.reasons.join()).toMatch(/time-out of 20 min/);
    });

    test("20 minutes for each round of batches", async () => {
        const stack = new VirtualStack({ installTime: 13 * MINUTE });
        const rollout = { batchSize: 1, parallelism: 1 };
        const end = await stack.up({ instances: instances(2), rollout });
        expect(end.reasons).toEqual([]);
        expect(end.elapsedMs).toBeGreaterThan(20 * MINUTE);
    });
});

describe("a run that is stopped", () => {
    test("by its time-out: the next one waits for the same task, and submits nothing", async () => {
        const stack = new VirtualStack({ installTime: 5 * MINUTE });
        const short = { instances: instances(3), __timeouts: { create: "60s" } };
        const end = await stack.up(short);
        expect(end.reasons[0]).toMatch(/stopped: .*time-out of 1 min/);
        expect(end.reasons.at(-1)).toMatch(/i-001, i-002, i-003$/);
        expect(stack.state?.clients["i-001"]).toMatchObject({
            status: "INSTALLING",
            taskId: stack.state?.taskIds[0],
            pendingAction: "install",
        });
        const tasks = stack.state?.taskIds;
        await stack.refresh();
        expect((await stack.up({ ...short, __timeouts: {} })).reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(1);
        expect(stack.state?.taskIds).toEqual(tasks);
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("pendingAction");
    });

    test.each([
        ["Ctrl-C", {}],
        ["its time-out", { __timeouts: { create: "5m" } }],
    ])("by %s: keeps the results of tasks that say nothing of their instances", async (_what, more) => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ resultShape: "object" });
        stack.simulator.patchInstance("i-001", { failInstall: "AgentDownloadFailed" });
        const program = { instances: instances(12), rollout: { batchSize: 2, parallelism: 1 }, ...more };
        const end = await stack.up(program, { kind: "Ctrl-C", afterMs: 300_000 });
        expect(end.infos).toEqual(["7 installed, 1 failed, 4 pending"]);
        expect(end.reasons.join()).toMatch(/i-001: .*INSTALL_FAILED \(AgentDownloadFailed\)/);
        expect(stack.state?.clients["i-002"]).toMatchObject({ status: "ACTIVATED" });
    });

    test.each([0, 20, 500, 5_000, 30_000, 70_000])(
        "by Ctrl-C after %i ms: it ends within two seconds with nothing more submitted, and the next one goes on",
        async (afterMs) => {
            const stack = new VirtualStack();
            const startedAt = stack.clock.now();
            const program = { instances: instances(6), rollout: { batchSize: 2, parallelism: 1 } };
            const end = await stack.up(program, { kind: "Ctrl-C", afterMs });
            expect(end.reasons.join()).toMatch(/cancelled/);
            expect(end.elapsedMs).toBeLessThanOrEqual(afterMs + 2_000);
            const late = stack.simulator
                .requests()
                .log.filter(({ at, action }) => action === "CreateClients" && at > startedAt + afterMs);
            expect(late).toEqual([]);
            expect((await stack.up(program)).reasons).toEqual([]);
            expect(stack.simulator.requests().installs).toEqual(
                Object.fromEntries(instances(6).map(({ instanceId }) => [instanceId, 1])),
            );
        },
    );

    test.each([0, 20, 60, 500, 30_000, 70_000])(
        "by a kill after %i ms: the next one adopts what it finds",
        async (afterMs) => {
            const stack = new VirtualStack();
            const program = { instances: instances(6), rollout: { batchSize: 2, parallelism: 1 } };
            await stack.up(program, { kind: "killed", afterMs });
            expect(stack.state).toBeUndefined();
            expect((await stack.up(program)).reasons).toEqual([]);
            expect(stack.simulator.requests().installs).toEqual(
                Object.fromEntries(instances(6).map(({ instanceId }) => [instanceId, 1])),
            );
            expect(stack.duplicateInstalls).toBe(0);
        },
    );

    test("by its time-out before the list shows anything: the next one waits for the task all the same", async () => {
        const stack = new VirtualStack({ installTime: 3 * MINUTE });
        stack.simulator.setSwitches({ listLag: 2 * MINUTE });
        await stack.up({ instances: instances(2), __timeouts: { create: "10s" } });
        expect((await stack.up({ instances: instances(2), __timeouts: {} })).reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(1);
        expect(stack.duplicateInstalls).toBe(0);
    });

    test("by Ctrl-C while CreateClients is under way: its answer is heard, so the task is in the state", async () => {
        const stack = new VirtualStack({ latency: 800 });
        const { elapsedMs } = await stack.up({ instances: instances(2) }, { kind: "Ctrl-C", afterMs: 1_000 });
        expect(elapsedMs).toBeLessThanOrEqual(3_000);
        expect(stack.calls("CreateClients")).toBe(1);
        expect(stack.state?.taskIds).toHaveLength(1);
        expect(stack.state?.clients["i-001"]).toMatchObject({
            status: "INSTALLING",
            taskId: stack.state?.taskIds[0],
        });
    });

    test("by Ctrl-C while it destroys: the state stays as it was, and the next one goes on", async () => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(5), removal: "UninstallAndDelete" });
        const before = stack.state;
        const end = await stack.destroy({ kind: "Ctrl-C", afterMs: 10_000 });
        expect(end.reasons.join()).toMatch(/cancelled/);
        expect(end.elapsedMs).toBeLessThanOrEqual(12_000);
        expect(stack.state).toEqual(before);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({});
        expect(stack.calls("UninstallClient")).toBe(5);
    });

    test("by an error of a removal: no installation is started after it", async () => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(1) });
        stack.simulator.patchInstance("i-001", { cloudAssistant: false, installTime: "3s" });
        stack.simulator.addFault({
            action: "DescribeTask",
            instanceId: "i-001",
            kind: "status",
            status: 403,
            code: "Forbidden.RAM",
        });
        const program = { instances: instances(4).slice(1), rollout: { batchSize: 1, parallelism: 1 } };
        const end = await stack.up(program);
        expect(end.reasons[0]).toMatch(/^DescribeTask failed: Forbidden\.RAM/);
        // One call for the first, and one that was under way.
        expect(stack.calls("CreateClients")).toBe(2);
        expect(end.reasons.at(-1)).toMatch(/^still to be done, .*i-003, i-004$/);
    });
});
