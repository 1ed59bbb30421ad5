import fc from "fast-check";
import type { FaultInput } from "../../simulator/index";
import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

/** How many of the instances have no working agent. */
function without(stack: VirtualStack): number {
    const alive = stack.simulator.world().clients.filter(({ status }) => status === "ACTIVATED");
    const ids = new Set(stack.simulator.world().clients.map(({ instanceId }) => instanceId));
    return ids.size - alive.length;
}

const REFUSED: FaultInput = {
    action: "CreateClients",
    kind: "status",
    status: 404,
    code: "ResourceNotFound",
    message: "The resource group does not exist. RequestId: {requestId}",
    times: "always",
};

describe("a reinstallation of which the installing half is refused", () => {
    test("costs one batch its agents, the others keep theirs, and the run fails whatever maxFailures says", async () => {
        const stack = await installed(45);
        stack.simulator.addFault(REFUSED);
        const end = await stack.up({
            instances: instances(45),
            resourceGroupId: "rg-wrong",
            rollout: { batchSize: 10, parallelism: 4, maxFailures: 100 },
        });
        expect(without(stack)).toBe(10);
        expect(stack.calls("UninstallClient")).toBe(10);
        expect(end.reasons.join("\n")).toMatch(
            /the service refused every installation with the same error \(ResourceNotFound\)/,
        );
        expect(stack.state?.clients["i-045"]).toMatchObject({
            status: "ACTIVATED",
            pendingAction: "reinstall",
        });

        // Every further run tries those first that have no agent, and takes none from the others.
        stack.simulator.resetRequests();
        await stack.up({ instances: instances(45), resourceGroupId: "rg-wrong" });
        expect(stack.calls("UninstallClient")).toBe(0);
        expect(without(stack)).toBe(10);

        stack.simulator.clearFaults();
        expect(
            (await stack.up({ instances: instances(45), resourceGroupId: "rg-wrong" })).infos,
        ).toContainEqual(expect.stringMatching(/^35 reinstalled, 10 repaired|^10 installed, 35 reinstalled/));
        expect(without(stack)).toBe(0);
    });

    test("is found out by the first batch also where the service fails the whole of it in the end", async () => {
        const stack = await installed(30);
        for (const { instanceId } of instances(30))
            stack.simulator.patchInstance(instanceId, { failInstall: "AgentDownloadFailed" });
        // Uninstalling works: only the installations are to fail.
        const end = await stack.up({
            instances: instances(30),
            triggers: [1],
            rollout: { batchSize: 5, parallelism: 4 },
        });
        expect(stack.calls("UninstallClient")).toBe(5);
        expect(end.reasons[0]).toMatch(
            /^25 instances \(i-006, i-007, \+23\): kept as they are, because installing, uninstalling or upgrading failed for 5 instances \(i-001, /,
        );
    });

    test("is an instance's own where others of its batch get through, and the rollout goes on", async () => {
        const stack = await installed(12);
        stack.simulator.patchInstance("i-001", { state: "Released" });
        const end = await stack.up({
            instances: instances(12),
            triggers: [1],
            rollout: { batchSize: 4, parallelism: 1 },
        });
        expect(end.reasons).toHaveLength(1);
        expect(end.reasons[0]).toMatch(/^i-001: /);
        expect(without(stack)).toBe(1);
    });

    test.each([
        ["InstanceNotExists", 404, 4],
        ["BadRequest", 400, 1],
    ])("in batches of one the code decides: %s", async (code, status, uninstalled) => {
        const stack = await installed(4);
        const once = { action: "CreateClients", kind: "status", code, status, times: 1 } as const;
        stack.simulator.addFault(once);
        await stack.up({ instances: instances(4), triggers: [1], rollout: { batchSize: 1, parallelism: 1 } });
        expect(stack.calls("UninstallClient")).toBe(uninstalled);
    });

    test("what has no agent goes first, and the first healthy batch alone", async () => {
        const stack = await installed(9);
        const { clientId = "" } = stack.state?.clients["i-009"] ?? {};
        stack.simulator.deleteClient(clientId);
        await stack.refresh();
        await stack.up({
            instances: instances(10),
            triggers: [1],
            rollout: { batchSize: 2, parallelism: 2 },
        });
        const { log } = stack.simulator.requests();
        const writes = log.filter(({ action }) => action === "CreateClients" || action === "UninstallClient");
        expect(writes.slice(0, 4).map(({ action }) => action)).toEqual([
            "CreateClients",
            "UninstallClient",
            "UninstallClient",
            "CreateClients",
        ]);
        const [, , , firstBatch, next] = writes;
        // The installation of the first batch takes a minute; it is over before anything else is touched.
        expect((next?.at ?? 0) - (firstBatch?.at ?? 0)).toBeGreaterThan(40_000);
    });

    test("nothing more is uninstalled while it is open whom a refusal is about", async () => {
        const stack = await installed(12);
        for (const { instanceId } of instances(12))
            stack.simulator.patchInstance(instanceId, { installTime: 20_000 });
        // The first batch and one of the next two are taken; the service fails for the other, and for all that follows.
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 500,
            code: "InternalError",
            after: 2,
            times: "always",
        });
        const rollout = { batchSize: 3, parallelism: 2 };
        const end = await stack.up({ instances: instances(12), triggers: [1], rollout });
        expect(stack.calls("UninstallClient")).toBe(9);
        expect(end.reasons[0]).toMatch(/^3 instances \(i-010, i-011, i-012\): kept as they are/);
    });

    test("the first batch has a round of its own in the default time-out, which has the time for booting too", async () => {
        const stack = await installed(25);
        stack.simulator.addFault({ action: "UninstallClient", kind: "throttle", times: "always" });
        const end = await stack.up({ instances: instances(25), triggers: [1] });
        expect(end.reasons[0]).toMatch(/^stopped: the time-out of 45 min is over/);
        expect(stack.state?.clients["i-025"]).toMatchObject({
            status: "ACTIVATED",
            pendingAction: "reinstall",
        });
    });

    test("the first batch counts when it is read back, and not when its task says so", async () => {
        const stack = await installed(4);
        const fallOver = async (): Promise<void> => {
            const ids = new Set<string>();
            while (ids.size < 2) {
                await stack.clock.sleep(50);
                for (const { clientId, status, updatedTime } of stack.simulator.world().clients) {
                    const isNew = status === "ACTIVATED" && updatedTime * 1_000 > startedAt + 10_000;
                    if (!isNew || ids.has(clientId)) continue;
                    ids.add(clientId);
                    stack.simulator.patchClient(clientId, { status: "STOPPED" });
                }
            }
        };
        const startedAt = stack.clock.now();
        const watching = fallOver();
        await stack.up({ instances: instances(4), triggers: [1], rollout: { batchSize: 2, parallelism: 1 } });
        await watching;
        expect(stack.calls("UninstallClient")).toBe(2);
    });

    test("every batch counts when it is read back: no more are lost than were in flight", async () => {
        const stack = await installed(25);
        const first = new Set(instances(5).map(({ instanceId }) => instanceId));
        stack.simulator.onRequest((action) => {
            if (action !== "DescribeClients") return;
            for (const { clientId, instanceId, status, updatedTime } of stack.simulator.world().clients)
                if (
                    status === "ACTIVATED" &&
                    !first.has(instanceId) &&
                    updatedTime * 1_000 > startedAt + 1_000
                )
                    stack.simulator.patchClient(clientId, { status: "DEACTIVATED" });
        });
        const startedAt = stack.clock.now();
        await stack.up({
            instances: instances(25),
            triggers: [1],
            rollout: { batchSize: 5, parallelism: 1 },
        });
        expect(stack.calls("UninstallClient")).toBe(10);
    });

    test("what an earlier run has left half done is over before healthy clients are touched", async () => {
        const stack = await installed(6);
        const program = { instances: instances(6), triggers: [1], rollout: { batchSize: 2, parallelism: 1 } };
        await stack.up(program, { kind: "killed", afterMs: 5_000 });
        stack.simulator.addFault({ ...REFUSED });
        await stack.up(program);
        expect(stack.calls("UninstallClient")).toBe(2);
        expect(without(stack)).toBe(2);
    });

    test.each(["array", "object"] as const)(
        "a batch that fails beside what an earlier run has left half done keeps them from it too: Result %s",
        async (resultShape) => {
            const stack = await installed(6);
            stack.simulator.setSwitches({ resultShape });
            const rollout = { batchSize: 2, parallelism: 1 };
            const program = { triggers: [1], rollout };
            await stack.up({ ...program, instances: instances(6) }, { kind: "killed", afterMs: 5_000 });
            for (const { instanceId } of instances(8).slice(6))
                stack.simulator.patchInstance(instanceId, { failInstall: "AgentDownloadFailed" });
            const end = await stack.up({ ...program, instances: instances(8) });
            expect(stack.calls("UninstallClient")).toBe(2);
            expect(end.infos).toEqual(["2 repaired, 2 failed, 4 pending"]);
        },
    );
});

