import { RESULT_SHAPES } from "../../simulator/switches";
import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";

const FLEET = { instances: instances(60) };

describe("a service that takes fewer instances in one call than a batch has", () => {
    test.each([
        // Every instance costs a call of its own, and as many again to find that out.
        [1, 2 * 60 + 10],
        [7, 24],
        [19, 10],
    ])("gets smaller calls, and every instance its client (%i)", async (maxClientInfo, most) => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ maxClientInfo });
        expect((await stack.up(FLEET)).infos).toEqual(["60 installed"]);
        expect(stack.calls("CreateClients")).toBeLessThanOrEqual(most);
        expect((await stack.up({ ...FLEET, triggers: [1] })).infos).toEqual(["60 reinstalled"]);
        expect(stack.calls("CreateClients")).toBeLessThanOrEqual(2 * most);
        expect(stack.duplicateInstalls).toBe(0);
    });
});

describe("a vault that is still INITIALIZING", () => {
    function initializing(initializingVault: string): VirtualStack {
        const stack = new VirtualStack({ world: { vaults: [{ vaultId: VAULT, status: "INITIALIZING" }] } });
        stack.simulator.setSwitches({ initializingVault });
        return stack;
    }

    test("is waited for where the service calls that a fault of its own", async () => {
        const stack = initializing("InitVaultError");
        void stack.clock.sleep(30_000).then(() => stack.simulator.patchVault(VAULT, { status: "CREATED" }));
        expect((await stack.up(FLEET)).infos).toEqual(["60 installed"]);
        expect(stack.duplicateInstalls).toBe(0);
    });

    test.each([
        ["InitVaultError", /^60 instances .*InitVaultError: .*; wait until the vault's status is CREATED/],
        ["VaultNotReady", /^60 instances .*VaultNotReady: The vault is being initialized/],
        ["VaultNotExist", /^CreateClients failed: VaultNotExist: The vault is being initialized/],
    ])(
        "ends the run with one reason where it stays so, and the next run goes on (%s)",
        async (code, reason) => {
            const stack = initializing(code);
            const end = await stack.up(FLEET);
            const others = end.reasons.slice(1).filter((text) => !text.startsWith("still to be done"));
            expect([end.reasons[0], ...others]).toEqual([expect.stringMatching(reason)]);
            expect(end.elapsedMs).toBeLessThan(120_000);
            stack.simulator.patchVault(VAULT, { status: "CREATED" });
            expect((await stack.up(FLEET)).infos).toEqual(["60 installed"]);
        },
    );
});

describe("a client whose uninstallation never ends", () => {
    test("is a failure after the service's limit, and is uninstalled by a later run", async () => {
        const stack = await installed(3);
        stack.simulator.setSwitches({ stuckUninstalling: true });
        const end = await stack.up({ instances: instances(2) });
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-003: TaskExpired: the uninstallation ended as UNINSTALL_FAILED/),
        ]);
        // It waits for the one, and then uninstalls it in vain: more than the time-out of one round.
        const waiting = await stack.destroy();
        expect(waiting.reasons.at(-1)).toMatch(/^left: i-001, i-002.* i-003 \(UNINSTALLING\)$/);
        stack.simulator.setSwitches({ stuckUninstalling: false });
        for (const { clientId } of stack.simulator.world().clients)
            stack.simulator.patchClient(clientId, { status: "UNINSTALL_FAILED" });
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(new Set(Object.values(stack.statuses()))).toEqual(new Set(["NOT_INSTALLED"]));
    });

    test("keeps a reinstallation from going further than its first batch", async () => {
        const stack = await installed(10);
        stack.simulator.setSwitches({ stuckUninstalling: true });
        const rollout = { batchSize: 2 };
        const end = await stack.up({ instances: instances(10), triggers: [1], rollout });
        expect(end.infos).toEqual(["2 failed, 8 pending"]);
        expect(stack.calls("UninstallClient")).toBe(2);
    });
});

describe("a service that refuses to uninstall a client on which something is in progress", () => {
    test.each(["INSTALLING", "REGISTERED", "INSTALL_FAILED"] as const)(
        "is asked again when that is over (%s)",
        async (status) => {
            const stack = await installed(2);
            stack.simulator.setSwitches({ uninstallWhileInstalling: "refuse" });
            const [client] = stack.simulator.world().clients;
            if (status === "INSTALL_FAILED")
                stack.simulator.patchInstance("i-001", { failInstall: "DiskFull" });
            // Another program installs it again while this one is about to uninstall it.
            stack.simulator.onRequest((action) => {
                if (action !== "UninstallClient") return;
                stack.simulator.onRequest(undefined);
                const now = status === "INSTALL_FAILED" ? "INSTALLING" : status;
                stack.simulator.patchClient(client?.clientId ?? "", { status: now });
            });
            expect((await stack.destroy()).reasons).toEqual([]);
            const left = status === "INSTALL_FAILED" ? status : "NOT_INSTALLED";
            expect(stack.statuses()).toEqual({ "i-001@cl-1": left, "i-002@cl-1": "NOT_INSTALLED" });
        },
    );
});

describe("a service that is slow, or angry", () => {
    test.each(["10s", "5m"])("answers with a long tail cost no duplicate (%s)", async (latencyTail) => {
        const stack = new VirtualStack();
        stack.simulator.setSwitches({ latencyTail });
        expect((await stack.up({ instances: instances(200) })).infos).toEqual(["200 installed"]);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.duplicateInstalls).toBe(0);
    });

    // Without the pause that grows, every call would come too early, and the penalty would never end.
    test.each([
        [1, true],
        [60, true],
        [20, false],
        [60, false],
    ])("calls wait out a penalty of %i s (said: %s)", async (seconds, retryAfter) => {
        const stack = new VirtualStack();
        stack.simulator.setLimits({ "*": { perSecond: 5, penaltyMs: seconds * 1_000, retryAfter } });
        expect((await stack.up(FLEET)).infos).toEqual(["60 installed"]);
        expect((await stack.destroy()).reasons).toEqual([]);
        const { log } = stack.simulator.requests();
        expect(log.filter(({ status }) => status === 400).length).toBeLessThan(100);
    });
});

test.each(RESULT_SHAPES)(
    "a Result as %s: whatever it tells, the list has the last word",
    async (resultShape) => {
        const stack = new VirtualStack({
            world: { instances: [{ instanceId: "i-002", failInstall: "DiskFull" }] },
        });
        stack.simulator.setSwitches({ resultShape });
        const end = await stack.up({ instances: instances(3) });
        expect(end.infos).toEqual(["2 installed, 1 failed"]);
        expect(end.reasons).toEqual([
            expect.stringMatching(/^i-002: the installation ended as INSTALL_FAILED \(DiskFull\)/),
        ]);
        const isTold = resultShape.endsWith("array");
        expect(stack.state?.clients["i-002"]?.errorCode).toBe(isTold ? "DiskFull" : "INSTALL_FAILED");
        expect((await stack.destroy()).reasons).toEqual([]);
    },
);
