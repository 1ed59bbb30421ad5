import { behind, LATEST, versions } from "./behind";
import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";
import { batches } from "./waveSupport";

/** The list is that far behind, and an operation ends at its time-out before the list shows what it has begun. */
const BEHIND = { listLag: 8_000 } as const;
const AT_ONCE = { create: "5s", update: "5s", delete: "5s" };

/** A call that has its effect, and no answer. */
const lost = (action: string) => ({ action, kind: "reset-after" }) as const;

/** A stack whose first instance has a client of others. */
function besideTheirClient(): VirtualStack {
    const client = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1", status: "ACTIVATED" } as const;
    return new VirtualStack({ world: { clients: [client] } });
}

describe("an operation that the engine repeats", () => {
    test("ends at the pause after the first wave, although attempts end in the middle of it", async () => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches(BEHIND);
        stack.repeats = 90;
        const rollout = { waves: [2, 3], pauseAfter: "firstWave" };
        const program = { instances: instances(5), adoptExisting: false, rollout, __timeouts: AT_ONCE };
        const end = await stack.up(program);
        expect(end.reasons).toEqual([]);
        expect(end.warnings).toEqual([expect.stringMatching(/^paused after the first wave/)]);
        expect(batches(stack)).toEqual([2]);
        expect(stack.state?.__rollout).toEqual({ wavesDone: 1 });
        expect(await stack.up(program)).toMatchObject({ ok: true, warnings: [] });
        expect(batches(stack).reduce((sum, size) => sum + size)).toBe(5);
    });

    test.each([{ pauseAfter: "firstWave" }, {}])(
        "installs nothing beyond the first wave as long as one of it fails (%j)",
        async (pause) => {
            const stack = new VirtualStack();
            stack.simulator.patchInstance("i-002", { failInstall: "NoSpace" });
            stack.repeats = 4;
            const rollout = { waves: [2, 3], ...pause };
            const end = await stack.up({ instances: instances(5), rollout });
            expect(end.reasons.join()).toMatch(/i-002: /);
            expect(Object.keys(stack.statuses())).toEqual(["i-001@cl-1", "i-002@cl-1"]);
        },
    );

    test.each([
        { adoptExisting: false, pauseAfter: "firstWave" },
        { adoptExisting: false },
        { adoptExisting: true },
    ])("does not take a client that was there before for a part of its first wave (%j)", async (program) => {
        const { pauseAfter, adoptExisting } = program;
        const stack = besideTheirClient();
        stack.simulator.patchInstance("i-002", { failInstall: "NoSpace" });
        stack.repeats = 3;
        const rollout = { waves: [1, 2], ...(pauseAfter !== undefined && { pauseAfter }) };
        const end = await stack.up({ instances: instances(4), adoptExisting, rollout });
        expect(end.reasons.join()).toMatch(/i-002: /);
        expect(stack.simulator.requests().installs).toEqual({ "i-002": 4 });
    });

    test("does not go beyond the pause, although an attempt has failed with a refused client", async () => {
        const stack = besideTheirClient();
        stack.repeats = 3;
        const rollout = { waves: [1, 2], pauseAfter: "firstWave" };
        const program = { instances: instances(4), adoptExisting: false, rollout };
        const end = await stack.up(program);
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-001: ClientAlreadyExists: /),
            expect.stringMatching(/^paused after the first wave/),
        ]);
        expect(batches(stack)).toEqual([1]);
        expect(stack.state?.__rollout).toEqual({ wavesDone: 1 });
        stack.repeats = 0;
        await stack.up(program);
        expect(batches(stack)).toEqual([1, 2]);
    });

    test("counts what it has adopted towards the first wave before a pause, as a single attempt does", async () => {
        const stack = besideTheirClient();
        stack.simulator.patchInstance("i-002", { failInstall: "NoSpace" });
        stack.repeats = 3;
        stack.between = () => {
            stack.simulator.patchInstance("i-002", { failInstall: null });
        };
        const rollout = { waves: [2, 2], pauseAfter: "firstWave" };
        const end = await stack.up({ instances: instances(4), rollout });
        expect(end.warnings).toEqual([expect.stringMatching(/^paused after the first wave/)]);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED", "i-002@cl-1": "ACTIVATED" });
    });

    test("takes no more agents than a single attempt, as long as those that it has taken do not come back", async () => {
        const stack = await installed(9);
        await stack.clock.sleep(60_000);
        for (const { instanceId } of instances(9))
            stack.simulator.patchInstance(instanceId, { failInstall: "InstanceNotExists" });
        stack.repeats = 8;
        const program = { instances: instances(9), triggers: [1], rollout: { batchSize: 1, parallelism: 1 } };
        const end = await stack.up(program);
        expect(end.reasons[0]).toMatch(
            /^7 instances \(i-003, .*\): kept as they are, because .* failed for i-002 /,
        );
        expect(stack.calls("UninstallClient")).toBe(2);
    });

    test("goes on with healthy clients once one has its agent back", async () => {
        const stack = await installed(9);
        await stack.clock.sleep(60_000);
        for (const { instanceId } of instances(9))
            stack.simulator.patchInstance(instanceId, { failInstall: "InstanceNotExists" });
        stack.repeats = 1;
        stack.between = () => {
            for (const { instanceId } of instances(9))
                stack.simulator.patchInstance(instanceId, { failInstall: null });
        };
        const program = { instances: instances(9), triggers: [1], rollout: { batchSize: 1, parallelism: 1 } };
        expect((await stack.up(program)).reasons).toEqual([]);
        expect(stack.calls("UninstallClient")).toBe(9);
    });

    test("tries a client again that has kept its agent, because its uninstallation was refused", async () => {
        const stack = await installed(4);
        await stack.clock.sleep(60_000);
        const refusal = { kind: "status", status: 400, code: "BadRequest" } as const;
        stack.simulator.addFault({ action: "UninstallClient", ...refusal });
        stack.repeats = 1;
        const program = { instances: instances(4), triggers: [1], rollout: { batchSize: 1, parallelism: 1 } };
        expect((await stack.up(program)).reasons).toEqual([]);
        expect(stack.simulator.requests().installs).toEqual({
            "i-001": 1,
            "i-002": 1,
            "i-003": 1,
            "i-004": 1,
        });
    });

    test("upgrades each client once", async () => {
        const stack = await behind(3);
        stack.simulator.setSwitches(BEHIND);
        stack.simulator.addFault(lost("UpgradeClient"));
        stack.repeats = 60;
        const end = await stack.up({ instances: instances(3), ...LATEST, __timeouts: AT_ONCE });
        expect(end.reasons).toEqual([]);
        expect(stack.calls("UpgradeClient")).toBe(3);
        expect(new Set(versions(stack))).toEqual(new Set(["2.11.0"]));
    });

    test("uninstalls and deletes each client once, though answers were lost", async () => {
        const program = { removal: "UninstallAndDelete", __timeouts: AT_ONCE };
        const stack = await installed(3);
        await stack.up({ instances: instances(3), ...program });
        await stack.clock.sleep(60_000);
        stack.simulator.setSwitches(BEHIND);
        for (const action of ["UninstallClient", "DeleteClient"]) stack.simulator.addFault(lost(action));
        stack.repeats = 60;
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.calls("UninstallClient")).toBe(3);
        expect(stack.calls("DeleteClient")).toBe(3);
        expect(stack.statuses()).toEqual({});
    });

    test.each(["before its call", "after its task has failed"])(
        "refuses a client that somebody else has installed %s, and has not touched it",
        async (when) => {
            const stack = new VirtualStack();
            stack.simulator.patchInstance(
                "i-001",
                when === "before its call" ? { cloudAssistant: false } : { failInstall: "NoSpace" },
            );
            const foreign = {
                vaultId: VAULT,
                instanceId: "i-001",
                clusterId: "cl-1",
                clientId: "c-foreign",
                status: "ACTIVATED",
            } as const;
            stack.between = () => {
                stack.simulator.addClient(foreign);
            };
            stack.repeats = 1;
            const program = { instances: instances(1), adoptExisting: false, rollout: { bootTimeout: "0s" } };
            const end = await stack.up(program);
            expect(end.reasons[0]).toMatch(/^i-001: ClientAlreadyExists: client c-foreign /);
            expect(stack.state?.clients["i-001"]).toMatchObject({ owned: false });
            expect(stack.calls("UninstallClient")).toBe(0);
            expect((await stack.destroy()).reasons).toEqual([]);
            expect(stack.calls("UninstallClient")).toBe(0);
        },
    );
});