test("refused from the start, no number of runs and kills costs more than one batch its agents", async () => {
    await fc.assert(
        fc.asyncProperty(
            fc.integer({ min: 2, max: 12 }),
            fc.integer({ min: 1, max: 4 }),
            fc.integer({ min: 1, max: 3 }),
            fc.constantFrom<Partial<FaultInput>>(
                {},
                { status: 500, code: "InternalError" },
                { status: 400, code: "BadRequest" },
                { status: 403, code: "NoPermission" },
                { kind: "not-json", effect: "before" },
            ),
            fc.array(
                fc.option(
                    fc.record({
                        kind: fc.constantFrom("Ctrl-C" as const, "killed" as const),
                        afterMs: fc.nat({ max: 60_000 }),
                    }),
                ),
                { minLength: 1, maxLength: 4 },
            ),
            fc.constantFrom("trigger", "move"),
            async (count, batchSize, parallelism, kind, cuts, how) => {
                const stack = await installed(count);
                stack.simulator.addFault({ ...REFUSED, ...kind });
                const rollout = { batchSize, parallelism };
                const program =
                    how === "trigger"
                        ? { instances: instances(count), triggers: [1], rollout }
                        : { instances: instances(count, "cl-2"), rollout };
                for (const cut of cuts) {
                    await stack.up(program, cut ?? undefined);
                    await stack.clock.sleep(2 * MINUTE);
                    expect(without(stack)).toBeLessThanOrEqual(batchSize);
                }
            },
        ),
        { numRuns: 60 },
    );
});

