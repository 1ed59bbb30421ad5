import type { FaultInput } from "../../simulator/index";
import { instances, VAULT, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

describe("an installation", () => {
    test("of 45 instances is made in three batches, each instance once", async () => {
        const stack = new VirtualStack();
        const end = await stack.up({ instances: instances(45) });
        expect(end.reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(3);
        expect(stack.duplicateInstalls).toBe(0);
        expect(Object.values(stack.statuses())).toEqual(Array(45).fill("ACTIVATED"));
        expect(stack.state?.taskIds).toHaveLength(3);
        expect(stack.state?.failedInstanceIds).toEqual([]);
        expect(end.infos).toContain("45 installed");
    });

    test("of 15 minutes is waited for, with few looks at its task", async () => {
        const stack = new VirtualStack({ installTime: 14.9 * MINUTE });
        const end = await stack.up({ instances: instances(20) });
        expect(end.reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(1);
        expect(stack.calls("DescribeTask")).toBeLessThanOrEqual(55);
        expect(stack.calls("DescribeClients")).toBeLessThanOrEqual(5);
    });

    test("of 13 rounds of batches has the default time-out for each of them", async () => {
        const stack = new VirtualStack({ installTime: 5 * 60_000 });
        const end = await stack.up({ instances: instances(13), rollout: { batchSize: 1, parallelism: 1 } });
        expect(end.infos).toEqual(["13 installed"]);
        expect(stack.calls("CreateClients")).toBe(13);
        expect(end.elapsedMs).toBeGreaterThan(55 * 60_000);
    });

    test("shows how far it is, and never counts down", async () => {
        const stack = new VirtualStack();
        const { statuses } = await stack.up({ instances: instances(40), rollout: { parallelism: 1 } });
        const done = statuses.flatMap((text) => /(\d+)\/40/.exec(text)?.[1] ?? []).map(Number);
        expect(done.length).toBeGreaterThan(2);
        expect(done).toEqual([...done].sort((a, b) => a - b));
    });

    test("counts an instance as soon as its task reports it, while the others are still under way", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-002", installTime: "5m" }] },
        });
        const { statuses } = await stack.up({ instances: instances(3) });
        expect(statuses).toContainEqual(expect.stringMatching(/^2\/3 · \d+ % · installing · task t-/));
    });

    test("counts what is left to do, without the clients that it adopts", async () => {
        const stack = new VirtualStack({
            world: {
                clients: [
                    { clientId: "c-1", vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1" },
                    { clientId: "c-2", vaultId: VAULT, instanceId: "i-002", clusterId: "cl-1" },
                ],
            },
        });
        const { statuses } = await stack.up({ instances: instances(5) });
        const counts = statuses.flatMap((text) => /\d+\/\d+/.exec(text)?.[0] ?? []);
        expect(new Set(counts)).toContain("0/3");
        for (const count of counts) expect(count).toMatch(/^[0-3]\/3$/);
    });

    test("of an unchanged fleet is over after nothing", async () => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(3) });
        const total = stack.simulator.requests().total;
        expect((await stack.up({ instances: instances(3).reverse() })).infos).toEqual(["unchanged"]);
        expect(stack.simulator.requests().total).toBe(total);
    });
});

describe("instances that are not fit", () => {
    const world = {
        instances: [
            { instanceId: "i-002", state: "Stopped" as const },
            { instanceId: "i-003", failInstall: "AgentDownloadFailed" },
        ],
    };

    test.each([
        ["listed in the answer, the others taken", { partialAcceptance: true }],
        ["listed in the answer, nobody taken", { partialAcceptance: false }],
        ["listed even where they are alone", { partialAcceptance: false, singleUnfitIsError: false }],
    ])("%s: all that can succeed does, and each failure has its reason", async (_, switches) => {
        const stack = new VirtualStack({ world });
        stack.simulator.setSwitches(switches);
        const end = await stack.up({ instances: instances(8) });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-002: .*(InstanceNotRunning|InvalidInstance)/),
            expect.stringMatching(/^i-003: .*INSTALL_FAILED \(AgentDownloadFailed\)/),
        ]);
        expect(stack.state?.failedInstanceIds).toEqual(["i-002", "i-003"]);
        expect(stack.state?.clients["i-002"]).toMatchObject({
            status: "NOT_INSTALLED",
            validInstance: false,
            pendingAction: "install",
        });
        expect(stack.state?.clients["i-003"]).toMatchObject({ status: "INSTALL_FAILED", installed: false });
        expect(Object.values(stack.statuses()).filter((status) => status === "ACTIVATED")).toHaveLength(6);
        expect(stack.duplicateInstalls).toBe(0);

        stack.simulator.resetRequests();
        stack.simulator.patchInstance("i-002", { state: "Running" });
        stack.simulator.patchInstance("i-003", { failInstall: null });
        expect((await stack.up({ instances: instances(8) })).reasons).toEqual([]);
        expect(stack.simulator.requests().installs).toEqual({ "i-002": 1, "i-003": 1 });
    });

    test("alone: the service's own code and what to do about it", async () => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-001", cloudAssistant: false }] },
        });
        const { reasons } = await stack.up({ instances: instances(1) });
        expect(reasons).toEqual([
            expect.stringMatching(/^i-001: .*CloudAssistNotRunningOnInstance.*Cloud Assistant agent/),
        ]);
    });
});

