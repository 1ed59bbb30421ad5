import { Checks } from "./demo/checks";
import { Fleet } from "./demo/fleet";
import { walk } from "./demo/walk";
import { summary } from "./demo/summary";

/** Walks the main job through the real engine, on a simulator. Each step is checked; the first that differs ends it. */
async function main(): Promise<void> {
    const fleet = await Fleet.start();
    // The engine hears Ctrl-C too and ends its run in order; that step then differs, which ends the demo.
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
