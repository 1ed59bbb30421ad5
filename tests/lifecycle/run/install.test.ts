import { instances, VirtualStack } from "./virtualStack";

describe("an installation", () => {
    test("of 45 instances is made in three batches, each instance once", async () => {
        const stack = new VirtualStack();
        const end = await stack.up({ instances: instances(45) });
        expect(end.reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(3);
        expect(stack.duplicateInstalls).toBe(0);
        expect(Object.values(stack.statuses())).toEqual(Array(45).fill("ACTIVATED"));
        expect(stack.state?.taskIds).toHaveLength(3);
        expect(stack.state?.failedInstanceIds).toEqual([]);
        expect(end.infos).toContain("45 installed");
    });
});
