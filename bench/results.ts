import fs from "node:fs";
import path from "node:path";
import type { Spread } from "./statistics";

/** One line of the table. */
export interface Figure {
    readonly name: string;
    readonly scenario: string;
    readonly ours: string;
    /** The baseline, and its value. */
    readonly comparedWith: string;
    /** The value that the bound applies to, if it is a single number. */
    readonly value?: Spread;
    /** The bound, in words. */
    readonly mustReach: string;
    readonly reached: boolean;
    /** Further information, such as the theoretical minimum. */
    readonly note?: string;
}

/** One curve of a plot: a measurement by the size of the fleet. */
export type Curve = readonly (readonly [size: number, value: number])[];

/** The cost of one run: API calls by action, and virtual time. */
export interface Cost {
    readonly calls: number;
    readonly byAction: Readonly<Record<string, number>>;
    readonly elapsedMs: number;
}

/** The costs of a fleet with installations of a minute, batches of 20, and the given parallelism or the default. */
export interface CallCounts {
    readonly size: number;
    readonly parallelism?: number;
    readonly install: Cost;
    readonly refresh: Cost;
    readonly removal: Cost;
}

/** The output of `npm run bench`. */
export interface Results {
    readonly measuredAt: string;
    readonly quick: boolean;
    readonly machine: string;
    /** Load average at the start and at the end. If it exceeds the number of cores, times mean little. */
    readonly load: readonly [number, number];
    readonly durationS: number;
    readonly figures: readonly Figure[];
    readonly callCounts: readonly CallCounts[];
    /** By plot, then by curve. */
    readonly plots: Readonly<Record<string, Readonly<Record<string, Curve>>>>;
}

const FILE = path.join(__dirname, "results.json");

export function writeResults(results: Results): void {
    fs.writeFileSync(FILE, `${JSON.stringify(results, null, 4)}\n`);
}

export function readResults(): Results {
    if (!fs.existsSync(FILE)) throw new Error("bench/results.json is missing: run `npm run bench` first");
    return JSON.parse(fs.readFileSync(FILE, "utf8")) as Results;
}

/** Formats a number for the table. */
export function shown(value: number, digits = 2): string {
    return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(digits);
}

/** Formats a value with its spread: `1.04 (1.01-1.09)`. */
export function shownSpread({ median, min, max }: Spread, digits = 2): string {
    return min === max
        ? shown(median, digits)
        : `${shown(median, digits)} (${shown(min, digits)}-${shown(max, digits)})`;
}

/** Formats a number of milliseconds. */
export function shownTime(ms: number): string {
    return ms < 1_000 ? `${shown(ms, 1)} ms` : `${shown(ms / 1_000, 1)} s`;
}
