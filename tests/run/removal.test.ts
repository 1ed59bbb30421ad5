import { installed } from "./installed";
import { instances } from "./virtualStack";

/** What the service says while a record has yet to notice that its agent is gone. */
const ACTIVE = { action: "DeleteClient", kind: "status", status: 400, code: "ClientIsActive" } as const;

describe("a removal", () => {
    test.each([
        ["UninstallAndDelete", "Uninstall", "NOT_INSTALLED"],
        ["Uninstall", "UninstallAndDelete", undefined],
        ["UninstallAndDelete", "Retain", "ACTIVATED"],
        ["Retain", "UninstallAndDelete", undefined],
    ])(
        "of an instance, together with `removal` %s → %s, is as the new value says",
        async (from, to, left) => {
            const stack = await installed(2, { removal: from });
            expect((await stack.up({ instances: instances(1), removal: to })).reasons).toEqual([]);
            expect(stack.statuses()["i-002@cl-1"]).toBe(left);
            expect(Object.keys(stack.state?.clients ?? {})).toEqual(["i-001"]);
        },
    );

    test("deletes a record that the service still takes for active a moment after the uninstallation", async () => {
        const stack = await installed(1, { removal: "UninstallAndDelete" });
        stack.simulator.addFault(ACTIVE);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({});
        expect(stack.calls("DeleteClient")).toBe(2);
    });

    test("ends with the service's word for a record that stays active to it", async () => {
        const stack = await installed(1, { removal: "UninstallAndDelete" });
        stack.simulator.addFault({ ...ACTIVE, times: "always" });
        expect((await stack.destroy()).reasons).toEqual([
            expect.stringMatching(/^i-001: DeleteClient failed: ClientIsActive/),
            expect.stringMatching(/^run the same command again/),
            "left: i-001 (NOT_INSTALLED)",
        ]);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "NOT_INSTALLED" });
    });
});
