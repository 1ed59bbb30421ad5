import type { ClientEntry, FleetSpec, ObservedClient } from "../../provider/fleet/model";
import type { ClientStatus } from "../../provider/fleet/status";
import { type ErrorClass, HbrError } from "../../provider/hbr/errors";
import { Cancelled } from "../../provider/interrupted";
import { Batch } from "../../provider/run/halt";
import { Planner } from "../../provider/run/planner";
import { Upgrader } from "../../provider/run/upgrade";
import { client, declared, entry, spec } from "../fleet/builders";
import { type Script, ScriptedRun } from "./scripted";

const SECOND = 1_000;
const VERSIONS = { clientVersion: "2.1.0", maxVersion: "2.2.0" };

function error(errorClass: ErrorClass, code: string): HbrError {
    return new HbrError(`failed: ${code}`, { operation: "UpgradeClient", errorClass, code });
}

const UNAVAILABLE = error("unavailable", "InternalError");

/** A client as the list shows it before. */
function before(id: string, more: Partial<ObservedClient> = {}): ObservedClient {
    return client(id, "ACTIVATED", { ...VERSIONS, ...more });
}

/** A list in which a client is upgraded for a minute, once that was called. */
function upgraded(version = "2.2.0", status: ClientStatus = "ACTIVATED"): Script["clients"] {
    let since: number | undefined;
    return (at, writes) => {
        if (writes.length > 0) since ??= at;
        if (since === undefined) return [before("i-1")];
        if (at < since + 60 * SECOND) return [before("i-1", { status: "UPGRADING" })];
        return [before("i-1", { status, clientVersion: version })];
    };
}

/** The upgrade that a preview has shown of these instances, at once or after another look at the list. */
async function upgrade(
    { isLate, ...script }: Partial<Script> & { readonly isLate?: boolean },
    ids: readonly string[] = ["i-1"],
) {
    const program: FleetSpec = spec(
        ids.map((id) => declared(id)),
        { upgrades: "Latest" },
    );
    const entries = ids.map((id): ClientEntry =>
        entry(id, "ACTIVATED", { clientVersion: "2.1.0", latestVersion: VERSIONS.maxVersion }),
    );
    const clients = (): ObservedClient[] => ids.map((id) => before(id));
    const scripted = new ScriptedRun({ clients, declared: program, entries, ...script });
    const { run, writes } = scripted;
    const planner = new Planner(run);
    const { index } = await run.watch.look();
    const plan = planner.plan(index);
    planner.apply(plan);
    expect(plan.map(({ kind }) => kind)).toEqual(ids.map(() => "upgrade"));
    if (isLate) {
        await run.clock.sleep(10 * SECOND);
        await run.watch.look();
    }
    const { room } = await run.inFlight.take([...ids], ids.length, false);
    const batch = new Batch(run.halt, ids, room, { changesHealthy: true, upgrades: true });
    const upgrader = new Upgrader(run, planner);
    const work = Promise.all(plan.map((action) => upgrader.upgrade(batch, action)));
    // It may end before it is waited for.
    work.catch(() => undefined);
    // Asked, and looked at, once the first calls are answered.
    await run.clock.sleep(1);
    const underWay = run.record.entries.get("i-1");
    let decidedAt = Infinity;
    void run.halt.mayChangeHealthy().then(() => (decidedAt = scripted.elapsedMs));
    const ends = await work;
    const undecided = decidedAt === Infinity;
    batch.ended(run.record.failures, new Map());
    const { elapsedMs } = scripted;
    return { run, writes, ends, remarks: scripted.remarks(), elapsedMs, underWay, undecided, decidedAt };
}

describe("an upgrade", () => {
    test("to the version that its preview has shown is done, and says nothing", async () => {
        const { run, ends, remarks } = await upgrade({ clients: upgraded() });
        expect(ends).toEqual(["judged"]);
        expect(run.record.counts).toMatchObject({ upgraded: 1, "not upgraded": 0 });
        expect(run.record.taskIds).toEqual(["t-upgrade c-i-1"]);
        expect(run.record.entries.get("i-1")).toEqual(entry("i-1", "ACTIVATED", { clientVersion: "2.2.0" }));
        expect(remarks).toEqual([]);
    });

    test("to another version is done, with a warning", async () => {
        const { run, remarks } = await upgrade({ clients: upgraded("2.1.5") });
        expect(run.record.counts).toMatchObject({ upgraded: 1 });
        expect(run.record.entries.get("i-1")).not.toHaveProperty("settingsNotTaken");
        expect(remarks).toEqual([
            "warning: i-1: the upgrade brought version 2.1.5 and not 2.2.0, as its preview showed; the service decides what it brings",
        ]);
    });

    test("that leaves the version as it was is warned of, recorded, and counted as such", async () => {
        const clients = upgraded("2.1.0");
        const { run, remarks } = await upgrade({ clients, task: () => ({ state: "completed" }) });
        expect(run.record.counts).toMatchObject({ upgraded: 0, "not upgraded": 1 });
        expect(run.record.entries.get("i-1")).toMatchObject({
            settingsNotTaken: { latestVersion: "2.2.0" },
        });
        expect(run.record.entries.get("i-1")).not.toHaveProperty("pendingAction");
        expect(remarks).toEqual([expect.stringMatching(/^warning: i-1: the upgrade left version 2\.1\.0/)]);
    });

    test("that fails stays pending, with the client as the list shows it", async () => {
        const clients = upgraded("2.1.0", "UPGRADE_FAILED");
        const { run, ends } = await upgrade({ clients, task: () => ({ state: "failed" }) });
        expect(ends).toEqual(["judged"]);
        expect(run.record.failures.get("i-1")).toMatchObject({ code: "TaskFailed" });
        expect(run.record.entries.get("i-1")).toMatchObject({
            status: "UPGRADE_FAILED",
            installed: true,
            pendingAction: "upgrade",
        });
        const gone: Script["clients"] = (_at, writes) => (writes.length > 0 ? [] : [before("i-1")]);
        const lost = await upgrade({ clients: gone, task: () => ({ state: "completed" }) });
        expect(lost.run.record.failures.get("i-1")).toMatchObject({ code: "NOT_INSTALLED" });
        expect(lost.run.record.entries.get("i-1")).toMatchObject({
            status: "NOT_INSTALLED",
            installed: false,
            clientId: "c-i-1",
        });
    });
});

