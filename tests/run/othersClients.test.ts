import fc from "fast-check";
import { CLIENT_STATUSES } from "../../simulator/index";
import { installed } from "./installed";
import { instances, pairOf, VAULT, VirtualStack } from "./virtualStack";

type ClientStatus = (typeof CLIENT_STATUSES)[number];

const GUARDED = { adoptExisting: false, removal: "UninstallAndDelete" } as const;
const LEFT_ALONE = "left alone, because the state does not name it as this resource's: c-theirs";

/** Somebody else puts a client on the first instance; what was there of ours is deleted before. */
function replace(stack: VirtualStack, status: ClientStatus = "ACTIVATED", index = 1, id?: string): void {
    const instanceId = `i-00${index}`;
    for (const client of stack.simulator.world().clients)
        if (client.instanceId === instanceId) stack.simulator.deleteClient(client.clientId);
    const clientId = id ?? "c-theirs";
    stack.simulator.addClient({ vaultId: VAULT, instanceId, clusterId: "cl-1", clientId, status });
}

function theirs(stack: VirtualStack): unknown {
    return stack.simulator.world().clients.find(({ clientId }) => clientId === "c-theirs");
}

/** Every call that was made for a client of others, by its id. */
function callsForTheirs(stack: VirtualStack): readonly string[] {
    return stack.simulator
        .requests()
        .log.filter(({ action }) => action === "UninstallClient" || action === "DeleteClient")
        .flatMap(({ parameters }) => parameters["ClientId"] ?? [])
        .filter((clientId) => clientId.startsWith("c-theirs"));
}

describe("a client that others put in the place of ours", () => {
    test.each([false, true])("is not removed by a destroy (refreshed before: %p)", async (isRefreshed) => {
        for (const removal of ["Uninstall", "UninstallAndDelete"] as const) {
            const stack = await installed(2, { removal });
            replace(stack);
            const before = theirs(stack);
            if (isRefreshed) {
                await stack.refresh();
                expect(stack.state?.clients["i-001"]).toMatchObject({
                    status: "NOT_INSTALLED",
                    installed: false,
                });
                expect(stack.state?.clients["i-001"]?.clientId).not.toBe("c-theirs");
            }
            const end = await stack.destroy();
            expect(end.reasons).toEqual([]);
            expect(end.infos).toContain(`i-001: ${LEFT_ALONE}`);
            expect(end.infos.at(-1)).toMatch(/1 already gone/);
            expect(theirs(stack)).toEqual(before);
        }
    });

    test("is not removed where its instance is taken out of the program, or moves to another cluster", async () => {
        for (const others of [[], instances(1, "cl-2")]) {
            const stack = await installed(2, GUARDED);
            replace(stack);
            const before = theirs(stack);
            const program = { instances: [...others, ...instances(2).slice(1)], ...GUARDED };
            const end = await stack.up(program);
            expect(end.reasons).toEqual([]);
            expect(end.infos).toContain(`i-001: ${LEFT_ALONE}`);
            expect(theirs(stack)).toEqual(before);
        }
    });

    test("is refused with adoptExisting false, whatever settings changed, and with true taken over as it is", async () => {
        const stack = await installed(2, { adoptExisting: false });
        replace(stack);
        const before = theirs(stack);
        const program = { instances: instances(2), triggers: [1] };
        const refused = await stack.up({ ...program, adoptExisting: false });
        expect(refused.reasons).toEqual([expect.stringContaining("ClientAlreadyExists: client c-theirs")]);
        expect(stack.state?.clients["i-001"]).toMatchObject({ owned: false });
        expect(theirs(stack)).toEqual(before);
        const taken = await stack.up(program);
        expect(taken.infos).toContain("1 adopted");
        expect(theirs(stack)).toEqual(before);
        expect(stack.state?.clients["i-001"]).toMatchObject({ clientId: "c-theirs" });
    });

    test("is adopted unchanged where the preview had said a reinstallation of ours, and the next preview says it again", async () => {
        const stack = await installed(2);
        replace(stack);
        const before = theirs(stack);
        const program = { instances: instances(2), triggers: [1] };
        const end = await stack.up(program);
        expect(end.warnings).toEqual([
            expect.stringMatching(/^i-001: adopted unchanged, though it differs .* \(triggers changed\)/),
        ]);
        expect(theirs(stack)).toEqual(before);
        expect((await stack.up(program)).infos).toContain("1 reinstalled");
    });

    test("has to be healthy before it is taken over", async () => {
        const stack = await installed(1);
        replace(stack, "UNKNOWN");
        const end = await stack.up({ instances: instances(2) });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-001: ClientNotHealthy: client c-theirs is already there and UNKNOWN/),
        ]);
        expect(stack.state?.clients["i-001"]?.clientId).not.toBe("c-theirs");
        await stack.destroy();
        expect(theirs(stack)).toMatchObject({ status: "UNKNOWN" });
    });
});

