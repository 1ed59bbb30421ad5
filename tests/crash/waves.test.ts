import type { Simulator } from "../../simulator";
import { installedPackage } from "../engine/harness/package";
import { Deployment, type Recorded } from "./deployment";
import { LoopbackEngine } from "./loopbackEngine";
import type { Properties, ProviderServer } from "./providerServer";
import { faultsOf, remains } from "./scenario";
import { type Kill, killsAt, someAtOnce, withSimulator } from "./withSimulator";

const VAULT = "v-1";

/** The client that the checks of `scenario.ts` expect to be left alone. */
const WORLD = {
    vaults: [VAULT],
    clients: [
        {
            clientId: "c-old-i-foreign",
            vaultId: VAULT,
            instanceId: "i-foreign",
            clusterId: "cl-a",
            status: "ACTIVATED" as const,
        },
    ],
};

/** Three waves of one, two and four instances, each with a soak, and a pause after the first. */
const ARGS: Properties = {
    vaultId: VAULT,
    instances: [1, 2, 3, 4, 5, 6, 7].map((number) => ({ instanceId: `i-${number}`, clusterId: "cl-a" })),
    rollout: { waves: [1, 2, 4], soak: "500ms", pauseAfter: "firstWave" },
    removal: "UninstallAndDelete",
};

interface Point extends Kill {
    /** The state before the run: none for the create, that of the pause for the update. */
    readonly state: Recorded | undefined;
}

jest.setTimeout(600_000);

describe("a provider that is killed in a rollout of three waves and a pause", () => {
    let folder: string;
    let engine: LoopbackEngine;
    let address: string;

    beforeAll(async () => {
        folder = await installedPackage();
        ({ engine, address } = await LoopbackEngine.start());
    });
    afterAll(() => {
        engine.stop();
    });

    /** A fleet at its pause has one client, and all others are pending. */
    function faultsOfPause(deployment: Deployment, simulator: Simulator): string[] {
        const installed = Object.keys(simulator.requests().installs);
        const rollout = JSON.stringify(deployment.state?.outputs.__rollout);
        return [
            ...(installed.join() === "i-1" ? [] : [`installed at the pause: ${installed.join()}`]),
            ...(rollout === '{"wavesDone":1}' ? [] : [`the state has ${rollout} at the pause`]),
        ];
    }

    function faultsOfEnd(deployment: Deployment, simulator: Simulator): string[] {
        const { installs, duplicateInstalls } = simulator.requests();
        const often = Object.entries(installs).filter(([, count]) => count !== 1);
        return [
            ...faultsOf(ARGS, deployment.state?.outputs, simulator),
            ...often.map(([instanceId, count]) => `${instanceId} was installed ${count} times`),
            ...(duplicateInstalls > 0 ? [`${duplicateInstalls} duplicate installs`] : []),
            ...(deployment.state?.outputs.__rollout === undefined ? [] : ["the rollout is not over"]),
        ];
    }

    async function up(deployment: Deployment, provider: ProviderServer): Promise<string[]> {
        const ended = await deployment.up(provider, ARGS);
        return ended === "succeeded" ? [] : [`up ${ended}: ${String(deployment.error)}`];
    }

    /** Both runs without a kill: the state of the pause, and the actions of all requests of each run. */
    function rehearse(): Promise<{
        readonly paused: Recorded;
        readonly actions: readonly (readonly string[])[];
    }> {
        return withSimulator(folder, WORLD, async (simulator, start) => {
            const deployment = new Deployment();
            const provider = await start(address);
            expect(await up(deployment, provider)).toEqual([]);
            expect(faultsOfPause(deployment, simulator)).toEqual([]);
            const paused = deployment.state;
            const first = simulator.requests().total;
            expect(await up(deployment, provider)).toEqual([]);
            expect(faultsOfEnd(deployment, simulator)).toEqual([]);
            await provider.stop();
            if (!paused) throw new Error("the pause has left no state");
            const actions = simulator.requests().log.map(({ action }) => action);
            return { paused, actions: [actions.slice(0, first), actions.slice(first)] };
        });
    }

    /** The world that belongs to the state, the run that is killed, and the runs that a user makes after it. */
    function tryPoint({ state, request, effect }: Point): Promise<readonly string[]> {
        return withSimulator(folder, WORLD, async (simulator, start) => {
            const deployment = new Deployment();
            const victim = await start(address);
            const faults: string[] = [];
            if (state !== undefined) faults.push(...(await up(deployment, victim)));
            simulator.killAfter({ requests: request, pid: victim.pid, effect });
            const before = deployment.state;
            await deployment.up(victim, ARGS);
            await victim.stop();
            const provider = await start(address);
            // The create pauses once in its life, wherever it was killed; the run after the pause never does.
            if (before === undefined && deployment.state === undefined)
                faults.push(...(await up(deployment, provider)), ...faultsOfPause(deployment, simulator));
            faults.push(...(await up(deployment, provider)), ...faultsOfEnd(deployment, simulator));
            const { total } = simulator.requests();
            faults.push(...(await up(deployment, provider)));
            if (simulator.requests().total > total) faults.push("the next up still had something to do");
            await provider.stop();
            // Each command has a process of its own, and a destroy knows nothing of the runs before it.
            const last = await start(address);
            await deployment.destroy(last);
            await last.stop();
            return [...faults, ...remains(simulator)];
        });
    }

    it("pauses once and installs each client once, whichever request it dies at", async () => {
        const { paused, actions } = await rehearse();
        const points = [undefined, paused].flatMap((state, run) =>
            killsAt(actions[run] ?? []).map((kill): Point => ({ state, ...kill })),
        );
        const found = await someAtOnce(points, tryPoint);
        const faults = found.flatMap((each, index) => {
            const { state, request, effect } = points[index] ?? {};
            const where = `${state ? "after the pause" : "before the pause"}, ${effect ?? ""} request ${request ?? 0}`;
            return each.map((fault) => `${where}: ${fault}`);
        });
        process.stdout.write(`crash points of a rollout tried: ${points.length}; faults: ${faults.length}\n`);
        expect(faults).toEqual([]);
        expect(points.length).toBeGreaterThan(12);
    });
});
