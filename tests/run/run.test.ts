import type { ClientEntry, FleetSpec, ObservedClient } from "../../provider/fleet/model";
import type { ClientStatus } from "../../provider/fleet/status";
import { client, declared, entry, spec, state } from "../fleet/builders";
import { fleetRun } from "./fleetRun";
import { ScriptedRun } from "./scripted";

const SECOND = 1_000;
/** The status of a client whose reinstallation fails, after so many calls. */
const AFTER: readonly ClientStatus[] = ["ACTIVATED", "NOT_INSTALLED"];

/** When a run that is cut off then makes the first call of that name (ms since its begin). */
async function firstCall(
    name: string,
    { scripted, ...limits }: Parameters<typeof fleetRun>[1] & { readonly scripted: ScriptedRun },
): Promise<number | undefined> {
    const stop = new AbortController();
    let at: number | undefined;
    const look = async (): Promise<void> => {
        while (at === undefined && !stop.signal.aborted) {
            if (scripted.writes.some((write) => write.startsWith(name))) at = scripted.elapsedMs;
            await scripted.clock.sleep(SECOND, stop.signal);
        }
    };
    const looking = look().catch(() => undefined);
    void scripted.clock.sleep(200 * SECOND, stop.signal).then(
        () => {
            stop.abort();
        },
        () => undefined,
    );
    await fleetRun(scripted, { ...limits, signal: stop.signal });
    stop.abort();
    await looking;
    return at;
}

describe("an installation beside a client of an earlier run that may have fallen over", () => {
    const entries = [entry("i-1", "ACTIVATED", { pendingAction: "install" })];
    const started = (waves: readonly number[] | undefined, soakMs: number): Promise<number | undefined> => {
        const scripted = new ScriptedRun({
            clients: () => [client("i-1", "UNKNOWN")],
            declared: spec([declared("i-1"), declared("i-2")]),
            entries,
            goal: { soakMs },
        });
        return firstCall("install i-2", { scripted, ...(waves && { waves }) });
    };

    test.each([
        ["in waves", [5], 0],
        ["with a soak", undefined, 60 * SECOND],
    ])("waits in a rollout %s until that is decided", async (_what, waves, soakMs) => {
        expect(await started(waves, soakMs)).toBeGreaterThanOrEqual(120 * SECOND);
    });

    test("begins at once without either", async () => {
        expect(await started(undefined, 0)).toBeLessThan(10 * SECOND);
    });
});

describe("a reinstallation of a healthy client beside work that is waited for", () => {
    const started = (known: ClientEntry, shown: ClientStatus): Promise<number | undefined> => {
        const program: FleetSpec = spec([declared("i-1"), declared("i-2")]);
        const entries = [known, entry("i-2")];
        const scripted = new ScriptedRun({
            clients: (at, writes): ObservedClient[] => [
                client("i-1", at < 60 * SECOND ? shown : "ACTIVATED"),
                client("i-2", writes.includes("uninstall c-i-2") ? "NOT_INSTALLED" : "ACTIVATED"),
            ],
            task: () => ({ state: "completed" }),
            declared: program,
            entries,
            goal: { recorded: state(entries, { ...program, triggers: ["before"] }) },
        });
        return firstCall("uninstall c-i-2", { scripted });
    };

    test("waits until an instance without an agent has got one", async () => {
        const known = entry("i-1", "INSTALLING", { pendingAction: "install" });
        expect(await started(known, "INSTALLING")).toBeGreaterThanOrEqual(60 * SECOND);
    });

    test("does not wait for one whose agent works", async () => {
        const known = entry("i-1", "UPGRADING", { pendingAction: "upgrade" });
        expect(await started(known, "UPGRADING")).toBeLessThan(10 * SECOND);
    });
});

describe("an installation of an earlier run, on an instance that nobody declares any more", () => {
    test("leaves the state once its task has named a client that is gone", async () => {
        const { clientId, ...sent } = entry("i-1", "INSTALLING", {
            pendingAction: "uninstall",
            taskId: "t-1",
        });
        const scripted = new ScriptedRun({
            clients: () => [client("i-2", "ACTIVATED")],
            task: () => ({
                state: "completed",
                results: [{ instanceId: "i-1", ...(clientId !== undefined && { clientId }) }],
            }),
            declared: spec([declared("i-2")]),
            entries: [sent, entry("i-2")],
        });
        const { record, results, error } = await fleetRun(scripted);
        expect(error).toBeUndefined();
        expect([...record.entries.keys()]).toEqual(["i-2"]);
        expect(results).toBe("1 already gone");
        expect(scripted.tasksAsked).toHaveLength(1);
        expect(scripted.writes).toEqual([]);
    });
});

describe("a client of others that is waited for", () => {
    test("is adopted with a warning where their upgrade of it has failed", async () => {
        const warnings: string[] = [];
        const scripted = new ScriptedRun({
            clients: (at) => [client("i-1", at < 60 * SECOND ? "UPGRADING" : "UPGRADE_FAILED")],
            declared: spec([declared("i-1")]),
        });
        const { results } = await fleetRun(scripted, { onWarning: (text) => warnings.push(text) });
        expect(results).toBe("1 adopted");
        expect(warnings).toEqual(["UPGRADE_FAILED: the clients of i-1 are left as they are"]);
    });
});

describe("a wave in which healthy clients keep their agents", () => {
    test("is not done, and the next one does not begin", async () => {
        const ids = ["i-1", "i-2", "i-3"];
        const program: FleetSpec = spec(ids.map((id) => declared(id)));
        const entries = ids.map((id) => entry(id));
        const scripted = new ScriptedRun({
            clients: (_at, writes): ObservedClient[] => [
                client("i-1", AFTER[writes.length] ?? "INSTALL_FAILED"),
                client("i-2", "ACTIVATED"),
                client("i-3", "ACTIVATED"),
            ],
            task: () => ({ state: "completed" }),
            declared: program,
            entries,
            goal: { recorded: state(entries, { ...program, triggers: ["before"] }) },
        });
        const { rollout, error } = await fleetRun(scripted, { batchSize: 1, waves: [2, 1] });
        expect(scripted.writes).toEqual(["uninstall c-i-1", "install i-1"]);
        expect(rollout).toEqual({ wavesDone: 0 });
        expect(error).toMatchObject({ instanceIds: ["i-2"] });
    });
});
