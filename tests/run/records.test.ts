import { claim } from "../../provider/claims";
import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";

const DELETING = { removal: "UninstallAndDelete" } as const;

describe("the records that a removal keeps", () => {
    test("are said, are no difference later, and are taken up again with their instances", async () => {
        const stack = await installed(3);
        const end = await stack.up({ instances: instances(1) });
        expect(end.infos).toEqual(["2 uninstalled; their records stay in v-1"]);
        expect(stack.calls("DeleteClient")).toBe(0);
        expect(Object.keys(stack.state?.clients ?? {})).toEqual(["i-001"]);
        await stack.refresh();
        expect((await stack.up({ instances: instances(1) })).infos).toEqual(["unchanged"]);
        const records = stack.simulator.world().clients.map(({ clientId }) => clientId);
        expect((await stack.up({ instances: instances(3) })).infos).toEqual(["2 installed"]);
        expect(stack.simulator.world().clients.map(({ clientId }) => clientId)).toEqual(records);
    });

    test("stay where another removal deletes the one that the state names, and are named", async () => {
        const stack = await installed(1, DELETING);
        const old = {
            vaultId: VAULT,
            instanceId: "i-001",
            clusterId: "cl-1",
            status: "NOT_INSTALLED",
        } as const;
        const [own] = stack.simulator.world().clients;
        stack.simulator.setWorld({
            vaults: [VAULT],
            clients: [
                { ...old, clientId: "c-older" },
                { ...old, clientId: own?.clientId ?? "", status: "ACTIVATED" },
            ],
        });
        const end = await stack.destroy();
        expect(end.infos).toEqual([
            "i-001: records that the state does not name stay in v-1: c-older",
            "1 uninstalled and deleted",
        ]);
        expect(stack.simulator.world().clients).toMatchObject([{ clientId: "c-older" }]);
    });

    test("end an open removal at a refresh with Uninstall, and keep it open with UninstallAndDelete", async () => {
        for (const removal of ["Uninstall", "UninstallAndDelete"] as const) {
            const stack = await installed(2, { removal });
            stack.simulator.patchInstance("i-002", { cloudAssistant: false });
            expect((await stack.up({ instances: instances(1), removal })).reasons).not.toEqual([]);
            const { clientId = "" } = stack.state?.clients["i-002"] ?? {};
            stack.simulator.patchClient(clientId, { status: "NOT_INSTALLED" });
            await stack.refresh();
            const open = removal === "Uninstall" ? ["i-001"] : ["i-001", "i-002"];
            expect(Object.keys(stack.state?.clients ?? {})).toEqual(open);
            await stack.up({ instances: instances(1), removal });
            expect(stack.calls("DeleteClient")).toBe(removal === "Uninstall" ? 0 : 1);
        }
    });

    test("of an instance that no longer exists stay too, unless they are to be deleted", async () => {
        for (const removal of ["Uninstall", "UninstallAndDelete"] as const) {
            const stack = await installed(1, { removal });
            const { clientId = "" } = stack.state?.clients["i-001"] ?? {};
            stack.simulator.patchClient(clientId, { status: "UNKNOWN" });
            stack.simulator.patchInstance("i-001", { state: "Released" });
            expect((await stack.destroy()).reasons).toEqual([]);
            expect(stack.simulator.world().clients).toHaveLength(removal === "Uninstall" ? 1 : 0);
        }
    });
});

describe("a removal says what it has done", () => {
    test("and not what it has left to another resource", async () => {
        const stack = await installed(2, { __urn: "urn:one" });
        const pair = { region: "cn-hangzhou", vaultId: VAULT, clusterId: "cl-1" };
        claim("urn:two", [
            { ...pair, instanceId: "i-001" },
            { ...pair, instanceId: "i-002" },
        ]);
        try {
            expect((await stack.destroy()).infos).toContain("2 left alone");
        } finally {
            claim("urn:two", []);
        }
        expect(stack.calls("UninstallClient")).toBe(0);
    });

    test("and no uninstallation where only a record was left", async () => {
        const stack = await installed(2, DELETING);
        const [first] = stack.simulator.world().clients;
        stack.simulator.patchClient(first?.clientId ?? "", { status: "NOT_INSTALLED" });
        expect((await stack.destroy()).infos).toEqual(["1 uninstalled and deleted, 1 deleted"]);
        expect(stack.simulator.world().clients).toEqual([]);
    });

    test("and not what was gone before", async () => {
        const stack = await installed(2);
        for (const { clientId } of stack.simulator.world().clients) stack.simulator.deleteClient(clientId);
        expect((await stack.destroy()).infos).toEqual(["2 already gone"]);
    });
});

