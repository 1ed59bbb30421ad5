#!/usr/bin/env node
import { ControlError } from "./errors";
import { HELP, parseOptions, UsageError } from "./options";
import { Simulator } from "./simulator";

async function main(): Promise<void> {
    const options = parseOptions(process.argv.slice(2));
    if (options === undefined) {
        console.log(HELP);
        return;
    }
    process.on("SIGTERM", () => process.exit(0));
    process.on("SIGINT", () => process.exit(0));
    const listening = await new Simulator(options.simulator).listen(options.port);
    console.log(JSON.stringify(listening));
}

main().catch((error: unknown) => {
    const isUsage = error instanceof UsageError || error instanceof ControlError;
    const isOption =
        error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    const text = error instanceof Error ? error.message : String(error);
    console.error(`hbr-simulator: ${error instanceof ControlError ? `--world: ${text}` : text}`);
    if (isUsage || isOption) console.error("Try hbr-simulator --help.");
    process.exit(isUsage || isOption ? 2 : 1);
});
