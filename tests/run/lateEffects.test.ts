import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

const SECOND = 1_000;
const FLEET = { instances: instances(4), removal: "UninstallAndDelete" } as const;

describe("a call that takes effect after its connection was cut", () => {
    test.each([1, 9])(
        "is not made again where that is within ten seconds: CreateClients, %i s",
        async (late) => {
            const stack = new VirtualStack();
            stack.simulator.addFault({ action: "CreateClients", kind: "late-effect", ms: late * SECOND });
            expect((await stack.up(FLEET)).infos).toEqual(["4 installed"]);
            expect(stack.calls("CreateClients")).toBe(1);
            expect(stack.duplicateInstalls).toBe(0);
        },
    );

    test.each([1, 9])(
        "is not made again: UpgradeClient, UninstallClient, DeleteClient, %i s",
        async (late) => {
            const stack = await installed(4, FLEET);
            stack.simulator.setSwitches({ latestVersion: "9.0.0" });
            for (const action of ["UpgradeClient", "UninstallClient", "DeleteClient"])
                stack.simulator.addFault({ action, kind: "late-effect", ms: late * SECOND });
            await stack.refresh();
            expect((await stack.up({ ...FLEET, upgrades: "Latest" })).infos).toEqual(["4 upgraded"]);
            expect((await stack.destroy()).infos).toEqual(["4 uninstalled and deleted"]);
            expect(stack.statuses()).toEqual({});
            for (const action of ["UpgradeClient", "UninstallClient", "DeleteClient"])
                expect([action, stack.calls(action)]).toEqual([action, 4]);
        },
    );

    test.each(["conflict", "reinstall", "ignore"] as const)(
        "is made again after ten seconds, and leaves no client behind all the same (%s)",
        async (createOnActive) => {
            for (const [late, keepClientId] of [
                [12, true],
                [29, true],
                [12, false],
                [29, false],
            ] as const) {
                const stack = new VirtualStack();
                stack.simulator.setSwitches({ createOnActive, keepClientId });
                stack.simulator.addFault({ action: "CreateClients", kind: "late-effect", ms: late * SECOND });
                await stack.up(FLEET);
                // The run may have failed, because its task was interrupted.
                expect((await stack.up(FLEET)).reasons).toEqual([]);
                expect(new Set(Object.values(stack.statuses()))).toEqual(new Set(["ACTIVATED"]));
                expect((await stack.destroy()).reasons).toEqual([]);
                expect(stack.statuses()).toEqual({});
            }
        },
    );
});
