import type { FaultInput } from "../../simulator/index";
import { installed } from "./installed";
import { type CommandEnd, instances, type Interruption, VAULT, VirtualStack } from "./virtualStack";

const GUARDED = { adoptExisting: false, removal: "UninstallAndDelete" } as const;

function ids(stack: VirtualStack): readonly string[] {
    return stack.simulator.world().clients.map(({ clientId }) => clientId);
}

describe("an installation whose answer is lost to a Ctrl-C, with a list that is behind", () => {
    const [first, second] = instances(2);

    /** A fleet of one grows to two: the second installation has begun, and no list has shown it. */
    async function lost(): Promise<VirtualStack> {
        const stack = await installed(1, GUARDED);
        await stack.clock.sleep(60_000);
        await cut(stack, 2);
        expect(stack.state?.clients["i-002"]).toMatchObject({ status: "NOT_INSTALLED" });
        return stack;
    }

    async function cut(stack: VirtualStack, count: number): Promise<void> {
        stack.simulator.setSwitches({ listLag: 8_000 });
        stack.simulator.addFault({ action: "CreateClients", kind: "reset-after" });
        const program = { instances: instances(count), ...GUARDED };
        const end = await stack.up(program, { kind: "Ctrl-C", afterMs: 600 });
        expect(end.reasons[0]).toMatch(/^stopped: /);
        const id = `i-00${count}`;
        expect(stack.simulator.requests().installs).toEqual({ [id]: 1 });
        expect(stack.state?.clients[id]).toMatchObject({ pendingAction: "install" });
        expect(stack.state?.clients[id]?.clientId).toBeUndefined();
    }

    /** Whatever was under way has ended: these are there and in the state, no other, and nothing was installed twice. */
    async function expectOnly(stack: VirtualStack, end: CommandEnd, pairs: readonly string[]): Promise<void> {
        expect(end.reasons).toEqual([]);
        await stack.clock.sleep(300_000);
        expect(stack.statuses()).toEqual(Object.fromEntries(pairs.map((pair) => [pair, "ACTIVATED"])));
        const { clients } = stack.simulator.world();
        expect(clients.map(({ clientId }) => clientId).sort()).toEqual(
            Object.values(stack.state?.clients ?? {})
                .map(({ clientId }) => clientId)
                .sort(),
        );
        expect(stack.duplicateInstalls).toBe(0);
    }

    test("is removed by a destroy at once", async () => {
        const stack = await lost();
        await expectOnly(stack, await stack.destroy(), []);
    });

    test.each([false, true])(
        "is removed where its instance leaves the program (refreshed: %p)",
        async (is) => {
            const stack = await lost();
            if (is) await stack.refresh();
            const end = await stack.up({ instances: [first], ...GUARDED });
            await expectOnly(stack, end, ["i-001@cl-1"]);
        },
    );

    test.each([false, true])("is removed where its instance moves (refreshed: %p)", async (isRefreshed) => {
        const stack = await lost();
        if (isRefreshed) await stack.refresh();
        const end = await stack.up({ instances: [first, { ...second, clusterId: "cl-2" }], ...GUARDED });
        await expectOnly(stack, end, ["i-001@cl-1", "i-002@cl-2"]);
    });

    test.each([0, 120_000])("is ours in the next run (%d ms later), after a refresh too", async (pauseMs) => {
        for (const isRefreshed of [false, true])
            for (const stack of [await lost(), new VirtualStack()]) {
                const count = stack.state ? 2 : 1;
                if (count === 1) await cut(stack, 1);
                if (isRefreshed) await stack.refresh();
                await stack.clock.sleep(pauseMs);
                const end = await stack.up({ instances: instances(count), ...GUARDED });
                await expectOnly(stack, end, ["i-001@cl-1", "i-002@cl-1"].slice(0, count));
                expect(stack.simulator.requests().installs).toEqual({ [`i-00${count}`]: 1 });
                await expectOnly(stack, await stack.destroy(), []);
            }
    });

    test("is removed by a destroy after a refresh", async () => {
        const stack = new VirtualStack();
        await cut(stack, 1);
        await stack.refresh();
        await expectOnly(stack, await stack.destroy(), []);
    });
});

