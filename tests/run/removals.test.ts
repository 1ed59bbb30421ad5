import type { FleetSpec, ObservedClient, Removal } from "../../provider/fleet/model";
import { planFleet } from "../../provider/fleet/plan";
import type { ClientStatus } from "../../provider/fleet/status";
import { Removals } from "../../provider/run/uninstall";
import { client, declared, entry, spec } from "../fleet/builders";
import { BOTH, error, ONE, REJECTED, removed, SECOND, shownAs, STAYS, TWO } from "./removals";
import { type Script, ScriptedRun } from "./scripted";

describe("a removal", () => {
    test("uninstalls, and leaves the records, which the summary says", async () => {
        const { run, removals, writes } = await removed(TWO, { clients: BOTH });
        expect(writes).toEqual(["uninstall c-i-1", "uninstall c-i-2"]);
        expect(run.record.counts).toMatchObject({ uninstalled: 2, "uninstalled and deleted": 0 });
        expect([...run.record.entries]).toEqual([]);
        expect(run.record.taskIds).toEqual(["t-uninstall c-i-1", "t-uninstall c-i-2"]);
        expect(removals.remains).toBe("their records stay in v-1");
    });

    test("deletes no record before the last agent is gone", async () => {
        const { run, removals, writes } = await removed(TWO, {
            removal: "UninstallAndDelete",
            clients: (at, done) =>
                BOTH(at, done).map((each) =>
                    each.instanceId === "i-2" && at < 60 * SECOND && done.includes("uninstall c-i-2")
                        ? { ...each, status: "UNINSTALLING" as const }
                        : each,
                ),
        });
        expect(writes.slice(2)).toEqual(["delete c-i-1", "delete c-i-2"]);
        expect(run.record.counts).toMatchObject({ "uninstalled and deleted": 2, uninstalled: 0 });
        expect(removals.remains).toBeUndefined();
    });

    test("counts what had no agent any more as gone, or as deleted, and names how many records stay", async () => {
        const clients = (at: number, writes: readonly string[]): readonly ObservedClient[] =>
            at === 0 ? BOTH(at, writes) : BOTH(at, [...writes, "uninstall c-i-2", "delete c-i-2"]);
        const gone = () => error("notFound", "ClientNotExist");
        const refuse = (write: string) => (write === "uninstall c-i-2" ? gone() : undefined);
        const { run, removals } = await removed(TWO, { clients, refuse });
        expect(run.record.counts).toMatchObject({ uninstalled: 1, "already gone": 1 });
        expect(removals.remains).toBe("1 of their records stay in v-1");
    });

    test("counts records without an agent from the beginning, gone where they stay, or deleted", async () => {
        const clients = shownAs({ "i-2": "NOT_INSTALLED" });
        const entries = [...ONE, entry("i-2", "NOT_INSTALLED", { clientId: "c-i-2" }), entry("i-3")];
        const kept = await removed(entries, { clients });
        expect(kept.writes).toEqual(["uninstall c-i-1"]);
        expect(kept.run.record.counts).toMatchObject({ uninstalled: 1, "already gone": 2 });
        expect(kept.removals.remains).toBe("2 of their records stay in v-1");
        expect([...kept.run.record.entries]).toEqual([]);
        const all = await removed(entries.slice(0, 2), { clients });
        expect(all.removals.remains).toBe("their records stay in v-1");
        const deleted = await removed(entries.slice(0, 2), { clients, removal: "UninstallAndDelete" });
        expect(deleted.writes).toEqual(["uninstall c-i-1", "delete c-i-1", "delete c-i-2"]);
        expect(deleted.run.record.counts).toMatchObject({ "uninstalled and deleted": 1, deleted: 1 });
    });

    test("that the client itself fails records the status that the list shows", async () => {
        const { run } = await removed(ONE, {
            clients: (_at, writes) => [client("i-1", writes.length > 0 ? "UNINSTALL_FAILED" : "ACTIVATED")],
            task: () => ({ state: "failed" }),
        });
        expect(run.record.entries.get("i-1")).toMatchObject({
            status: "UNINSTALL_FAILED",
            pendingAction: "uninstall",
            errorCode: "TaskFailed",
        });
    });

    test("ends with a fault of this package, in whichever call", async () => {
        const fault = new TypeError("a fault");
        for (const operation of ["uninstall", "delete"]) {
            const refuse = (write: string) => (write.startsWith(operation) ? fault : undefined);
            await expect(removed(ONE, { removal: "UninstallAndDelete", refuse })).rejects.toBe(fault);
        }
    });

    test("leaves a client to the resource that has claimed it", async () => {
        const { run, writes, infos } = await removed(TWO, { clients: BOTH, others: ["i-1"] });
        expect(writes).toEqual(["uninstall c-i-2"]);
        expect(run.record.counts).toMatchObject({ "left alone": 1, uninstalled: 1 });
        expect(infos).toContain(
            "i-1: not removed: another resource of this program declares the same client",
        );
    });

    test("names what else is there: agents, and where records are deleted the records too", async () => {
        const beside = [
            client("i-1", "ACTIVATED", { clientId: "c-theirs" }),
            client("i-1", "NOT_INSTALLED", { clientId: "c-old" }),
        ];
        const clients: Script["clients"] = (at, writes) => [...shownAs({})(at, writes), ...beside];
        const told = async (removal: Removal) => (await removed(ONE, { clients, removal })).infos;
        const agents = "i-1: left alone, because the state does not name it as this resource's: c-theirs";
        expect(await told("Uninstall")).toEqual([agents]);
        expect(await told("UninstallAndDelete")).toEqual([
            agents,
            "i-1: records that the state does not name stay in v-1: c-old",
        ]);
    });

    test("waits for work in progress before it uninstalls, and needs no call where that leaves no agent", async () => {
        const until = (end: ClientStatus): Script["clients"] => {
            return (at, writes) =>
                at < 60 * SECOND ? [client("i-1", "INSTALLING")] : shownAs({ "i-1": end })(at, writes);
        };
        const installing = [entry("i-1", "INSTALLING")];
        const installed = await removed(installing, { clients: until("ACTIVATED") });
        expect(installed.writes).toEqual(["uninstall c-i-1"]);
        expect(installed.run.record.counts).toMatchObject({ uninstalled: 1 });
        const failed = await removed(installing, { clients: until("INSTALL_FAILED") });
        expect(failed.writes).toEqual([]);
        expect(failed.run.record.counts).toMatchObject({ uninstalled: 1 });
    });
});

