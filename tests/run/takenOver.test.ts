import type { ClientEntry, FleetSpec, ObservedClient } from "../../provider/fleet/model";
import type { PlannedAction } from "../../provider/fleet/plan";
import { pendingIn, Planner } from "../../provider/run/planner";
import { client, declared, entry, spec } from "../fleet/builders";
import { ScriptedRun } from "./scripted";

const ONE = declared("i-1");

interface Case {
    readonly known?: ClientEntry;
    readonly seen: ObservedClient;
    readonly program?: FleetSpec;
    readonly deferred?: readonly string[];
    readonly kind?: "keep" | "adopt";
}

/** What a run records of a client that it keeps or adopts, and says. */
function taken({ known, seen, program = spec([ONE]), deferred = [], kind = "keep" }: Case) {
    const entries = known ? [known] : [];
    const scripted = new ScriptedRun({ clients: () => [seen], declared: program, entries });
    const { run } = scripted;
    const action: PlannedAction = {
        instanceId: "i-1",
        kind,
        declared: ONE,
        entry: known,
        observation: seen.status,
        client: seen,
        reasons: [],
        repair: false,
        clusterChanged: false,
        deferred,
    };
    new Planner(run).apply([action]);
    const counted = Object.entries(run.record.counts).flatMap(([word, count]) => (count > 0 ? [word] : []));
    return { entry: run.record.entries.get("i-1"), counted, remarks: scripted.remarks() };
}

describe("a client that is kept although it differs", () => {
    const program = spec([ONE], { useHttps: true });
    const seen = client("i-1", "ACTIVATED", { useHttps: false });
    const reason = "useHttps false → true";
    const drift = { useHttps: false };

    test.each<[string, Partial<ClientEntry>, readonly string[], Partial<ClientEntry>]>([
        ["for what it shows", {}, [reason], { pendingAction: "reinstall", drift }],
        ["for other reasons too", {}, [reason, "triggers changed"], { pendingAction: "reinstall" }],
        [
            "where a reinstallation for other reasons is open",
            { pendingAction: "reinstall" },
            [reason],
            { pendingAction: "reinstall" },
        ],
        [
            "where a reinstallation for the same reason is open",
            { pendingAction: "reinstall", drift },
            [reason],
            { pendingAction: "reinstall", drift },
        ],
    ])("%s has its reinstallation in the next preview", (_, more, deferred, recorded) => {
        const end = taken({ known: entry("i-1", "ACTIVATED", more), seen, program, deferred });
        expect(end.entry).toEqual(entry("i-1", "ACTIVATED", recorded));
        expect(end.remarks).toEqual([
            `warning: i-1: kept unchanged, though it differs from the program (${deferred.join(", ")}); the next preview shows its reinstallation`,
        ]);
        expect(end.counted).toEqual([]);
    });

    test("or adopted is called that, and counted", () => {
        const end = taken({ seen, program, deferred: [reason], kind: "adopt" });
        expect(end.counted).toEqual(["adopted"]);
        expect(end.remarks[0]).toMatch(/^warning: i-1: adopted unchanged, though/);
        expect(end.entry).toEqual(entry("i-1", "ACTIVATED", { pendingAction: "reinstall", drift }));
    });
});

