import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as v from "valibot";
import type { ConfigReader } from "../config/settings";
import { ProviderError } from "../providerError";
import { UsageError } from "./options";

/** The stack that the resources are for, and its configuration. */
export interface Surroundings {
    /** The configuration of the stack; empty without one. It holds secrets: print none of its values. */
    readonly config: ConfigReader;
    /** The names in the URNs of its resources; undefined if no stack is selected here. */
    readonly stack: StackNames | undefined;
    /** Why there is no stack. */
    readonly problem: string;
}

export interface StackNames {
    readonly project: string;
    readonly stack: string;
}

/** The first version of the CLI that imports a dynamic resource. */
const NEEDED = [3, 254] as const;

const configSchema = v.pipe(
    v.string(),
    v.parseJson(),
    v.record(v.string(), v.object({ value: v.optional(v.string()) })),
);

/**
 * Asks the Pulumi CLI on PATH for the stack and its configuration. Without a CLI, a project or a selected stack, only the
 * environment is left.
 *
 * @throws UsageError if a stack was named and is not there
 * @throws ProviderError if its configuration cannot be read
 */
export async function surroundings(named: string | undefined): Promise<Surroundings> {
    const flags = named === undefined ? [] : ["--stack", named];
    try {
        const stack = namesIn(await pulumi("stack", "--show-name", "--fully-qualify-stack-names", ...flags));
        return { config: await readConfig(flags), stack, problem: "" };
    } catch (error) {
        if (!(error instanceof CliError)) throw error;
        if (named !== undefined) throw new UsageError(`--stack ${named}: ${error.message}`);
        return { config: () => undefined, stack: undefined, problem: error.message };
    }
}

/** The names in `organization/project/stack`. */
function namesIn(printed: string): StackNames {
    const [stack = "", project] = printed.trim().split("/").reverse();
    if (project !== undefined) return { project, stack };
    throw new CliError(
        `the backend of the stack ${stack} knows no projects: \`pulumi state upgrade\` changes that`,
    );
}

async function readConfig(flags: readonly string[]): Promise<ConfigReader> {
    const failure = "the configuration of the stack cannot be read";
    let printed: string;
    try {
        printed = await pulumi("config", "--json", "--show-secrets", ...flags);
    } catch (error) {
        if (!(error instanceof CliError)) throw error;
        throw new ProviderError(`${failure}: ${error.message}`);
    }
    // What the parser says of a failure quotes the text.
    const { success, output } = v.safeParse(configSchema, printed);
    if (!success) throw new ProviderError(`${failure}: \`pulumi config --json\` prints something else`);
    return (key) => output[key]?.value;
}

/** What is wrong with the CLI on PATH; undefined if it can import the file, or if there is none. */
export async function cliProblem(): Promise<string | undefined> {
    const printed = await pulumi("version").catch(() => "");
    const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(printed) ?? [];
    if (major === undefined || Number(major) > NEEDED[0]) return undefined;
    if (Number(major) === NEEDED[0] && Number(minor) >= NEEDED[1]) return undefined;
    return `the Pulumi CLI on PATH is ${printed.trim()}; it can import dynamic resources since ${NEEDED.join(".")}: install a later one`;
}

/** The CLI has failed. The message is its own, and holds no value of the configuration. */
class CliError extends Error {}

async function pulumi(...args: readonly string[]): Promise<string> {
    try {
        // It must not ask for a passphrase.
        const all = [...args, "--non-interactive", "--color=never"];
        return (await promisify(execFile)("pulumi", all, { maxBuffer: 64 * 1024 * 1024 })).stdout;
    } catch (error) {
        throw new CliError(reasonOf(error));
    }
}

/** The error of a failed process holds its stdout too, which must not be shown. */
function reasonOf(error: unknown): string {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: unknown };
    if (code === "ENOENT") return "there is no Pulumi CLI on PATH";
    const lines = typeof stderr === "string" ? stderr.trim().split("\n") : [];
    const line = lines.find((each) => each.startsWith("error: ")) ?? lines.at(-1) ?? "";
    return line.replace(/^error: /, "") || "`pulumi` failed without a reason";
}
