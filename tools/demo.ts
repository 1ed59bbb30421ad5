import path from "node:path";
import { Checks } from "./demo/checks";
import { Fleet } from "./demo/fleet";
import { REPORT_FILE } from "./demo/report";
import { walk } from "./demo/walk";
import { summary } from "./demo/summary";

/** Runs the main scenario on the real engine and a simulator. Checks each step, and ends at the first mismatch. */
async function main(): Promise<void> {
    // Short, so that the first look at a task finds it done.
    const fleet = await Fleet.start({ installTime: 1_500 });
    const started = performance.now();
    // The engine also receives Ctrl-C and ends its run in order. The step then fails its check, which ends the demo.
    process.on("SIGINT", () => undefined);
    const checks = new Checks();
    try {
        await walk(fleet, checks);
    } finally {
        const seconds = Math.round((performance.now() - started) / 1_000);
        console.log(summary(fleet.simulator.requests(), fleet.everDeclared, seconds));
        await fleet.stop();
    }
    console.log(
        `\nThe report of step 15, to open in a browser: ${path.relative(process.cwd(), REPORT_FILE)}`,
    );
}

main().catch((error: unknown) => {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
});
