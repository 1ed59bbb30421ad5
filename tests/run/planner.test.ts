import type { ClientEntry, FleetSpec, ObservedClient } from "../../provider/fleet/model";
import type { PlannedAction } from "../../provider/fleet/plan";
import { Moves } from "../../provider/run/moves";
import { Planner } from "../../provider/run/planner";
import { client, declared, entry, foreign, spec } from "../fleet/builders";
import { ScriptedRun } from "./scripted";

const ONE = declared("i-1");
const FAILURE = { code: "ClusterNotFound", message: "there is none" };

interface Planned {
    readonly run: ScriptedRun["run"];
    readonly planner: Planner;
    readonly action: PlannedAction | undefined;
    readonly entry: ClientEntry | undefined;
    readonly remarks: readonly string[];
}

/** What a run with this program makes of i-1, and records of it. */
async function planned(
    known: ClientEntry | undefined,
    seen: readonly ObservedClient[],
    program: FleetSpec = spec([ONE]),
): Promise<Planned> {
    const scripted = new ScriptedRun({
        clients: () => seen,
        declared: program,
        ...(known && { entries: [known] }),
    });
    const { run } = scripted;
    const { planner, plan } = await scripted.plan();
    const recorded = run.record.entries.get("i-1");
    return { run, planner, action: plan[0], entry: recorded, remarks: scripted.remarks() };
}

describe("a plan records", () => {
    test("why a client of others that may pass is not taken over, and nothing of the kind of its own", async () => {
        const theirs = await planned(undefined, [client("i-1", "UNKNOWN")]);
        expect(theirs.action?.kind).toBe("grace");
        expect(theirs.entry).toMatchObject({
            owned: false,
            pendingAction: "install",
            errorCode: "ClientNotHealthy",
            errorMessage: "client c-i-1 is already there and UNKNOWN, so it was not taken over",
        });
        const installing = await planned(undefined, [client("i-1", "INSTALLING")]);
        expect(installing.action?.kind).toBe("wait");
        const own = entry("i-1", "INSTALLING", { pendingAction: "install" });
        const ours = await planned(own, [client("i-1", "UNKNOWN")]);
        expect(ours.action?.kind).toBe("grace");
        for (const each of [installing, ours]) expect(each.entry).not.toHaveProperty("errorCode");
    });

    test("what is left alone as that, with a remark", async () => {
        const { run, remarks } = await planned(foreign("i-1"), [client("i-1", "ACTIVATED")], spec([]));
        expect([...run.record.entries]).toEqual([]);
        expect(run.record.counts).toMatchObject({ "left alone": 1 });
        expect(remarks).toEqual([
            "i-1: left alone: this resource has neither installed nor adopted a client there",
        ]);
    });

    test("the differences of a reinstallation that a reversal would end, and of no move", async () => {
        const program = spec([ONE], { useHttps: true });
        const drifted = entry("i-1", "ACTIVATED", {
            pendingAction: "reinstall",
            drift: { useHttps: false },
        });
        const seen = [client("i-1", "ACTIVATED", { useHttps: false })];
        const { action, entry: recorded } = await planned(drifted, seen, program);
        expect(action?.kind).toBe("reinstall");
        expect(recorded).toMatchObject({ pendingAction: "reinstall", drift: { useHttps: false } });
        const elsewhere = spec([declared("i-1", "cl-2")], { useHttps: true });
        const moved = await planned(entry("i-1"), seen, elsewhere);
        expect(moved.action).toMatchObject({ kind: "reinstall", clusterChanged: true });
        expect(moved.entry).not.toHaveProperty("drift");
    });

    test("an adopted client as it is, without what was known of the one before it", async () => {
        const program = spec([ONE], { useHttps: true });
        const gone = entry("i-1", "NOT_INSTALLED", {
            clientId: "c-gone",
            settingsNotTaken: { useHttps: false },
        });
        const seen = [client("i-1", "ACTIVATED", { clientId: "c-new", useHttps: false })];
        const { action, entry: recorded } = await planned(gone, seen, program);
        expect(action).toMatchObject({ kind: "adopt", deferred: ["useHttps false → true"] });
        expect(recorded).toMatchObject({
            clientId: "c-new",
            pendingAction: "reinstall",
            drift: { useHttps: false },
        });
        expect(recorded).not.toHaveProperty("settingsNotTaken");
    });

    test("a refused client as nobody's, beside which a client of its own stays on record", async () => {
        const program = spec([ONE], { adoptExisting: false });
        const theirs = client("i-1", "ACTIVATED", { clientId: "c-theirs", createdTime: 9 });
        const refused = await planned(
            entry("i-1", "NOT_INSTALLED", { clientId: "c-gone" }),
            [theirs],
            program,
        );
        expect(refused.action?.kind).toBe("conflict");
        expect(refused.entry).toMatchObject({ owned: false, errorCode: "ClientAlreadyExists" });
        expect(refused.run.record.attemptsFailed).toBe(0);
        const own = client("i-1", "UNKNOWN", { clientId: "c-own" });
        const beside = await planned(entry("i-1", "UNKNOWN", { clientId: "c-own" }), [theirs, own], program);
        expect(beside.action?.kind).toBe("conflict");
        expect(beside.entry).toMatchObject({
            clientId: "c-own",
            status: "UNKNOWN",
            pendingAction: "install",
        });
        expect(beside.entry).not.toHaveProperty("owned");
    });
});

