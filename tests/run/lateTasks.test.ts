import { installed } from "./installed";
import { instances, VirtualStack } from "./virtualStack";

const FAILING = { instanceId: "i-002", failInstall: "DiskFull", installTime: "3s" };

describe("a task that the service does not find at first", () => {
    test.each(["3s", "9s"])(
        "is asked again for ten seconds: the failure has its reason (%s)",
        async (taskLag) => {
            const stack = new VirtualStack({ world: { instances: [FAILING] } });
            stack.simulator.setSwitches({ taskLag });
            const end = await stack.up({ instances: instances(4) });
            expect(end.reasons).toEqual([
                expect.stringMatching(/^i-002: the installation ended as INSTALL_FAILED \(DiskFull\)/),
            ]);
            expect(end.infos).toEqual(["3 installed, 1 failed"]);
            expect(stack.state?.clients["i-002"]).toMatchObject({ errorCode: "DiskFull" });
        },
    );

    test("is asked again for ten seconds after the answer, however long the call had to wait for it", async () => {
        const stack = new VirtualStack({ world: { instances: [FAILING] } });
        stack.simulator.setSwitches({ taskLag: "9s" });
        stack.simulator.addFault({ action: "CreateClients", kind: "throttle", retryAfterMs: 15_000 });
        const end = await stack.up({ instances: instances(4) });
        expect(stack.calls("CreateClients")).toBe(2);
        expect(stack.state?.clients["i-002"]).toMatchObject({ errorCode: "DiskFull" });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-002: the installation ended as INSTALL_FAILED \(DiskFull\)/),
        ]);
    });

    test("gives the reason of a failed uninstallation and upgrade too", async () => {
        const stack = await installed(2);
        stack.simulator.setSwitches({ taskLag: "9s", latestVersion: "9.0.0" });
        await stack.refresh();
        stack.simulator.patchInstance("i-001", { failUpgrade: "DiskFull", installTime: "3s" });
        const upgrade = await stack.up({ instances: instances(2), upgrades: "Latest" });
        expect(upgrade.reasons).toEqual([
            expect.stringMatching(/^i-001: the upgrade ended as UPGRADE_FAILED \(DiskFull\)/),
        ]);
        stack.simulator.patchInstance("i-002", { cloudAssistant: false, installTime: "3s" });
        expect((await stack.destroy()).reasons[0]).toMatch(
            /^i-002: the uninstallation ended as UNINSTALL_FAILED \(CloudAssistNotRunningOnInstance\)/,
        );
    });

    test("is waited for by the run after one that was cut off at once", async () => {
        const stack = new VirtualStack({ world: { instances: [FAILING] } });
        stack.simulator.setSwitches({ taskLag: "9s" });
        await stack.up({ instances: instances(2) }, { kind: "Ctrl-C", afterMs: 500 });
        const end = await stack.up({ instances: instances(2) });
        // The task has told why, and the instance is tried again.
        expect(end.infos).toContainEqual(expect.stringMatching(/1 failed/));
        expect(stack.state?.clients["i-002"]).toMatchObject({ errorCode: "DiskFull" });
        expect(stack.duplicateInstalls).toBe(0);
    });

    test("is given up after ten seconds, and the list decides", async () => {
        const stack = new VirtualStack({ world: { instances: [FAILING] } });
        stack.simulator.setSwitches({ taskLag: "1h" });
        const end = await stack.up({ instances: instances(4) });
        expect(end.reasons).toEqual([
            expect.stringMatching(
                /^i-002: the installation ended as INSTALL_FAILED, its task could not be found any more \(DiskFull\)/,
            ),
        ]);
        expect(end.infos).toEqual(["3 installed, 1 failed"]);
        expect(stack.calls("CreateClients")).toBe(1);
        expect(stack.calls("DescribeTask")).toBeLessThan(12);
    });
});
