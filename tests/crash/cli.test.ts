import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Simulator } from "../../simulator";
import {
    configFor,
    type Deployment as SavedDeployment,
    type Engine,
    expectOk,
    type ProgramSpec,
    type Result,
    type Run,
    type Stack,
    startEngine,
} from "../engine/harness";
import { describeWithProcesses, pidsWith } from "../engine/harness/processes";
import { Deployment } from "./deployment";
import type { Properties } from "./providerServer";
import { change, creation, destruction, faultsOf, type Phase, remains, surplus, tally } from "./scenario";

type Effect = "before" | "after";

/** A phase, the state it begins with, and the actions that it asks of the service, in their order. */
interface Step {
    readonly phase: Phase;
    readonly saved: SavedDeployment;
    readonly actions: readonly string[];
}

interface Point {
    readonly step: Step;
    /** 1 is the first. */
    readonly request: number;
    readonly effect: Effect;
}

/** Found with its value in the environment of every process that a run starts. */
const MARK = "HBR_CRASH_RUN";
const INSTALL_TIME_MS = 300;
const PATIENCE_MS = 60_000;
const isExhaustive = process.env.HBR_EXHAUSTIVE === "1";

jest.setTimeout(isExhaustive ? 5_400_000 : 900_000);

const programOf = (args: Properties | undefined): ProgramSpec => (args ? [{ name: "hana", args }] : []);

