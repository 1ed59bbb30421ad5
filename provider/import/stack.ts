import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as v from "valibot";
import { RESOURCE_TYPE } from "../arguments";
import type { ConfigReader } from "../config/settings";
import { ProviderError } from "../providerError";
import { type Managed, NOTHING_MANAGED } from "./fleets";
import { UsageError } from "../commandLine";
import { SECRET } from "./records";

/** The stack that the resources are for, and its configuration. */
export interface Surroundings {
    /** The configuration of the stack; empty without one. */
    readonly config: ConfigReader;
    /** The values in it that are secrets, which no text may show. */
    readonly secrets: readonly string[];
    /** The names in the URNs of its resources; undefined if no stack is selected here. */
    readonly stack: StackNames | undefined;
    /** What the stack has already. */
    readonly managed: Managed;
    /** Why there is no stack. */
    readonly problem: string;
}

export interface StackNames {
    readonly project: string;
    readonly stack: string;
}

const NO_STACK: Omit<Surroundings, "problem"> = {
    config: () => undefined,
    secrets: [],
    stack: undefined,
    managed: NOTHING_MANAGED,
};

/** The first version of the CLI that imports a dynamic resource. */
const NEEDED = [3, 254] as const;

const configSchema = v.pipe(
    v.string(),
    v.parseJson(),
    v.record(v.string(), v.object({ value: v.optional(v.string()), secret: v.optional(v.boolean()) })),
);

/**
 * Asks the Pulumi CLI on PATH for the stack, its configuration and what it has already. Without a CLI, a project or a
 * selected stack, only the environment is left.
 *
 * @throws UsageError if a stack was named and is not there
 * @throws ProviderError if its configuration or its state cannot be read
 */
export async function surroundings(named: string | undefined): Promise<Surroundings> {
    const flags = named === undefined ? [] : ["--stack", named];
    try {
        const stack = namesIn(await pulumi("stack", "--show-name", "--fully-qualify-stack-names", ...flags));
        const [config, managed] = await Promise.all([readConfig(flags), readManaged(flags)]);
        return { ...config, stack, managed, problem: "" };
    } catch (error) {
        if (!(error instanceof CliError)) throw error;
        if (named !== undefined) throw new UsageError(`--stack ${named}: ${error.message}`);
        return { ...NO_STACK, problem: error.message };
    }
}

const clientsSchema = v.record(v.string(), v.object({ clientId: v.optional(v.string()) }));

/** An output that a user has made a secret, in an export that shows it. */
const shownSchema = v.pipe(
    v.object({ [SECRET]: v.string(), plaintext: v.pipe(v.string(), v.parseJson(), clientsSchema) }),
    v.transform(({ plaintext }) => plaintext),
);

const exportSchema = v.pipe(
    v.string(),
    v.parseJson(),
    v.object({
        deployment: v.object({
            resources: v.nullish(
                v.array(
                    v.object({
                        urn: v.string(),
                        type: v.string(),
                        /** It is only looked up. */
                        external: v.optional(v.boolean()),
                        outputs: v.optional(
                            v.object({
                                // Those of another type may have any form.
                                clients: v.fallback(v.union([shownSchema, clientsSchema]), {}),
                            }),
                        ),
                    }),
                ),
                [],
            ),
        }),
    }),
);

/** What the stack has already. */
async function readManaged(flags: readonly string[]): Promise<Managed> {
    const { deployment } = await printedBy(
        ["stack", "export", "--show-secrets", ...flags],
        exportSchema,
        "the state of the stack",
    );
    const own = deployment.resources.filter(
        ({ type, external }) => type === RESOURCE_TYPE && external !== true,
    );
    const byClient = own.flatMap(({ urn, outputs }) =>
        Object.values(outputs?.clients ?? {}).flatMap(({ clientId }): [string, string][] =>
            clientId === undefined ? [] : [[clientId, urn]],
        ),
    );
    return { urns: new Set(own.map(({ urn }) => urn)), byClient: new Map(byClient) };
}

/** The names in `organization/project/stack`. */
function namesIn(printed: string): StackNames {
    const [stack = "", project] = printed.trim().split("/").reverse();
    if (project !== undefined) return { project, stack };
    throw new CliError(
        `the backend of the stack ${stack} knows no projects: \`pulumi state upgrade\` changes that`,
    );
}

async function readConfig(flags: readonly string[]): Promise<Pick<Surroundings, "config" | "secrets">> {
    const args = ["config", "--json", "--show-secrets", ...flags];
    const config = await printedBy(args, configSchema, "the configuration of the stack");
    return {
        config: (key) => config[key]?.value,
        secrets: Object.values(config).flatMap(({ value, secret }) =>
            secret === true && value !== undefined ? [value, ...textsIn(jsonOf(value))] : [],
        ),
    };
}

/** The value of a structured key (`pulumi config set --path`) is JSON, of which an error may quote a part. */
function jsonOf(value: string): unknown {
    try {
        return JSON.parse(value);
    } catch {
        return undefined;
    }
}

function textsIn(value: unknown): readonly string[] {
    if (typeof value === "string") return [value];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** @throws ProviderError if the CLI fails, or prints something else */
async function printedBy<T>(
    args: readonly string[],
    schema: v.GenericSchema<string, T>,
    what: string,
): Promise<T> {
    const failure = `${what} cannot be read`;
    let printed: string;
    try {
        printed = await pulumi(...args);
    } catch (error) {
        if (!(error instanceof CliError)) throw error;
        throw new ProviderError(`${failure}: ${error.message}`);
    }
    // What the parser says of a failure quotes the text.
    const { success, output } = v.safeParse(schema, printed);
    if (success) return output;
    throw new ProviderError(`${failure}: \`pulumi ${args.slice(0, 2).join(" ")}\` prints something else`);
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
        return (await promisify(execFile)("pulumi", all, { maxBuffer: Infinity })).stdout;
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
