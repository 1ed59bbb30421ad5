import type { FaultInput } from "../../simulator/index";
import { instances, VirtualStack } from "./virtualStack";

const WRONG: FaultInput = {
    action: "CreateClients",
    kind: "status",
    status: 400,
    code: "InvalidParameter",
    message: "The parameter ResourceGroupId is not valid. RequestId: {requestId}",
    times: "always",
};

describe("a request that is wrong as a whole", () => {
    test.each([
        [200, 20, 4],
        [200, 20, 1],
        [45, 7, 3],
        [30, 1, 5],
    ])(
        "costs few calls and one line: %i instances in batches of %i, %i at a time",
        async (count, batchSize, parallelism) => {
            const stack = new VirtualStack();
            stack.simulator.addFault(WRONG);
            const end = await stack.up({
                instances: instances(count),
                rollout: { batchSize, parallelism, maxFailures: 1_000 },
            });
            const batches = Math.ceil(count / batchSize);
            const most = 2 * Math.ceil(Math.log2(batchSize)) + batches + parallelism;
            expect(stack.calls("CreateClients")).toBeLessThanOrEqual(most);
            // In batches of one each instance is tried, and nothing is left to be said of others.
            const failed = stack.state?.failedInstanceIds.length ?? 0;
            // Where there are untried ones, the run fails whatever number of failures is borne.
            expect(end.ok).toBe(batchSize === 1);
            if (batchSize === 1) {
                expect(end.warnings).toEqual([
                    expect.stringMatching(/^30 instances \(i-001, i-002, \+28\): /),
                ]);
                expect(end.infos).toEqual(["30 failed"]);
                return;
            }
            const [first, second, ...others] = end.reasons;
            expect(first).toMatch(
                /^the service refused every installation with the same error \(InvalidParameter\)/,
            );
            expect(second).toMatch(
                /instances? \(i-001, .*: CreateClients failed: InvalidParameter: .*RequestId: [-0-9A-F]+ \(HTTP 400\)/,
            );
            expect(others).toEqual([expect.stringMatching(/^still to be done/)]);
            expect(end.infos).toEqual([`${failed} failed, ${count - failed} not tried`]);
            expect(failed).toBeLessThan(count);
        },
    );

    test("tries one instance more for each cluster, source type and access key", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault(WRONG);
        const odd = [
            { instanceId: "i-901", clusterId: "cl-9" },
            { instanceId: "i-902", clusterId: "cl-1", sourceTypes: ["OTHER"] },
            { instanceId: "i-903", clusterId: "cl-1", accessKeyId: "LTAI-1", accessKeySecret: "secret-1" },
        ];
        await stack.up({ instances: [...instances(17), ...odd] });
        // All together, both halves at each level down to one, and one for each value that was not tried with it.
        expect(stack.calls("CreateClients")).toBe(1 + 2 * 5 + 3);
    });

    test("that holds for one batch only keeps no other from its clients", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ ...WRONG, instanceId: "i-003" });
        const end = await stack.up({ instances: instances(60), rollout: { batchSize: 20, parallelism: 1 } });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-003: CreateClients failed: InvalidParameter/),
        ]);
        expect(end.infos).toEqual(["59 installed, 1 failed"]);
        expect(stack.duplicateInstalls).toBe(0);
    });

    test.each([1, 2])(
        "that is wrong for the whole of one batch only ends nothing (%i at a time)",
        async (parallelism) => {
            const stack = new VirtualStack();
            for (const instanceId of ["i-001", "i-002", "i-003", "i-004"])
                stack.simulator.addFault({ ...WRONG, instanceId });
            const end = await stack.up({ instances: instances(12), rollout: { batchSize: 4, parallelism } });
            expect(end.infos).toEqual(["8 installed, 4 failed"]);
            expect(stack.duplicateInstalls).toBe(0);
        },
    );

    test("is none where the text names an instance: halved to the end", async () => {
        const stack = new VirtualStack();
        for (const instanceId of ["i-002", "i-005"])
            stack.simulator.addFault({
                ...WRONG,
                instanceId,
                message: `${instanceId} is in the wrong zone.`,
            });
        const end = await stack.up({ instances: instances(8) });
        expect(end.reasons).toEqual([
            expect.stringMatching(
                /^2 instances \(i-002, i-005\): .*InvalidParameter: … is in the wrong zone/,
            ),
        ]);
        expect(end.infos).toEqual(["6 installed, 2 failed"]);
    });

    test("the next run tries all of them again", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault(WRONG);
        await stack.up({ instances: instances(50) });
        stack.simulator.clearFaults();
        expect((await stack.up({ instances: instances(50) })).infos).toEqual(["50 installed"]);
        expect(stack.duplicateInstalls).toBe(0);
    });
});

