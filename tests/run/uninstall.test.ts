import { client } from "../fleet/builders";
import { BOTH, error, ONE, REJECTED, removed, SECOND, STAYS, TWO, UNAVAILABLE } from "./removals";
import type { Script } from "./scripted";

describe("an uninstallation that the service refuses", () => {
    test.each(["InvalidParameter", "NoSuchThing"])("has failed at once (%s)", async (code) => {
        const refused = error("rejected", code);
        const { run, writes, elapsedMs } = await removed(ONE, {
            clients: STAYS,
            refuse: () => refused,
        });
        expect(writes).toHaveLength(1);
        expect(run.record.failures.get("i-1")).toMatchObject({ code });
        expect(run.record.entries.get("i-1")).toMatchObject({
            status: "ACTIVATED",
            installed: true,
            pendingAction: "uninstall",
        });
        expect(elapsedMs).toBeLessThan(SECOND);
    });

    test("because the client is gone is none in a destroy; beside a program, the list has to agree", async () => {
        const refuse = () => error("notFound", "ClientNotExist");
        const destroyed = await removed(ONE, { refuse, clients: STAYS });
        expect(destroyed.run.record.counts).toMatchObject({ "already gone": 1 });
        const kept = await removed(ONE, { refuse, isDestroy: false, clients: STAYS });
        expect(kept.run.record.failures.get("i-1")).toMatchObject({ code: "ClientNotExist" });
        expect(kept.elapsedMs).toBeGreaterThanOrEqual(10 * SECOND);
        const gone = await removed(ONE, {
            refuse,
            isDestroy: false,
            clients: (at) => (at < 5 * SECOND ? [client("i-1", "ACTIVATED")] : []),
        });
        expect(gone.run.record.counts).toMatchObject({ "already gone": 1 });
    });

    test.each(["InvalidInstanceId.NotFound", "InstanceNotExists"])(
        "because of %s counts as gone",
        async (code) => {
            const { run, elapsedMs } = await removed(ONE, {
                clients: STAYS,
                refuse: () => error("notFound", code),
            });
            expect(elapsedMs).toBeLessThan(SECOND);
            expect(run.record.counts).toMatchObject({ "already gone": 1 });
            expect([...run.record.failures]).toEqual([]);
        },
    );

    test("because the vault is gone stops the run, and nothing is recorded as done", async () => {
        const refused = error("notFound", "VaultNotExist");
        const { run } = await removed(TWO, { clients: BOTH, refuse: () => refused, isDestroy: false });
        expect(run.halt.stopped).toBe(refused);
        expect(run.record.entries.size).toBe(2);
        expect([...run.record.failures]).toEqual([]);
    });

    test("because the account may not stops the run with one call", async () => {
        const refused = error("account", "NoPermission");
        const { run, writes } = await removed(TWO, { clients: BOTH, refuse: () => refused });
        expect(writes).toHaveLength(1);
        expect(run.halt.stopped).toBe(refused);
        expect([...run.record.failures]).toEqual([]);
        expect(run.record.entries.size).toBe(2);
    });
});

