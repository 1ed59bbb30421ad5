import { expectFailed, expectOk, type Result } from "./harness";
import {
    clientsOf,
    CLUSTER,
    countOf,
    failedIn,
    fleet,
    operationsOf,
    planOf,
    saidOf,
    type Scene,
    scenes,
    statusesOf,
    statusesShown,
    vaultOf,
    vaultsOf,
} from "./support";

const scene = scenes();

function named(count: number): readonly string[] {
    return Array.from({ length: count }, (_, index) => `i-${String(index + 1).padStart(2, "0")}`);
}

/** The instances of each CreateClients call in the vault of a resource. */
function batchesIn(simulator: Scene["simulator"], name: string): readonly number[] {
    return simulator.requests().log.flatMap(({ action, parameters }) => {
        if (action !== "CreateClients" || parameters.VaultId !== vaultOf(name)) return [];
        return [(JSON.parse(parameters.ClientInfo ?? "[]") as unknown[]).length];
    });
}

const PAUSED =
    "warning: paused after the first wave, because rollout.pauseAfter is set; run `pulumi up` to go on with ";

describe("a rollout in waves, with a pause", () => {
    const paused = fleet("paused", named(10), {
        rollout: {
            waves: [1, "25%", 6],
            soak: "2s",
            pauseAfter: "firstWave",
            parallelism: "60%",
            maxFailures: "10%",
        },
    });
    // It depends on the first: a pause is a success.
    const dependent = fleet("dependent", ["i-d1"], {}, { dependsOn: ["paused"] });
    const program = [paused, dependent];
    const IDS = named(10).join(", ");
    let its: Scene;
    let preview: Result;
    let first: Result;
    let between: Result;
    let second: Result;

    beforeAll(async () => {
        const silent = { instanceId: "i-10", heartbeat: false };
        its = await scene({ world: { ...vaultsOf("paused", "dependent"), instances: [silent] } });
        const { stack } = its;
        preview = expectOk(await stack.preview(program));
        first = expectOk(await stack.up(program));
        between = expectOk(await stack.preview(program));
        second = expectOk(await stack.up(program));
    });

    it("is shown by the preview, with its sizes and the pause", () => {
        expect(planOf(preview, "paused")).toBe(
            `plan: install 10: ${IDS}; in waves of 1, 3, 6, with a pause after the first`,
        );
    });

    it("ends after the first wave with success and a warning; what depends on it goes on", () => {
        expect(saidOf(first, "paused")).toEqual([
            `info: ${planOf(preview, "paused") ?? ""}`,
            "info: 1 installed, 9 pending",
            `${PAUSED}${named(10).slice(1).join(", ")}`,
        ]);
        expect(statusesOf(first.state, "paused")["i-01"]).toBe("ACTIVATED");
        expect(statusesOf(first.state, "dependent")).toEqual({ "i-d1": "ACTIVATED" });
        expect(first.state.resource("paused").outputs).toMatchObject({
            __rollout: { wavesDone: 1 },
            failedInstanceIds: [],
            rollout: paused.args?.["rollout"],
        });
    });

    it("shows on the row which wave it is, and the soak", () => {
        expect(statusesShown(first, "paused")).toContain("1/10 · wave 1/3 · soaking");
        expect(statusesShown(second, "paused").join("\n")).toMatch(/^\d\/9 · .*wave 2\/3 · installing/m);
        for (const status of statusesShown(second, "paused")) expect(status).not.toMatch(/wave 1\//);
    });

    it("goes on in the next up, as its preview says, and does not pause again", () => {
        expect(planOf(between, "paused")).toBe(
            `plan: install 9: ${named(10).slice(1).join(", ")}; in waves of 3, 6, continuing with wave 2; keep 1`,
        );
        expect(saidOf(second, "paused").at(-1)).toBe("info: 9 installed");
        expect(batchesIn(its.simulator, "paused")).toEqual([1, 3, 6]);
        expect(second.state.resource("paused").outputs).not.toHaveProperty("__rollout");
    });

    it("warns of a client that was silent in its soak, and of no other", () => {
        expect(saidOf(second, "paused").slice(1, -1)).toEqual([
            "warning: i-10: no heartbeat during the soak of 2 s, though the client is ACTIVATED; look at the agent on the instance",
        ]);
    });

    it("is over then: nothing is left to do", async () => {
        const { stack, simulator } = its;
        simulator.resetRequests();
        expect(operationsOf(expectOk(await stack.up(program)))).toEqual({
            paused: "same",
            dependent: "same",
        });
        expect(simulator.requests().total).toBe(0);
    });

    it("does not come in a replacement, whose old fleet is gone: the plan and a warning say so", async () => {
        const { stack, simulator } = its;
        simulator.resetRequests();
        const moved = fleet("paused", named(10), { ...paused.args, vaultId: vaultOf("dependent") });
        const up = expectOk(await stack.up([moved]));
        expect(planOf(up, "paused")).toMatch(
            /; install 10: .*; in waves of 1, 3, 6, without a pause, because the old fleet is gone$/,
        );
        expect(saidOf(up, "paused")).toContain(
            "warning: rollout.pauseAfter has no effect in a replacement: the old fleet is gone, so the waves follow one another without a pause",
        );
        expect(saidOf(up, "paused")).toContain("info: 10 installed");
        expect(Object.values(statusesOf(up.state, "paused"))).toEqual(named(10).map(() => "ACTIVATED"));
    });
});

describe("a bad agent, which falls over some time after it was ACTIVATED", () => {
    const gated = fleet("gated", named(6), { rollout: { waves: [1, 5], soak: "4s" } });
    const open = fleet("open", ["i-x1", "i-x2"]);
    const waves = { rollout: { waves: [1, 1] } };
    const refusing = fleet("refusing", ["i-r1", "i-r2", "i-r3"], { ...waves, adoptExisting: false });
    const theirs = { vaultId: vaultOf("refusing"), instanceId: "i-r1", clusterId: CLUSTER };

    it("stops at the first wave; a client that is refused stops none; without a gate nobody notices", async () => {
        const { stack, simulator } = await scene({
            world: { ...vaultsOf("gated", "open", "refusing"), clients: [theirs] },
        });
        simulator.setSwitches({ fallOverAfter: "4s" });
        const up = expectFailed(await stack.up([gated, open, refusing]));
        expect(simulator.requests().installs).toEqual({
            "i-01": 1,
            "i-r2": 1,
            "i-r3": 1,
            "i-x1": 1,
            "i-x2": 1,
        });
        expect(saidOf(up, "refusing").slice(1)).toEqual([
            "info: 2 installed, 1 failed",
            expect.stringMatching(/^error: .*i-r1: ClientAlreadyExists/s),
        ]);
        expect(saidOf(up, "gated").join("\n")).toMatch(
            /i-01: its client was ACTIVATED, and is UNKNOWN after the soak of 4 s; look at the agent/,
        );
        expect(failedIn(up.state, "gated")).toEqual(["i-01"]);
        expect(failedIn(up.state, "open")).toEqual([]);
        expect(clientsOf(up.state, "gated")["i-02"]).toMatchObject({ pendingAction: "install" });

        // It is back by the next up, and has not been reinstalled meanwhile.
        simulator.setSwitches({ fallOverAfter: null });
        const [client] = simulator.world().clients.filter(({ instanceId }) => instanceId === "i-01");
        simulator.patchClient(client?.clientId ?? "", { status: "ACTIVATED" });
        const program = [gated, open, fleet("refusing", ["i-r1", "i-r2", "i-r3"], waves)];
        const preview = expectOk(await stack.preview(program));
        expect(planOf(preview, "gated")).toBe(
            "plan: install 5: i-02, i-03, i-04, i-05, i-06; wait for 1: i-01; in waves of 1, 5",
        );
        const again = expectOk(await stack.up(program));
        expect(saidOf(again, "gated")).toContain("info: 6 installed");
        expect(countOf(simulator, "UninstallClient")).toBe(0);
        expect(simulator.requests().installs["i-01"]).toBe(1);
    });
});