test("a client of others gets no call either where one is made to find out whether all are refused", async () => {
    const stack = await installed(1);
    const [own] = stack.simulator.world().clients;
    stack.simulator.patchClient(own?.clientId ?? "", { status: "DEACTIVATED" });
    stack.simulator.setSwitches({ createOnActive: "reinstall" });
    const unavailable = { kind: "status", status: 503, code: "ServiceUnavailable", times: 4 } as const;
    stack.simulator.addFault({ action: "UninstallClient", ...unavailable });
    const refused = { kind: "status", status: 400, code: "InvalidParameter", message: "bad" } as const;
    stack.simulator.addFault({ action: "CreateClients", ...refused, times: 1 });
    let calls = 0;
    stack.simulator.onRequest((action) => {
        if (action === "UninstallClient" && (calls += 1) === 1) replace(stack, "ACTIVATED", 3, "c-theirs");
    });
    const two = instances(3).filter(({ instanceId }) => instanceId !== "i-002");
    await stack.up({ instances: two, adoptExisting: false, rollout: { batchSize: 1, parallelism: 1 } });
    expect(stack.writtenSince(0)).not.toContain("i-003@cl-1");
    await stack.destroy();
    expect(theirs(stack)).toMatchObject({ status: "ACTIVATED" });
});

describe("an answer that was lost", () => {
    /** Every submission is lost, and none has an effect. */
    async function lost(program: object): Promise<VirtualStack> {
        const stack = new VirtualStack();
        const fault = {
            action: "CreateClients",
            kind: "status",
            status: 503,
            code: "ServiceUnavailable",
        } as const;
        stack.simulator.addFault({ ...fault, times: "always" });
        expect((await stack.up({ instances: instances(1), ...program })).reasons).not.toEqual([]);
        stack.simulator.clearFaults();
        return stack;
    }

    test("of which nothing has come makes no client that is put there later this resource's", async () => {
        const stack = await lost(GUARDED);
        expect(stack.state?.clients["i-001"]).toMatchObject({ owned: false, pendingAction: "install" });
        replace(stack);
        const before = theirs(stack);
        const end = await stack.up({ instances: instances(1), ...GUARDED });
        expect(end.reasons).toEqual([expect.stringContaining("ClientAlreadyExists")]);
        expect((await stack.destroy()).infos).toContain("1 left alone");
        expect(theirs(stack)).toEqual(before);
    });

    test("is said to be adopted, and not installed, where it is taken over", async () => {
        const stack = await lost({});
        replace(stack);
        expect((await stack.up({ instances: instances(1) })).infos).toContain("1 adopted");
    });
});

describe("an installation that a run has left open", () => {
    /** The run ends before the task does; the task then ends in one way or the other. */
    async function open(failInstall?: string): Promise<VirtualStack> {
        const stack = new VirtualStack({
            world: {
                instances: [{ instanceId: "i-001", ...(failInstall !== undefined && { failInstall }) }],
            },
        });
        await stack.up({ instances: instances(1), ...GUARDED, __timeouts: { create: "20s" } });
        expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "install" });
        await stack.clock.sleep(120_000);
        return stack;
    }

    test.each([false, true])(
        "and that came to nothing is followed by no claim on what others installed (refreshed: %p)",
        async (isRefreshed) => {
            const stack = await open("DiskFull");
            replace(stack);
            const before = theirs(stack);
            if (isRefreshed) await stack.refresh();
            const end = await stack.up({ instances: instances(1), ...GUARDED, __timeouts: {} });
            expect(end.reasons).toEqual([expect.stringContaining("ClientAlreadyExists: client c-theirs")]);
            await stack.destroy();
            expect(theirs(stack)).toEqual(before);
        },
    );

    test.each([false, true])("is this resource's where it succeeded (refreshed: %p)", async (isRefreshed) => {
        const stack = await open();
        if (isRefreshed) await stack.refresh();
        if (isRefreshed) expect(stack.state?.clients["i-001"]).toMatchObject({ status: "ACTIVATED" });
        expect((await stack.destroy()).infos).toContain("1 uninstalled and deleted");
        expect(stack.statuses()).toEqual({});
    });
});

