import type { Operation, Result } from "../../tests/engine/harness/run";
import type { RunOptions } from "../../tests/engine/harness/stack";
import { type Clusters, Fleet } from "../demo/fleet";
import { REQUEST_IDS, TASK_IDS, TIMES } from "../previews/normalize";
import { inTerminal, type Line, type Screen, screenOf, TERMINAL_ENV } from "./terminal";

/** One run of the CLI as a terminal shows it. */
export interface Picture {
    /** Of the file, without `.svg`. */
    readonly name: string;
    /** What it shows, for those who do not see it. */
    readonly title: string;
    readonly screen: Screen;
}

const FLEET: Clusters = {
    "cl-000prd": ["i-prd01", "i-prd02", "i-prd03"],
    "cl-000qas": ["i-qas01", "i-qas02", "i-qas03"],
};
/** One more, one less, and one in the other cluster. */
const CHANGED: Clusters = {
    "cl-000prd": ["i-prd02", "i-prd03", "i-prd04"],
    "cl-000qas": ["i-qas01", "i-qas02", "i-prd01"],
};

/** Runs the example, and takes the pictures. Each new fleet has a stack of its own. */
export async function takePictures(): Promise<Picture[]> {
    return [...(await take(installation)), ...(await take(waves)), ...(await take(failure))];
}

async function take(pictures: (fleet: Fleet) => Promise<Picture[]>): Promise<Picture[]> {
    const fleet = await Fleet.start({ installTime: 3_000, seed: 1 });
    try {
        fleet.simulator.setWorld({ vaults: [fleet.vaultId] });
        return await pictures(fleet);
    } finally {
        await fleet.stop();
    }
}

async function installation(fleet: Fleet): Promise<Picture[]> {
    await fleet.configure(FLEET);
    const up = await run(fleet, "up", { withPreview: true });
    await fleet.configure(CHANGED);
    const preview = await run(fleet, "preview");
    return [
        {
            name: "up",
            title: "pulumi up installs the backup clients of six instances: the plan, and then the result of each",
            screen: await framed("pulumi up --yes", up.stdout),
        },
        {
            name: "preview",
            title: "pulumi preview: the plan line says what is installed, reinstalled and why, uninstalled, and kept",
            screen: await framed("pulumi preview", preview.stdout),
        },
    ];
}

async function waves(fleet: Fleet): Promise<Picture[]> {
    await fleet.configure(fleet.exampleClusters, { rollout: { waves: [1, "25%", "100%"], soak: "1s" } });
    const { stdout } = await run(fleet, "up");
    return [
        {
            name: "waves",
            title: "pulumi up in the middle of a rollout: the row says how much is done, and in which wave",
            screen: await framed(QUICK_UP, stdout, /1\/24 · \d+ % · wave 2\/3 · installing/),
        },
    ];
}

async function failure(fleet: Fleet): Promise<Picture[]> {
    fleet.simulator.patchInstance("i-prd03", { failInstall: "InstallScriptFailed" });
    fleet.simulator.patchInstance("i-qas02", { cloudAssistant: false });
    // It could be booting, so the run waits for it.
    await fleet.configure(FLEET, { rollout: { bootTimeout: "2s", maxFailures: 2 } });
    const { stdout } = await run(fleet, "up");
    return [
        {
            name: "failure",
            title: "pulumi up with two instances that fail: the reason of each and what to do, and the outputs",
            screen: await framed(QUICK_UP, stdout),
        },
    ];
}

async function run(fleet: Fleet, operation: Operation, options: RunOptions = {}): Promise<Result> {
    const result = await fleet.run(operation, { ...options, terminal: inTerminal, env: TERMINAL_ENV });
    if (!result.ok) throw new Error(`${operation} failed:\n${result.stdout}${result.stderr}`);
    return result;
}

const QUICK_UP = "pulumi up --yes --skip-preview";

/** The command that a user would type, and below it what the terminal shows. */
async function framed(command: string, stream: string, moment?: RegExp): Promise<Screen> {
    const prompt: Line = [{ column: 0, text: `$ ${command}`, style: { bold: true } }];
    const lines = (await screenOf(steady(stream), moment))
        .filter(([first]) => first?.text !== "Duration:")
        // The dots of what is under way come and go.
        .map((line) => line.filter(({ text }) => !/^\.+$/.test(text)));
    return [prompt, ...lines.slice(0, lines.findLastIndex((line) => line.length > 0) + 1)];
}

/** The stream without what differs from run to run. Everything stays in its column. */
function steady(stream: string): string {
    return stream
        .replace(TIMES, (time) => " ".repeat(time.length))
        .replace(REQUEST_IDS, "7B3F0C52-1D4E-5A86-9C21-0E6D8F47A1B9")
        .replace(TASK_IDS, "t-000g5w2k8q1m7z4x9c3v")
        .replace(/\b\d\d %/g, "40 %");
}