describe("gone is gone", () => {
    test("a client that UninstallClient does not find any more, while the list is behind", async () => {
        const stack = await installed(2, DELETING);
        stack.simulator.setSwitches({ listLag: 9_000 });
        for (const { clientId } of stack.simulator.world().clients) stack.simulator.deleteClient(clientId);
        expect((await stack.destroy()).reasons).toEqual([]);
    });

    test.each(["destroy", "reinstall"])("but no client is that the list goes on to show: %s", async (how) => {
        const stack = await installed(2, DELETING);
        stack.simulator.addFault({
            action: "UninstallClient",
            kind: "status",
            status: 404,
            code: "ResourceNotFound",
            times: "always",
        });
        const end =
            how === "destroy"
                ? await stack.destroy()
                : await stack.up({ instances: instances(2), ...DELETING, triggers: [1] });
        expect(end.ok).toBe(false);
        expect(end.reasons.join()).toContain("ResourceNotFound");
        expect(stack.calls("CreateClients")).toBe(0);
        expect(Object.keys(stack.state?.clients ?? {})).toEqual(["i-001", "i-002"]);
    });

    test("but a record is not, because DeleteClient finds no instance", async () => {
        const stack = await installed(1, DELETING);
        stack.simulator.addFault({
            action: "DeleteClient",
            kind: "status",
            status: 404,
            code: "InstanceNotExists",
            times: "always",
        });
        expect((await stack.destroy()).reasons[0]).toMatch(/^i-001: DeleteClient failed: InstanceNotExists/);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "NOT_INSTALLED" });
    });
});

test("the state never says of a client that was seen to be absent that it is installed", async () => {
    const stack = await installed(2);
    for (const { clientId } of stack.simulator.world().clients) stack.simulator.deleteClient(clientId);
    const rollout = { batchSize: 1, parallelism: 1 };
    await stack.up({ instances: instances(3), rollout }, { kind: "Ctrl-C", afterMs: 120 });
    expect(stack.state?.clients["i-002"]).toMatchObject({ status: "NOT_INSTALLED", installed: false });
});

test("what was installed with another source type is found again", async () => {
    const stack = new VirtualStack();
    const odd = [{ instanceId: "i-001", clusterId: "cl-1", sourceTypes: ["OTHER"] }];
    await stack.up({ instances: odd });
    await stack.refresh();
    expect((await stack.up({ instances: [...odd, ...instances(2).slice(1)] })).infos).toContain(
        "1 installed",
    );
    expect(stack.simulator.requests().installs).toEqual({ "i-001": 1, "i-002": 1 });
    expect((await stack.destroy()).infos).toContainEqual(expect.stringMatching(/^2 uninstalled/));
});

describe("a record that an earlier removal kept, beside the one that the state names", () => {
    /** The state names a client whose record is gone; there is only one that is not this resource's. */
    async function withOldRecord(): Promise<VirtualStack> {
        const stack = await installed(2, DELETING);
        const [, second] = stack.simulator.world().clients;
        const kept = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1", clientId: "c-old" } as const;
        stack.simulator.setWorld({
            vaults: [VAULT],
            clients: [
                { ...kept, status: "NOT_INSTALLED" },
                { vaultId: VAULT, instanceId: "i-002", clusterId: "cl-1", clientId: second?.clientId ?? "" },
            ],
        });
        return stack;
    }

    test("is not named by a refresh, and so not deleted by the removal that follows", async () => {
        const stack = await withOldRecord();
        const before = stack.state?.clients["i-001"]?.clientId;
        await stack.refresh();
        expect(stack.state?.clients["i-001"]).toMatchObject({ clientId: before, status: "NOT_INSTALLED" });
        expect((await stack.up({ instances: instances(2).slice(1), ...DELETING })).reasons).toEqual([]);
        expect(stack.calls("DeleteClient")).toBe(0);
    });

    test("is not named by a run that ends before it has installed anything", async () => {
        const stack = await withOldRecord();
        const before = stack.state?.clients["i-001"]?.clientId;
        stack.simulator.addFault({
            action: "CreateClients",
            kind: "status",
            status: 403,
            code: "NoPermission",
        });
        await stack.up({ instances: instances(3), ...DELETING });
        expect(stack.state?.clients["i-001"]?.clientId).toBe(before);
        await stack.destroy();
        expect(stack.simulator.world().clients).toContainEqual(
            expect.objectContaining({ clientId: "c-old" }),
        );
    });
});

