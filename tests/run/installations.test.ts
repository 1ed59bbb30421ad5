import type { SimulatorOptions, WorldInput } from "../../simulator/index";
import { installed } from "./installed";
import { type CommandEnd, instances, VAULT, VirtualStack } from "./virtualStack";

const GUARDED = { adoptExisting: false, removal: "UninstallAndDelete" } as const;
const ONE_BY_ONE = { rollout: { batchSize: 1, parallelism: 1 } };
const REFUSED = expect.stringContaining("ClientAlreadyExists: client c-theirs (ACTIVATED)") as string;
const SHAPES = ["empty", "absent"] as const;

/** Somebody else puts a client on an instance. */
function comes(stack: VirtualStack, instanceId = "i-001"): void {
    const pair = { vaultId: VAULT, instanceId, clusterId: "cl-1" };
    stack.simulator.addClient({ ...pair, clientId: "c-theirs", status: "ACTIVATED" });
}

function comesLater(stack: VirtualStack, afterMs: number, instanceId = "i-001"): void {
    void stack.clock.sleep(afterMs).then(() => {
        comes(stack, instanceId);
    });
}

function ids(stack: VirtualStack): readonly string[] {
    return stack.simulator.world().clients.map(({ clientId }) => clientId);
}

/** The clients that were to be uninstalled or deleted. */
function removed(stack: VirtualStack): readonly string[] {
    const { log } = stack.simulator.requests();
    return log
        .filter(({ action }) => action === "UninstallClient" || action === "DeleteClient")
        .flatMap(({ parameters }) => parameters["ClientId"] ?? []);
}

/** The instances that CreateClients was called for. */
function asked(stack: VirtualStack): ReadonlySet<string> {
    const { log } = stack.simulator.requests();
    const calls = log.filter(({ action }) => action === "CreateClients");
    return new Set(calls.flatMap(({ parameters }) => parameters["ClientInfo"]?.match(/i-\d{3}/g) ?? []));
}

/** Nothing has been done to what others have put there, and a destroy leaves it as it is. */
async function destroyedBeside(stack: VirtualStack): Promise<CommandEnd> {
    const theirs = () => stack.simulator.world().clients.filter(({ clientId }) => clientId === "c-theirs");
    const before = theirs();
    const asAdded = { status: "ACTIVATED", updatedTime: before[0]?.createdTime };
    expect(before).toEqual([expect.objectContaining(asAdded)]);
    const end = await stack.destroy();
    expect(end.reasons).toEqual([]);
    expect(theirs()).toEqual(before);
    expect(removed(stack)).not.toContain("c-theirs");
    return end;
}

/** The next run refuses the client of others, and a destroy leaves it. */
async function refusedAndLeft(stack: VirtualStack, program: object, instanceId = "i-001"): Promise<void> {
    const end = await stack.up({ ...program, ...GUARDED, __timeouts: {} });
    expect(end.reasons).toEqual([REFUSED]);
    expect(stack.state?.clients[instanceId]).toMatchObject({ owned: false });
    expect(stack.state?.clients[instanceId]?.clientId).toBeUndefined();
    await destroyedBeside(stack);
}

function failing(world: Partial<WorldInput> = {}): SimulatorOptions {
    return { world: { instances: [{ instanceId: "i-001", failInstall: "DiskFull" }], ...world } };
}

test.each(["array", ...SHAPES] as const)(
    "an installation that fails leaves our own record, whoever has come meanwhile (Result: %s)",
    async (resultShape) => {
        const stack = new VirtualStack(failing());
        stack.simulator.setSwitches({ resultShape });
        comesLater(stack, 30_000);
        const end = await stack.up({ instances: instances(1), ...GUARDED });
        expect(end.reasons).toEqual([expect.stringContaining("DiskFull")]);
        const [own] = ids(stack).filter((id) => id !== "c-theirs");
        expect(stack.state?.clients["i-001"]).toMatchObject({ clientId: own });
        expect(stack.state?.clients["i-001"]?.owned).not.toBe(false);
        expect((await destroyedBeside(stack)).infos).toContain("1 deleted");
        expect(ids(stack)).toEqual(["c-theirs"]);
    },
);

