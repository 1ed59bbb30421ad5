import * as v from "valibot";
import { Duration } from "./input";
import { LONGEST_LAG_MS } from "./registry";

/** Switches for a service that answers late, twice or in no order. Their defaults are those of a kind one. */
export interface Unkindness {
    /** The most that the lag of each page of a list exceeds `listLag`, in milliseconds. It differs from page to page. */
    readonly listLagJitter: number;
    /** The rows of a list of clients are in another order for each page. */
    readonly shuffleRows: boolean;
    /** The share of the clients that a list shows twice, and counts twice. */
    readonly duplicateRows: number;
    /** For how long DescribeTask does not find a new task, in milliseconds. */
    readonly taskLag: number;
}

export const KIND: Unkindness = {
    listLagJitter: 0,
    shuffleRows: false,
    duplicateRows: 0,
    taskLag: 0,
};

const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** The schema of each of these switches. */
export const UNKINDNESS = {
    listLagJitter: v.optional(v.pipe(Duration, v.maxValue(LONGEST_LAG_MS))),
    shuffleRows: v.optional(v.boolean()),
    duplicateRows: v.optional(Share),
    taskLag: v.optional(Duration),
};
