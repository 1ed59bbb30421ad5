import { booting, creations, MINUTE } from "./booting";
import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";

/** Every installation on this instance is refused, in words that name nobody. */
function refuse({ simulator }: VirtualStack, instanceId: string): void {
    simulator.addFault({
        action: "CreateClients",
        kind: "status",
        status: 400,
        code: "InvalidParameter",
        instanceId,
        times: "always",
    });
}

describe("instances that boot beside others", () => {
    test("give the place in flight that they leave to others at once", async () => {
        const stack = booting({ "i-001": 2 * MINUTE });
        const rollout = { batchSize: 2, parallelism: "50%" as const };
        expect((await stack.up({ instances: instances(4), rollout })).ok).toBe(true);
        const begins = creations(stack).filter(({ ids }) => ids.join() !== "i-001");
        expect(begins.map(({ ids }) => ids.join())).toEqual(["i-001,i-002", "i-003", "i-004"]);
        expect(begins[1]?.at).toBeLessThan(1_000);
        // The place of an instance that is installed is free when that is done.
        expect(begins[2]?.at).toBeGreaterThan(40_000);
    });

    test("give it up again after a call in which another one has come up", async () => {
        const stack = booting({ "i-001": 40_000, "i-002": 4 * MINUTE });
        const rollout = { batchSize: 2, parallelism: 1 };
        expect((await stack.up({ instances: instances(4), rollout })).ok).toBe(true);
        const calls = creations(stack);
        const joint = calls.findLast(({ ids }) => ids.join() === "i-001,i-002")?.at ?? 0;
        expect(joint).toBeGreaterThan(40_000);
        const next = calls.find(({ at, ids }) => at > joint && ids.join() === "i-002")?.at ?? 0;
        // The other one is being installed, for almost a minute.
        expect(next - joint).toBeGreaterThan(9_000);
        expect(next - joint).toBeLessThan(35_000);
    });

    test("are tried together as soon as one is due, and none before ten seconds have passed", async () => {
        const stack = booting({ "i-001": Infinity, "i-003": Infinity });
        // The second batch is refused some seconds after the first, and so comes another time.
        stack.simulator.addFault({ action: "CreateClients", kind: "slow-body", after: 1, ms: 6_000 });
        await stack.up({ instances: instances(4), rollout: { batchSize: 2, parallelism: 2 } });
        const calls = creations(stack);
        for (const instanceId of ["i-001", "i-003"]) {
            const times = calls.flatMap(({ at, ids }) => (ids.includes(instanceId) ? [at] : []));
            // At first with others, then alone to hear the reason.
            const between = times.slice(2).map((at, index) => at - (times[index + 1] ?? 0));
            for (const pause of between.slice(0, -1)) expect(pause).toBeGreaterThanOrEqual(10_000);
        }
        expect(calls.filter(({ ids }) => ids.length === 1).length).toBeGreaterThan(2);
        expect(calls.filter(({ ids }) => ids.join() === "i-001,i-003").length).toBeGreaterThan(2);
    });

    test.each([61, 64, 67, 70])(
        "end at once with Ctrl-C, wherever their pause is (%i s)",
        async (seconds) => {
            const stack = booting({ "i-001": Infinity });
            const afterMs = seconds * 1_000;
            const end = await stack.up({ instances: instances(1) }, { kind: "Ctrl-C", afterMs });
            expect(end.elapsedMs).toBeLessThan(afterMs + 2_000);
        },
    );

    test("leave their batch to the others, if a call for another batch has found them", async () => {
        const stack = booting({ "i-005": Infinity, "i-007": Infinity });
        for (const instanceId of ["i-001", "i-002", "i-003", "i-004"]) refuse(stack, instanceId);
        // The fifth leaves room beside the sixth, so that those that boot are tried meanwhile.
        const rollout = { batchSize: 3, parallelism: 1, bootTimeout: "2m" };
        const end = await stack.up({ instances: instances(9), rollout });
        expect(end.infos).toEqual(["3 installed, 6 failed"]);
        const batches = creations(stack).map(({ ids }) => ids.join());
        expect(batches).toContain("i-008,i-009");
        expect(batches).not.toContain("i-007,i-008,i-009");
    });

    test("get another client, if what is on them once they have come up is broken", async () => {
        const stack = booting({ "i-001": Infinity });
        void stack.clock.sleep(25_000).then(() => {
            const broken = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1" } as const;
            stack.simulator.addClient({ ...broken, status: "DEACTIVATED" });
            stack.simulator.patchInstance("i-001", { state: "Running" });
        });
        const end = await stack.up({ instances: instances(2) });
        expect(end).toMatchObject({ reasons: [], infos: ["1 installed, 1 reinstalled"] });
    });

    test("say about healthy clients what every other one says that has failed, once they have come up", async () => {
        const stack = await installed(6);
        booting({ "i-007": 20_000, "i-008": 20_000 }, stack);
        for (const instanceId of ["i-007", "i-008"])
            stack.simulator.patchInstance(instanceId, { failInstall: "AgentDownloadFailed" });
        const rollout = { batchSize: 2, parallelism: 1 };
        const end = await stack.up({ instances: instances(8), triggers: [1], rollout });
        expect(end.infos).toEqual(["2 reinstalled, 2 failed, 4 pending"]);
        expect(end.reasons[0]).toMatch(
            /^4 instances \(.*\): kept as they are, .* failed for 2 instances \(i-007, i-008\)/,
        );
        expect(end.elapsedMs).toBeLessThan(10 * MINUTE);
    });
});
