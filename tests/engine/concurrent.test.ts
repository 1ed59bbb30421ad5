import { Simulator, type Listening } from "../../simulator";
import { configFor, expectOk, startEngine, type Engine, type ResourceSpec, type Result } from "./harness";
import { agentsIn, saidOf } from "./support";

const INSTALL_TIME_MS = 600;
/** What an uninstallation takes at least in the simulator. */
const UNINSTALL_TIME_MS = (INSTALL_TIME_MS / 2) * 0.8;
const VAULT = "v-simulator";

type Pair = readonly [instanceId: string, clusterId?: string];

function resource(
    name: string,
    pairs: readonly Pair[],
    dependsOn: readonly string[] = [],
    more: object = {},
): ResourceSpec {
    const instances = pairs.map(([instanceId, clusterId = "cl-1"]) => ({ instanceId, clusterId }));
    return { name, args: { vaultId: VAULT, instances, ...more }, opts: { dependsOn } };
}

describe("two resources of one program", () => {
    // The latency leaves the engine the time to hand over both resources before the first of them acts.
    const simulator = new Simulator({ installTime: INSTALL_TIME_MS, latency: 400 });
    let listening: Listening;
    let engine: Engine;

    beforeAll(async () => {
        [listening, engine] = await Promise.all([simulator.listen(), startEngine()]);
    });
    afterAll(async () => {
        await engine.stop();
        await simulator.close();
    });

    /** What the state has of an instance: the clients of each resource by name. */
    function recorded({ state }: Result, name: string): Record<string, object> {
        return state.resource(name).outputs?.clients as Record<string, object>;
    }

    /** When each call that changes something on an instance was made. */
    function changesOf(instanceId: string): { action: string; at: number }[] {
        const clientIds = clientsEver.get(instanceId) ?? [];
        return simulator
            .requests()
            .log.filter(({ action, parameters }) =>
                action === "CreateClients"
                    ? Object.values(parameters).some((text) => text.includes(`"${instanceId}"`))
                    : action === "UninstallClient" && clientIds.includes(parameters.ClientId ?? ""),
            )
            .map(({ action, at }) => ({ action, at }));
    }
    const clientsEver = new Map<string, string[]>();
    const rememberClients = (): void => {
        for (const { instanceId, clientId } of simulator.world().clients)
            clientsEver.set(instanceId, [...(clientsEver.get(instanceId) ?? []), clientId]);
    };

    function pairsInWorld(): string[] {
        return agentsIn(simulator)
            .map(({ instanceId, clusterId, status }) => `${instanceId} ${clusterId} ${status}`)
            .sort();
    }

    it("share an instance, or hand it over, without a double install and without losing it", async () => {
        const stack = await engine.stack({ config: configFor(listening) });
        const shared = [
            resource("same-1", [["i-same"]]),
            resource("same-2", [["i-same"]]),
            resource("different-1", [["i-different", "cl-1"]]),
            resource("different-2", [["i-different", "cl-2"]]),
        ];
        // The engine hands them over in any order, so the warning is on either row.
        const warningsOf = (result: Result): readonly string[] =>
            shared.flatMap(({ name }) => saidOf(result, name).filter((text) => text.startsWith("warning: ")));
        const warned = [
            expect.stringMatching(
                /^warning: ("same-1" and "same-2"|"same-2" and "same-1") both declare i-same: each would/,
            ),
        ];
        expect(warningsOf(expectOk(await stack.preview(shared)))).toEqual(warned);
        const up = expectOk(
            await stack.up([
                ...shared,
                ...["1", "2", "3", "4", "5"].flatMap((n) => [
                    resource(`from-${n}`, [[`i-moves-${n}`], [`i-stays-${n}`]]),
                    resource(`to-${n}`, [[`i-target-${n}`]]),
                ]),
            ]),
        );
        rememberClients();
        expect(warningsOf(up)).toEqual(warned);
        expect(recorded(up, "same-1")).toMatchObject({ "i-same": { status: "ACTIVATED" } });
        expect(recorded(up, "same-2")).toEqual(recorded(up, "same-1"));
        const { installs, duplicateInstalls } = simulator.requests();
        expect(installs).toMatchObject({ "i-same": 1, "i-different": 2, "i-moves-1": 1 });
        expect(duplicateInstalls).toBe(0);
        const [first, second] = changesOf("i-different");
        // One after the other: the second begins when the first one's client is there.
        expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(INSTALL_TIME_MS * 0.8);

        simulator.resetRequests();
        const moved = expectOk(
            await stack.up([
                ...shared,
                resource("from-1", [["i-stays-1"]]),
                resource("to-1", [["i-target-1"], ["i-moves-1"]]),
                resource("from-2", [["i-stays-2"]]),
                resource("to-2", [["i-target-2"], ["i-moves-2"]], ["from-2"]),
                resource("to-3", [["i-target-3"], ["i-moves-3"]]),
                resource("from-3", [["i-stays-3"]], ["to-3"]),
                resource("from-4", [["i-stays-4"]]),
                resource("to-4", [["i-target-4"], ["i-moves-4", "cl-2"]]),
                resource("from-5", [["i-stays-5"]], [], { removal: "Retain" }),
                resource("to-5", [["i-target-5"], ["i-moves-5"]], ["from-5"]),
            ]),
        );
        rememberClients();
        for (const name of ["from-1", "to-1", "from-2", "to-2"])
            expect(saidOf(moved, name).join()).not.toContain("both declare");
        for (const n of ["1", "2", "3", "4", "5"]) {
            expect(Object.keys(recorded(moved, `from-${n}`))).toEqual([`i-stays-${n}`]);
            expect(recorded(moved, `to-${n}`)[`i-moves-${n}`]).toMatchObject({ status: "ACTIVATED" });
        }
        // Claimed before the other resource lets go of it, by the order of work or by both being handed over at once.
        expect(changesOf("i-moves-1")).toEqual([]);
        expect(changesOf("i-moves-3")).toEqual([]);
        // Let go of without an uninstallation.
        expect(changesOf("i-moves-5")).toEqual([]);
        // The engine does not tell of a resource that depends on the one which lets go: it is installed anew, after that.
        expect(changesOf("i-moves-2").map(({ action }) => action)).toEqual([
            "UninstallClient",
            "CreateClients",
        ]);
        // Another cluster is another client: the old one goes and the new one comes, one after the other.
        const [one, other] = changesOf("i-moves-4");
        expect([one?.action, other?.action].sort()).toEqual(["CreateClients", "UninstallClient"]);
        expect((other?.at ?? 0) - (one?.at ?? 0)).toBeGreaterThanOrEqual(UNINSTALL_TIME_MS);
        expect(simulator.requests()).toMatchObject({
            installs: { "i-moves-2": 1, "i-moves-4": 1 },
            duplicateInstalls: 0,
        });
        expect(pairsInWorld()).toEqual(
            [
                "i-same cl-1",
                "i-different cl-1",
                "i-different cl-2",
                ...["1", "2", "3", "4", "5"].flatMap((n) => [`i-stays-${n} cl-1`, `i-target-${n} cl-1`]),
                ...["1", "2", "3", "5"].map((n) => `i-moves-${n} cl-1`),
                "i-moves-4 cl-2",
            ]
                .map((pair) => `${pair} ACTIVATED`)
                .sort(),
        );

        expect(expectOk(await stack.destroy()).state.resources).toEqual([]);
        // What the last program retains stays.
        expect(pairsInWorld()).toEqual(["i-stays-5 cl-1 ACTIVATED"]);
    });
});
