import type { FaultInput } from "../../simulator/index";
import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

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
