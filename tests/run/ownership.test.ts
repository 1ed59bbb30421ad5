import fc from "fast-check";
import { CLIENT_STATUSES, type FaultInput, type SimulatorOptions } from "../../simulator/index";
import { instances, pairOf, VAULT, VirtualStack } from "./virtualStack";

type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** A client that somebody else has put on the first instance. */
function theirs(status: ClientStatus, clusterId = "cl-1"): NonNullable<SimulatorOptions["world"]> {
    return { clients: [{ vaultId: VAULT, instanceId: "i-001", clusterId, clientId: "c-theirs", status }] };
}

/** What is left of it, whatever else is there. */
function theirClient(stack: VirtualStack): unknown {
    return stack.simulator.world().clients.find(({ clientId }) => clientId === "c-theirs");
}

const GUARDED = { adoptExisting: false, removal: "UninstallAndDelete" } as const;

describe("a client of others", () => {
    test("that was refused stays theirs when its instance moves, the installation fails, and the fleet is destroyed", async () => {
        const stack = new VirtualStack({ world: theirs("ACTIVATED") });
        const before = theirClient(stack);
        await stack.up({ instances: instances(1), ...GUARDED });
        expect(stack.state?.clients["i-001"]).toEqual({
            instanceId: "i-001",
            clusterId: "cl-1",
            status: "ACTIVATED",
            installed: false,
            instanceName: "i-001",
            owned: false,
            pendingAction: "install",
            errorCode: "ClientAlreadyExists",
            errorMessage: expect.stringMatching(
                /^client c-theirs \(ACTIVATED\) is already there, and adoptExisting is false/,
            ) as string,
        });
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 400,
            code: "BadRequest",
        });
        const moved = { instances: instances(1, "cl-2"), ...GUARDED };
        expect((await stack.up(moved)).reasons).toHaveLength(1);
        expect(stack.state?.clients["i-001"]).toMatchObject({ clusterId: "cl-2", owned: false });
        expect((await stack.up(moved)).reasons).toEqual([]);
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("owned");
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(theirClient(stack)).toEqual(before);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED" });
    });

    test.each(["DEACTIVATED", "UNINSTALL_FAILED"] as const)(
        "%s is refused with adoptExisting false, and with true taken over by reinstalling it",
        async (status) => {
            const stack = new VirtualStack({ world: theirs(status) });
            const end = await stack.up({ instances: instances(1), ...GUARDED });
            expect(end.reasons).toEqual([
                expect.stringMatching(/^i-001: ClientAlreadyExists: client c-theirs/),
            ]);
            expect(stack.statuses()).toEqual({ "i-001@cl-1": status });
            expect((await stack.up({ instances: instances(1) })).infos).toContain("1 repaired");
            expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED" });
            expect(stack.state?.clients["i-001"]).not.toHaveProperty("owned");
        },
    );

    test.each([
        ["ACTIVATED", false, "ClientAlreadyExists"],
        ["UNKNOWN", true, "ClientNotHealthy"],
    ] as const)(
        "%s in the cluster that an instance moves to (adoptExisting %p) leaves the instance its own",
        async (status, adoptExisting, code) => {
            const stack = new VirtualStack({ world: theirs(status, "cl-2") });
            await stack.up({ instances: instances(2), ...GUARDED });
            stack.simulator.resetRequests();
            const moved = [...instances(1, "cl-2"), ...instances(2).slice(1)];
            const end = await stack.up({ instances: moved, ...GUARDED, adoptExisting });
            expect(end.reasons).toEqual([expect.stringContaining(code)]);
            expect(stack.calls("UninstallClient") + stack.calls("DeleteClient")).toBe(0);
            expect(stack.state?.clients["i-001"]).toMatchObject({ clusterId: "cl-1", status: "ACTIVATED" });
            expect(stack.state?.clients["i-001"]).not.toHaveProperty("owned");
        },
    );

    test("UNINSTALLING is waited for and planned again, and refused if its uninstallation fails", async () => {
        const stack = new VirtualStack({
            world: {
                ...theirs("UNINSTALLING"),
                instances: [{ instanceId: "i-001", failInstall: "AgentBusy" }],
            },
        });
        const end = await stack.up({ instances: instances(1), ...GUARDED });
        expect(end.reasons).toEqual([
            expect.stringMatching(/c-theirs \(UNINSTALL_FAILED\) is already there/),
        ]);
        expect(stack.calls("UninstallClient") + stack.calls("CreateClients")).toBe(0);
    });

    test("that comes after a first run which submitted nothing is no client of this resource", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 403,
            code: "NoPermission",
        });
        await stack.up({ instances: instances(1), removal: "UninstallAndDelete" });
        expect(stack.state?.clients["i-001"]).toMatchObject({ owned: false, pendingAction: "install" });
        await stack.simulator.call("CreateClients", {
            VaultId: VAULT,
            ClientInfo: JSON.stringify([{ instanceId: "i-001", clusterId: "cl-1" }]),
        });
        await stack.clock.sleep(120_000);
        const end = await stack.destroy();
        expect(end.infos).toContain("1 left alone");
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED" });
    });

    test("an answer that was lost makes what comes of it this resource's own", async () => {
        const stack = new VirtualStack();
        stack.simulator.addFault({ action: "CreateClients", kind: "reset-after" });
        await stack.up({ instances: instances(1), ...GUARDED }, { kind: "Ctrl-C", afterMs: 2_000 });
        expect(stack.state?.clients["i-001"]).not.toHaveProperty("owned");
        expect((await stack.up({ instances: instances(1), ...GUARDED })).reasons).toEqual([]);
        expect(stack.simulator.requests().installs).toEqual({ "i-001": 1 });
    });
});

