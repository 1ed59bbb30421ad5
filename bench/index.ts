import os from "node:os";
import { arithmetic } from "./figures/arithmetic";
import { onTheEngine } from "./figures/engine";
import { planning } from "./figures/plan";
import { installation, installationCurves, refresh, removal, upgrade } from "./figures/service";
import { startUp } from "./figures/startUp";
import { detection, leastCalls, smallFleets } from "./figures/polls";
import { quota } from "./figures/quota";
import { waves } from "./figures/waves";
import { type Figure, type Results, writeResults } from "./results";
import { printTable } from "./table";

/** Measures every figure of docs/performance/figures.md, prints the table and writes bench/results.json. */
async function main(quick: boolean): Promise<void> {
    const startedAt = Date.now();
    const loadBefore = os.loadavg()[0] ?? 0;
    const figures: Figure[] = [];
    const step = async <T>(name: string, work: () => Promise<T> | T): Promise<T> => {
        process.stderr.write(
            `${String(Math.round((Date.now() - startedAt) / 1_000)).padStart(4)} s  ${name} …\n`,
        );
        return work();
    };
    figures.push(...(await step("plan", () => planning(quick))));
    figures.push(await step("start-up", () => startUp(quick)));
    const engine = await step("engine", () => onTheEngine(quick, (text) => void step(text, () => undefined)));
    figures.push(...engine.figures);
    figures.push(...(await step("calls and time", () => installation(quick))));
    figures.push(...(await step("calls of small fleets", () => smallFleets(quick))));
    figures.push(...(await step("least calls", () => leastCalls(quick))));
    figures.push(...(await step("detection lag", () => detection(quick))));
    figures.push(...(await step("quota", () => quota(quick))));
    figures.push(await step("removal", () => removal(quick)));
    figures.push(await step("upgrade", () => upgrade(quick)));
    figures.push(...(await step("waves", () => waves(quick))));
    figures.push(await step("refresh", () => refresh(quick)));
    const { calls, time } = await step("fleet sizes", () => installationCurves(quick));
    const callCounts = await step("calls by size and rollout", () => arithmetic(quick));
    const results: Results = {
        measuredAt: new Date().toISOString().slice(0, 10),
        quick,
        machine: `${os.availableParallelism()} cores (${os.cpus()[0]?.model ?? "unknown"}), Node ${process.version}`,
        load: [loadBefore, os.loadavg()[0] ?? 0],
        durationS: Math.round((Date.now() - startedAt) / 1_000),
        figures,
        callCounts,
        plots: { calls, time, preview: engine.preview },
    };
    writeResults(results);
    printTable(results);
}

main(process.argv.includes("--quick")).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
