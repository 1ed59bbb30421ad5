import type { Random } from "./model";
import { GROWTH, LONGEST_PAUSE_MS, pauseBeforeLook } from "./timing";

/** Progress is a whole number, so a rise by less than this (points) says little about its speed. */
const LEAST_RISE = 4;
/** After so many forecasts that did not come true, none counts any more. */
const MOST_MISSES = 3;
/** The highest progress that a running task can show (percent): it may well stay there for a while. */
const MOST_OF_RUNNING = 99;
/** The longest pause before an aimed poll while the task is young (ms). An older one doubles its time at most. */
const LONGEST_FIRST_AIM_MS = 5_000;
/** By how much an aimed poll is later than the forecast (share of it), and by how much more at random. */
const MARGIN = 0.01;
/** A task that ends before this share of its forecast has misled. */
const EARLY = 0.8;

interface Point {
    readonly elapsedMs: number;
    readonly progress: number;
}

/** What is known of a task before its first poll. */
interface Before {
    /** Whether the task begins now, with no progress. */
    readonly isNew: boolean;
    /** The shortest time (ms) for which tasks of this run that have completed were seen running. */
    readonly shortestMs?: number | undefined;
    /** Whether the progress of other tasks of this run has misled. */
    readonly isMisled?: boolean;
}

/**
 * When to poll a task, from what the polls so far have found. Times count from its submission.
 *
 * If progress rises, the next poll comes just after the end that it forecasts, but before the time so far has doubled, and
 * within 30 s. A forecast that does not come true is followed by another, in which the rest takes longer: at least a tenth of the
 * time so far. After three of them, or once progress runs backwards or stands still when the task should be over, there is none
 * any more.
 * Without a forecast, the usual pauses apply: see {@link pauseBeforeLook}. The first poll comes when half of the time has passed
 * that other tasks have taken.
 */
export class Forecast {
    private points: readonly Point[];
    private readonly shortestMs: number;
    private isRising = false;
    private misses = 0;
    /** Whether the task should be over at the next poll. */
    private isAimed = false;
    private lastPollMs: number | undefined;
    /** Whether progress has said something false about the end of the task. That of other tasks may be no better. */
    isMisleading: boolean;

    constructor({ isNew, shortestMs = 0, isMisled = false }: Before) {
        this.points = isNew ? [{ elapsedMs: 0, progress: 0 }] : [];
        this.shortestMs = shortestMs;
        this.isMisleading = isMisled;
    }

    /** Notes a poll that has found the task running; `progress` is absent if the poll has not shown it. */
    running(elapsedMs: number, progress?: number): void {
        this.lastPollMs = elapsedMs;
        if (this.isAimed) this.misses += 1;
        if (progress === undefined) return;
        const last = this.points.at(-1)?.progress;
        this.isRising = last !== undefined && progress > last;
        const isStuck = this.isAimed && progress === last && progress < MOST_OF_RUNNING;
        if (isStuck || (last !== undefined && progress < last)) this.isMisleading = true;
        if (last === undefined || this.isRising) this.points = [...this.points, { elapsedMs, progress }];
    }

    /**
     * Notes that the task has completed.
     *
     * @returns the last time (ms) at which a poll has found it running
     */
    completed(elapsedMs: number): number {
        if (elapsedMs < EARLY * (this.endMs ?? 0)) this.isMisleading = true;
        return this.lastPollMs ?? 0;
    }

    /** Whether a poll has found the task running. */
    get isPolled(): boolean {
        return this.lastPollMs !== undefined;
    }

    /** Whether it is unknown when the task ends. Progress that has been at its end too early says no more. */
    get isBlind(): boolean {
        const { progress = 0 } = this.points.at(-1) ?? {};
        return this.endMs === undefined || (this.misses > 0 && progress >= MOST_OF_RUNNING);
    }

    /** The pause (ms) before the next poll of a task that has been running for `elapsedMs`. */
    pause(elapsedMs: number, random: Random): number {
        const end = this.endMs;
        this.isAimed = false;
        if (end === undefined) {
            const usual = pauseBeforeLook(elapsedMs, random);
            const half = Math.min(this.shortestMs / 2, LONGEST_PAUSE_MS) - elapsedMs;
            return this.isPolled ? usual : Math.max(usual, Math.round(half));
        }
        const least = (elapsedMs * GROWTH) / 2 ** (MOST_MISSES - 1 - this.misses);
        const longer = Math.min((end - elapsedMs) * 2 ** this.misses, elapsedMs * GROWTH);
        const aimed = Math.max(least, longer, end * (1 + MARGIN * (1 + random())) - elapsedMs);
        this.isAimed = aimed <= Math.min(LONGEST_PAUSE_MS, Math.max(elapsedMs, LONGEST_FIRST_AIM_MS));
        return Math.max(1, Math.round(this.isAimed ? aimed : Math.min(elapsedMs, LONGEST_PAUSE_MS)));
    }

    /** When the task ends if its progress goes on as in the last polls; undefined if that is unknown. */
    private get endMs(): number | undefined {
        const last = this.points.at(-1);
        if (!last || !this.isRising || this.isMisleading || this.misses >= MOST_MISSES) return undefined;
        const isBase = ({ progress }: Point): boolean => last.progress - progress >= LEAST_RISE;
        const base = this.points.findLast(isBase) ?? this.points[0];
        if (base === undefined) return undefined;
        const speed = (last.progress - base.progress) / (last.elapsedMs - base.elapsedMs);
        return last.elapsedMs + (100 - last.progress) / speed;
    }
}
