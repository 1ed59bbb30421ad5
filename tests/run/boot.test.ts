import { booting, creations, MINUTE, pauses } from "./booting";
import { installed } from "./installed";
import { type CommandEnd, instances, VAULT, VirtualStack } from "./virtualStack";

const FORBIDDEN = { action: "DescribeTask", kind: "status", status: 403, code: "Forbidden.RAM" } as const;

function activatedBefore({ simulator }: VirtualStack, instanceId: string): () => readonly string[] {
    let ids: readonly string[] = [];
    simulator.onRequest((action) => {
        const clients = simulator.world().clients;
        if (action !== "CreateClients" || clients.some((client) => client.instanceId === instanceId)) return;
        ids = clients.filter(({ status }) => status === "ACTIVATED").map((client) => client.instanceId);
    });
    return () => [...ids].sort();
}

function rowsOf({ statuses }: CommandEnd): readonly string[] {
    return statuses.filter((text) => text.includes(" to boot"));
}

describe("an instance that is booting", () => {
    test("is waited for while all others go on, and the row says so", async () => {
        const stack = booting({ "i-001": 4.5 * MINUTE });
        const before = activatedBefore(stack, "i-001");
        const end = await stack.up({ instances: instances(45), rollout: { parallelism: 1 } });
        expect(end).toMatchObject({ reasons: [], warnings: [], infos: ["45 installed"] });
        expect(before()).toHaveLength(44);
        expect(stack.simulator.requests().installs["i-001"]).toBe(1);
        const rows = rowsOf(end);
        expect(rows).toContainEqual(
            expect.stringMatching(
                /^0\/45 · waiting for 1 to boot · .*installing .* i-001: InstanceNotRunning$/,
            ),
        );
        expect(rows.at(-1)).toMatch(/^44\/45 · waiting for 1 to boot · /);
        expect(end.statuses.at(-1)).not.toContain("boot");
    });

    test("is tried every 10 to 30 seconds, more and more rarely", async () => {
        const stack = booting({ "i-001": Infinity });
        await stack.up({ instances: instances(1) });
        const between = pauses(stack, "i-001");
        expect(between.length).toBeGreaterThan(9);
        // A call takes a moment too, and the last one comes when the time is up.
        for (const pause of between.slice(0, -1)) expect(pause).toBeGreaterThanOrEqual(10_000);
        for (const pause of between) expect(pause).toBeLessThan(31_000);
        for (const pause of between.slice(0, 4)) expect(pause).toBeLessThan(11_000);
        expect(between.at(-3)).toBeGreaterThan(25_000);
    });

    test("leaves its lane to others, also where there is only one", async () => {
        const stack = booting({ "i-001": 3 * MINUTE });
        const before = activatedBefore(stack, "i-001");
        const rollout = { batchSize: 1, parallelism: 1 };
        expect(await stack.up({ instances: instances(3), rollout })).toMatchObject({
            infos: ["3 installed"],
        });
        expect(before()).toEqual(["i-002", "i-003"]);
    });

    test("comes before the batches that are still to come, as soon as there is room", async () => {
        const stack = booting({ "i-001": 20_000 });
        await stack.up({ instances: instances(6), rollout: { batchSize: 1, parallelism: 1 } });
        expect(creations(stack).map(({ ids }) => ids.join())).toEqual([
            "i-001",
            "i-002",
            "i-001",
            "i-003",
            "i-004",
            "i-005",
            "i-006",
        ]);
    });

    test("goes in one call with those that boot together", async () => {
        const stack = booting(
            Object.fromEntries(instances(6).map(({ instanceId }) => [instanceId, 2 * MINUTE])),
        );
        const end = await stack.up({ instances: instances(8), rollout: { batchSize: 3 } });
        expect(end.infos).toEqual(["8 installed"]);
        expect(rowsOf(end)).toContainEqual(expect.stringMatching(/^0\/8 · waiting for 6 to boot · /));
        const last = creations(stack).slice(-2);
        expect(last.map(({ ids }) => ids.length)).toEqual([3, 3]);
        // Once for each to hear why it is not taken; then together.
        expect(stack.calls("CreateClients")).toBeLessThan(3 + 6 + 2 * 12);
        expect(stack.duplicateInstalls).toBe(0);
    });

    test("is waited for also where the service takes nobody beside it, or names the reason at once", async () => {
        for (const switches of [{ partialAcceptance: false }, { namesUnfitness: true }]) {
            const stack = booting({ "i-002": MINUTE, "i-003": 2 * MINUTE });
            stack.simulator.setSwitches(switches);
            expect((await stack.up({ instances: instances(4) })).infos).toEqual(["4 installed"]);
            expect(stack.duplicateInstalls).toBe(0);
        }
    });

    test("has failed after the time, with the service's reason, how long it was waited for, and what to do", async () => {
        const stack = booting({ "i-001": Infinity });
        const end = await stack.up({ instances: instances(3) });
        expect(end.reasons).toEqual([
            expect.stringMatching(
                /^i-001: CreateClients failed: InstanceNotRunning: The ECS instance is not running: i-001\. \(HTTP 400, .*\); waited for 5 min \(rollout\.bootTimeout\); start the instance, then run the command again$/,
            ),
        ]);
        expect(end.infos).toEqual(["2 installed, 1 failed"]);
        expect(stack.state?.clients["i-001"]).toMatchObject({
            errorCode: "InstanceNotRunning",
            pendingAction: "install",
            validInstance: false,
            owned: false,
        });
        expect(end.elapsedMs).toBeGreaterThanOrEqual(5 * MINUTE);
        expect(end.elapsedMs).toBeLessThan(5.5 * MINUTE);

        const again = await stack.up({ instances: instances(3) });
        expect(again.reasons).toEqual([
            expect.stringMatching(
                /; waited for 1 min \(it had not come up in the last run either\); start the instance/,
            ),
        ]);
        expect(again.elapsedMs).toBeGreaterThanOrEqual(MINUTE);
        expect(again.elapsedMs).toBeLessThan(1.5 * MINUTE);
    });

    test('is not waited for with "0s", and no longer than the time that is set', async () => {
        const stack = booting({ "i-001": Infinity });
        const end = await stack.up({ instances: instances(2), rollout: { bootTimeout: "0s" } });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-001: .*\(HTTP 400, [^)]*\); start the instance, then/),
        ]);
        expect(pauses(stack, "i-001")).toEqual([]);
        const short = await booting({ "i-001": Infinity }).up({
            instances: instances(1),
            rollout: { bootTimeout: "15s" },
        });
        expect(short.reasons.join()).toContain("waited for 15 s (rollout.bootTimeout)");
        expect(short.elapsedMs).toBeLessThan(20_000);
    });

    test("is inside the default time-out, however long the time is", async () => {
        const stack = booting({ "i-001": 59 * MINUTE }, new VirtualStack({ installTime: 14 * MINUTE }));
        const end = await stack.up({ instances: instances(1), rollout: { bootTimeout: "1h" } });
        expect(end).toMatchObject({ reasons: [], infos: ["1 installed"] });
    });

    test("whose client somebody else installs meanwhile is not installed a second time", async () => {
        const stack = booting({ "i-001": MINUTE });
        const there = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1", clientId: "c-theirs" };
        void stack.clock.sleep(30_000).then(() => stack.simulator.addClient(there));
        const end = await stack.up({ instances: instances(1) });
        expect(end.infos).toEqual(["1 adopted"]);
        expect(stack.simulator.requests().installs).toEqual({});
    });
});

