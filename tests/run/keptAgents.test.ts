import type { ClientStatus, FaultInput } from "../../simulator/index";
import { installed } from "./installed";
import { type CommandEnd, instances, VAULT, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;
const GUARDED = { adoptExisting: false, removal: "UninstallAndDelete" } as const;
const ONE_BY_ONE = { batchSize: 1, parallelism: 1 };

const REJECTED: FaultInput = {
    action: "CreateClients",
    kind: "status",
    status: 400,
    code: "InvalidParameter",
    message: "The cluster is not valid. RequestId: {requestId}",
    times: "always",
};

/** The instances that have no working agent, of so many. */
function without(stack: VirtualStack, count: number): string[] {
    const alive = stack.simulator.world().clients.filter(({ status }) => status === "ACTIVATED");
    const ids = new Set(alive.map(({ instanceId }) => instanceId));
    return instances(count).flatMap(({ instanceId }) => (ids.has(instanceId) ? [] : [instanceId]));
}

/** Somebody else puts a healthy client on an instance. */
function addTheirs(stack: VirtualStack, instanceId: string, clusterId = "cl-1", clientId = "c-theirs"): void {
    stack.simulator.addClient({ vaultId: VAULT, instanceId, clusterId, clientId, status: "ACTIVATED" });
}

function clientOf(stack: VirtualStack, instanceId: string): string {
    return stack.state?.clients[instanceId]?.clientId ?? "";
}

/** Something happens once, at the first call of that action. */
function atFirst(stack: VirtualStack, action: string, work: () => void): void {
    let isOver = false;
    stack.simulator.onRequest((called) => {
        if (called !== action || isOver) return;
        isOver = true;
        work();
    });
}

/** From now on every client that becomes ACTIVATED falls to another status at the next look. */
function letFall(
    stack: VirtualStack,
    status: ClientStatus,
    isMeant: (instanceId: string) => boolean = () => true,
): void {
    const startedAt = stack.clock.now();
    stack.simulator.onRequest((action) => {
        if (action !== "DescribeClients") return;
        for (const client of stack.simulator.world().clients) {
            const isNew = client.status === "ACTIVATED" && client.updatedTime * 1_000 > startedAt + 10_000;
            if (isNew && isMeant(client.instanceId)) stack.simulator.patchClient(client.clientId, { status });
        }
    });
}

function text({ reasons }: CommandEnd): string {
    return reasons.join("\n");
}

describe("a client that others put there while a run is under way", () => {
    test("is refused by name, and neither installed over nor removed", async () => {
        const stack = new VirtualStack();
        atFirst(stack, "CreateClients", () => {
            addTheirs(stack, "i-003");
        });
        const end = await stack.up({ instances: instances(3), ...GUARDED, rollout: ONE_BY_ONE });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-003: ClientAlreadyExists: client c-theirs \(ACTIVATED\)/),
        ]);
        expect(stack.writtenSince(0)).toEqual(["i-001@cl-1", "i-002@cl-1"]);
        expect(stack.state?.clients["i-003"]).toMatchObject({ owned: false });
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({ "i-003@cl-1": "ACTIVATED" });
    });

    test.each([
        ["stays there", false],
        ["is deleted", true],
    ])(
        "is not claimed where our own installation has failed meanwhile, and ours %s",
        async (_what, isDeleted) => {
            const stack = new VirtualStack();
            stack.simulator.addFault({ action: "CreateClients", kind: "task-failed", times: "always" });
            atFirst(stack, "DescribeTask", () => {
                const [ours] = stack.simulator.world().clients;
                if (isDeleted && ours) stack.simulator.deleteClient(ours.clientId);
                addTheirs(stack, "i-001");
            });
            const end = await stack.up({ instances: instances(1), ...GUARDED });
            expect(text(end)).toMatch(/^i-001: /);
            expect(end.infos).toEqual(["1 failed"]);
            expect(clientOf(stack, "i-001")).not.toBe("c-theirs");
            await stack.destroy();
            expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED" });
            expect(stack.calls("UninstallClient")).toBe(0);
        },
    );
});

describe("a kept client that was broken at the look and works again when its batch begins", () => {
    test.each<[ClientStatus, object]>([
        ["DEACTIVATED", {}],
        ["DEACTIVATED", { createOnActive: "reinstall" }],
        ["INSTALL_FAILED", { createOnActive: "reinstall" }],
    ])("is left as it is (%s, %p)", async (status, switches) => {
        const stack = await installed(4);
        stack.simulator.setSwitches(switches);
        const clientId = clientOf(stack, "i-003");
        stack.simulator.patchClient(clientId, { status });
        atFirst(stack, "CreateClients", () => {
            stack.simulator.patchClient(clientId, { status: "ACTIVATED" });
        });
        const program = {
            instances: [{ instanceId: "i-000", clusterId: "cl-1" }, ...instances(4)],
            rollout: ONE_BY_ONE,
        };
        expect((await stack.up(program)).reasons).toEqual([]);
        expect(stack.writtenSince(0)).toEqual(["i-000@cl-1"]);
        expect(stack.duplicateInstalls).toBe(0);
        expect(stack.state?.clients["i-003"]).toMatchObject({ status: "ACTIVATED", clientId });
        expect((await stack.up(program)).infos).toEqual(["unchanged"]);
    });
});

