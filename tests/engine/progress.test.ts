import { expectFailed, expectOk, type Result } from "./harness";
import { CLUSTER, fleet, saidOf, type Scene, scenes, statusesShown, vaultsOf } from "./support";

const scene = scenes();

interface Message {
    readonly urn?: string;
    readonly message: string;
    readonly severity: string;
}

/** The debug messages on the row of a resource. */
function debugMessagesOf(result: Result, name: string): string[] {
    return result.events
        .flatMap(({ diagnosticEvent }) => (diagnosticEvent ? [diagnosticEvent as Message] : []))
        .filter(({ urn, severity }) => urn?.endsWith(`::${name}`) && severity === "debug")
        .map(({ message }) => message.trim());
}

/** The count of a status such as `3/8 · installing`, and what there is to do. */
function countsIn(statuses: readonly string[], verb: string): [done: number, total: number][] {
    return statuses
        .filter((status) => status.includes(` · ${verb}`))
        .map((status) => /^(\d+)\/(\d+)/.exec(status))
        .flatMap((match) => (match ? [[Number(match[1]), Number(match[2])] as [number, number]] : []));
}

const CALL =
    /^(DescribeClients|CreateClients|DescribeTask|UninstallClient|DeleteClient): (.+) in \d+ ms, attempt (\d+), RequestId ([0-9A-F-]{36}|unknown)$/;

describe("progress", () => {
    const SLOW = ["i-a5", "i-a6"];
    const ids = ["i-a1", "i-a2", "i-a3", "i-a4", ...SLOW];
    let simulator: Scene["simulator"];
    let up: Result;
    let update: Result;
    let destroy: Result;

    beforeAll(async () => {
        const { stack, ...its } = await scene({
            world: {
                ...vaultsOf("hana", "adopting", "key"),
                instances: [
                    ...SLOW.map((instanceId) => ({ instanceId, installTime: "5s" })),
                    { instanceId: "i-a4", failInstall: "InstallScriptFailed" },
                ],
                clients: [{ vaultId: "v-hana", instanceId: "i-a1", clusterId: CLUSTER, status: "ACTIVATED" }],
            },
        });
        simulator = its.simulator;
        simulator.addFault({
            action: "DescribeTask",
            kind: "status",
            status: 503,
            code: "ServiceUnavailable",
        });
        const debug = { args: ["--debug"] };
        up = expectFailed(await stack.up([fleet("hana", ids, { rollout: { batchSize: 3 } })], debug));
        simulator.patchInstance("i-a4", { failInstall: null });
        update = expectOk(await stack.up([fleet("hana", ids.slice(1))]));
        destroy = expectOk(await stack.destroy(debug));
    });

    it("is a live status: what is done of what there is to do, the task that is waited for, the failures", () => {
        const statuses = statusesShown(up, "hana");
        expect(statuses[0]).toBe("looking at the clients");
        const counts = countsIn(statuses, "installing");
        expect(counts.length).toBeGreaterThan(1);
        // The one that is taken over is nothing that is left to do.
        expect(new Set(counts.map(([, total]) => total))).toEqual(new Set([5]));
        expect(counts.map(([done]) => done)).toEqual([...counts.map(([done]) => done)].sort());
        expect(statuses).toContainEqual(
            expect.stringMatching(/^\d\/5 · (1 failed · )?\d+ % · installing · task t-\S+/),
        );
        expect(statuses).toContainEqual(expect.stringMatching(/^\d\/5 · 1 failed · /));
        // A terminal of 120 columns has room for 30.
        for (const status of statuses.slice(1))
            expect(status.split(" · installing")[0]?.length).toBeLessThanOrEqual(30);
    });

    it("is in the log of a run without a terminal, a line for each change", () => {
        const lines = statusesShown(up, "hana");
        for (const line of lines) expect(up.stdout).toContain(line);
        expect(lines.filter((line, index) => line === lines[index - 1])).toEqual([]);
    });

    it("ends with a line of results", () => {
        expect(saidOf(up, "hana")).toContain("info: 4 installed, 1 adopted, 1 failed");
        expect(saidOf(update, "hana").at(-1)).toBe(
            "info: 1 repaired, 1 uninstalled; their records stay in v-hana",
        );
        expect(saidOf(destroy, "hana")).toEqual(["info: 5 uninstalled; their records stay in v-hana"]);
    });

    it("is shown by a destroy too", () => {
        const counts = countsIn(statusesShown(destroy, "hana"), "uninstalling");
        expect(counts.length).toBeGreaterThan(0);
        expect(new Set(counts.map(([, total]) => total))).toEqual(new Set([5]));
    });

    it("has a debug message for every call: action, outcome, duration, attempt and RequestId", () => {
        const { byAction } = simulator.requests();
        const all = [up, destroy].flatMap((result) => debugMessagesOf(result, "hana"));
        const calls = all.map((message) => CALL.exec(message)).filter((match) => match !== null);
        // The update between the two came without --debug, but the engine hands debug messages on to the event log.
        const quiet = debugMessagesOf(update, "hana").filter((message) => CALL.test(message));
        const counted = Object.fromEntries(
            [
                ...Map.groupBy(
                    [...calls.map(([text]) => text), ...quiet],
                    (text) => text.split(":")[0] ?? "",
                ),
            ].map(([action, texts]) => [action, texts.length]),
        );
        expect(counted).toEqual(byAction);
        expect(calls.map(([, action, , attempt]) => `${String(action)} ${String(attempt)}`)).toContain(
            "DescribeTask 2",
        );
        expect(calls.map(([, action, outcome]) => `${String(action)} ${String(outcome)}`)).toContainEqual(
            expect.stringMatching(/^DescribeTask .*ServiceUnavailable/),
        );
    });

    it("shows no debug message without being asked", () => {
        expect(update.stdout).not.toMatch(/RequestId/);
    });
});