describe("a rollout with maxFailures", () => {
    const broken = Array.from({ length: 3 }, (_, index) => ({
        instanceId: `i-00${index + 1}`,
        failInstall: "AgentDownloadFailed",
    }));

    test("starts no further batch after one failure too many, and reports the untouched as pending", async () => {
        const stack = new VirtualStack({ world: { instances: broken } });
        const rollout = { batchSize: 2, parallelism: 1, maxFailures: 2 };
        const { reasons } = await stack.up({ instances: instances(8), rollout });
        expect(reasons.join("\n")).toMatch(/failed, and rollout.maxFailures is \d+: no further batch/);
        expect(reasons.at(-1)).toMatch(/by the next `pulumi up`: i-005, i-006, i-007, i-008$/);
        expect(Object.keys(stack.simulator.requests().installs)).toEqual([
            "i-001",
            "i-002",
            "i-003",
            "i-004",
        ]);
        expect(stack.state?.clients["i-008"]).toMatchObject({
            status: "NOT_INSTALLED",
            pendingAction: "install",
        });
        expect(stack.state?.clients["i-004"]).not.toHaveProperty("pendingAction");
    });

    test("starts the next batch only when the list has confirmed the one before, whatever its task says", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ fallOverAfter: "1s" });
        const rollout = { batchSize: 1, parallelism: 1, maxFailures: 0 };
        const end = await stack.up({ instances: instances(4), rollout });
        expect(end.infos).toEqual(["1 failed, 3 pending"]);
    });

    test("tolerates as many, with one warning for all that failed alike, and tries them again", async () => {
        const stack = new VirtualStack({ world: { instances: broken } });
        const program = { instances: instances(8), rollout: { batchSize: 2, maxFailures: 3 } };
        const end = await stack.up(program);
        expect(end.reasons).toEqual([]);
        expect(end.warnings).toEqual([
            expect.stringMatching(/^3 instances \(i-001, i-002, i-003\): .*AgentDownloadFailed/),
        ]);
        expect(stack.state?.failedInstanceIds).toEqual(["i-001", "i-002", "i-003"]);
        for (const { instanceId } of broken) stack.simulator.patchInstance(instanceId, { failInstall: null });
        await stack.up(program);
        expect(stack.state?.failedInstanceIds).toEqual([]);
        expect(stack.simulator.requests().installs).toMatchObject({ "i-001": 2, "i-004": 1 });
    });
});

describe("a lost answer to CreateClients", () => {
    const LOST: FaultInput["kind"][] = ["reset-before", "reset-after", "hang", "not-json", "empty-body"];

    test.each(LOST.flatMap((kind) => [0, 5_000].map((listLag) => [kind, listLag] as const)))(
        "%s, with a list that is %i ms behind: each instance is installed once",
        async (kind, listLag) => {
            const stack = new VirtualStack();
            stack.simulator.setSwitches({ listLag });
            stack.simulator.addFault({ action: "CreateClients", kind });
            const end = await stack.up({ instances: instances(5) });
            expect(end.reasons).toEqual([]);
            const once = Object.fromEntries(instances(5).map(({ instanceId }) => [instanceId, 1]));
            expect(stack.simulator.requests().installs).toEqual(once);
            expect(stack.duplicateInstalls).toBe(0);
        },
    );

    test("again and again: halved to the single instance, and then an error that says so once", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "CreateClients", kind: "reset-before", times: "always" });
        const { reasons } = await stack.up({ instances: instances(2) });
        expect(reasons).toEqual([expect.stringMatching(/^2 instances \(i-001, i-002\): .*ConnectionFailed/)]);
        // Both together, and then each four times alone.
        expect(stack.calls("CreateClients")).toBe(1 + 2 * 4);
    });
});