describe("clients that do not stay up after their reinstallation", () => {
    test.each(
        (["STOPPED", "DEACTIVATED", "UNKNOWN"] as const).flatMap((status) =>
            [0, 150_000].map((cut) => [status, cut] as const),
        ),
    )("are one batch at most, however many runs follow (%s, Ctrl-C after %i ms)", async (status, cut) => {
        const stack = await installed(8);
        const rollout = { batchSize: 2, parallelism: 1 };
        letFall(stack, status);
        for (let run = 1; run <= 4; run += 1) {
            const program = { instances: instances(8), triggers: [1], rollout };
            const end = await stack.up(program, cut ? { kind: "Ctrl-C", afterMs: cut } : undefined);
            expect(end.ok).toBe(false);
            expect(without(stack, 8).length).toBeLessThanOrEqual(2);
        }
    });

    test("stop a rollout in lanes at the first batch that fails as a whole, beside what is in flight", async () => {
        const stack = await installed(18);
        const falling = ["i-005", "i-009", "i-013", "i-017"];
        for (const instanceId of falling)
            stack.simulator.addFault({ ...REJECTED, instanceId, code: "BadRequest", times: 1 });
        for (const instanceId of ["i-006", "i-010", "i-014", "i-018"])
            stack.simulator.patchInstance(instanceId, {
                installTime: 90_000,
                failInstall: "AgentDownloadFailed",
            });
        for (const instanceId of ["03", "04", "07", "08", "11", "12", "15", "16"])
            stack.simulator.patchInstance(`i-0${instanceId}`, { installTime: 75_000 });
        letFall(stack, "DEACTIVATED", (instanceId) => falling.includes(instanceId));
        const rollout = { batchSize: 2, parallelism: 2 };
        const end = await stack.up({ instances: instances(18), triggers: [1], rollout });
        // The first batch alone; the one that fails; and three of the other lane, the last of them while it was given its grace.
        expect(stack.calls("UninstallClient")).toBe(10);
        expect(without(stack, 18)).toEqual(["i-005", "i-006", "i-009", "i-010"]);
        expect(text(end)).toMatch(
            /^8 instances \(i-011, .*\): kept as they are, because .* 2 instances \(i-005, i-006\)/m,
        );
    });
});

describe("what is refused alike batch after batch", () => {
    /** Every fourth instance stays; the others move to a cluster for which the service installs nothing. */
    function refuseMoves(stack: VirtualStack): ReturnType<typeof instances> {
        return instances(12).map((instance, index) => {
            if (index % 4 === 3) return instance;
            stack.simulator.addFault({ ...REJECTED, instanceId: instance.instanceId });
            return { ...instance, clusterId: "cl-9" };
        });
    }

    test("keeps the other agents after the second batch, though some of each batch get through", async () => {
        const stack = await installed(12);
        const rollout = { batchSize: 4, parallelism: 1 };
        const end = await stack.up({ instances: refuseMoves(stack), triggers: [1], rollout });
        expect(without(stack, 12).length).toBeLessThanOrEqual(6);
        expect(text(end)).toMatch(
            /^4 instances \(i-009, .*\): kept as they are, because .*InvalidParameter/m,
        );
    });

    test("keeps the other agents after the first batch, where none of it gets through", async () => {
        const stack = await installed(12);
        const rollout = { batchSize: 4, parallelism: 1 };
        const end = await stack.up({ instances: refuseMoves(stack), rollout });
        expect(without(stack, 12).length).toBeLessThanOrEqual(4);
        expect(text(end)).toMatch(/InvalidParameter.*, so the other instances were not tried/);
    });

    test("keeps the other agents where two of three in each batch are refused in their own cluster", async () => {
        const stack = await installed(12);
        for (const [index, { instanceId }] of instances(12).entries())
            if (index % 3 !== 2) stack.simulator.addFault({ ...REJECTED, instanceId });
        const rollout = { batchSize: 3, parallelism: 1 };
        const end = await stack.up({ instances: instances(12), triggers: [1], rollout });
        expect(without(stack, 12).length).toBeLessThanOrEqual(4);
        expect(text(end)).toMatch(/^6 instances \(i-007, .*\): kept as they are/m);
    });

    test("costs two agents at most in batches of one, whatever its code says", async () => {
        const stack = await installed(10);
        const about = { status: 404, code: "InstanceNotExists" };
        stack.simulator.addFault({ ...REJECTED, ...about });
        const program = { instances: instances(10), triggers: [1], rollout: ONE_BY_ONE };
        const end = await stack.up(program);
        expect(end.ok).toBe(false);
        expect(without(stack, 10).length).toBeLessThanOrEqual(2);
        expect(text(end)).toMatch(/kept as they are/);
    });
});

