import { EngineBench, type Kind, type RunCost } from "../engine/bench";
import { type Curve, type Figure, shown, shownSpread, shownTime } from "../results";
import { inTurn, ratioOf, type Spread, spreadOf } from "../statistics";

const BOUND = 1.1;
const MANY_BOUND = 1.15;
const MEMORY_BOUND = 1.3;
const MEBIBYTE = 2 ** 20;

type Sides = Readonly<Record<Kind, readonly RunCost[]>>;

/** The results of the engine's runs. */
export interface EngineFigures {
    readonly figures: readonly Figure[];
    readonly preview: Readonly<Record<string, Curve>>;
}

/** Measures everything that needs the real engine, alternating between this package and bare. */
export async function onTheEngine(quick: boolean, say: (text: string) => void): Promise<EngineFigures> {
    const bench = await EngineBench.start();
    try {
        const figures: Figure[] = [];
        const curves: Record<Kind, [number, number][]> = { ours: [], bare: [] };
        const sizes = quick ? [[100, 3] as const, [1_000, 2] as const] : SIZES;
        for (const [size, turns] of sizes) {
            say(`previews of ${shown(size)} instances`);
            const sides = await bothSides(bench, "preview", 1, size, turns);
            figures.push(timeFigure(`preview, ${shown(size)}`, "an unchanged fleet", sides, BOUND));
            if (size === sizes.at(-1)?.[0]) figures.push(memoryFigure(size, sides));
            for (const kind of KINDS)
                curves[kind].push([size, spreadOf(sides[kind].map(({ wallMs }) => wallMs)).median / 1_000]);
        }
        say("up with nothing to do");
        const up = await bothSides(bench, "up", 1, 1_000, quick ? 2 : 9);
        figures.push(timeFigure("up, nothing to do", "1,000 instances, without its preview", up, BOUND));
        figures.push(...(await stateFigures(bench)));
        if (!quick) {
            say("many resources");
            const many = await bothSides(bench, "preview", 50, 20, 15);
            figures.push(timeFigure("many resources", "preview of 50 × 20 instances", many, MANY_BOUND));
        }
        return { figures, preview: { BackupClients: curves.ours, bare: curves.bare } };
    } finally {
        await bench.stop();
    }
}

const KINDS: readonly Kind[] = ["bare", "ours"];
const SIZES = [
    [100, 11],
    [1_000, 9],
    [10_000, 3],
] as const;

async function bothSides(
    bench: EngineBench,
    operation: "preview" | "up",
    resources: number,
    size: number,
    turns: number,
): Promise<Sides> {
    const bare = await bench.deployed("bare", resources, size);
    const ours = await bench.deployed("ours", resources, size);
    // The deployments have already warmed up the caches.
    return inTurn(
        turns,
        { bare: () => bench.run(bare, operation), ours: () => bench.run(ours, operation) },
        { warmUp: false },
    );
}

function timeFigure(name: string, scenario: string, { ours, bare }: Sides, bound: number): Figure {
    const wall = (runs: readonly RunCost[]): number[] => runs.map(({ wallMs }) => wallMs);
    const cpu = (runs: readonly RunCost[]): number[] => runs.map(({ cpuMs }) => cpuMs);
    const value = ratioOf(wall(ours), wall(bare));
    return {
        name,
        scenario: `${scenario}, ${ours.length} repetitions`,
        ours: shownTime(spreadOf(wall(ours)).median),
        comparedWith: `bare ${shownTime(spreadOf(wall(bare)).median)}`,
        value,
        mustReach: `at most ${shown(bound)}`,
        reached: value.median <= bound,
        note: `CPU time of CLI, program and provider together is ${shownSpread(ratioOf(cpu(ours), cpu(bare)))} times bare's`,
    };
}

function memoryFigure(size: number, { ours, bare }: Sides): Figure {
    const peaks = (runs: readonly RunCost[]): number[] => runs.map(({ providerPeak }) => providerPeak);
    const value = ratioOf(peaks(ours), peaks(bare));
    const shownPeak = (peak: Spread): string => `${shown(peak.median / MEBIBYTE, 0)} MiB`;
    return {
        name: "memory",
        scenario: `peak of the provider process, preview of ${shown(size)} instances`,
        ours: shownPeak(spreadOf(peaks(ours))),
        comparedWith: `bare ${shownPeak(spreadOf(peaks(bare)))}`,
        value,
        mustReach: `at most ${shown(MEMORY_BOUND)}`,
        reached: value.median <= MEMORY_BOUND,
    };
}

const STATE_BOUND = 700;
const PROVIDER_BOUND = 512;

/** Measures the size of a fleet and of the provider in the state. */
async function stateFigures(bench: EngineBench): Promise<readonly Figure[]> {
    const size = 1_000;
    const fleet = (await bench.deployed("ours", 1, size)).state().resource("fleet-0");
    const two = (await bench.deployed("ours", 2, 20)).state();
    const bytes = JSON.stringify(fleet.inputs).length + JSON.stringify(fleet.outputs).length;
    const providers = [fleet, two.resource("fleet-0"), two.resource("fleet-1")].map(
        ({ inputs }) => inputs?.["__provider"],
    );
    const length = String(providers[0]).length;
    const same = new Set(providers).size === 1;
    return [
        {
            name: "state",
            scenario: `${shown(size)} instances, compact JSON, inputs and outputs together`,
            ours: `${shown(bytes / size, 0)} bytes per instance`,
            comparedWith: "",
            value: spreadOf([bytes / size]),
            mustReach: `at most ${STATE_BOUND}`,
            reached: bytes / size <= STATE_BOUND,
        },
        {
            name: "state, provider",
            scenario: "`__provider`, three resources",
            ours: `${length} bytes, ${same ? "the same" : "different"} in all`,
            comparedWith: "",
            value: spreadOf([length]),
            mustReach: `under ${PROVIDER_BOUND}, the same in all`,
            reached: length < PROVIDER_BOUND && same,
            note: "all resources share one string, so it is serialized once and the provider is loaded once",
        },
    ];
}