const fault: fc.Arbitrary<FaultInput> = fc.oneof(
    fc.record({
        action: fc.constantFrom("CreateClients", "UninstallClient", "DescribeClients", "DeleteClient"),
        kind: fc.constantFrom("reset-before", "reset-after", "not-json", "hang"),
        times: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
        action: fc.constantFrom("CreateClients", "UninstallClient"),
        kind: fc.constant("status" as const),
        status: fc.constant(400),
        code: fc.constantFrom("BadRequest", "NoPermission", "InstanceNotExists"),
        times: fc.integer({ min: 1, max: 3 }),
    }),
);

const step = fc.constantFrom<"up" | "move" | "leave" | "refresh" | "trigger">(
    "up",
    "move",
    "leave",
    "refresh",
    "trigger",
);

test("clients of others on declared instances are the same before and after, whatever happens", async () => {
    const statuses = CLIENT_STATUSES.filter(
        // Without an agent, or soon without one: something may be installed there.
        (status) =>
            !["NOT_INSTALLED", "INSTALL_FAILED", "UNINSTALLING", "INSTALLING", "REGISTERED"].includes(status),
    );
    await fc.assert(
        fc.asyncProperty(
            fc.array(fc.option(fc.constantFrom(...statuses)), { minLength: 1, maxLength: 4 }),
            fc.array(fc.tuple(step, fc.option(fault), fc.option(fc.nat({ max: 90_000 }))), { maxLength: 4 }),
            fc.constantFrom("UninstallAndDelete", "Uninstall", "Retain"),
            async (found, steps, removal) => {
                const clients = found.flatMap((status, index) =>
                    status === null
                        ? []
                        : [{ vaultId: VAULT, instanceId: `i-00${index + 1}`, clusterId: "cl-1", status }],
                );
                const stack = new VirtualStack({ world: { clients } });
                const theirPairs = new Set(stack.simulator.world().clients.map(pairOf));
                let program: object = { instances: instances(found.length), adoptExisting: false, removal };
                for (const [kind, trouble, cut] of steps) {
                    if (trouble) stack.simulator.addFault(trouble);
                    if (kind === "move") program = { ...program, instances: instances(found.length, "cl-2") };
                    if (kind === "leave")
                        program = { ...program, instances: instances(found.length).slice(1, 2) };
                    if (kind === "trigger") program = { ...program, triggers: [cut] };
                    if ((program as { instances: unknown[] }).instances.length === 0) continue;
                    if (kind === "refresh") {
                        stack.simulator.clearFaults();
                        await stack.refresh();
                    } else
                        await stack.up(
                            { ...program },
                            cut === null ? undefined : { kind: "Ctrl-C", afterMs: cut },
                        );
                }
                stack.simulator.clearFaults();
                await stack.destroy();
                expect(stack.writtenSince(0).filter((pair) => theirPairs.has(pair))).toEqual([]);
            },
        ),
        { numRuns: 120 },
    );
});