describe("the result of what an earlier run has begun is counted", () => {
    const begun = { clientVersion: "2.1.0", latestVersion: "2.2.0", pendingAction: "upgrade" } as const;
    const upgraded = client("i-1", "ACTIVATED", { clientVersion: "2.2.0" });
    const unchanged = { ...upgraded, clientVersion: "2.1.0" };

    test.each<[string, ClientEntry, ObservedClient, readonly string[]]>([
        [
            "an installation",
            entry("i-1", "INSTALLING", { pendingAction: "install" }),
            upgraded,
            ["installed"],
        ],
        ["no installation of before", entry("i-1", "ACTIVATED", { pendingAction: "install" }), upgraded, []],
        ["an upgrade", entry("i-1", "UPGRADING", begun), upgraded, ["upgraded"]],
        [
            "an upgrade by its task",
            entry("i-1", "ACTIVATED", { ...begun, taskId: "t-1" }),
            upgraded,
            ["upgraded"],
        ],
        ["an upgrade without effect", entry("i-1", "UPGRADING", begun), unchanged, ["not upgraded"]],
        ["no upgrade that was not begun", entry("i-1", "ACTIVATED", begun), upgraded, []],
        [
            "no upgrade that goes on",
            entry("i-1", "UPGRADING", begun),
            { ...upgraded, status: "UPGRADING" },
            [],
        ],
        ["no upgrade that has failed", entry("i-1", "UPGRADING", { ...begun, errorCode: "X" }), upgraded, []],
        [
            "no reinstallation as an upgrade",
            entry("i-1", "ACTIVATED", { ...begun, pendingAction: "reinstall", taskId: "t-1" }),
            upgraded,
            [],
        ],
        ["nothing", entry("i-1"), upgraded, []],
    ])("%s", (_, known, seen, counted) => {
        expect(taken({ known, seen }).counted).toEqual(counted);
    });
});

describe("a kept client that is behind", () => {
    const seen = client("i-1", "ACTIVATED", { clientVersion: "2.1.0", maxVersion: "2.2.0" });
    const latest = spec([ONE], { upgrades: "Latest" });

    test("is said to be upgraded by the next run, if the program wants that", () => {
        expect(taken({ known: entry("i-1"), seen, program: latest }).remarks).toEqual([
            "i-1: its agent is behind (2.1.0 → 2.2.0); the next preview shows its upgrade",
        ]);
        expect(taken({ known: entry("i-1"), seen }).remarks).toEqual([]);
        for (const status of ["UPGRADING", "UNKNOWN"] as const)
            expect(
                taken({ known: entry("i-1"), seen: { ...seen, status }, program: latest }).remarks,
            ).toEqual([]);
    });
});

const WORK: PlannedAction = {
    instanceId: "i-1",
    kind: "reinstall",
    declared: ONE,
    entry: entry("i-1"),
    observation: "ACTIVATED",
    client: client("i-1", "ACTIVATED", { useHttps: false }),
    reasons: ["useHttps false → true"],
    repair: false,
    clusterChanged: false,
    deferred: [],
};

describe("a planned reinstallation", () => {
    const elsewhere = { clusterChanged: true, declared: declared("i-1", "cl-2") };

    test.each<[string, Partial<PlannedAction>, object | undefined]>([
        ["is over once the client shows what is declared", {}, { useHttps: false }],
        [
            "is not, if it has other reasons",
            { reasons: ["useHttps false → true", "triggers changed"] },
            undefined,
        ],
        ["is not, if the client does not show the reason", { reasons: ["triggers changed"] }, undefined],
        ["is not, if there is no client", { client: undefined }, undefined],
        ["is not, if it is a move", elsewhere, undefined],
    ])("%s", (_, more, drift) => {
        const program = spec([ONE], { useHttps: true });
        const { run } = new ScriptedRun({ clients: () => [], declared: program, entries: [entry("i-1")] });
        new Planner(run).apply([{ ...WORK, ...more }]);
        expect(run.record.entries.get("i-1")).toMatchObject({ pendingAction: "reinstall" });
        expect(run.record.entries.get("i-1")?.drift).toEqual(drift);
    });
});

test.each<[Partial<PlannedAction>, string]>([
    [{ kind: "install" }, "install"],
    [{ kind: "install", then: "reinstall" }, "reinstall"],
    [{ kind: "wait", then: "upgrade" }, "upgrade"],
    [{ kind: "wait" }, "install"],
    [{ kind: "grace", entry: undefined }, "install"],
    [{ kind: "wait", entry: entry("i-1", "UPGRADING", { pendingAction: "upgrade" }) }, "upgrade"],
    [{ kind: "install", entry: entry("i-1", "UPGRADING", { pendingAction: "upgrade" }) }, "install"],
])("what is left while %j is waited for: %s", (more, pending) => {
    expect(pendingIn({ ...WORK, ...more })).toBe(pending);
});