describe("a client that others put there before the turn of its batch", () => {
    test.each([
        ["conflict", 0],
        ["reinstall", 0],
        ["reinstall", 150],
        ["ignore", 0],
    ] as const)(
        "is refused, or adopted where that is allowed, and nothing is submitted (createOnActive: %s, beside %i others)",
        async (createOnActive, count) => {
            const others = Array.from({ length: count }, (_, number) => ({
                vaultId: VAULT,
                instanceId: `i-other-${number}`,
                clusterId: "cl-1",
                status: "ACTIVATED" as const,
            }));
            for (const adoptExisting of [false, true]) {
                const stack = new VirtualStack({ world: { clients: others } });
                stack.simulator.setSwitches({ createOnActive });
                comesLater(stack, 20_000, "i-002");
                const end = await stack.up({
                    instances: instances(2),
                    ...GUARDED,
                    ...ONE_BY_ONE,
                    adoptExisting,
                });
                expect([...asked(stack)]).toEqual(["i-001"]);
                expect(removed(stack)).toEqual([]);
                expect(end.reasons).toEqual(adoptExisting ? [] : [REFUSED]);
                const line = adoptExisting ? "1 installed, 1 adopted" : "1 installed, 1 failed";
                expect(end.infos.join("\n")).toContain(line);
                const entry = adoptExisting ? { clientId: "c-theirs" } : { owned: false };
                expect(stack.state?.clients["i-002"]).toMatchObject(entry);
                if (!adoptExisting) await destroyedBeside(stack);
            }
        },
    );

    test("is not claimed where the service answers 503", async () => {
        const stack = new VirtualStack();
        const fault = { kind: "status", status: 503, code: "ServiceUnavailable", times: "always" } as const;
        stack.simulator.addFault({ action: "CreateClients", ...fault, instanceId: "i-002" });
        comesLater(stack, 20_000, "i-002");
        const end = await stack.up({ instances: instances(2), ...GUARDED, ...ONE_BY_ONE });
        expect(end.reasons).not.toEqual([]);
        expect(stack.state?.clients["i-002"]).toMatchObject({ owned: false });
        expect(stack.state?.clients["i-002"]?.clientId).toBeUndefined();
        await destroyedBeside(stack);
    });
});

describe("a broken client that is well again when its turn comes", () => {
    test("keeps its agent where it is ours", async () => {
        const stack = await installed(3);
        const own = stack.state?.clients["i-003"]?.clientId ?? "";
        for (const id of ids(stack))
            if (id !== own) stack.simulator.patchClient(id, { status: "NOT_INSTALLED" });
        stack.simulator.patchClient(own, { status: "DEACTIVATED" });
        void stack.clock.sleep(20_000).then(() => stack.simulator.patchClient(own, { status: "ACTIVATED" }));
        const end = await stack.up({ instances: instances(4), ...ONE_BY_ONE });
        expect(end.reasons).toEqual([]);
        expect(removed(stack)).toEqual([]);
        expect([...asked(stack)].sort()).toEqual(["i-001", "i-002", "i-004"]);
        expect(stack.state?.clients["i-003"]).toMatchObject({ clientId: own, status: "ACTIVATED" });
    });

    test("is adopted as it is where it is not ours", async () => {
        const stack = new VirtualStack();
        comes(stack, "i-003");
        stack.simulator.patchClient("c-theirs", { status: "DEACTIVATED" });
        void stack.clock
            .sleep(20_000)
            .then(() => stack.simulator.patchClient("c-theirs", { status: "ACTIVATED" }));
        const end = await stack.up({ instances: instances(4), ...ONE_BY_ONE });
        expect(end.reasons).toEqual([]);
        expect(end.infos).toContain("3 installed, 1 adopted");
        expect(removed(stack)).toEqual([]);
        expect(stack.state?.clients["i-003"]).toMatchObject({ clientId: "c-theirs" });
    });
});

