import { installedPackage } from "../engine/harness/package";
import { Deployment } from "./deployment";
import { LoopbackEngine } from "./loopbackEngine";
import type { ProviderServer } from "./providerServer";
import {
    change,
    creation,
    destruction,
    faultsOf,
    type Phase,
    remains,
    run,
    surplus,
    tally,
} from "./scenario";
import { type Kill, killsAt, someAtOnce, withSimulator } from "./withSimulator";

interface Point extends Kill {
    readonly phase: Phase;
}

interface Finding {
    readonly struck: string | undefined;
    readonly surplus: number;
    readonly faults: readonly string[];
}

const isExhaustive = process.env["HBR_EXHAUSTIVE"] === "1";

const CHANGING = ["CreateClients", "UninstallClient", "DeleteClient"];

jest.setTimeout(1_800_000);

describe("a provider that is killed", () => {
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

    /** Every phase once without a kill, each from where the one before has ended: the actions of its requests. */
    async function rehearse(): Promise<[Phase, readonly string[]][]> {
        const own = await LoopbackEngine.start();
        const providers: ProviderServer[] = [];
        const rehearsed: [Phase, readonly string[]][] = [];
        let phase = creation();
        for (const next of [change, destruction, destruction]) {
            phase = await withSimulator(folder, phase.world, async (simulator, start) => {
                const deployment = new Deployment(phase.state);
                const provider = await start(own.address);
                providers.push(provider);
                const outcome = await run(phase, deployment, provider);
                if (outcome !== "succeeded") throw deployment.error;
                expect(simulator.requests().installs).toEqual(phase.installs);
                if (phase.args)
                    expect(faultsOf(phase.args, deployment.state?.outputs, simulator)).toEqual([]);
                else expect(remains(simulator)).toEqual([]);
                rehearsed.push([phase, simulator.requests().log.map(({ action }) => action)]);
                return next(deployment, simulator);
            });
        }
        own.engine.stop();
        // A provider whose engine is gone ends by itself, with or without work. What Node has compiled is kept only by
        // a process that ends so, and makes all further ones start quicker.
        expect(await Promise.all(providers.map(({ ended }) => ended))).toEqual([1, 1, 1]);
        return rehearsed;
    }

    /** After a destroy was killed the user may destroy again, or refresh and bring the fleet back. */
    function tryPoint({ phase, request, effect }: Point, args = phase.args): Promise<Finding> {
        return withSimulator(folder, phase.world, async (simulator, start) => {
            const deployment = new Deployment(phase.state);
            const victim = await start(address);
            simulator.killAfter({ requests: request, pid: victim.pid, effect });
            const outcome = await run(phase, deployment, victim);
            await victim.stop();
            const struck = simulator.requests().log.find(({ status }) => status === 0)?.action;
            const faults: string[] = [];
            const expectSuccess = (what: string, ended: string): void => {
                if (ended !== "succeeded") faults.push(`${what} ${ended}: ${String(deployment.error)}`);
            };
            // A run may take a request less than the clean one did, and end before its time has come.
            if (outcome !== "died") expectSuccess("the run that was not killed", outcome);
            const provider = await start(address);
            if (args !== undefined) {
                if (phase.args === undefined) expectSuccess("refresh", await deployment.refresh(provider));
                expectSuccess("up", await deployment.up(provider, args));
                faults.push(...faultsOf(args, deployment.state?.outputs, simulator));
                const { total } = simulator.requests();
                expectSuccess("the next up", await deployment.up(provider, args));
                if (simulator.requests().total > total) faults.push("the next up still had something to do");
            }
            // What a destroy has taken away is installed anew; that is counted nowhere.
            const { allowed, faults: tooMany } = surplus(phase, simulator);
            faults.push(...(phase.args ? tooMany : tooMany.filter((each) => each.includes("duplicate"))));
            await provider.stop();
            // Each command has a process of its own, and a destroy knows nothing of the runs before it.
            const last = await start(address);
            expectSuccess("destroy", await deployment.destroy(last));
            faults.push(...remains(simulator));
            await last.stop();
            return { struck: outcome === "died" ? struck : undefined, surplus: allowed, faults };
        });
    }

    it("leaves nothing that the next run does not bring in order, whichever request it dies at", async () => {
        const phases = await rehearse();
        const lastArgs = phases.findLast(([{ args }]) => args !== undefined)?.[0].args;
        // After a killed destroy there are two ways on, which the effect chooses between.
        const kills = ({ args }: Phase, actions: readonly string[]): readonly Kill[] =>
            killsAt(args ? actions : actions.map(() => "any"));
        const points = phases.flatMap(([phase, actions]) =>
            someOf(kills(phase, actions), ({ request, effect }) => `${actions[request - 1]} ${effect}`).map(
                (kill): Point => ({ phase, ...kill }),
            ),
        );
        const started = Date.now();
        const findings = await someAtOnce(points, (point) =>
            tryPoint(point, point.phase.args ?? (point.effect === "after" ? lastArgs : undefined)),
        );

        const faults = findings.flatMap((finding, index) => {
            const { phase, request, effect } = points[index] ?? {};
            const where = `${phase?.name ?? ""}, ${effect ?? ""} request ${request ?? 0}`;
            return finding.faults.map((fault) => `${where} (${finding.struck ?? "not struck"}): ${fault}`);
        });
        const figures = [
            `crash points tried: ${points.length} (${phases.map(([{ name }, { length }]) => `${name} ${length}`).join(", ")} requests)`,
            `killed: ${findings.filter(({ struck }) => struck !== undefined).length}`,
            tally(faults),
            `installed once more, as the design allows: ${findings.reduce((sum, { surplus: more }) => sum + more, 0)}`,
            `${Math.round((Date.now() - started) / 1000)} s`,
        ];
        process.stdout.write(`${figures.join("; ")}\n`);

        expect(faults).toEqual([]);
        // The last request or two may not be reached again; all others must be.
        expect(findings.filter(({ struck }) => struck === undefined).length).toBeLessThan(points.length / 10);
        for (const action of [...CHANGING, "DescribeTask", "DescribeClients"])
            expect(findings.some(({ struck }) => struck === action)).toBe(true);
    });
});

/** `npm test` tries half of the points of each kind, always other ones; `npm run test:exhaustive` tries all. */
function someOf<T>(points: readonly T[], kindOf: (point: T) => string): readonly T[] {
    if (isExhaustive) return points;
    return [...Map.groupBy(points, kindOf).values()].flatMap((same) =>
        same
            .map((point) => ({ point, order: Math.random() }))
            .sort((a, b) => a.order - b.order)
            .slice(0, Math.ceil(same.length / 2))
            .map(({ point }) => point),
    );
}
