#!/usr/bin/env node
import "../nodeVersion";
import { writeFileSync } from "node:fs";
import { isExpected, faultOf } from "../unexpected";
import { describeError } from "../report";
import { runImport } from "./command";
import { HELP, parseOptions } from "./options";
import { fileError, UsageError } from "./usage";

function say(text: string): void {
    console.error(`hbr-import: ${text}`);
}

async function main(): Promise<void> {
    const options = parseOptions(process.argv.slice(2));
    if (!options) {
        console.log(HELP);
        return;
    }
    const { content, remarks } = await runImport(options, say);
    if (options.out === undefined) process.stdout.write(content);
    else write(options.out, content);
    for (const remark of remarks) say(remark);
}

function write(file: string, content: string): void {
    try {
        writeFileSync(file, content);
    } catch (error) {
        throw fileError("--out", file, error);
    }
}

// Until it is done: a promise that never settles would end the process without an error.
process.exitCode = 1;

main().then(
    () => {
        process.exitCode = 0;
    },
    (error: unknown) => {
        const isOption =
            error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
        const isUsage = error instanceof UsageError || isOption;
        const isKnown = isUsage || isExpected(error);
        say(isKnown ? describeError(error) : faultOf(error).sentence);
        if (isUsage) say("try hbr-import --help");
        process.exitCode = isUsage ? 2 : 1;
    },
);
