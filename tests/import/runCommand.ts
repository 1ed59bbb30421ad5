import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

/** What the command left behind. */
export interface Ended {
    readonly code: number | null;
    readonly output: string;
    /** What it said, line by line. */
    readonly errors: readonly string[];
}

/** Runs `hbr-import` from the sources. Without a Pulumi CLI on PATH, the environment is all of its configuration. */
export async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    const child = spawn(process.execPath, ["--import", "tsx", "provider/import/cli.ts", ...args], {
        cwd: path.join(__dirname, "../.."),
        env,
    });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output, errors: errors.trimEnd().split("\n") };
}
