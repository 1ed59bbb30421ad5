import { Checks } from "./demo/checks";
import { Fleet } from "./demo/fleet";
import { walk } from "./demo/walk";
import { summary } from "./demo/summary";

/** Runs the main scenario on the real engine and a simulator. Checks each step, and ends at the first mismatch. */
async function main(): Promise<void> {
    const fleet = await Fleet.start();
    // The engine also receives Ctrl-C and ends its run in order. The step then fails its check, which ends the demo.
    process.on("SIGINT", () => undefined);
    const checks = new Checks();
    try {
        await walk(fleet, checks);
    } finally {
        console.log(summary(fleet.simulator.requests(), fleet.everDeclared));
        await fleet.stop();
    }
}

main().catch((error: unknown) => {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
});