describe("a client of ours that is not well, with one of others beside it", () => {
    test.each(["UNKNOWN", "STOPPED", "DEACTIVATED"] as const)("stays ours (%s)", async (status) => {
        for (const isRefreshed of [false, true]) {
            const stack = await installed(1, GUARDED);
            const [own = ""] = ids(stack);
            stack.simulator.patchClient(own, { status });
            const pair = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1" };
            stack.simulator.addClient({ ...pair, clientId: "c-theirs", status: "ACTIVATED" });
            const theirs = (): unknown =>
                stack.simulator.world().clients.find(({ clientId }) => clientId === "c-theirs");
            const before = theirs();
            const end = await stack.up({ instances: instances(2), ...GUARDED });
            expect(end.reasons).toEqual([expect.stringMatching(/^i-001: .*c-theirs/)]);
            if (isRefreshed) await stack.refresh();
            expect(stack.state?.clients["i-001"]).toMatchObject({ clientId: own, status });
            expect(stack.state?.clients["i-001"]?.owned).not.toBe(false);
            expect((await stack.destroy()).reasons).toEqual([]);
            expect(ids(stack)).toEqual(["c-theirs"]);
            expect(theirs()).toEqual(before);
        }
    });
});

describe("a destroy that fails", () => {
    const unanswered = { action: "UninstallClient", times: "always" } as const;
    const cases: readonly (readonly [string, FaultInput | undefined, Interruption | undefined])[] = [
        ["an instance without Cloud Assistant", undefined, undefined],
        ["503", { ...unanswered, kind: "status", status: 503, code: "ServiceUnavailable" }, undefined],
        ["400", { ...unanswered, kind: "status", status: 400, code: "BadRequest" }, undefined],
        ["403", { ...unanswered, kind: "status", status: 403, code: "NoPermission" }, undefined],
        ["a lost connection", { ...unanswered, kind: "reset-before" }, undefined],
        ["Ctrl-C", undefined, { kind: "Ctrl-C", afterMs: 5_000 }],
    ];

    test.each(cases)("does not advise a plain `up`, which would do nothing (%s)", async (_, fault, cut) => {
        const stack = await installed(2, GUARDED);
        if (fault) stack.simulator.addFault(fault);
        else if (!cut) stack.simulator.patchInstance("i-001", { cloudAssistant: false });
        const { reasons } = await stack.destroy(cut);
        expect(reasons.length).toBeGreaterThan(1);
        for (const reason of reasons) expect(reason).not.toMatch(/run `?pulumi up`? again/);
        expect((await stack.up({ instances: instances(2), ...GUARDED })).infos).toEqual(["unchanged"]);
    });
});

test("clients that others have deleted count as already gone, with a list that is behind", async () => {
    for (const removal of ["Uninstall", "UninstallAndDelete"]) {
        const stack = await installed(2, { removal });
        stack.simulator.setSwitches({ listLag: 9_000 });
        for (const id of ids(stack)) stack.simulator.deleteClient(id);
        const end = await stack.destroy();
        expect(end.reasons).toEqual([]);
        expect(end.infos).toEqual(["2 already gone"]);
    }
});

test("a removal by an `up` that is cut off is in the state as far as it is", async () => {
    for (const removal of ["Uninstall", "UninstallAndDelete"]) {
        const stack = await installed(2, { removal });
        const program = { instances: instances(1), removal };
        await stack.up(program, { kind: "Ctrl-C", afterMs: 10_000 });
        expect(stack.statuses()["i-002@cl-1"]).toBe("UNINSTALLING");
        expect(stack.state?.clients["i-002"]).toMatchObject({
            status: "UNINSTALLING",
            installed: false,
            pendingAction: "uninstall",
        });
        const end = await stack.up(program);
        expect(end.reasons).toEqual([]);
        expect(Object.keys(stack.state?.clients ?? {})).toEqual(["i-001"]);
    }
});

