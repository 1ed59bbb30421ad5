import type { FaultInput } from "../../simulator/index";
import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";

describe("a move to a cluster that the service does not know", () => {
    const world = { strict: true, instances: instances(3).map(({ instanceId }) => ({ instanceId })) };

    test("leaves a broken agent where it is, too", async () => {
        const stack = new VirtualStack({ world });
        await stack.up({ instances: instances(1) });
        const { clientId = "" } = stack.state?.clients["i-001"] ?? {};
        stack.simulator.patchClient(clientId, { status: "DEACTIVATED" });
        const end = await stack.up({ instances: instances(1, "cl-typo") });
        expect(end.reasons).toEqual([expect.stringMatching(/^i-001: ClusterNotFound/)]);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "DEACTIVATED" });
    });

    test("touches nothing of these instances, and the others go on", async () => {
        const stack = new VirtualStack({ world });
        await stack.up({ instances: instances(3) });
        stack.simulator.resetRequests();
        const [first, ...others] = instances(3);
        const moved = { instances: [{ ...first, clusterId: "cl-typo" }, ...others], triggers: [1] };
        const end = await stack.up(moved);
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-001: ClusterNotFound: vault v-1 has no SAP HANA instance cl-typo/),
        ]);
        expect(stack.simulator.requests().installs).toEqual({ "i-002": 1, "i-003": 1 });
        expect(stack.state?.clients["i-001"]).toMatchObject({
            clusterId: "cl-1",
            status: "ACTIVATED",
            pendingAction: "reinstall",
            errorCode: "ClusterNotFound",
        });
    });

    test("is a warning where the key may not look it up, and none where a client is in it", async () => {
        const stack = await installed(2);
        const fault = { action: "DescribeHanaInstances", kind: "status", status: 403, code: "NoPermission" };
        stack.simulator.addFault(fault as FaultInput);
        const end = await stack.up({ instances: instances(2, "cl-2") });
        expect(end.warnings).toEqual([
            "i-001, i-002: cluster cl-2 could not be looked up (NoPermission); grant hbr:DescribeHanaInstances to have it checked",
        ]);
        expect(end.infos).toContain("2 reinstalled");
        await stack.up({ instances: [...instances(1, "cl-2"), ...instances(2).slice(1)] });
        expect(stack.calls("DescribeHanaInstances")).toBe(1);
    });
});

describe("a move to a cluster in which others put a client while the old one is removed", () => {
    async function moved(status: "INSTALLING" | "ACTIVATED", adoptExisting: boolean) {
        const removal = "UninstallAndDelete";
        const stack = await installed(2, { adoptExisting, removal });
        const theirs = {
            vaultId: VAULT,
            instanceId: "i-001",
            clusterId: "cl-2",
            clientId: "c-theirs",
            status,
        };
        stack.simulator.onRequest((action) => {
            // The last call about the old client: the list was read before.
            if (action !== "DeleteClient") return;
            stack.simulator.onRequest(undefined);
            stack.simulator.addClient(theirs);
        });
        const program = {
            instances: [...instances(1, "cl-2"), ...instances(2).slice(1)],
            adoptExisting,
            removal,
        };
        return { stack, end: await stack.up(program) };
    }

    test.each(["INSTALLING", "ACTIVATED"] as const)(
        "adopts it, and installs nothing (%s)",
        async (status) => {
            const { stack, end } = await moved(status, true);
            expect(end.reasons).toEqual([]);
            expect(stack.calls("CreateClients")).toBe(0);
            expect(stack.state?.clients["i-001"]).toMatchObject({
                clusterId: "cl-2",
                clientId: "c-theirs",
                status: "ACTIVATED",
            });
        },
    );

    test.each(["INSTALLING", "ACTIVATED"] as const)(
        "refuses it with adoptExisting false, and installs nothing (%s)",
        async (status) => {
            const { stack, end } = await moved(status, false);
            expect(end.reasons).toEqual([
                expect.stringMatching(/^i-001: ClientAlreadyExists: client c-theirs/),
            ]);
            expect(stack.calls("CreateClients")).toBe(0);
            expect(stack.state?.clients["i-001"]).toMatchObject({ clusterId: "cl-2", owned: false });
        },
    );
});

describe("a move waits for work in the old cluster, and then removes the client there", () => {
    const removal = "UninstallAndDelete";
    const moved = { instances: instances(1, "cl-2"), removal };

    test("where an earlier run has begun the installation, which neither task nor list can name yet", async () => {
        // What is in the new cluster already says nothing about it.
        const theirs = { vaultId: VAULT, instanceId: "i-001", clusterId: "cl-2", clientId: "c-theirs" };
        const stack = new VirtualStack({ installTime: 5_000, world: { clients: [theirs] } });
        stack.simulator.setSwitches({ resultShape: "empty", listLag: 9_000 });
        await stack.up({ instances: instances(1), removal }, { kind: "Ctrl-C", afterMs: 1_000 });
        expect((await stack.up(moved)).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({ "i-001@cl-2": "ACTIVATED" });
        expect(stack.calls("CreateClients")).toBe(1);
    });

    test("where others upgrade it", async () => {
        const stack = await installed(1, { removal });
        const { clientId = "" } = stack.state?.clients["i-001"] ?? {};
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        await stack.simulator.call("UpgradeClient", { VaultId: VAULT, ClientId: clientId });
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "UPGRADING" });
        const removed: object[] = [];
        stack.simulator.onRequest((action) => {
            if (action === "UninstallClient") removed.push(stack.statuses());
        });
        expect((await stack.up(moved)).reasons).toEqual([]);
        expect(removed).toEqual([{ "i-001@cl-1": "ACTIVATED" }]);
        expect(stack.statuses()).toEqual({ "i-001@cl-2": "ACTIVATED" });
    });
});