describe("a refusal of more than maxFailures", () => {
    test.each([0, 2])("tries no instance of another batch (%i)", async (maxFailures) => {
        const stack = new VirtualStack();
        stack.simulator.addFault(WRONG);
        const rollout = { batchSize: 3, parallelism: 1, maxFailures };
        const end = await stack.up({ instances: instances(9), rollout });
        expect(end.infos).toEqual(["3 failed, 6 not tried"]);
        expect(stack.state?.failedInstanceIds).toEqual(["i-001", "i-002", "i-003"]);
    });

    test("tries those of other batches one by one, until too many have failed", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault(WRONG);
        const rollout = { batchSize: 1, parallelism: 1, maxFailures: 2 };
        const end = await stack.up({ instances: instances(9), rollout });
        expect(end.infos).toEqual(["3 failed, 6 not tried"]);
    });
});

test.each(["array", "object"] as const)(
    "what a probe installs counts when failures are tolerated: Result %s",
    async (resultShape) => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ resultShape });
        stack.simulator.addFault({ ...WRONG, times: 1 });
        // The first batch is refused, and its second half is the first probe.
        for (const instanceId of ["i-003", "i-004"])
            stack.simulator.patchInstance(instanceId, { failInstall: "AgentDownloadFailed" });
        const rollout = { batchSize: 4, parallelism: 1, maxFailures: 1 };
        const end = await stack.up({ instances: instances(12), rollout });
        expect(end.infos).toEqual(["2 installed, 2 failed, 8 pending"]);
    },
);

describe("a probe that goes on for longer than its batch", () => {
    const refuseFirst = (stack: VirtualStack, count: number): void => {
        for (const { instanceId } of instances(count)) stack.simulator.addFault({ ...WRONG, instanceId });
    };
    const failing = {
        action: "CreateClients",
        kind: "status",
        status: 503,
        code: "ServiceUnavailable",
    } as const;

    test("does not keep a run from its end", async () => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(6).slice(4) });
        refuseFirst(stack, 2);
        stack.simulator.addFault({ ...failing, instanceId: "i-003", times: "always" });
        const rollout = { batchSize: 2, parallelism: 1 };
        const end = await stack.up({ instances: instances(6), triggers: [1], rollout });
        expect(end.reasons.join()).toContain("i-003: CreateClients failed: ServiceUnavailable");
    });

    test("is over when the run is, also where its instance's own batch never starts", async () => {
        const stack = new VirtualStack();
        // The first batch is halved down to one instance, and one of the second is tried; then the account may no more.
        const denied = {
            kind: "status",
            status: 403,
            code: "NoPermission",
            times: "always",
            after: 2,
        } as const;
        stack.simulator.addFault({ action: "CreateClients", instanceId: "i-004", ...denied });
        refuseFirst(stack, 5);
        stack.simulator.addFault({ ...failing, instanceId: "i-006" });
        const rollout = { batchSize: 5, parallelism: 1 };
        const end = await stack.up({ instances: instances(10), rollout });
        expect(end.reasons[0]).toMatch(/NoPermission/);
        expect(stack.state?.clients["i-006"]).toMatchObject({ status: "NOT_INSTALLED" });
        const calls = stack.simulator.requests().total;
        await stack.clock.sleep(300_000);
        expect(stack.simulator.requests().total).toBe(calls);
    });
});

describe("one instance for which the service fails", () => {
    test.each([
        { kind: "status", status: 500, code: "InternalError" },
        { kind: "not-json", effect: "before" },
        { kind: "reset-before" },
    ] as const)("keeps none of its neighbours from its client: %j", async (fault) => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "CreateClients", instanceId: "i-007", times: "always", ...fault });
        const end = await stack.up({ instances: instances(20) });
        expect(end.infos).toEqual(["19 installed, 1 failed"]);
        expect(end.reasons).toEqual([expect.stringMatching(/^i-007: /)]);
        expect(stack.duplicateInstalls).toBe(0);
    });
});

describe("a key that may not remove clients", () => {
    test.each([
        ["UninstallClient", "Uninstall"],
        ["DeleteClient", "UninstallAndDelete"],
    ])("makes one call to %s and gives one line, which names the RAM action", async (action, removal) => {
        const stack = new VirtualStack();
        await stack.up({ instances: instances(200), removal });
        stack.simulator.addFault({
            action,
            kind: "status",
            status: 403,
            code: "NoPermission",
            times: "always",
        });
        const end = await stack.destroy();
        expect(stack.calls(action)).toBe(1);
        expect(end.reasons).toHaveLength(3);
        expect(end.reasons[0]).toMatch(
            new RegExp(`^${action} failed: NoPermission: .*; grant hbr:${action} to the RAM user`),
        );
        expect(end.reasons[2]).toMatch(/^left: i-001, i-002, .*i-200/);
    });
});

test("a key that may not install is told so once", async () => {
    const stack = new VirtualStack();
    stack.simulator.addFault({
        action: "CreateClients",
        kind: "status",
        status: 403,
        code: "NoPermission",
        times: "always",
    });
    const end = await stack.up({ instances: instances(200), rollout: { parallelism: 2 } });
    expect(stack.calls("CreateClients")).toBeLessThanOrEqual(2);
    expect(end.reasons[0]).toMatch(/grant hbr:CreateClients/);
});