describe("what a task tells", () => {
    test.each(["task-vanishes", "result-object"] as const)(
        "%s: the list decides, nobody fails",
        async (kind) => {
            const stack = new VirtualStack();
            stack.simulator.addFault({ action: "CreateClients", kind });
            expect((await stack.up({ instances: instances(4) })).reasons).toEqual([]);
        },
    );

    test.each([
        ["task-failed", "TaskFailed"],
        ["task-expired", "TaskExpired"],
        ["task-cancelled", "TaskCancelled"],
    ] as const)("%s: those it left are failed and tried again, the others are kept", async (kind, code) => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-001", installTime: 10_000 }] },
        });
        stack.simulator.addFault({ action: "CreateClients", kind });
        const { reasons } = await stack.up({ instances: instances(4) });
        const failed = kind === "task-failed" ? "4 instances (i-001, " : "3 instances (";
        expect(reasons).toEqual([expect.stringContaining(`${failed}i-002, i-003, i-004): `)]);
        expect(reasons[0]).toContain(code);
        expect(stack.state?.clients["i-004"]).toMatchObject({ status: "INSTALL_FAILED", errorCode: code });
        expect((await stack.up({ instances: instances(4) })).reasons).toEqual([]);
        const { installs } = stack.simulator.requests();
        expect(installs).toMatchObject({ "i-001": kind === "task-failed" ? 2 : 1, "i-004": 2 });
        expect(stack.duplicateInstalls).toBe(0);
    });

    test.each(["array", "object", "raw-object", "empty", "absent"] as const)(
        "Result as %s, its state in a word of its own: installed all the same",
        async (resultShape) => {
            const stack = new VirtualStack();
            stack.simulator.setSwitches({ resultShape, statusWhileRunning: "processing", numericCode: true });
            expect((await stack.up({ instances: instances(4) })).reasons).toEqual([]);
            expect(stack.state?.clients["i-004"]).toMatchObject({ status: "ACTIVATED", installed: true });
        },
    );

    test("an installation that gets nowhere fails after the service's limit and a grace", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ stuckInstalling: true });
        const end = await stack.up({ instances: instances(2) });
        expect(end.reasons).toEqual([
            expect.stringMatching(
                /^2 instances \(i-001, i-002\): TaskExpired: the installation ended as INSTALLING/,
            ),
        ]);
        expect(end.elapsedMs).toBeLessThan(18 * MINUTE);
        expect(stack.calls("CreateClients")).toBe(1);
    });
});

describe("errors that concern everybody", () => {
    test("no rights: one error, no further batch", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 403,
            code: "NoPermission",
            times: "always",
        });
        const end = await stack.up({ instances: instances(6), rollout: { batchSize: 2, parallelism: 1 } });
        expect(end.reasons[0]).toMatch(/NoPermission.*grant hbr:CreateClients/);
        expect(end.reasons).toHaveLength(2);
        expect(stack.calls("CreateClients")).toBe(1);
    });

    test("no such vault: an error, and no state", async () => {
        const stack = new VirtualStack();
        const end = await stack.up({ instances: instances(2), vaultId: "v-none" });
        expect(end.reasons).toEqual([expect.stringMatching(/VaultNotExist.*region/)]);
        expect(stack.state).toBeUndefined();
        expect(stack.calls("CreateClients")).toBe(0);
    });

    test("limits: it takes longer, and nobody fails for it", async () => {
        const stack = new VirtualStack({ installTime: 20_000 });
        stack.simulator.setLimits({ CreateClients: { perSecond: 1 }, "*": { perSecond: 5 } });
        const end = await stack.up({ instances: instances(60), rollout: { batchSize: 2, parallelism: 20 } });
        expect(end.reasons).toEqual([]);
        expect(stack.duplicateInstalls).toBe(0);
        const refused = stack.simulator.requests().log.filter(({ code }) => code.startsWith("Throttling"));
        expect(refused.length).toBeGreaterThan(0);
        expect(refused.length).toBeLessThan(stack.simulator.requests().total / 3);
    });

    test("limits with more calls than the time-out allows: the time-out says so, and the next run goes on", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "*", kind: "throttle", times: "always" });
        const end = await stack.up({ instances: instances(2) });
        expect(end.reasons.join()).toMatch(/time-out of 20 min/);
        stack.simulator.clearFaults();
        expect((await stack.up({ instances: instances(2) })).reasons).toEqual([]);
    });
});