test("refused from some call on, no more lose their agents than were in flight at the first refusal", async () => {
    await fc.assert(
        fc.asyncProperty(
            fc.integer({ min: 4, max: 24 }),
            fc.integer({ min: 1, max: 3 }),
            fc.integer({ min: 1, max: 3 }),
            fc.nat({ max: 5 }),
            async (count, batchSize, parallelism, after) => {
                const stack = await installed(count);
                stack.simulator.addFault({ ...REFUSED, after });
                const program = {
                    instances: instances(count),
                    triggers: [1],
                    rollout: { batchSize, parallelism },
                };
                for (let run = 1; run <= 3; run += 1) {
                    await stack.up(program);
                    expect(without(stack)).toBeLessThanOrEqual(batchSize * parallelism);
                }
            },
        ),
        { numRuns: 60 },
    );
});

test("two instances with faults of their own do not keep the others from their reinstallation", async () => {
    const stack = await installed(12);
    for (const { clientId, instanceId } of stack.simulator.world().clients) {
        if (!["i-001", "i-004"].includes(instanceId)) continue;
        stack.simulator.deleteClient(clientId);
        stack.simulator.patchInstance(instanceId, { state: "Stopped" });
    }
    const rollout = { batchSize: 1, parallelism: 3 };
    const end = await stack.up({ instances: instances(12), triggers: [1], rollout });
    expect(end.infos).toContain("10 reinstalled, 2 failed");
});
