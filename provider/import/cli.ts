#!/usr/bin/env node
import { writeFileSync } from "node:fs";
import type { Options } from "./options";

/** The command. It loads what it is made of when it needs it: Pulumi's SDK takes its time, and needs a recent Node. */
async function main(args: readonly string[]): Promise<void> {
    const { HELP, parseOptions } = await import("./options.js");
    const options = parseOptions(args);
    if (!options) {
        console.log(HELP);
        return;
    }
    const { runImport } = await import("./command.js");
    const { content, remarks } = await runImport(options, say);
    if (options.out === undefined) process.stdout.write(content);
    else await write(options.out, content);
    for (const remark of remarks) say(remark);
}

async function write(file: NonNullable<Options["out"]>, content: string): Promise<void> {
    try {
        writeFileSync(file, content);
    } catch (error) {
        const { fileError } = await import("../usage.js");
        throw fileError("--out", file, error);
    }
}

function say(text: string): void {
    for (const line of text.split("\n")) console.error(`hbr-import: ${line}`);
}

/** Says what is wrong, and returns the exit code: 2 for the command line, 1 for everything else. */
async function explain(error: unknown): Promise<number> {
    const { UsageError } = await import("../usage.js");
    const isOption =
        error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    if (error instanceof Error && (isOption || error instanceof UsageError)) {
        say(`${error.message}\ntry hbr-import --help`);
        return 2;
    }
    const [{ faultOf, isExpected }, { describeError }] = await Promise.all([
        import("../unexpected.js"),
        import("../report.js"),
    ]);
    if (isExpected(error)) {
        say(describeError(error));
        return 1;
    }
    const { sentence, stack } = faultOf(error);
    say(process.argv.includes("--debug") ? stack : sentence);
    return 1;
}

// Without this, a reader that ends early (`| head`) would get a stack trace.
process.stdout.on("error", (error: Error) => {
    say(`stdout: ${error.message}`);
    process.exit(1);
});

// Until it is done: a promise that never settles would end the process without an error.
process.exitCode = 1;

import("../nodeVersion.js").then(
    async () => {
        process.exitCode = await main(process.argv.slice(2)).then(() => 0, explain);
    },
    (error: unknown) => {
        say(error instanceof Error ? error.message : String(error));
    },
);