describe("a reinstallation on an instance that restarts when its agent is gone", () => {
    test.each([undefined, "DiskFull"])("is as it would be without that (fails: %s)", async (failInstall) => {
        const ends = [];
        for (const restarts of [true, false]) {
            const stack = await installed(1);
            let isDown = false;
            stack.simulator.onRequest((action) => {
                if (action !== "CreateClients" || isDown) return;
                isDown = true;
                const change = { ...(failInstall !== undefined && { failInstall }) };
                stack.simulator.patchInstance("i-001", change);
                if (restarts) booting({ "i-001": MINUTE }, stack);
            });
            const { infos } = await stack.up({ instances: instances(1), triggers: [1] });
            const { clientId, owned, status, errorCode } = stack.state?.clients["i-001"] ?? {};
            expect(stack.calls("CreateClients")).toBeGreaterThanOrEqual(restarts ? 4 : 1);
            ends.push({ infos, clientId, owned, status, errorCode });
        }
        expect(ends[0]).toEqual(ends[1]);
        expect(ends[0]).toMatchObject({ owned: undefined, errorCode: failInstall });
    });
});

describe("a run that waits for an instance to boot", () => {
    test.each(["Ctrl-C", "time-out"] as const)(
        "leaves it pending at a %s, says why, and waits the whole time again in the next run",
        async (how) => {
            const stack = booting({ "i-001": Infinity });
            const end = await stack.up(
                { instances: instances(2), ...(how === "time-out" && { __timeouts: { create: "3m" } }) },
                how === "Ctrl-C" ? { kind: "Ctrl-C", afterMs: 3 * MINUTE } : undefined,
            );
            expect(end.reasons).toEqual([
                expect.stringMatching(/^stopped: /),
                "still to be done, by the next `pulumi up`: i-001",
            ]);
            expect(end.warnings).toEqual(["i-001: not up yet when the run ended (InstanceNotRunning)"]);
            expect(end.elapsedMs).toBeLessThan(3 * MINUTE + 2_000);
            const { clients, failedInstanceIds } = stack.state ?? {};
            expect(clients?.["i-001"]).toMatchObject({ pendingAction: "install", owned: false });
            expect(failedInstanceIds).toEqual([]);
            booting({ "i-001": 4 * MINUTE }, stack);
            expect((await stack.up({ instances: instances(2) })).infos).toEqual(["1 installed"]);
        },
    );

    test("is killed without a trace, and the next run installs it once", async () => {
        const stack = booting({ "i-001": 5 * MINUTE });
        await stack.up({ instances: instances(3) }, { kind: "killed", afterMs: 3 * MINUTE });
        expect((await stack.up({ instances: instances(3) })).infos).toEqual(["1 installed, 2 adopted"]);
        expect(stack.duplicateInstalls).toBe(0);
    });

    test("starts the next wave only when it is judged", async () => {
        const stack = booting({ "i-001": 2 * MINUTE });
        const before = activatedBefore(stack, "i-004");
        const end = await stack.up({ instances: instances(6), rollout: { waves: [3], soak: "1m" } });
        expect(end.infos).toEqual(["6 installed"]);
        expect(before()).toEqual(["i-001", "i-002", "i-003"]);
        const [row = ""] = rowsOf(end).filter((text) => text.startsWith("2/6"));
        expect(row).toMatch(/^2\/6 · waiting for 1 to boot · (\d+ % · )?wave 1\/2 · /);
        expect(row.slice(0, 40)).toContain("waiting for 1 to boot");
        expect(
            await booting({ "i-001": Infinity }).up({ instances: instances(6), rollout: { waves: [3] } }),
        ).toMatchObject({
            infos: ["2 installed, 1 failed, 3 pending"],
        });
    });

    test("ends when its installation can no longer be followed: no other takes its room", async () => {
        const stack = booting({ "i-001": 20_000 });
        let tried = 0;
        stack.simulator.onRequest((action, parameters) => {
            if (action !== "CreateClients" || !parameters["ClientInfo"]?.includes("i-001")) return;
            tried += 1;
            if (tried === 2) stack.simulator.addFault(FORBIDDEN);
        });
        const rollout = { batchSize: 1, parallelism: 1 };
        const end = await stack.up({ instances: instances(4), rollout });
        expect(end.reasons[0]).toMatch(/^DescribeTask failed: Forbidden\.RAM/);
        expect(creations(stack).map(({ ids }) => ids.join())).toEqual(["i-001", "i-002", "i-001"]);
    });

    test("does not try it again once the list cannot be read, which the others need", async () => {
        const stack = booting({ "i-001": 2 * MINUTE }, new VirtualStack({ installTime: 45_000 }));
        const invalid = { kind: "status", status: 400, code: "InvalidParameter" } as const;
        // So that it strikes when the client of the other one is looked for.
        void stack.clock.sleep(35_000).then(() => {
            stack.simulator.addFault({ ...invalid, action: "DescribeClients" });
        });
        const end = await stack.up({ instances: instances(2) });
        expect(end.reasons[0]).toMatch(/^DescribeClients failed: InvalidParameter/);
        expect(stack.simulator.requests().installs).toEqual({ "i-002": 1 });
    });

    test("fails no more than maxFailures allows, and what was in flight; the others wait for the next run", async () => {
        const stack = booting({ "i-001": Infinity, "i-002": Infinity, "i-003": Infinity });
        const rollout = { batchSize: 1, parallelism: 1, maxFailures: 1 };
        const end = await stack.up({ instances: instances(5), rollout });
        expect(end.infos).toEqual(["2 installed, 2 failed, 1 pending"]);
        expect(end.reasons[0]).toMatch(/^2 failed, and rollout.maxFailures is 1/);
        expect(end.warnings).toEqual(["i-003: not up yet when the run ended (InstanceNotRunning)"]);
    });

    test("goes on with reinstallations, which it does not hold back when nothing comes up", async () => {
        const stack = await installed(4);
        booting({ "i-005": Infinity, "i-006": Infinity }, stack);
        const end = await stack.up({ instances: instances(6), triggers: [1] });
        expect(end.infos).toEqual(["4 reinstalled, 2 failed"]);
        expect(end.reasons).toHaveLength(1);
        const reinstalled = creations(stack).findIndex(({ ids }) => ids.length === 4);
        expect(creations(stack).length - reinstalled).toBeGreaterThan(8);
    });

    test("keeps the other agents where a whole batch of healthy clients is said to be booting", async () => {
        const stack = await installed(6);
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 400,
            code: "CloudAssistNotRunningOnInstance",
            times: "always",
        });
        const rollout = { batchSize: 2, parallelism: 1, bootTimeout: "2m" };
        const end = await stack.up({ instances: instances(6), triggers: [1], rollout });
        expect(end.infos).toEqual(["2 failed, 4 pending"]);
        expect(end.reasons[0]).toMatch(/^4 instances \(i-003, .*\): kept as they are, because/);
    });
});
