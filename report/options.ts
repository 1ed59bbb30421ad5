import { parseArgs } from "node:util";
import { UsageError } from "../provider/commandLine";

export const FORMATS = ["markdown", "html", "json"] as const;
export type Format = (typeof FORMATS)[number];

export const CONDITIONS = ["failed", "drift", "removal"] as const;
/** What `--fail-on` can name. */
export type Condition = (typeof CONDITIONS)[number];

export interface Options {
    /** The files to read; `-` is standard input. */
    readonly files: readonly string[];
    readonly format: Format;
    readonly out: string | undefined;
    readonly failOn: readonly Condition[];
}

export const HELP = `hbr-report: the Cloud Backup (HBR) clients of a Pulumi stack, for people and for CI

Usage: pulumi stack export | hbr-report [options]
       pulumi preview --json | hbr-report [options]
       hbr-report [options] FILE [FILE]

It reads what \`pulumi stack export\`, \`pulumi stack output --json\` or \`pulumi preview --json\` prints (and every command
with --preview-only --json), from a file or from standard input (-). A preview holds the state from before too. Give a
second file only to report on another state beside a preview. For what a refresh would find, let Pulumi print events:

  PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi refresh --preview-only --json | hbr-report --fail-on drift

It needs neither network nor keys, and changes nothing.

  --format FORMAT      markdown (default), html or json; by default what the name of --out ends in (.md, .html, .json)
  --out FILE           writes to this file instead of stdout
  --fail-on CONDITION  exits with 3 if it holds; several with commas, or the option again:
                         failed   a client has an error
                         drift    a client is not ACTIVATED, or waits for a reinstallation without an error and
                                  without an open rollout
                         removal  the preview deletes or replaces a resource, or its plan uninstalls clients
  --help               this text

Exit codes: 0, 1 (a document cannot be read, or does not tell whether a condition holds), 2 (wrong option), 3 (--fail-on).
The report is written before it exits with 1 for an untold condition, or with 3.`;

/** The options, as `parseArgs` takes them. */
export const OPTIONS = {
    format: { type: "string" },
    out: { type: "string" },
    "fail-on": { type: "string", multiple: true },
    help: { type: "boolean", short: "h" },
} as const;

/**
 * Reads the command line; undefined if it asks for help.
 *
 * @throws UsageError, or an error of `parseArgs`
 */
export function parseOptions(args: readonly string[]): Options | undefined {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    if (values.help === true) return undefined;
    if (positionals.length > 2)
        throw new UsageError(`${positionals.length} files: give a state, a preview, or one of each`);
    const { out } = values;
    if (out === "") throw new UsageError("--out is empty: name a file");
    return {
        files: positionals.length === 0 ? ["-"] : positionals,
        format: formatOf(values.format, out),
        out,
        failOn: conditionsIn(values["fail-on"] ?? []),
    };
}

const ENDINGS: ReadonlyMap<string, Format> = new Map([
    ["html", "html"],
    ["htm", "html"],
    ["json", "json"],
]);

function formatOf(named: string | undefined, out = ""): Format {
    if (named === undefined) return ENDINGS.get(/\.(\w+)$/.exec(out)?.[1]?.toLowerCase() ?? "") ?? "markdown";
    return oneOf("--format", FORMATS, named);
}

function conditionsIn(values: readonly string[]): readonly Condition[] {
    const named = values.flatMap((value) => value.split(",")).map((value) => value.trim());
    return [...new Set(named.map((value) => oneOf("--fail-on", CONDITIONS, value)))];
}

function oneOf<T extends string>(option: string, allowed: readonly T[], value: string): T {
    const found = allowed.find((each) => each === value);
    if (found !== undefined) return found;
    throw new UsageError(
        `${option} ${value}: it is ${allowed.slice(0, -1).join(", ")} or ${allowed.at(-1) ?? ""}`,
    );
}
