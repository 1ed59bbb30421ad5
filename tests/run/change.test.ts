import type { FaultInput } from "../../simulator/index";
import { claim } from "../../provider/claims";
import { installed } from "./installed";
import { instances, VAULT, VirtualStack } from "./virtualStack";

const MINUTE = 60_000;

/** The removal that leaves nothing. */
const DELETING = { removal: "UninstallAndDelete" } as const;

/** What a removal that did not reach its end says besides the reasons. */
const REMOVAL_WORDS = [expect.stringMatching(/^run the same command again/) as string];

/** The first `count` instances, the first of them in another cluster. */
function withFirstMoved(count: number): object[] {
    return instances(count).map((instance, index) =>
        index === 0 ? { ...instance, clusterId: "cl-2" } : instance,
    );
}

describe("a change of the fleet", () => {
    test("one instance more and one less touch only those", async () => {
        const stack = await installed(3, DELETING);
        await stack.up({ instances: instances(4).slice(1), ...DELETING });
        expect(stack.statuses()).toEqual({
            "i-002@cl-1": "ACTIVATED",
            "i-003@cl-1": "ACTIVATED",
            "i-004@cl-1": "ACTIVATED",
        });
        expect(stack.simulator.requests().installs).toEqual({ "i-004": 1 });
        expect(stack.calls("UninstallClient")).toBe(1);
        expect(stack.calls("DeleteClient")).toBe(1);
    });

    test("with nothing to install shows that clients are being uninstalled", async () => {
        const stack = await installed(3);
        const { statuses } = await stack.up({ instances: instances(2) });
        expect(statuses.filter((text) => /install/.test(text)).length).toBeGreaterThan(0);
        expect(statuses.filter((text) => /\binstalling/.test(text))).toEqual([]);
    });

    test.each([
        ["UninstallAndDelete", undefined, 1, 1],
        ["Uninstall", "NOT_INSTALLED", 1, 0],
        ["Retain", "ACTIVATED", 0, 0],
    ])("another cluster, removal %s", async (removal, oldStatus, uninstalls, deletions) => {
        const stack = await installed(3, { removal });
        const end = await stack.up({ instances: withFirstMoved(3), removal });
        expect(end.reasons).toEqual([]);
        expect(stack.statuses()["i-001@cl-1"]).toBe(oldStatus);
        expect(stack.statuses()["i-001@cl-2"]).toBe("ACTIVATED");
        expect(stack.calls("UninstallClient")).toBe(uninstalls);
        expect(stack.calls("DeleteClient")).toBe(deletions);
        expect(stack.simulator.requests().installs).toEqual({ "i-001": 1 });
        expect(end.warnings.some((text) => /^i-001: the client in the old cluster stays/.test(text))).toBe(
            removal === "Retain",
        );
        expect(stack.state?.clients["i-001"]).toMatchObject({ clusterId: "cl-2", status: "ACTIVATED" });
    });

    test("another cluster, where the old client is another resource's now: one line for all, and no warning", async () => {
        const stack = await installed(3, { __urn: "urn:one", removal: "Retain" });
        const claimed = { region: "cn-hangzhou", vaultId: VAULT, clusterId: "cl-1" };
        claim(
            "urn:two",
            ["i-001", "i-002"].map((instanceId) => ({ ...claimed, instanceId })),
        );
        try {
            const moved = instances(3).map((each) =>
                each.instanceId === "i-003" ? each : { ...each, clusterId: "cl-2" },
            );
            const end = await stack.up({ instances: moved, __urn: "urn:one", removal: "Retain" });
            expect(end.infos).toContainEqual(
                expect.stringMatching(/^i-001, i-002: not removed: another resource/),
            );
            expect(end.warnings).toEqual([]);
        } finally {
            claim("urn:two", []);
        }
    });

    test("another cluster where a healthy client is already: taken over", async () => {
        const stack = new VirtualStack({
            world: { clients: [{ vaultId: VAULT, instanceId: "i-001", clusterId: "cl-2", clientId: "c-2" }] },
        });
        await stack.up({ instances: instances(1), ...DELETING });
        stack.simulator.resetRequests();
        expect((await stack.up({ instances: withFirstMoved(1), ...DELETING })).reasons).toEqual([]);
        expect(stack.calls("CreateClients")).toBe(0);
        expect(stack.statuses()).toEqual({ "i-001@cl-2": "ACTIVATED" });
    });

    test.each([true, false])(
        "a changed setting reinstalls in batches (keepClientId %p)",
        async (keepClientId) => {
            const stack = await installed(5);
            stack.simulator.setSwitches({ keepClientId });
            const end = await stack.up({
                instances: instances(5),
                triggers: [1],
                rollout: { batchSize: 2, parallelism: 1 },
            });
            expect(end.infos).toContain("5 reinstalled");
            expect(stack.calls("UninstallClient")).toBe(5);
            expect(stack.calls("CreateClients")).toBe(3);
            expect(stack.duplicateInstalls).toBe(0);
            expect(stack.statuses()).toEqual(
                Object.fromEntries(instances(5).map(({ instanceId }) => [`${instanceId}@cl-1`, "ACTIVATED"])),
            );
        },
    );

    test("one batch is reinstalled before the next is touched", async () => {
        const stack = await installed(4);
        await stack.up({ instances: instances(4), triggers: [1], rollout: { batchSize: 2, parallelism: 1 } });
        const { log } = stack.simulator.requests();
        const writes = log
            .filter(({ action }) => /^(Create|Uninstall)/.test(action))
            .map(({ action }) => action);
        expect(writes).toEqual([
            "UninstallClient",
            "UninstallClient",
            "CreateClients",
            "UninstallClient",
            "UninstallClient",
            "CreateClients",
        ]);
    });

    test("settings of the resource alone need no call", async () => {
        const stack = await installed(2);
        const end = await stack.up({ instances: instances(2), removal: "Retain", rollout: { batchSize: 5 } });
        expect(end.infos).toEqual(["plan: record settings"]);
        expect(stack.simulator.requests().total).toBe(0);
        expect(stack.state).toMatchObject({ removal: "Retain", rollout: { batchSize: 5 } });
    });

    test("a reinstallation that fails halfway leaves the truth in the state, and is finished by the next run", async () => {
        const stack = await installed(3);
        stack.simulator.patchInstance("i-002", { failInstall: "AgentDownloadFailed" });
        const program = { instances: instances(3), triggers: [1] };
        expect((await stack.up(program)).reasons).toEqual([
            expect.stringMatching(/^i-002: .*INSTALL_FAILED \(AgentDownloadFailed\)/),
        ]);
        expect(stack.state?.clients["i-002"]).toMatchObject({
            status: "INSTALL_FAILED",
            installed: false,
            pendingAction: "install",
        });
        stack.simulator.patchInstance("i-002", { failInstall: null });
        stack.simulator.resetRequests();
        await stack.refresh();
        expect((await stack.up(program)).reasons).toEqual([]);
        expect(stack.simulator.requests().installs).toEqual({ "i-002": 1 });
    });
});

