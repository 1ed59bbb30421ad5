import { behind, LATEST } from "./behind";
import { instances, type VirtualStack } from "./virtualStack";

const MINUTE = 60_000;
const PROGRAM = { instances: instances(1), ...LATEST };

function offer({ simulator }: VirtualStack, latestVersion: string): void {
    simulator.setSwitches({ latestVersion });
}

describe("an upgrade to a version that the preview has not shown", () => {
    test.each(["reset-before", "status"] as const)(
        "is not made where that version comes while the call is repeated (%s)",
        async (kind) => {
            const stack = await behind(1);
            stack.simulator.addFault({
                action: "UpgradeClient",
                kind,
                status: 503,
                code: "ServiceUnavailable",
            });
            stack.simulator.onRequest((action) => {
                if (action === "UpgradeClient")
                    void stack.clock.sleep(1_000).then(() => {
                        offer(stack, "3.0.0");
                    });
            });
            const end = await stack.up(PROGRAM);
            expect(end).toMatchObject({ ok: true });
            expect(end.infos).toContain(
                "i-001: its agent is behind (2.10.3 → 3.0.0); the next preview shows its upgrade",
            );
            expect(stack.simulator.requests().upgrades).toEqual({});
            expect((await stack.up(PROGRAM)).infos).toEqual(["1 upgraded"]);
        },
    );
});

describe("an upgrade that brings another version than the preview has shown", () => {
    test("is said: a version may come between the last look at the list and the call", async () => {
        const stack = await behind(1);
        stack.simulator.onRequest((action) => {
            if (action === "UpgradeClient") offer(stack, "3.0.0");
        });
        expect(await stack.up(PROGRAM)).toMatchObject({
            infos: ["1 upgraded"],
            warnings: [
                "i-001: the upgrade brought version 3.0.0 and not 2.11.0, as its preview showed; the service decides what it brings",
            ],
        });
    });
});

describe("a version that has come since an upgrade was begun", () => {
    test.each([false, true])(
        "is the next one, though no run has seen the end of that (refreshed: %p)",
        async (isRefreshed) => {
            const stack = await behind(1);
            await stack.up(PROGRAM, { kind: "Ctrl-C", afterMs: 2_000 });
            await stack.clock.sleep(3 * MINUTE);
            offer(stack, "3.0.0");
            if (isRefreshed) await stack.refresh();
            const ends = [await stack.up(PROGRAM), await stack.up(PROGRAM)];
            expect(ends.flatMap(({ warnings }) => warnings)).toEqual([]);
            expect(stack.state?.clients["i-001"]).toMatchObject({ clientVersion: "3.0.0" });
        },
    );

    test.each([false, true])(
        "is tried though the upgrade before has changed nothing (refreshed: %p)",
        async (isRefreshed) => {
            const stack = await behind(1);
            stack.simulator.setSwitches({ ignoreUpgrade: true });
            await stack.up(PROGRAM, { kind: "Ctrl-C", afterMs: 2_000 });
            await stack.clock.sleep(3 * MINUTE);
            stack.simulator.setSwitches({ ignoreUpgrade: false });
            offer(stack, "3.0.0");
            if (isRefreshed) await stack.refresh();
            await stack.up(PROGRAM);
            await stack.up(PROGRAM);
            expect(stack.state?.clients["i-001"]).toMatchObject({ clientVersion: "3.0.0" });
        },
    );

    test("is tried though it came while an upgrade changed nothing", async () => {
        const stack = await behind(1);
        stack.simulator.setSwitches({ ignoreUpgrade: true });
        void stack.clock.sleep(10_000).then(() => {
            offer(stack, "3.0.0");
        });
        const end = await stack.up(PROGRAM);
        expect(end.warnings).toEqual([
            expect.stringMatching(/until there is a later version than 2\.11\.0$/),
        ]);
        expect(stack.state?.clients["i-001"]).toMatchObject({
            latestVersion: "3.0.0",
            settingsNotTaken: { latestVersion: "2.11.0" },
        });
        stack.simulator.setSwitches({ ignoreUpgrade: false });
        expect((await stack.up(PROGRAM)).infos).toEqual(["1 upgraded"]);
    });
});

describe("a latest version that the service takes back", () => {
    test.each(["2.10.3", "odd"])("does not end the upgrade that has begun (%s)", async (version) => {
        const stack = await behind(1);
        stack.simulator.setSwitches({ listLag: "8s", ignoreUpgrade: true });
        stack.simulator.onRequest((action) => {
            if (action === "UpgradeClient") offer(stack, version);
        });
        const end = await stack.up(PROGRAM);
        expect(stack.statuses()).toEqual({ "i-001@cl-1": "ACTIVATED" });
        expect(end.infos).toEqual(["1 not upgraded"]);
    });

    test("is not tried again, nor an earlier one, where an upgrade has not brought it", async () => {
        const stack = await behind(1);
        stack.simulator.setSwitches({ ignoreUpgrade: true });
        await stack.up(PROGRAM);
        for (const version of ["2.10.9", "2.10.3", "odd", "2.11.0"]) {
            offer(stack, version);
            await stack.refresh();
            expect(await stack.up(PROGRAM)).toMatchObject({ infos: ["unchanged"] });
        }
        expect(stack.calls("UpgradeClient")).toBe(1);
    });
});