describe("an uninstallation whose answer is lost", () => {
    const lost = () => UNAVAILABLE;

    test("is not called again where the list shows it under way, or done", async () => {
        for (const status of ["UNINSTALLING", "NOT_INSTALLED"] as const) {
            const { run, writes } = await removed(ONE, {
                refuse: lost,
                clients: (at) => [
                    client(
                        "i-1",
                        at < 5 * SECOND ? "ACTIVATED" : at < 60 * SECOND ? status : "NOT_INSTALLED",
                    ),
                ],
            });
            expect(writes).toHaveLength(1);
            expect(run.record.counts).toMatchObject({ uninstalled: 1 });
        }
        const { run } = await removed(ONE, {
            refuse: lost,
            clients: (at) => (at < 5 * SECOND ? [client("i-1", "ACTIVATED")] : []),
        });
        expect(run.record.counts).toMatchObject({ uninstalled: 1 });
    });

    test("is called again ten seconds later where nothing has happened, five times in all", async () => {
        const once = await removed(ONE, {
            refuse: (_, writes) => (writes.length === 1 ? UNAVAILABLE : undefined),
            clients: (_at, writes) => [client("i-1", writes.length < 2 ? "ACTIVATED" : "NOT_INSTALLED")],
        });
        expect(once.writes).toHaveLength(2);
        expect(once.elapsedMs).toBeGreaterThanOrEqual(10 * SECOND);
        expect(once.run.record.counts).toMatchObject({ uninstalled: 1 });
        const always = await removed(ONE, { refuse: lost, clients: STAYS });
        expect(always.writes).toHaveLength(5);
        expect(always.run.record.failures.get("i-1")).toMatchObject({ code: "InternalError" });
    });

    test("or that is refused, waits for other work on the client, and comes again where that leaves an agent", async () => {
        for (const refused of [UNAVAILABLE, REJECTED])
            for (const end of ["ACTIVATED", "INSTALL_FAILED"] as const) {
                const { run, writes } = await removed(ONE, {
                    refuse: (_, done) => (done.length === 1 ? refused : undefined),
                    clients: (at, done) => {
                        const busy = at < 60 * SECOND ? "UPGRADING" : end;
                        const after = done.length > 1 ? "NOT_INSTALLED" : busy;
                        return [client("i-1", at === 0 && done.length === 0 ? "ACTIVATED" : after)];
                    },
                });
                expect(writes).toHaveLength(end === "ACTIVATED" ? 2 : 1);
                expect(run.record.counts).toMatchObject({ uninstalled: 1 });
            }
    });
});

describe("a record that is to be deleted", () => {
    const removal = "UninstallAndDelete";
    const gone: Script["clients"] = (_at, writes) =>
        writes.includes("uninstall c-i-1") ? [client("i-1", "NOT_INSTALLED")] : [client("i-1", "ACTIVATED")];
    const onDelete = (reason: Error) => (write: string) => (write.startsWith("delete") ? reason : undefined);

    test("is deleted if it is gone already, whatever the service says", async () => {
        const { run } = await removed(ONE, {
            removal,
            clients: gone,
            refuse: onDelete(error("notFound", "ClientNotExist")),
        });
        expect(run.record.counts).toMatchObject({ uninstalled: 1 });
        for (const [reason, word] of [
            [UNAVAILABLE, "uninstalled and deleted"],
            [REJECTED, "uninstalled"],
        ] as const) {
            const clients: Script["clients"] = (at, writes) =>
                writes.some((each) => each.startsWith("delete")) ? [] : gone(at, writes);
            const { run: other, writes } = await removed(ONE, { removal, clients, refuse: onDelete(reason) });
            expect(other.record.counts).toMatchObject({ [word]: 1 });
            expect(writes).toHaveLength(2);
        }
    });

    test("is tried five times in all, as long as that may help, and stays pending otherwise", async () => {
        for (const [reason, calls] of [
            [UNAVAILABLE, 5],
            [REJECTED, 5],
            [error("notFound", "ResourceNotFound"), 1],
        ] as const) {
            const { run, writes, elapsedMs } = await removed(ONE, {
                removal,
                clients: gone,
                refuse: onDelete(reason),
            });
            expect(elapsedMs).toBeGreaterThanOrEqual(calls * 10 * SECOND);
            expect(writes.filter((each) => each.startsWith("delete"))).toHaveLength(calls);
            expect(run.record.failures.get("i-1")).toMatchObject({ code: reason.code });
            expect(run.record.entries.get("i-1")).toMatchObject({
                status: "NOT_INSTALLED",
                pendingAction: "uninstall",
            });
            expect(run.record.counts).toMatchObject({ uninstalled: 0, "uninstalled and deleted": 0 });
        }
    });
});
