import type { FaultInput } from "../../simulator/index";
import { installed } from "./installed";
import { instances, type Interruption, VirtualStack } from "./virtualStack";

const REFUSED: FaultInput = {
    action: "CreateClients",
    kind: "status",
    status: 400,
    code: "BadRequest",
    times: "always",
};
const ROLLOUT = { batchSize: 2, parallelism: 1 };

/** Each of so many instances, once. */
function onceEach(count: number): Record<string, number> {
    return Object.fromEntries(instances(count).map(({ instanceId }) => [instanceId, 1]));
}

describe("a reinstallation that is pending for a drift", () => {
    test.each<[string, object, FaultInput | undefined, Interruption | undefined]>([
        ["refused", {}, REFUSED, undefined],
        ["cancelled", {}, undefined, { kind: "Ctrl-C", afterMs: 60 }],
        ["refused", { useHttps: false }, REFUSED, undefined],
        ["cancelled", { useHttps: false }, undefined, { kind: "Ctrl-C", afterMs: 60 }],
    ])(
        "is not over for another reason with the drift: triggers are not forgotten (%s, %p)",
        async (_how, settings, fault, interruption) => {
            const stack = await installed(4, { useHttps: true, triggers: [1] });
            for (const { clientId } of stack.simulator.world().clients)
                stack.simulator.patchClient(clientId, { useHttps: false });
            await stack.refresh();
            expect(stack.state?.clients["i-001"]).toMatchObject({ drift: { useHttps: false } });

            const program = { instances: instances(4), triggers: [2], ...settings, rollout: ROLLOUT };
            if (fault) stack.simulator.addFault(fault);
            expect((await stack.up(program, interruption)).ok).toBe(false);
            stack.simulator.clearFaults();
            expect((await stack.up(program)).reasons).toEqual([]);
            expect(stack.simulator.requests().installs).toEqual(onceEach(4));
            expect((await stack.up(program)).infos).toEqual(["unchanged"]);
        },
    );
});

describe("a move to a cluster that is not there", () => {
    /** Three installed clients in a service that refuses what it does not know. */
    async function strict(): Promise<VirtualStack> {
        const ids = instances(3).map(({ instanceId }) => ({ instanceId }));
        const hanaInstances = [{ vaultId: "v-1", clusterId: "cl-1" }];
        const stack = new VirtualStack({ world: { strict: true, instances: ids, hanaInstances } });
        expect((await stack.up({ instances: instances(3) })).reasons).toEqual([]);
        stack.simulator.resetRequests();
        return stack;
    }

    test.each([false, true])(
        "touches nothing, nor does the correction of the typo (refreshed between: %p)",
        async (isRefreshed) => {
            const stack = await strict();
            const wrong = await stack.up({ instances: instances(3, "cl-typo") });
            expect(wrong.reasons.join("\n")).toMatch(/ClusterNotFound/);
            if (isRefreshed) await stack.refresh();
            expect((await stack.up({ instances: instances(3) })).reasons).toEqual([]);
            expect(stack.simulator.requests().writesTo).toEqual({});
            expect(stack.calls("UninstallClient") + stack.calls("CreateClients")).toBe(0);
            expect((await stack.up({ instances: instances(3) })).infos).toEqual(["unchanged"]);
        },
    );

    test.each([false, true])(
        "does not forget the triggers that changed with it (refreshed between: %p)",
        async (isRefreshed) => {
            const stack = await strict();
            const wrong = await stack.up({ instances: instances(3, "cl-typo"), triggers: [1] });
            expect(wrong.reasons.join("\n")).toMatch(/ClusterNotFound/);
            expect(stack.simulator.requests().writesTo).toEqual({});
            if (isRefreshed) await stack.refresh();
            const corrected = { instances: instances(3), triggers: [1] };
            expect((await stack.up(corrected)).infos).toContain("3 reinstalled");
            expect(stack.simulator.requests().installs).toEqual(onceEach(3));
            expect((await stack.up(corrected)).infos).toEqual(["unchanged"]);
        },
    );
});

describe("a setting with which nothing can be installed, and that is then taken back", () => {
    /** Every installation is refused, or the first ones fail in the end. */
    function spoil(stack: VirtualStack, how: "refused" | "failed"): void {
        if (how === "refused") stack.simulator.addFault(REFUSED);
        else
            for (const { instanceId } of instances(2))
                stack.simulator.patchInstance(instanceId, { failInstall: "AgentDownloadFailed" });
    }

    test.each([
        ["refused", false],
        ["refused", true],
        ["failed", false],
        ["failed", true],
    ] as const)(
        "costs those nothing that were kept (%s, refreshed between: %p)",
        async (how, isRefreshed) => {
            const stack = await installed(6, { useHttps: false });
            spoil(stack, how);
            const wrong = await stack.up({ instances: instances(6), useHttps: true, rollout: ROLLOUT });
            expect(wrong.reasons.at(-1)).toMatch(/i-003, i-004, i-005, i-006$/);
            stack.simulator.clearFaults();
            for (const { instanceId } of instances(2))
                stack.simulator.patchInstance(instanceId, { failInstall: null });
            stack.simulator.resetRequests();
            if (isRefreshed) await stack.refresh();
            const back = { instances: instances(6), useHttps: false, rollout: ROLLOUT };
            expect((await stack.up(back)).reasons).toEqual([]);
            expect(stack.simulator.requests().installs).toEqual(onceEach(2));
            expect([...new Set(stack.writtenSince(0))].sort()).toEqual(["i-001@cl-1", "i-002@cl-1"]);
            expect((await stack.up(back)).infos).toEqual(["unchanged"]);
        },
    );
});
