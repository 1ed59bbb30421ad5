import { behind, LATEST, versions } from "./behind";
import { instances } from "./virtualStack";

describe("an upgrade whose run does not see its end", () => {
    const program = { instances: instances(1), ...LATEST };

    test.each(["Ctrl-C", "killed"] as const)(
        "is waited for by the next one, and not made twice (%s)",
        async (kind) => {
            const stack = await behind(1);
            await stack.up(program, { kind, afterMs: 2_000 });
            expect(stack.statuses()).toEqual({ "i-001@cl-1": "UPGRADING" });
            const end = await stack.up(program);
            expect(end).toMatchObject({ reasons: [], infos: ["1 upgraded"], warnings: [] });
            expect(end.statuses.at(-1)).toBe("1/1 · waiting");
            expect(versions(stack)).toEqual(["2.11.0"]);
            expect(stack.calls("UpgradeClient")).toBe(1);
            expect(await stack.up(program)).toMatchObject({ infos: ["unchanged"] });
        },
    );

    test("has brought nothing only if the list, which may lag behind the task, still says so", async () => {
        const stack = await behind(1);
        await stack.clock.sleep(60_000);
        stack.simulator.setSwitches({ listLag: "8s" });
        await stack.up(program, { kind: "Ctrl-C", afterMs: 2_000 });
        expect(await stack.up(program)).toMatchObject({ infos: ["1 upgraded"], warnings: [] });
    });

    test("has failed again where its answer is lost and the list shows what it showed before", async () => {
        const stack = await behind(1);
        stack.simulator.patchInstance("i-001", { failUpgrade: "NoSpace" });
        await stack.up(program);
        stack.simulator.addFault({ action: "UpgradeClient", kind: "reset-after" });
        const end = await stack.up(program);
        expect(end.reasons).toEqual([expect.stringMatching(/^i-001: .*the upgrade ended as UPGRADE_FAILED/)]);
        expect(end.elapsedMs).toBeLessThan(3 * 60_000);
        expect(stack.simulator.requests().upgrades).toEqual({ "i-001": 2 });
    });

    test("is waited for, and counted as what it is, where the program says Manual by then", async () => {
        const stack = await behind(1);
        const manual = { instances: instances(1) };
        await stack.up(program, { kind: "Ctrl-C", afterMs: 2_000 });
        await stack.up(manual, { kind: "Ctrl-C", afterMs: 500 });
        expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "upgrade" });
        expect((await stack.up(manual)).infos).toEqual(["1 upgraded"]);
        expect(await stack.up(manual)).toMatchObject({ infos: ["unchanged"] });
    });

    test.each([0, 2])(
        "is counted where there is a later version by then, which the next preview shows (%i minutes later)",
        async (minutes) => {
            const stack = await behind(1);
            await stack.up(program, { kind: "Ctrl-C", afterMs: 2_000 });
            await stack.clock.sleep(minutes * 60_000);
            stack.simulator.setSwitches({ latestVersion: "2.12.0" });
            expect((await stack.up(program)).infos).toEqual([
                "i-001: its agent is behind (2.11.0 → 2.12.0); the next preview shows its upgrade",
                "1 upgraded",
            ]);
        },
    );

    test.each([0, 2])(
        "is not made again where it has left the version as it was (%i minutes later)",
        async (minutes) => {
            const stack = await behind(1);
            stack.simulator.setSwitches({ ignoreUpgrade: true });
            await stack.up(program, { kind: "Ctrl-C", afterMs: 2_000 });
            await stack.clock.sleep(minutes * 60_000);
            const end = await stack.up(program);
            expect(end).toMatchObject({
                infos: ["1 not upgraded"],
                warnings: [expect.stringMatching(/^i-001: the upgrade left version 2.10.3 as it was/)],
            });
            expect(stack.simulator.requests().upgrades).toEqual({ "i-001": 1 });
            expect(await stack.up(program)).toMatchObject({ infos: ["unchanged"] });
        },
    );

    test.each(["reset-before", "reset-after"] as const)(
        "is observed first where its answer is lost (%s)",
        async (kind) => {
            const stack = await behind(1);
            stack.simulator.addFault({ action: "UpgradeClient", kind });
            expect((await stack.up(program)).infos).toEqual(["1 upgraded"]);
            expect(stack.simulator.requests().upgrades).toEqual({ "i-001": 1 });
        },
    );

    test("is counted too where a refresh has seen the new version before its end", async () => {
        const stack = await behind(1);
        await stack.up(program, { kind: "Ctrl-C", afterMs: 2_000 });
        for (const { clientId } of stack.simulator.world().clients)
            stack.simulator.patchClient(clientId, { clientVersion: "2.11.0" });
        await stack.refresh();
        expect(stack.state?.clients["i-001"]).toMatchObject({
            status: "UPGRADING",
            pendingAction: "upgrade",
        });
        expect(await stack.up(program)).toMatchObject({ infos: ["1 upgraded"], warnings: [] });
        expect(stack.state?.clients["i-001"]).toMatchObject({ clientVersion: "2.11.0" });
    });

    test("fails where the service never ends it, and the next run asks again", async () => {
        const stack = await behind(1);
        stack.simulator.setSwitches({ stuckUpgrading: true });
        const end = await stack.up(program);
        expect(end.reasons[0]).toMatch(/^i-001: TaskExpired: the upgrade ended as UPGRADE_FAILED/);
        expect(stack.state?.clients["i-001"]).toMatchObject({ pendingAction: "upgrade" });
    });

    test("fails where the client disappears", async () => {
        const stack = await behind(1);
        void stack.clock.sleep(5_000).then(() => {
            for (const { clientId } of stack.simulator.world().clients)
                stack.simulator.deleteClient(clientId);
        });
        const end = await stack.up(program);
        expect(end.reasons[0]).toMatch(/^i-001: .*the upgrade ended as NOT_INSTALLED/);
        expect((await stack.up(program)).infos).toEqual(["1 repaired"]);
    });
});
