import { UnfinishedRuns } from "../../provider/unfinished";
import { installed } from "./installed";
import { type CommandEnd, instances, VirtualStack } from "./virtualStack";

/** The list is that far behind, and an operation ends at its time-out before the list shows what it has begun. */
const BEHIND = { listLag: 8_000 } as const;
const AT_ONCE = { create: "5s", update: "5s", delete: "5s" };

/** How often each instance has been installed. */
function installs(stack: VirtualStack): Record<string, number> {
    return stack.simulator.requests().installs;
}

function once(count: number): Record<string, number> {
    return Object.fromEntries(instances(count).map(({ instanceId }) => [instanceId, 1]));
}

/** Each of these is there and the resource's own, and nothing was installed twice. */
function expectOwn(stack: VirtualStack, end: CommandEnd, count: number): void {
    expect(end.reasons).toEqual([]);
    const { clients } = stack.simulator.world();
    const ids = new Map(clients.map(({ instanceId, clientId }) => [instanceId, clientId]));
    expect(clients).toHaveLength(count);
    for (const { instanceId } of instances(count)) {
        expect(stack.state?.clients[instanceId]).toMatchObject({
            status: "ACTIVATED",
            clientId: ids.get(instanceId),
        });
        expect(stack.state?.clients[instanceId]?.owned).not.toBe(false);
    }
    expect(stack.duplicateInstalls).toBe(0);
}