describe("the end of an upgrade that an earlier run has begun", () => {
    const before = entry("i-1", "UPGRADING", {
        pendingAction: "upgrade",
        clientVersion: "2.1.0",
        latestVersion: "2.2.0",
    });
    const UNCHANGED = client("i-1", "ACTIVATED", { clientVersion: "2.1.0", maxVersion: "2.2.0" });
    const { latestVersion: _latest, ...unknown } = before;

    test.each<[string, ClientEntry, ObservedClient | undefined, boolean]>([
        ["with the version as it was", before, UNCHANGED, true],
        ["with another version", before, { ...UNCHANGED, clientVersion: "2.2.0" }, false],
        ["that is not over", before, { ...UNCHANGED, status: "UPGRADING" }, false],
        ["without a client", before, undefined, false],
        ["to a version that is not known", unknown, UNCHANGED, false],
    ])("%s: whether the run says that it has changed nothing", async (_, known, seen, isSaid) => {
        const { planner, run } = await planned(known, seen ? [seen] : []);
        planner.upgradeEnded(known, seen);
        const again = planner.planInstance(ONE, run.watch.latest)?.entry?.settingsNotTaken;
        expect(again).toEqual(isSaid ? { latestVersion: "2.2.0" } : undefined);
    });
});

describe("a move that is ruled out", () => {
    test.each<[string, Partial<ClientEntry>, Partial<FleetSpec>, ClientEntry["pendingAction"]]>([
        ["leaves nothing to be done where only the cluster differs", {}, {}, undefined],
        ["leaves an open reinstallation open", { pendingAction: "reinstall" }, {}, "reinstall"],
        ["leaves a change of settings to be done", {}, { resourceGroupId: "rg-1" }, "reinstall"],
        ["does not leave an upgrade that was open", { pendingAction: "upgrade" }, {}, undefined],
    ])("%s", async (_, known, changes, pendingAction) => {
        const program = spec([declared("i-1", "cl-2")], changes);
        const scripted = new ScriptedRun({
            clients: () => [client("i-1", "ACTIVATED")],
            declared: program,
            entries: [entry("i-1", "ACTIVATED", known)],
            goal: {
                recorded: {
                    spec: spec([ONE]),
                    clients: new Map([["i-1", entry("i-1", "ACTIVATED", known)]]),
                },
            },
        });
        const { run } = scripted;
        const planner = new Planner(run);
        const { index } = await run.watch.look();
        const [action] = planner.plan(index);
        if (!action) throw new Error("no action was planned");
        const moves = new Moves(run, planner);
        expect(moves.stays(action, undefined)).toBe(false);
        expect(moves.stays(action, FAILURE)).toBe(true);
        const { pendingAction: left, clusterId } = run.record.entries.get("i-1") ?? {};
        expect(left).toBe(pendingAction);
        expect(clusterId).toBe("cl-1");
        expect(run.record.attemptsFailed).toBe(0);
    });
});
