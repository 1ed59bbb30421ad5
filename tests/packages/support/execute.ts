import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a command to its end and returns its stdout; an error has all that it printed. */
export async function execute(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
    try {
        const { stdout } = await promisify(execFile)(command, args, {
            maxBuffer: 64 * 1024 * 1024,
            ...options,
        });
        return stdout;
    } catch (error) {
        const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
        throw new Error(`${command} ${args.join(" ")}:\n${String(error)}\n${stdout}${stderr}`, {
            cause: error,
        });
    }
}
