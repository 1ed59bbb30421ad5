import type { Random } from "./model";

const FIRST_LOOK_MS = 2_000;
const GROWTH = 0.2;
const LONGEST_PAUSE_MS = 30_000;
const JITTER = 0.1;

/**
 * The pause before the next look at something that takes time, given how long it has been going on. Looks spread out
 * with the elapsed time, so the end is seen within a fifth of the duration (or 30 s) and the number of calls grows
 * with its logarithm. Jitter only shortens the pause: it keeps a fleet's polls apart and never delays one.
 */
export function pauseBeforeLook(elapsedMs: number, random: Random): number {
    const pause = Math.min(Math.max(FIRST_LOOK_MS - elapsedMs, elapsedMs * GROWTH), LONGEST_PAUSE_MS);
    return Math.max(1, Math.round(pause * (1 - JITTER * random())));
}
