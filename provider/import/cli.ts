#!/usr/bin/env node
import { endWithReader, speakerOf, usageMessage, writeOut } from "../commandLine";

const COMMAND = "hbr-import";
const say = speakerOf(COMMAND);

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
    writeOut(options.out, content);
    for (const remark of remarks) say(remark);
}

/** Says what is wrong, and returns the exit code: 2 for the command line, 1 for everything else. */
async function explain(error: unknown): Promise<number> {
    const usage = usageMessage(COMMAND, error);
    if (usage !== undefined) {
        say(usage);
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

endWithReader(say);

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