describe("a run that is cut off before the service has taken anything", () => {
    test.each(["Ctrl-C", "time-out"])("claims nothing where it was only throttled (%s)", async (how) => {
        for (const isRefreshed of [false, true]) {
            const stack = new VirtualStack();
            stack.simulator.addFault({ action: "CreateClients", kind: "throttle", times: "always" });
            const program = { instances: instances(1), ...GUARDED };
            const end =
                how === "Ctrl-C"
                    ? await stack.up(program, { kind: how, afterMs: 5_000 })
                    : await stack.up({ ...program, __timeouts: { create: "5s" } });
            expect(end.reasons[0]).toMatch(/^stopped: /);
            expect(stack.state?.clients["i-001"]).toMatchObject({ owned: false, pendingAction: "install" });
            stack.simulator.clearFaults();
            await stack.clock.sleep(60_000);
            comes(stack);
            if (isRefreshed) await stack.refresh();
            expect(stack.state?.clients["i-001"]).toMatchObject({ owned: false });
            expect(stack.state?.clients["i-001"]?.clientId).toBeUndefined();
            await refusedAndLeft(stack, program);
        }
    });

    test.each([
        ["Ctrl-C", 60, false],
        ["Ctrl-C", 110, true],
        ["time-out", 60, true],
        ["time-out", 110, false],
    ])(
        "claims nothing for which no call went out (%s after %d ms, refreshed: %p)",
        async (how, afterMs, isRefreshed) => {
            const stack = new VirtualStack();
            const rollout = { batchSize: 1, parallelism: 100 };
            const program = { instances: instances(300), ...GUARDED, rollout };
            if (how === "Ctrl-C") await stack.up(program, { kind: "Ctrl-C", afterMs });
            else await stack.up({ ...program, __timeouts: { create: `${afterMs}ms` } });
            const called = asked(stack);
            expect(called.size).toBeGreaterThan(0);
            const uncalled = program.instances
                .map(({ instanceId }) => instanceId)
                .filter((instanceId) => !called.has(instanceId));
            const foreign = Object.values(stack.state?.clients ?? {}).filter(({ owned }) => owned === false);
            expect(foreign.map(({ instanceId }) => instanceId)).toEqual(uncalled);
            // One that was about to be called, or one whose turn had not come.
            const instanceId = (isRefreshed ? uncalled.at(-1) : uncalled[0]) ?? "";
            comes(stack, instanceId);
            if (isRefreshed) await stack.refresh();
            expect(stack.state?.clients[instanceId]?.clientId).toBeUndefined();
            await refusedAndLeft(stack, { ...program, rollout: {} }, instanceId);
            expect(ids(stack)).toEqual(["c-theirs"]);
        },
    );
});

describe("an answer that was lost, of which nothing has come", () => {
    const program = { instances: instances(1), ...GUARDED };

    /** No call has an effect, and the run is cut off before it can know. */
    async function lost(): Promise<VirtualStack> {
        const stack = new VirtualStack();
        await cut(stack, "reset-before", 1_000);
        expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "install" });
        await stack.clock.sleep(60_000);
        return stack;
    }

    async function cut(
        stack: VirtualStack,
        kind: "reset-before" | "throttle",
        afterMs: number,
    ): Promise<void> {
        stack.simulator.addFault({ action: "CreateClients", kind, times: "always" });
        const end = await stack.up(program, { kind: "Ctrl-C", afterMs });
        expect(end.reasons[0]).toMatch(/^stopped: /);
        stack.simulator.clearFaults();
    }

    async function refused(stack: VirtualStack, status: number, code: string): Promise<void> {
        const fault = { kind: "status", status, code, times: "always" } as const;
        stack.simulator.addFault({ action: "CreateClients", ...fault });
        expect((await stack.up(program)).reasons).toContainEqual(expect.stringContaining(code));
        stack.simulator.clearFaults();
        expect(stack.state?.clients["i-001"]).toMatchObject({ owned: false });
    }

    test.each([
        [403, "NoPermission"],
        [400, "BadRequest"],
    ])("leaves no claim once the next run is refused (%d)", async (status, code) => {
        const stack = await lost();
        await refused(stack, status, code);
        comes(stack);
        await refusedAndLeft(stack, program);
    });

    test("leaves no claim where a run that was cut off before it was heard comes after the refusal", async () => {
        const stack = await lost();
        await refused(stack, 400, "BadRequest");
        await cut(stack, "throttle", 110);
        comes(stack);
        await refusedAndLeft(stack, program);
    });
});