describe("the call of an upgrade", () => {
    test("that is taken stands in the state at once, with its task", async () => {
        const { underWay } = await upgrade({ clients: upgraded() });
        expect(underWay).toMatchObject({
            status: "UPGRADING",
            pendingAction: "upgrade",
            taskId: "t-upgrade c-i-1",
        });
    });

    test("lets other healthy clients wait if it may not be taken, until one of the batch is", async () => {
        const refuse: Script["refuse"] = (call) => (call.endsWith("i-1") ? UNAVAILABLE : undefined);
        const alone = await upgrade({ refuse });
        expect(alone.undecided).toBe(true);
        const both = (_at: number, writes: readonly string[]): ObservedClient[] => [
            before("i-1"),
            before("i-2", writes.length > 0 ? { clientVersion: "2.2.0" } : {}),
        ];
        const { decidedAt } = await upgrade({ refuse, clients: both }, ["i-1", "i-2"]);
        expect(decidedAt).toBeLessThan(SECOND);
        const taken = await upgrade({ clients: upgraded() });
        expect(taken.decidedAt).toBeLessThan(SECOND);
    });

    test("is not made for a client that is not what its preview has shown any more", async () => {
        for (const change of [{ clientVersion: "2.2.0" }, { status: "DEACTIVATED" as const }]) {
            const clients: Script["clients"] = (at) => [before("i-1", at > 5 * SECOND ? change : {})];
            const { ends, writes, run } = await upgrade({ clients, isLate: true });
            expect(writes).toEqual([]);
            expect(ends).toEqual(["again"]);
            expect([...run.record.failures]).toEqual([]);
        }
    });

    test.each([
        ["the account may not, after one call", error("account", "NoPermission"), 1],
        ["the vault is gone", error("notFound", "VaultNotExist"), 2],
    ])("stops the run where %s, and leaves the clients as they are", async (_, refused, calls) => {
        const { run, ends, writes } = await upgrade({ refuse: () => refused }, ["i-1", "i-2"]);
        expect(ends).toEqual(["untried", "untried"]);
        expect(writes.length).toBeLessThanOrEqual(calls);
        expect(run.halt.stopped).toBe(refused);
        expect([...run.record.failures]).toEqual([]);
        expect(run.record.entries.get("i-1")).toMatchObject({
            status: "ACTIVATED",
            pendingAction: "upgrade",
        });
    });

    test("that is refused fails at once, and keeps further healthy clients as they are", async () => {
        const refused = error("rejected", "InvalidParameter");
        const { run, writes, elapsedMs } = await upgrade({ refuse: () => refused });
        expect(writes).toHaveLength(1);
        expect(elapsedMs).toBeLessThan(SECOND);
        expect(run.record.failures.get("i-1")).toMatchObject({ code: "InvalidParameter" });
        expect(run.halt.keepsAgents).toMatchObject({ instanceIds: ["i-1"] });
    });

    test("whose answer is lost is not made again where the list shows its effect, else five times in all", async () => {
        const begun = await upgrade({ clients: upgraded(), refuse: () => UNAVAILABLE });
        expect(begun.writes).toHaveLength(1);
        expect(begun.run.record.counts).toMatchObject({ upgraded: 1 });
        const over: Script["clients"] = (at) => [
            before("i-1", at > 5 * SECOND ? { clientVersion: "2.2.0" } : {}),
        ];
        expect((await upgrade({ clients: over, refuse: () => UNAVAILABLE })).writes).toHaveLength(1);
        const sudden = await upgrade({
            clients: (_at, writes) => [before("i-1", writes.length > 0 ? { clientVersion: "2.2.0" } : {})],
            refuse: () => UNAVAILABLE,
        });
        expect(sudden.ends).toEqual(["judged"]);
        expect(sudden.run.record.counts).toMatchObject({ upgraded: 1 });
        const never = await upgrade({ refuse: () => UNAVAILABLE });
        expect(never.writes).toHaveLength(5);
        expect(never.elapsedMs).toBeGreaterThanOrEqual(50 * SECOND);
        expect(never.run.record.failures.get("i-1")).toMatchObject({ code: "InternalError" });
    });

    test("that is cut off is no failure of its client", async () => {
        await expect(upgrade({ refuse: () => new Cancelled() })).rejects.toBeInstanceOf(Cancelled);
    });
});