test("a record of ours is not forgotten where its installation fails once more, and the task names nothing", async () => {
    const stack = new VirtualStack({
        world: { instances: [{ instanceId: "i-001", failInstall: "DiskFull" }] },
    });
    stack.simulator.setSwitches({ resultShape: "empty" });
    const program = { instances: instances(1), removal: "UninstallAndDelete" };
    await stack.up(program);
    const { clientId } = stack.state?.clients["i-001"] ?? {};
    expect(clientId).toBeDefined();
    const end = await stack.up(program);
    expect(end.reasons).toEqual([expect.stringContaining("INSTALL_FAILED")]);
    expect(stack.state?.clients["i-001"]).toMatchObject({ clientId, status: "INSTALL_FAILED" });
    await stack.destroy();
    expect(stack.statuses()).toEqual({});
});

describe("an open installation whose task does not answer", () => {
    const program = { instances: instances(2), ...GUARDED };

    /** Two clients that a run has left installing, and that are ACTIVATED by now. */
    async function open(code: string, status: number): Promise<VirtualStack> {
        const stack = new VirtualStack();
        await stack.up(program, { kind: "Ctrl-C", afterMs: 20_000 });
        await stack.clock.sleep(120_000);
        stack.simulator.addFault({ action: "DescribeTask", kind: "status", status, code, times: "always" });
        return stack;
    }

    test("stays open while the service is unavailable, and is this resource's once it answers", async () => {
        const stack = await open("ServiceUnavailable", 503);
        expect((await stack.up(program)).reasons.join()).toContain("ServiceUnavailable");
        expect((await stack.destroy()).reasons.join()).toContain("ServiceUnavailable");
        expect(stack.calls("UninstallClient")).toBe(0);
        stack.simulator.clearFaults();
        expect((await stack.up(program)).infos).toContain("2 installed");
        await stack.destroy();
        expect(stack.statuses()).toEqual({});
    });

    test("is no removal that went well, where the task is gone", async () => {
        const stack = await open("TaskNotExist", 404);
        const end = await stack.destroy();
        expect(end.reasons[0]).toMatch(/2 instances \(i-001, i-002\): .*cannot be asked any more; declare/);
        expect((await stack.up({ ...program, adoptExisting: true })).infos).toContain("2 adopted");
        await stack.destroy();
        expect(stack.statuses()).toEqual({});
    });
});

describe("a list that is behind the task", () => {
    test("makes no refresh forget an installation", async () => {
        const stack = new VirtualStack({ installTime: 4_000 });
        stack.simulator.setSwitches({ listLag: 9_000 });
        await stack.up({ instances: instances(1), ...GUARDED }, { kind: "Ctrl-C", afterMs: 2_500 });
        await stack.clock.sleep(3_000);
        await stack.refresh();
        expect(stack.state).toBeDefined();
        await stack.clock.sleep(30_000);
        expect((await stack.up({ instances: instances(1), ...GUARDED })).infos).toContain("1 installed");
    });

    test("makes no failed installation foreign that it still shows as under way", async () => {
        const stack = new VirtualStack({
            world: {
                instances: [{ instanceId: "i-001", failInstall: "AgentDownloadFailed", installTime: "20s" }],
            },
        });
        stack.simulator.setSwitches({ listLag: 8_000 });
        const program = { instances: instances(1), ...GUARDED };
        await stack.up(program, { kind: "Ctrl-C", afterMs: 10_000 });
        stack.simulator.patchInstance("i-001", { failInstall: null });
        // The task is over by now, and the list still shows INSTALLING.
        await stack.clock.sleep(12_000);
        await stack.refresh();
        expect(await stack.up(program)).toMatchObject({ reasons: [], infos: ["1 repaired"] });
        expect(stack.duplicateInstalls).toBe(0);
    });

    test("makes no client foreign that the task has named", async () => {
        const stack = new VirtualStack({ installTime: 5_000 });
        stack.simulator.setSwitches({ listLag: 18_000 });
        await stack.up({ instances: instances(1), ...GUARDED });
        await stack.clock.sleep(60_000);
        expect((await stack.up({ instances: instances(1), ...GUARDED })).reasons).toEqual([]);
    });
});