test("a removal of nothing is nothing, and says nothing of records", async () => {
    const { run } = new ScriptedRun({ clients: () => [] });
    const removals = new Removals(run, () => false);
    await removals.removeAll([]);
    expect(removals.remains).toBeUndefined();
});

describe("the client of an instance that moves to another cluster", () => {
    const moved = declared("i-1", "cl-2");

    /** How its removal ends, in a program with this `removal`. */
    async function left(removal: Removal, the: Partial<Script> & { readonly isClaimed?: boolean } = {}) {
        const program: FleetSpec = spec([moved], { removal });
        const scripted = new ScriptedRun({
            clients: shownAs({}),
            entries: ONE,
            declared: program,
            ...the,
        });
        const { run } = scripted;
        const { index } = await run.watch.look();
        const [action] = planFleet(program, { spec: program, clients: run.record.entries }, index);
        if (!action) throw new Error("no action was planned");
        const removals = new Removals(run, () => the.isClaimed === true);
        const end = await removals.removeOld(action, () => true);
        return { end, writes: scripted.writes, remarks: scripted.remarks(), run };
    }

    test("is uninstalled, and its record stays, or goes as well, as the program says", async () => {
        expect(await left("Uninstall")).toMatchObject({
            end: "gone",
            writes: ["uninstall c-i-1"],
            remarks: ["i-1: its old record stays in v-1"],
        });
        expect(await left("UninstallAndDelete")).toMatchObject({
            end: "done",
            writes: ["uninstall c-i-1", "delete c-i-1"],
            remarks: [],
        });
    });

    test("stays where the program says so, which the run warns of", async () => {
        expect(await left("Retain")).toMatchObject({
            end: "gone",
            writes: [],
            remarks: [
                'warning: i-1: the client in the old cluster stays, no longer managed (removal "Retain")',
            ],
        });
        expect(await left("Retain", { clients: () => [] })).toMatchObject({ remarks: [] });
    });

    test("stays where another resource has claimed it, and the instance goes on", async () => {
        const { end, writes, run } = await left("UninstallAndDelete", { isClaimed: true });
        expect({ end, writes }).toEqual({ end: "gone", writes: [] });
        expect([...run.record.entries.keys()]).toEqual(["i-1"]);
        expect(run.record.counts).toMatchObject({ "left alone": 0 });
    });

    test("is named with what the list shows beside it, once it is gone", async () => {
        const beside = client("i-1", "ACTIVATED", { clientId: "c-theirs" });
        const clients: Script["clients"] = (at, writes) => [...shownAs({})(at, writes), beside];
        expect((await left("UninstallAndDelete", { clients })).remarks).toEqual([
            "i-1: left alone, because the state does not name it as this resource's: c-theirs",
        ]);
    });

    test("keeps its record if the agent cannot be uninstalled", async () => {
        const { end, writes } = await left("UninstallAndDelete", { clients: STAYS, refuse: () => REJECTED });
        expect(end).toMatchObject({ code: "InvalidParameter" });
        expect(writes).toEqual(["uninstall c-i-1"]);
    });
});