test("a killed reinstallation under another client id converges, and is removed with the fleet", async () => {
    const stack = await installed(3);
    stack.simulator.setSwitches({ keepClientId: false });
    const program = { instances: instances(3), triggers: [1] };
    await stack.up(program, { kind: "killed", afterMs: 75_000 });
    await stack.clock.sleep(120_000);
    const reinstalled = stack.simulator.requests().installs;
    expect(Object.values(reinstalled)).toEqual([1, 1, 1]);
    expect((await stack.up(program)).reasons).toEqual([]);
    await stack.up(program);
    expect((await stack.up(program)).infos).toEqual(["unchanged"]);
    expect(stack.duplicateInstalls).toBe(0);
    expect((await stack.destroy()).infos.at(-1)).toMatch(/^3 uninstalled/);
});

test("whatever happens, what others put in the place of ours is never touched with adoptExisting false", async () => {
    const withAgent = CLIENT_STATUSES.filter(
        (status) =>
            !["NOT_INSTALLED", "INSTALL_FAILED", "UNINSTALLING", "INSTALLING", "REGISTERED"].includes(status),
    );
    const step = fc.oneof(
        fc.record({
            kind: fc.constant("replace" as const),
            index: fc.integer({ min: 1, max: 3 }),
            status: fc.constantFrom(...withAgent),
        }),
        fc.record({
            kind: fc.constantFrom("up", "trigger", "move", "leave", "refresh", "lost"),
            cut: fc.option(fc.nat({ max: 90_000 })),
        }),
    );
    await fc.assert(
        fc.asyncProperty(
            fc.array(step, { minLength: 1, maxLength: 6 }),
            fc.boolean(),
            fc.constantFrom("UninstallAndDelete", "Uninstall", "Retain"),
            async (steps, keepClientId, removal) => {
                const stack = await installed(3, { adoptExisting: false, removal });
                stack.simulator.setSwitches({ keepClientId });
                let program: object = { instances: instances(3), adoptExisting: false, removal };
                let count = 0;
                for (const each of steps) {
                    if (each.kind === "replace") {
                        const { index, status } = each as { index: number; status: ClientStatus };
                        const { clientId, errorCode, pendingAction } =
                            stack.state?.clients[`i-00${index}`] ?? {};
                        const isOpen = pendingAction && errorCode === undefined && clientId === undefined;
                        if (!isOpen) replace(stack, status, index, `c-theirs-${(count += 1)}`);
                        continue;
                    }
                    const { kind, cut } = each as { kind: string; cut: number | null };
                    if (kind === "lost")
                        stack.simulator.addFault({ action: "CreateClients", kind: "reset-before", times: 3 });
                    if (kind === "trigger") program = { ...program, triggers: [(count += 1)] };
                    if (kind === "move") program = { ...program, instances: instances(3, "cl-2") };
                    if (kind === "leave") program = { ...program, instances: instances(3).slice(1) };
                    if (kind === "refresh") await stack.refresh();
                    else
                        await stack.up(
                            { ...program },
                            cut === null ? undefined : { kind: "Ctrl-C", afterMs: cut },
                        );
                }
                stack.simulator.clearFaults();
                const there = stack.simulator
                    .world()
                    .clients.filter(({ clientId }) => clientId.startsWith("c-theirs"));
                await stack.destroy();
                expect(callsForTheirs(stack)).toEqual([]);
                const left = stack.simulator.world().clients.map(pairOf);
                expect(left).toEqual(expect.arrayContaining(there.map(pairOf)));
            },
        ),
        { numRuns: 120 },
    );
});