describeWithProcesses("a whole CLI that is killed", () => {
    let engine: Engine;
    let stack: Stack;
    const simulator = new Simulator({ installTime: INSTALL_TIME_MS, seed: 1 });

    beforeAll(async () => {
        const [listening, started] = await Promise.all([simulator.listen(), startEngine()]);
        engine = started;
        stack = await engine.stack({ config: configFor(listening) });
    });
    afterAll(async () => {
        await engine.stop();
        await simulator.close();
    });

    const start = ({ args }: Phase, mark = ""): Promise<Run> =>
        stack.start(args ? "up" : "destroy", programOf(args), { env: { [MARK]: mark } });

    function begin({ world }: Phase, saved: SavedDeployment): void {
        simulator.setWorld(world);
        simulator.resetRequests();
        stack.editState((deployment) => {
            for (const name of Object.keys(deployment)) Reflect.deleteProperty(deployment, name);
            Object.assign(deployment, structuredClone(saved));
        });
    }

    /** Every phase once without a kill, each from where the one before has ended. */
    async function rehearse(): Promise<{ steps: Step[]; programs: Map<Phase, Properties> }> {
        const steps: Step[] = [];
        const programs = new Map<Phase, Properties>();
        let args: Properties = {};
        for (const next of [creation, change, destruction]) {
            const phase = next(new Deployment(), simulator);
            const saved = structuredClone(stack.state().deployment);
            begin(phase, saved);
            const result = expectOk(await (await start(phase)).done);
            args = phase.args ?? args;
            programs.set(phase, args);
            expect(phase.args ? faultsAfter(result, args) : remains(simulator)).toEqual([]);
            expect(simulator.requests().installs).toEqual(phase.installs);
            steps.push({ phase, saved, actions: simulator.requests().log.map(({ action }) => action) });
        }
        return { steps, programs };
    }

    const faultsAfter = (result: Result, args: Properties): string[] =>
        faultsOf(args, result.state.find("hana")?.outputs as Properties | undefined, simulator);

    /** Kills, and goes on as a user does: unlock, the same program at once, and a destroy in the end. */
    async function tryPoint({ step, request, effect }: Point, args: Properties): Promise<string[]> {
        const { phase, saved } = step;
        begin(phase, saved);
        const mark = randomUUID();
        const run = await start(phase, mark);
        simulator.killAfter({ requests: request, pid: run.pid, effect });
        const killed = await run.done;
        const orphaned = processesEnd(mark);
        orphaned.catch(() => undefined);
        // A run may take a request less than the rehearsal, and end before its time has come.
        if (killed.code === null) await stack.cli(["cancel", "--yes"]);
        else if (!killed.ok) return [`the run failed:\n${killed.stdout}`];

        const refresh = phase.args ? [] : ["--refresh"];
        const up = expectOk(await stack.up(programOf(args), { args: refresh }));
        const faults = faultsAfter(up, args);
        const { faults: tooMany } = surplus(phase, simulator);
        faults.push(...(phase.args ? tooMany : tooMany.filter((each) => each.includes("duplicate"))));
        process.stdout.write(
            `CLI killed at ${phase.name}, ${effect} request ${request} (${step.actions[request - 1] ?? ""}); ` +
                `no process of it left after ${await orphaned} ms\n`,
        );
        expectOk(await stack.destroy());
        return [...faults, ...remains(simulator)];
    }

    /** The points of one action in a phase: before and after its first request, or every one. */
    function pointsOf(step: Step): Point[] {
        return step.actions.flatMap((_, index) => [
            { step, request: index + 1, effect: "before" as const },
            { step, request: index + 1, effect: "after" as const },
        ]);
    }

    function chosenPoints([create, update]: readonly Step[]): Point[] {
        if (!create || !update) return [];
        const at = (step: Step, action: string, effect: Effect, last = false): Point => {
            const index = last ? step.actions.lastIndexOf(action) : step.actions.indexOf(action);
            return { step, request: index + 1, effect };
        };
        return [
            at(create, "CreateClients", "after"),
            at(create, "DescribeTask", "before"),
            at(create, "DescribeClients", "before", true),
            at(update, "UninstallClient", "after"),
        ];
    }

    it("leaves nothing that the next up does not bring in order, and no process", async () => {
        const { steps, programs } = await rehearse();
        const points = isExhaustive ? steps.flatMap(pointsOf) : chosenPoints(steps);
        const faults: string[] = [];
        for (const point of points) {
            const { step, request, effect } = point;
            const previous = step.phase.args ? programs.get(step.phase) : [...programs.values()].at(-1);
            const found = await tryPoint(point, previous ?? {});
            faults.push(
                ...found.map((fault) => `${step.phase.name}, ${effect} request ${request}: ${fault}`),
            );
        }
        process.stdout.write(
            `crash points of the whole CLI tried: ${points.length}; faults: ${faults.length}; ${tally(faults)}\n`,
        );
        expect(faults).toEqual([]);
        expect(points.length).toBeGreaterThanOrEqual(4);
    });

    // The orphan has most of its work still before it, and the next run finds it at it.
    it.each([
        ["killed", ["SIGKILL"]],
        ["told by Ctrl-C, twice", ["SIGINT", "SIGINT"]],
    ] as const)(
        "that is %s, and followed by an up at once, has submitted nothing since",
        async (_how, signals) => {
            const args = { ...creation().args, rollout: { batchSize: 3, parallelism: 1 } };
            const phase = { ...creation(), args };
            begin(phase, {});
            const mark = randomUUID();
            const run = await start(phase, mark);
            while ((simulator.requests().byAction.CreateClients ?? 0) === 0) await sleep(20);
            for (const signal of signals) {
                run.signal(signal);
                await sleep(100);
            }
            await run.done;
            const orphaned = processesEnd(mark);
            orphaned.catch(() => undefined);

            await stack.cli(["cancel", "--yes"]);
            const up = expectOk(await stack.up(programOf(args)));
            expect(faultsAfter(up, args)).toEqual([]);
            expect(simulator.requests()).toMatchObject({ installs: phase.installs, duplicateInstalls: 0 });
            process.stdout.write(
                `CLI ended by ${signals.join(", ")}: no process of it left after ${await orphaned} ms\n`,
            );

            expectOk(await stack.refresh({ args: ["--clear-pending-creates"] }));
            expect(stack.state().deployment.pending_operations ?? []).toEqual([]);
            expectOk(await stack.destroy());
            expect(remains(simulator)).toEqual([]);
        },
    );
});

/** Waits until every process of a run has ended by itself, and gives the time that took. Nobody else ends them. */
async function processesEnd(mark: string): Promise<number> {
    const since = Date.now();
    while (pidsWith(`${MARK}=${mark}`).length > 0) {
        // It takes some three seconds; a machine with much else to do may need more.
        if (Date.now() - since > PATIENCE_MS) throw new Error("the provider of a killed CLI lives on");
        await sleep(100);
    }
    return Date.now() - since;
}