describe("a task whose Result names nothing, left open by a run", () => {
    const program = { instances: instances(1), ...GUARDED };
    // One that is completed without a Result has succeeded, as far as anybody can tell.
    const ENDS = ["task-failed", "task-expired", "task-cancelled"] as const;
    const NEXT = ["up", "destroy", "refresh"] as const;
    const cases = SHAPES.flatMap((shape) =>
        ENDS.flatMap((end) => NEXT.map((next) => [end, shape, next] as const)),
    );

    // Nothing comes of the installation, and others put a client of their own in its place.
    test.each(cases)("makes no client of others ours (%s, %s, then %s)", async (end, resultShape, next) => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ resultShape });
        stack.simulator.addFault({ action: "CreateClients", kind: end });
        await stack.up(program, { kind: "Ctrl-C", afterMs: 20_000 });
        expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "install" });
        await stack.clock.sleep(1_200_000);
        for (const id of ids(stack)) stack.simulator.deleteClient(id);
        comes(stack);
        if (next === "refresh") await stack.refresh();
        expect(stack.state?.clients["i-001"]?.clientId).toBeUndefined();
        await (next === "destroy" ? destroyedBeside(stack) : refusedAndLeft(stack, program));
    });

    test.each(SHAPES)("is not named by a refresh while it runs beside theirs (%s)", async (resultShape) => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ resultShape });
        await stack.up(program, { kind: "Ctrl-C", afterMs: 10_000 });
        comes(stack);
        await stack.refresh();
        expect(stack.state?.clients["i-001"]?.clientId).not.toBe("c-theirs");
        await stack.clock.sleep(100_000);
        await destroyedBeside(stack);
    });
});

describe("a record that others have kept", () => {
    async function failed(program: object, resultShape: "array" | "empty"): Promise<VirtualStack> {
        const old = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1", clientId: "c-old" };
        const stack = new VirtualStack(failing({ clients: [{ ...old, status: "NOT_INSTALLED" }] }));
        stack.simulator.setSwitches({ resultShape });
        await stack.up({ instances: instances(2), ...GUARDED, ...program });
        return stack;
    }

    async function destroyed(stack: VirtualStack): Promise<void> {
        expect(stack.state?.clients["i-001"]).toMatchObject({ owned: false });
        expect(stack.state?.clients["i-001"]?.clientId).toBeUndefined();
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(removed(stack)).not.toContain("c-old");
        expect(ids(stack)).toEqual(["c-old"]);
    }

    test.each([true, false])("is not ours by an installation that fails (%p)", async (adoptExisting) => {
        for (const shape of ["array", "empty"] as const)
            await destroyed(await failed({ adoptExisting }, shape));
    });

    test.each([true, false])("nor where that was left open by a time-out (%p)", async (adoptExisting) => {
        for (const shape of ["array", "empty"] as const)
            for (const isRefreshed of [false, true]) {
                const stack = await failed({ adoptExisting, __timeouts: { create: "20s" } }, shape);
                expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "install" });
                await stack.clock.sleep(120_000);
                if (isRefreshed) await stack.refresh();
                const program = { instances: instances(2), ...GUARDED, adoptExisting, __timeouts: {} };
                const end = await stack.up(program);
                expect(end.reasons).toEqual([expect.stringContaining("i-001: the installation ended as ")]);
                await destroyed(stack);
            }
    });
});