describe("a create that the engine repeats with an empty state", () => {
    test.each([true, false])(
        "waits for what it has submitted and takes it as its own (adoptExisting: %p)",
        async (adoptExisting) => {
            const stack = new VirtualStack();
            stack.simulator.setSwitches(BEHIND);
            stack.repeats = 40;
            const end = await stack.up({ instances: instances(3), adoptExisting, __timeouts: AT_ONCE });
            expectOwn(stack, end, 3);
            expect(installs(stack)).toEqual(once(3));
            expect(stack.calls("CreateClients")).toBe(1);
            expect(end.infos).not.toContain("3 adopted");
            expect(stack.state?.taskIds).toHaveLength(1);
        },
    );

    test.each([true, false])(
        "takes as its own what a call has begun whose answer was lost (adoptExisting: %p)",
        async (adoptExisting) => {
            const stack = new VirtualStack({ installTime: 20_000 });
            stack.simulator.setSwitches(BEHIND);
            stack.simulator.addFault({ action: "CreateClients", kind: "reset-after" });
            stack.repeats = 40;
            const end = await stack.up({ instances: instances(1), adoptExisting, __timeouts: AT_ONCE });
            expectOwn(stack, end, 1);
            expect(installs(stack)).toEqual(once(1));
        },
    );

    test("does not wait again in each attempt for a task that cannot be found to appear", async () => {
        const stack = new VirtualStack({ installTime: 20_000 });
        stack.simulator.addFault({ action: "CreateClients", kind: "task-vanishes" });
        stack.repeats = 10;
        const end = await stack.up({ instances: instances(1), __timeouts: { create: "15s" } });
        expectOwn(stack, end, 1);
        expect(installs(stack)).toEqual(once(1));
    });

    test("works on what has failed only, also where a batch was halved", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches(BEHIND);
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 500,
            code: "EcsClientError",
            instanceId: "i-003",
            times: 5,
        });
        stack.simulator.patchInstance("i-001", { failInstall: "AgentDownloadFailed" });
        stack.simulator.patchInstance("i-002", { cloudAssistant: false });
        stack.repeats = 1;
        const end = await stack.up({ instances: instances(6), adoptExisting: false });
        expect(end.ok).toBe(false);
        const { "i-001": first = 0, ...others } = installs(stack);
        expect(first).toBeGreaterThanOrEqual(1);
        expect(others).toEqual({ "i-003": 1, "i-004": 1, "i-005": 1, "i-006": 1 });
        stack.simulator.patchInstance("i-001", { failInstall: null });
        stack.simulator.patchInstance("i-002", { cloudAssistant: true });
        expectOwn(stack, await stack.up({ instances: instances(6), adoptExisting: false }), 6);
    });

    test("refuses no client of a failed installation that the list, which is behind, shows in progress", async () => {
        const stack = new VirtualStack({ installTime: 4_000 });
        stack.simulator.setSwitches({ ...BEHIND, keepClientId: false });
        stack.simulator.patchInstance("i-001", { failInstall: "NoSpace" });
        stack.repeats = 5;
        const codes: unknown[] = [];
        stack.between = () => {
            codes.push(stack.state?.clients["i-001"]?.errorCode);
            if (codes.length === 3) stack.simulator.patchInstance("i-001", { failInstall: null });
        };
        const end = await stack.up({ instances: instances(1), adoptExisting: false });
        expect(end.reasons).toEqual([]);
        expect(codes).toEqual(["NoSpace", "NoSpace", "NoSpace"]);
        expect(installs(stack)).toEqual({ "i-001": 4 });
    });

    test("does nothing to a healthy client that the preview has not shown", async () => {
        const stack = new VirtualStack({
            world: {
                clients: [
                    {
                        vaultId: "v-1",
                        instanceId: "i-001",
                        clusterId: "cl-1",
                        status: "ACTIVATED",
                        useHttps: false,
                    },
                ],
            },
        });
        stack.simulator.patchInstance("i-002", { cloudAssistant: false });
        stack.repeats = 3;
        const program = { instances: instances(2), useHttps: true };
        const end = await stack.up(program);
        expect(end.reasons[0]).toMatch(/^i-002: /);
        expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "reinstall" });
        expect(stack.calls("UninstallClient")).toBe(0);
        stack.repeats = 0;
        await stack.up(program);
        expect(stack.calls("UninstallClient")).toBe(1);
    });

    test("keeps what the failed one has handed over, if it fails before it has a plan", async () => {
        const stack = new VirtualStack();
        stack.repeats = 3;
        stack.simulator.addFault({
            action: "DescribeClients",
            kind: "status",
            status: 403,
            code: "NoPermission",
            after: 1,
            times: "always",
        });
        const end = await stack.up({ instances: instances(2), adoptExisting: false });
        expect(end.reasons).toEqual([expect.stringContaining("NoPermission")]);
        expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "install" });
        stack.simulator.clearFaults();
        stack.repeats = 0;
        expectOwn(stack, await stack.up({ instances: instances(2), adoptExisting: false }), 2);
    });

    test("keeps what the failed one has handed over after a Ctrl-C", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches(BEHIND);
        stack.repeats = 3;
        const program = { instances: instances(2), adoptExisting: false };
        const end = await stack.up(program, { kind: "Ctrl-C", afterMs: 2_000 });
        expect(end.elapsedMs).toBeLessThan(5_000);
        expect(end.reasons.join()).toMatch(/cancelled/);
        expect(stack.state?.clients["i-001"]).toMatchObject({ status: "INSTALLING" });
        expectOwn(stack, await stack.up(program), 2);
        expect(installs(stack)).toEqual(once(2));
    });

    test("goes on with the wave that the failed one has reached, and without a pause in a replacement", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches(BEHIND);
        stack.repeats = 60;
        const rollout = { waves: [1, 2], pauseAfter: "firstWave" };
        const program = { instances: instances(3), adoptExisting: false, rollout, __timeouts: AT_ONCE };
        const end = await stack.up(program, undefined, true);
        expectOwn(stack, end, 3);
        const sizes = stack.simulator
            .requests()
            .log.filter(({ action }) => action === "CreateClients")
            .map(({ parameters }) => (JSON.parse(parameters["ClientInfo"] ?? "[]") as unknown[]).length);
        expect(sizes).toEqual([1, 2]);
    });

    test("leaves the pair to be adopted, or to an error that names it, once the engine gives up and drops the state", async () => {
        const stack = new VirtualStack();
        stack.repeats = 2;
        await stack.up({ instances: instances(1), __timeouts: AT_ONCE });
        stack.state = undefined;
        stack.repeats = 0;
        await stack.clock.sleep(120_000);
        const refused = await stack.up({ instances: instances(1), adoptExisting: false });
        expect(refused.reasons[0]).toMatch(/^i-001: ClientAlreadyExists: /);
        const end = await stack.up({ instances: instances(1) });
        expect(end.infos).toContain("1 adopted");
        expectOwn(stack, end, 1);
        expect(installs(stack)).toEqual(once(1));
    });
});