describe("the records that stay", () => {
    test("are said too where the agents were gone before", async () => {
        const stack = await installed(3);
        const [first] = stack.simulator.world().clients;
        stack.simulator.patchClient(first?.clientId ?? "", { status: "NOT_INSTALLED" });
        expect((await stack.up({ instances: instances(3).slice(2) })).infos).toEqual([
            "1 already gone, 1 uninstalled; their records stay in v-1",
        ]);
        const last = stack.simulator.world().clients.find(({ instanceId }) => instanceId === "i-003");
        stack.simulator.patchClient(last?.clientId ?? "", { status: "NOT_INSTALLED" });
        expect((await stack.destroy()).infos).toEqual(["1 already gone; their records stay in v-1"]);
    });

    test("are counted where not all of them do", async () => {
        const stack = await installed(3);
        const [first] = stack.simulator.world().clients;
        stack.simulator.deleteClient(first?.clientId ?? "");
        expect((await stack.destroy()).infos).toEqual([
            "1 already gone, 2 uninstalled; 2 of their records stay in v-1",
        ]);
    });
});

describe("a removal that is cut off", () => {
    test.each([
        ["Uninstall", []],
        ["UninstallAndDelete", ["i-001 (NOT_INSTALLED)"]],
    ] as const)("leaves only what is still to be done (%s)", async (removal, uninstalled) => {
        const stack = await installed(3, { removal });
        for (const instanceId of ["i-002", "i-003"])
            stack.simulator.patchInstance(instanceId, { installTime: "10m" });
        const end = await stack.destroy({ kind: "Ctrl-C", afterMs: 120_000 });
        const open = ["i-002, i-003 (UNINSTALLING)"];
        expect(end.reasons.at(-1)).toBe(`left: ${[...uninstalled, ...open].join("; ")}`);
    });
});

test("a removal in an update that is cut off goes on with the record alone", async () => {
    const stack = await installed(3, DELETING);
    stack.simulator.patchInstance("i-003", { installTime: "10m" });
    const program = { instances: instances(1), ...DELETING };
    await stack.up(program, { kind: "Ctrl-C", afterMs: 120_000 });
    expect(stack.state?.clients["i-002"]).toMatchObject({
        status: "NOT_INSTALLED",
        installed: false,
        pendingAction: "uninstall",
    });
    stack.simulator.resetRequests();
    expect((await stack.up(program)).infos).toEqual(["1 uninstalled and deleted, 1 deleted"]);
    expect(stack.calls("UninstallClient")).toBe(0);
});

test("the list is read with the cluster where all instances are in one, and otherwise whole", async () => {
    const pairs = {
        one: [["cl-1"], "cl-1"],
        two: [["cl-1", "cl-2"], undefined],
        none: [["cl-1", undefined], undefined],
    };
    const stack = new VirtualStack();
    for (const [clusterIds, asked] of Object.values(pairs) as [
        (string | undefined)[],
        string | undefined,
    ][]) {
        const declared = clusterIds.map((clusterId, index) => ({
            instanceId: `i-${index}`,
            ...(clusterId && { clusterId }),
        }));
        stack.simulator.resetRequests();
        await stack.up({ instances: declared });
        const lists = stack.simulator.requests().log.filter(({ action }) => action === "DescribeClients");
        expect(new Set(lists.map(({ parameters }) => parameters["ClusterId"]))).toEqual(new Set([asked]));
    }
});