describe("drift", () => {
    test("a client that is gone and one that is broken are repaired, just those", async () => {
        const stack = await installed(4);
        const [one, two] = stack.simulator.world().clients;
        stack.simulator.deleteClient(one?.clientId ?? "");
        stack.simulator.patchClient(two?.clientId ?? "", { status: "DEACTIVATED" });
        await stack.refresh();
        const end = await stack.up({ instances: instances(4) });
        expect(end.reasons).toEqual([]);
        expect(stack.simulator.requests().installs).toEqual({ "i-001": 1, "i-002": 1 });
        expect(Object.values(stack.statuses())).toEqual(Array(4).fill("ACTIVATED"));
    });

    test("a client that is disconnected is reported and left alone", async () => {
        const stack = await installed(2);
        stack.simulator.patchClient(stack.simulator.world().clients[0]?.clientId ?? "", {
            status: "UNKNOWN",
        });
        await stack.refresh();
        expect(stack.state?.clients["i-001"]).toMatchObject({ status: "UNKNOWN", installed: true });
        expect((await stack.up({ instances: instances(2) })).infos).toEqual(["unchanged"]);
    });
});

describe("a removal", () => {
    test.each([
        ["UninstallAndDelete", {}],
        ["Uninstall", { "i-001@cl-1": "NOT_INSTALLED", "i-002@cl-1": "NOT_INSTALLED" }],
        ["Retain", { "i-001@cl-1": "ACTIVATED", "i-002@cl-1": "ACTIVATED" }],
    ])("%s", async (removal, left) => {
        const stack = await installed(2, { removal });
        const end = await stack.destroy();
        expect(end.reasons).toEqual([]);
        expect(stack.statuses()).toEqual(left);
        expect(end.warnings.some((text) => /i-001/.test(text))).toBe(removal === "Retain");
    });

    test("of clients that are gone already is a success", async () => {
        const stack = await installed(2, DELETING);
        for (const { clientId } of stack.simulator.world().clients) stack.simulator.deleteClient(clientId);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.calls("UninstallClient")).toBe(0);
    });

    test("of which one fails is an error that names it; the next one removes the rest", async () => {
        const stack = await installed(3, DELETING);
        stack.simulator.patchInstance("i-002", { cloudAssistant: false });
        const end = await stack.destroy();
        expect(end.reasons).toEqual([
            expect.stringMatching(
                /^i-002: .*UNINSTALL_FAILED \(CloudAssistNotRunningOnInstance\).*; .*start the Cloud Assistant/,
            ),
            ...REMOVAL_WORDS,
            "left: i-002 (UNINSTALL_FAILED)",
        ]);
        expect(stack.statuses()).toEqual({ "i-002@cl-1": "UNINSTALL_FAILED" });
        stack.simulator.patchInstance("i-002", { cloudAssistant: true });
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({});
    });

    test("of a client whose instance is no more deletes its record", async () => {
        const stack = await installed(2, DELETING);
        stack.simulator.patchInstance("i-001", { state: "Released" });
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({});
    });

    test("waits for an installation that is under way, then uninstalls", async () => {
        const stack = new VirtualStack({ installTime: 5 * MINUTE });
        await stack.up({ instances: instances(2), ...DELETING, __timeouts: { create: "30s" } });
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({});
        expect(stack.calls("UninstallClient")).toBe(2);
    });

    test("of many clients looks at pages of the list, not at one task each", async () => {
        const stack = await installed(150);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.calls("UninstallClient")).toBe(150);
        expect(stack.calls("DescribeClients")).toBeLessThan(100);
        expect(stack.calls("DescribeTask")).toBe(0);
    });

    test("of many clients, one by one because of a limit, does not read the list all the time", async () => {
        const stack = await installed(300);
        stack.simulator.setLimits({ UninstallClient: { perSecond: 5 } });
        const before = stack.calls("DescribeClients");
        expect((await stack.destroy()).reasons).toEqual([]);
        // Some 70 s of uninstalling, 4 pages a look.
        expect(stack.calls("DescribeClients") - before).toBeLessThan(300);
    });

    test.each([
        ["task-failed", "TaskFailed"],
        ["task-expired", "TaskExpired"],
        ["task-cancelled", "TaskCancelled"],
    ] as const)("whose task ends as %s is an error; the next one removes it", async (kind, code) => {
        const stack = await installed(2, DELETING);
        stack.simulator.addFault({ action: "UninstallClient", kind });
        expect((await stack.destroy()).reasons).toEqual([
            expect.stringMatching(new RegExp(`^i-001: .*UNINSTALL_FAILED.*${code}`)),
            ...REMOVAL_WORDS,
            "left: i-001 (UNINSTALL_FAILED)",
        ]);
        expect((await stack.destroy()).reasons).toEqual([]);
        expect(stack.statuses()).toEqual({});
    });

    test("whose task vanishes is judged by the list", async () => {
        const stack = await installed(2, DELETING);
        stack.simulator.addFault({ action: "UninstallClient", kind: "task-vanishes" });
        expect((await stack.destroy()).reasons).toEqual([]);
    });

    test("leaves a client to another resource of the program that declares it now", async () => {
        const stack = await installed(2, { __urn: "urn:one" });
        const moved = { region: "cn-hangzhou", vaultId: VAULT, instanceId: "i-001", clusterId: "cl-1" };
        claim("urn:two", [moved]);
        try {
            const end = await stack.up({ instances: instances(2).slice(1), __urn: "urn:one" });
            expect(end.reasons).toEqual([]);
            expect(end.infos).toContainEqual(
                expect.stringMatching(/^i-001: .*not removed: another resource/),
            );
        } finally {
            claim("urn:two", []);
        }
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED", "i-002@cl-1": "ACTIVATED" });
        expect(Object.keys(stack.state?.clients ?? {})).toEqual(["i-002"]);
    });

    const LOST: FaultInput["kind"][] = ["reset-before", "reset-after", "hang", "not-json", "empty-body"];
    test.each(
        ["UninstallClient", "DeleteClient"].flatMap((action) =>
            LOST.flatMap((kind) => [0, 5_000].map((listLag) => [action, kind, listLag] as const)),
        ),
    )(
        "with a lost answer to %s (%s), the list %i ms behind, leaves nothing",
        async (action, kind, listLag) => {
            const stack = await installed(3, DELETING);
            stack.simulator.setSwitches({ listLag });
            await stack.clock.sleep(10_000);
            stack.simulator.addFault({ action, kind });
            const end = await stack.destroy();
            expect(end.reasons).toEqual([]);
            expect(stack.statuses()).toEqual({});
            const lostBefore = kind === "reset-before" || kind === "hang";
            const tries = stack.simulator.requests().log.filter((request) => request.action === action);
            expect(tries.length).toBe(lostBefore ? 4 : 3);
        },
    );
});
