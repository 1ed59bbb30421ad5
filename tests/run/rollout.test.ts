import type { ClientEntry, ObservedClient } from "../../provider/fleet/model";
import { failedCall, type HbrError } from "../../provider/hbr/errors";
import type { TaskRecord } from "../../provider/hbr/port";
import type { RunContext } from "../../provider/run/context";
import { Rollout } from "../../provider/run/rollout";
import { Removals } from "../../provider/run/uninstall";
import { client, declared, entry, foreign, spec, state } from "../fleet/builders";
import { type Script, ScriptedRun } from "./scripted";

const COMPLETED: Partial<TaskRecord> = { state: "completed", results: [] };
const OLD = { clusterId: "cl-0" };
const WHY = { instanceIds: ["i-9"], failure: { code: "DiskFull", message: "no" } };

function error(code: string): HbrError {
    return failedCall({ operation: "CreateClients", code, text: "no", statusCode: 400 });
}

/** Clients on which every call takes effect at once; what is done to those that fail does not succeed. */
function shown(ids: readonly string[], failing: readonly string[]): Script["clients"] {
    return (_at, writes) =>
        ids.map((id): ObservedClient => {
            const last = writes.findLast((write) => write.split(/[ ,]/).some((word) => word.endsWith(id)));
            const operation = last?.split(" ")[0];
            const hasFailed = failing.includes(id);
            if (operation === "uninstall") return client(id, "NOT_INSTALLED");
            const isUpgraded = operation === "upgrade";
            const status = isUpgraded ? "UPGRADE_FAILED" : operation ? "INSTALL_FAILED" : "ACTIVATED";
            const clientVersion = isUpgraded && !hasFailed ? "2.2.0" : "2.1.0";
            return client(id, hasFailed ? status : "ACTIVATED", { clientVersion, maxVersion: "2.2.0" });
        });
}

interface Case extends Partial<Script> {
    /** The sizes of the parts, which follow one another as waves do. */
    readonly parts: readonly number[];
    readonly batchSize?: number;
    /** Instances whose work fails. */
    readonly failing?: readonly string[];
    /** At each call that changes something. */
    readonly atWrite?: (write: string, run: RunContext) => void;
}

/** A run that reinstalls or upgrades healthy clients. */
async function rolledOut(
    kind: "reinstall" | "upgrade",
    { parts, batchSize = 1, failing = [], atWrite, ...script }: Case,
) {
    const ids = parts.flatMap((size, part) => Array.from({ length: size }, (_, of) => `i-${part}${of}`));
    const all = ids.map((id) => declared(id));
    const upgrades = kind === "upgrade" ? "Latest" : "Manual";
    const versions = { clientVersion: "2.1.0", ...(kind === "upgrade" && { latestVersion: "2.2.0" }) };
    const entries = ids.map((id) => entry(id, "ACTIVATED", versions));
    const before = spec(all, { upgrades, ...(kind === "reinstall" && { triggers: ["before"] }) });
    const recorded = state(entries, before);
    const scripted: ScriptedRun = new ScriptedRun({
        clients: shown(ids, failing),
        refuse: (write) => {
            atWrite?.(write, scripted.run);
            return undefined;
        },
        task: () => COMPLETED,
        declared: spec(all, { upgrades }),
        entries,
        goal: { recorded, rollout: { batchSize, batches: 4, inFlight: 80, isCut: false } },
        ...script,
    });
    const { run, writes } = scripted;
    const { planner, plan } = await scripted.plan();
    expect(plan.map((action) => action.kind)).toEqual(ids.map(() => kind));
    const rollout = new Rollout(run, planner, new Removals(run, () => false));
    let from = 0;
    for (const size of parts) {
        const part = plan.slice(from, from + size);
        from += size;
        await rollout.rollOut([], kind === "reinstall" ? part : [], kind === "upgrade" ? part : []);
    }
    return { run, rollout, writes, failures: [...run.record.failures.keys()] };
}

/** The first calls on the instances of the second part, which it makes before it knows how any of them ends. */
function atOnce(writes: readonly string[]): readonly string[] {
    const first = writes.findIndex((write) => write.startsWith("uninstall c-i-1"));
    const rest = writes.slice(first);
    return rest.slice(
        0,
        rest.findIndex((write) => write.startsWith("install")),
    );
}

describe("a later part of a rollout", () => {
    test("begins with as many batches as there are lanes once one has succeeded, if only in part", async () => {
        const all = await rolledOut("reinstall", { parts: [1, 3] });
        expect(atOnce(all.writes)).toEqual(["uninstall c-i-10", "uninstall c-i-11", "uninstall c-i-12"]);
        const some = await rolledOut("reinstall", { parts: [2, 3], batchSize: 2, failing: ["i-00"] });
        expect(some.failures).toEqual(["i-00"]);
        expect(atOnce(some.writes)).toHaveLength(3);
    });

    test("begins with one batch alone as long as none has succeeded", async () => {
        const create: Script["create"] = ({ targets }) =>
            targets.some(({ instanceId }) => instanceId === "i-00")
                ? error("InstanceNotExists")
                : { taskId: "t-1", instanceStatuses: [] };
        const { writes, failures } = await rolledOut("reinstall", { parts: [1, 3], create });
        expect(failures).toEqual(["i-00"]);
        expect(atOnce(writes)).toEqual(["uninstall c-i-10"]);
    });
});

