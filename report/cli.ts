#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { endWithReader, speakerOf, UsageError, usageMessage, writeOut } from "../provider/commandLine";
import type { Document } from "./documents";
import { HELP, type Options, parseOptions } from "./options";
import { makeReport } from "./report";

/** The exit codes, which the help and docs/report.md explain. */
const EXIT = { fine: 0, unreadable: 1, usage: 2, held: 3 } as const;

const COMMAND = "hbr-report";
const say = speakerOf(COMMAND);

async function main(args: readonly string[]): Promise<number> {
    const options = optionsIn(args);
    if (typeof options !== "object") return options;
    const { content, held, untold } = makeReport(await documentsOf(options), options);
    writeOut(options.out, content);
    for (const sentence of [...held, ...untold]) say(sentence);
    if (held.length > 0) return EXIT.held;
    return untold.length > 0 ? EXIT.unreadable : EXIT.fine;
}

/** The options, or the exit code if there is nothing to do. */
function optionsIn(args: readonly string[]): Options | number {
    try {
        const options = parseOptions(args);
        if (options) return options;
        console.log(HELP);
        return EXIT.fine;
    } catch (error) {
        const usage = usageMessage(COMMAND, error);
        if (usage === undefined) throw error;
        say(usage);
        return EXIT.usage;
    }
}

async function documentsOf({ files }: Options): Promise<readonly Document[]> {
    const documents: Document[] = [];
    for (const file of files) {
        if (file === "-") documents.push({ name: "standard input", content: await standardInput() });
        else documents.push({ name: file, content: contentOf(file) });
    }
    return documents;
}

/** In a terminal, waiting for what is typed would look like a command that hangs. */
async function standardInput(): Promise<Uint8Array> {
    if (process.stdin.isTTY) throw new UsageError("nothing is piped into standard input: name a file");
    return buffer(process.stdin);
}

function contentOf(file: string): Uint8Array {
    try {
        return readFileSync(file);
    } catch (error) {
        throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
}

endWithReader(say);

process.exitCode = EXIT.unreadable;

import("../provider/nodeVersion.js")
    .then(() => main(process.argv.slice(2)))
    .then(
        (code) => {
            process.exitCode = code;
        },
        (error: unknown) => {
            // A fault of this package has a message too, and its stack would say nothing to a user.
            say(error instanceof Error ? error.message : String(error));
        },
    );