describe("one client that cannot be uninstalled", () => {
    test("keeps no other of its batch without an agent where its calls are throttled", async () => {
        const stack = await installed(25);
        stack.simulator.addFault({
            action: "UninstallClient",
            kind: "throttle",
            instanceId: "i-003",
            times: "always",
        });
        const others = instances(20).filter(({ instanceId }) => instanceId !== "i-003");
        const startedAt = stack.clock.now();
        let backAt = Infinity;
        stack.simulator.onRequest(() => {
            const { installs } = stack.simulator.requests();
            const missing = without(stack, 20).length;
            const isBack = missing === 0 && others.every(({ instanceId }) => installs[instanceId] === 1);
            if (isBack) backAt = Math.min(backAt, stack.clock.now());
        });
        const end = await stack.up({ instances: instances(25), triggers: [1] });
        expect(end.ok).toBe(false);
        expect(backAt - startedAt).toBeLessThan(10 * MINUTE);
        expect(end.elapsedMs).toBeGreaterThan(30 * MINUTE);
        expect(without(stack, 25)).toEqual([]);
        expect(stack.state?.clients["i-003"]).toMatchObject({ pendingAction: "reinstall" });
    });

    test("keeps no other of its batch without an agent where it is forbidden", async () => {
        const stack = await installed(6);
        const forbidden = { status: 403, code: "NoPermission", instanceId: "i-003" };
        stack.simulator.addFault({
            action: "UninstallClient",
            kind: "status",
            times: "always",
            ...forbidden,
        });
        const program = {
            instances: instances(6),
            triggers: [1],
            rollout: { batchSize: 5, parallelism: 1 },
        };
        for (let run = 1; run <= 3; run += 1) {
            const end = await stack.up(program);
            expect(text(end)).toMatch(/NoPermission/);
            expect(without(stack, 6)).toEqual([]);
        }
    });

    test.each(["VaultNotExist", "ClientNotExist", "InvalidClientId.NotFound", "ResourceNotFound"])(
        "is not installed over, whatever is not found (%s)",
        async (code) => {
            const stack = await installed(2);
            stack.simulator.setSwitches({ createOnActive: "reinstall" });
            const fault = { action: "UninstallClient", kind: "status", status: 404 } as const;
            stack.simulator.addFault({ ...fault, code, times: "always" });
            const end = await stack.up({ instances: instances(2), triggers: [1] });
            expect(end.ok).toBe(false);
            expect(text(end)).toContain(code);
            expect(stack.calls("CreateClients")).toBe(0);
            expect(stack.duplicateInstalls).toBe(0);
            expect(without(stack, 2)).toEqual([]);
            stack.simulator.clearFaults();
            expect((await stack.up({ instances: instances(2), triggers: [1] })).infos).toContain(
                "2 reinstalled",
            );
        },
    );
});

test("a new client that stops is not said to be installed by the next run", async () => {
    const stack = new VirtualStack();
    stack.simulator.setSwitches({ ignoreSettings: ["UseHttps"] });
    letFall(stack, "STOPPED");
    const program = { instances: instances(1), useHttps: true };
    for (let run = 1; run <= 2; run += 1) {
        const end = await stack.up(program);
        expect(end.infos.join("\n")).not.toMatch(/\d (re)?installed/);
        expect(end.ok).toBe(false);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "STOPPED" });
    }
});

describe("moves that are refused because somebody else's client is in the new cluster", () => {
    test.each([
        [1, 0],
        [1, 1],
        [2, 0],
        [2, 1],
    ])("are no failures that count (%i of them, maxFailures %i)", async (occupied, maxFailures) => {
        const stack = await installed(3);
        const ids = ["i-002", "i-003"].slice(0, occupied);
        for (const instanceId of ids) addTheirs(stack, instanceId, "cl-2", `c-theirs-${instanceId}`);
        const end = await stack.up({
            instances: [...instances(1), ...instances(3, "cl-2").slice(1), ...instances(8).slice(3)],
            triggers: [1],
            adoptExisting: false,
            rollout: { ...ONE_BY_ONE, maxFailures },
        });
        expect(text(end)).not.toMatch(/rollout.maxFailures is/);
        expect(end.infos.join("\n")).toMatch(/\b5 installed/);
        const done = instances(8).filter(({ instanceId }) => !ids.includes(instanceId));
        const { installs } = stack.simulator.requests();
        expect(installs).toEqual(Object.fromEntries(done.map(({ instanceId }) => [instanceId, 1])));
        for (const { instanceId } of done)
            expect(stack.state?.clients[instanceId]).not.toHaveProperty("pendingAction");
        for (const instanceId of ids) {
            expect(stack.statuses()[`${instanceId}@cl-1`]).toBe("ACTIVATED");
            expect(stack.state?.clients[instanceId]).toMatchObject({ errorCode: "ClientAlreadyExists" });
        }
    });
});