describe("another operation in the same process", () => {
    const CUT = { adoptExisting: false, __timeouts: { create: "15s" } };

    /** A stack whose create has ended at its time-out, with the list behind. */
    async function cut(): Promise<VirtualStack> {
        const stack = new VirtualStack({ installTime: 20_000 });
        stack.simulator.setSwitches(BEHIND);
        stack.process = new UnfinishedRuns();
        await stack.up({ instances: instances(1), ...CUT });
        expect(stack.state?.clients["i-001"]).toMatchObject({ status: "INSTALLING" });
        return stack;
    }

    test.each([true, false])(
        "of another resource that declares the pair too does not install it again (adoptExisting: %p)",
        async (adoptExisting) => {
            const stack = await cut();
            const other = new VirtualStack({}, stack);
            other.process = stack.process;
            const end = await other.up({ instances: instances(1), adoptExisting });
            expect(installs(stack)).toEqual(once(1));
            expect(stack.duplicateInstalls).toBe(0);
            if (adoptExisting) expect(end.infos).toContain("1 adopted");
            else expect(end.reasons[0]).toMatch(/^i-001: ClientAlreadyExists: /);
            // The engine repeats the first one only then.
            stack.state = undefined;
            expectOwn(stack, await stack.up({ instances: instances(1), ...CUT }), 1);
            expect(installs(stack)).toEqual(once(1));
        },
    );

    test("that creates what was removed in between believes nothing of what was there", async () => {
        const stack = await cut();
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.state).toBeUndefined();
        const end = await stack.up({ instances: instances(1), adoptExisting: false });
        expect(end.reasons).toEqual([]);
        expect(installs(stack)).toEqual({ "i-001": 2 });
        expect(stack.duplicateInstalls).toBe(0);
        expect(Object.values(stack.statuses())).toContain("ACTIVATED");
    });

    test("that creates something else under the same URN removes nothing of what was there", async () => {
        const stack = await cut();
        stack.state = undefined;
        const [, second] = instances(2);
        const end = await stack.up({ instances: [second], adoptExisting: false });
        expect(end.reasons).toEqual([]);
        expect(stack.state).toMatchObject({ clients: { "i-002": { status: "ACTIVATED" } } });
        expect(stack.calls("UninstallClient")).toBe(0);
    });

    test("that deletes another resource of the same URN removes the clients of that one", async () => {
        const stack = await installed(2);
        const before = stack.state;
        stack.state = undefined;
        const [, , third] = instances(3);
        expect((await stack.up({ instances: [third] })).reasons).toEqual([]);
        const now = stack.state;
        stack.process = new UnfinishedRuns();
        stack.simulator.addFault({
            action: "UninstallClient",
            kind: "status",
            status: 400,
            code: "BadRequest",
            times: "always",
        });
        stack.state = before;
        expect((await stack.destroy()).ok).toBe(false);
        stack.simulator.clearFaults();
        stack.state = now;
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()["i-003@cl-1"]).toBe("NOT_INSTALLED");
        stack.state = before;
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(new Set(Object.values(stack.statuses()))).toEqual(new Set(["NOT_INSTALLED"]));
    });
});

describe("an update that the engine repeats with the state of before", () => {
    test("reinstalls each client once", async () => {
        const stack = await installed(3);
        await stack.clock.sleep(60_000);
        stack.simulator.resetRequests();
        stack.simulator.setSwitches(BEHIND);
        stack.repeats = 100;
        const end = await stack.up({ instances: instances(3), triggers: [1], __timeouts: AT_ONCE });
        expect(end.reasons).toEqual([]);
        expect(installs(stack)).toEqual(once(3));
        expect(stack.calls("UninstallClient")).toBe(3);
        expect(stack.duplicateInstalls).toBe(0);
    });

    test("installs what has joined the fleet once", async () => {
        const stack = await installed(1);
        stack.simulator.resetRequests();
        stack.simulator.setSwitches(BEHIND);
        stack.repeats = 40;
        const end = await stack.up({ instances: instances(3), adoptExisting: false, __timeouts: AT_ONCE });
        expectOwn(stack, end, 3);
        expect(installs(stack)).toEqual({ "i-002": 1, "i-003": 1 });
    });
});

describe("a delete that the engine repeats with the state of before", () => {
    test.each(["Uninstall", "UninstallAndDelete"] as const)(
        "removes each client once (%s)",
        async (removal) => {
            const stack = await installed(3, { removal, __timeouts: { delete: "5s" } });
            await stack.clock.sleep(60_000);
            stack.simulator.setSwitches(BEHIND);
            stack.repeats = 40;
            const end = await stack.destroy();
            expect(end.reasons).toEqual([]);
            expect(stack.calls("UninstallClient")).toBe(3);
            expect(stack.calls("DeleteClient")).toBe(removal === "Uninstall" ? 0 : 3);
            expect(stack.state).toBeUndefined();
        },
    );
});
