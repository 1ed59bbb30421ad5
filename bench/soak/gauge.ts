import fs from "node:fs";
import { spreadOf } from "../statistics";

interface Reading {
    readonly memory: number;
    readonly handles: number;
}

const MEBIBYTE = 2 ** 20;
/** Garbage collection makes the heap fluctuate. A leak grows it by more than this in half an hour. */
const MEMORY_FACTOR = 1.2;
const MEMORY_SLACK = 12 * MEBIBYTE;
const HANDLE_SLACK = 8;

/** Watches the memory and open handles of a process over a long time. */
export class Gauge {
    private readonly readings: Reading[] = [];

    constructor(
        readonly name: string,
        private readonly pid: number,
    ) {}

    read(): void {
        const status = fs.readFileSync(`/proc/${this.pid}/status`, "utf8");
        const memory = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1_024;
        this.readings.push({ memory, handles: fs.readdirSync(`/proc/${this.pid}/fd`).length });
    }

    /**
     * Compares the last quarter with the second one, because the first is for warming up. For handles, it compares the
     * maximum: keep-alive connections come and go, and only a leak raises their maximum.
     */
    verdict(): { readonly text: string; readonly flat: boolean } {
        const quarter = Math.max(1, Math.floor(this.readings.length / 4));
        const early = this.readings.slice(quarter, 2 * quarter);
        const late = this.readings.slice(-quarter);
        const memory = [early, late].map((part) => spreadOf(part.map((reading) => reading.memory)).median);
        const handles = [early, late].map((part) => spreadOf(part.map((reading) => reading.handles)).max);
        const [memoryBefore = NaN, memoryAfter = NaN] = memory;
        const [handlesBefore = NaN, handlesAfter = NaN] = handles;
        const flat =
            memoryAfter <= memoryBefore * MEMORY_FACTOR + MEMORY_SLACK &&
            handlesAfter <= handlesBefore + HANDLE_SLACK;
        const mib = (bytes: number): string => `${Math.round(bytes / MEBIBYTE)} MiB`;
        const text =
            `${this.name}: memory ${mib(memoryBefore)} → ${mib(memoryAfter)}, ` +
            `open handles ${handlesBefore} → ${handlesAfter}: ${flat ? "flat" : "GROWING"}`;
        return { text, flat };
    }
}