describe("a single client", () => {
    test("whose reinstallation has failed keeps the agents of the others", async () => {
        const { run, rollout, writes } = await rolledOut("reinstall", { parts: [2], failing: ["i-00"] });
        expect(writes).toEqual(["uninstall c-i-00", "install i-00"]);
        expect(run.halt.keepsAgents?.instanceIds).toEqual(["i-00"]);
        expect(rollout.heldBack).toEqual(["i-01"]);
    });

    test("whose upgrade has failed says nothing about the others, because it keeps its agent", async () => {
        const { run, rollout, writes, failures } = await rolledOut("upgrade", {
            parts: [2],
            failing: ["i-00"],
        });
        expect(failures).toEqual(["i-00"]);
        expect(writes).toEqual(["upgrade c-i-00", "upgrade c-i-01"]);
        expect(run.halt.keepsAgents).toBeUndefined();
        expect(rollout.heldBack).toEqual([]);
    });
});

describe("healthy clients", () => {
    test("wait until the list has confirmed the installations before them, though their task reports them as done", async () => {
        const versions = { clientVersion: "2.1.0", latestVersion: "2.2.0" };
        const scripted = new ScriptedRun({
            clients: (at, writes) => [
                ...(writes.length > 0 ? [client("i-1", at < 5_000 ? "INSTALLING" : "INSTALL_FAILED")] : []),
                client("i-2", "ACTIVATED", { clientVersion: "2.1.0", maxVersion: "2.2.0" }),
            ],
            task: () => COMPLETED,
            declared: spec([declared("i-1"), declared("i-2")], { upgrades: "Latest" }),
            entries: [entry("i-2", "ACTIVATED", versions)],
        });
        const { planner, plan } = await scripted.plan();
        const [install, upgrade] = ["install", "upgrade"].map((kind) =>
            plan.filter((action) => action.kind === kind),
        );
        const rollout = new Rollout(scripted.run, planner, new Removals(scripted.run, () => false));
        await rollout.rollOut(install ?? [], [], upgrade ?? []);
        expect(scripted.writes).toEqual(["install i-1"]);
        expect(rollout.heldBack).toEqual(["i-2"]);
    });
});

describe("the rest of a batch that is under way once healthy clients keep their agents", () => {
    test.each([
        ["reinstall", "uninstall"],
        ["upgrade", "upgrade"],
    ] as const)("is held back, and named as such (%s)", async (kind, call) => {
        const { rollout, writes } = await rolledOut(kind, {
            parts: [3],
            batchSize: 3,
            atWrite: (_write, { halt }) => {
                halt.keepAgents(WHY);
            },
        });
        expect(writes.filter((write) => write.startsWith(call))).toEqual([`${call} c-i-00`]);
        expect(rollout.heldBack).toEqual(["i-01", "i-02"]);
    });
});

describe("an instance whose client is uninstalled, and whose installation is then refused", () => {
    /** What is recorded of i-1, with this client before. */
    async function cleared(known: ClientEntry | undefined, before: Partial<ObservedClient>) {
        const entries = known ? [known] : [];
        const program = spec([declared("i-1"), declared("i-2")]);
        const shownBefore = client("i-1", "ACTIVATED", before);
        const scripted = new ScriptedRun({
            clients: (_at, writes) => [
                writes.length > 0 ? { ...shownBefore, status: "NOT_INSTALLED" } : shownBefore,
                client("i-2", "ACTIVATED"),
            ],
            create: () => error("InstanceNotExists"),
            task: () => COMPLETED,
            declared: program,
            entries,
            goal: { recorded: state(entries, { ...program, triggers: ["before"] }) },
        });
        const { planner, plan } = await scripted.plan();
        const work = plan.filter(({ kind }) => kind === "reinstall");
        const rollout = new Rollout(scripted.run, planner, new Removals(scripted.run, () => false));
        await rollout.rollOut(work, [], []);
        expect(scripted.writes).toEqual(["uninstall c-i-1", "install i-1"]);
        return scripted.run.record.entries.get("i-1");
    }

    const NO_AGENT = { status: "NOT_INSTALLED", installed: false, pendingAction: "install" };

    test("has no agent any more, and keeps its record if that is this resource's", async () => {
        const own = await cleared(entry("i-1"), {});
        expect(own).toMatchObject({ ...NO_AGENT, clientId: "c-i-1", errorCode: "InstanceNotExists" });
        expect(own).not.toHaveProperty("owned");
    });

    test.each<[string, ClientEntry | undefined, Partial<ObservedClient>]>([
        ["nobody has recorded", undefined, { status: "DEACTIVATED" }],
        ["the state names as somebody else's", foreign("i-1"), { status: "DEACTIVATED" }],
        ["stays behind in another cluster", entry("i-1", "ACTIVATED", OLD), OLD],
    ])("has none of this resource's if it is one that %s", async (_what, known, before) => {
        const recorded = await cleared(known, before);
        expect(recorded).toMatchObject({ ...NO_AGENT, clusterId: "cl-1", owned: false });
        expect(recorded).not.toHaveProperty("clientId");
    });
});

describe("an instance that needs something else by the time its batch begins", () => {
    test("leaves the batch of broken agents once its own works again, and waits for its turn", async () => {
        const program = spec([declared("i-1")]);
        const entries = [entry("i-1", "DEACTIVATED")];
        const scripted = new ScriptedRun({
            clients: (at) => [client("i-1", at < 30_000 ? "DEACTIVATED" : "ACTIVATED")],
            declared: program,
            entries,
            goal: { recorded: state(entries, { ...program, triggers: ["before"] }) },
        });
        const { planner, plan } = await scripted.plan();
        const rollout = new Rollout(scripted.run, planner, new Removals(scripted.run, () => false));
        await scripted.clock.sleep(60_000);
        expect([...(await rollout.rollOut(plan, [], []))]).toEqual(["i-1"]);
        expect(scripted.writes).toEqual([]);
    });
});
