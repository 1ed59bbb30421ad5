import * as v from "valibot";
import { ACCESS_KEYS } from "./access";
import { toMilliseconds } from "./durations";
import { Duration, Name } from "./input";
import { LONGEST_LAG_MS } from "./registry";

/** Switches for a service that answers late, twice or in no order. Their defaults are those of a kind one. */
export interface Unkindness {
    /** The most that the lag of each page of a list exceeds `listLag`, in milliseconds. It differs from page to page. */
    readonly listLagJitter: number;
    /** The rows of a list of clients are in another order for each page. */
    readonly shuffleRows: boolean;
    /** What a list of clients is sorted by. */
    readonly listOrder: (typeof LIST_ORDERS)[number];
    /** The share of the clients that a list shows twice, and counts twice. */
    readonly duplicateRows: number;
    /** For how long DescribeTask does not find a new task, in milliseconds. */
    readonly taskLag: number;
    /** What has become of the access key. */
    readonly accessKey: (typeof ACCESS_KEYS)[number];
    /** How far the service's clock is ahead of this machine's, in milliseconds; negative if it is behind. */
    readonly clockSkew: number;
    /** How much longer an answer may take, in milliseconds. Few take much longer. */
    readonly latencyTail: number;
    /** The most elements of ClientInfo that CreateClients takes; null means any number. */
    readonly maxClientInfo: number | null;
    /** The error code of CreateClients in a vault that is INITIALIZING; null means that it installs. */
    readonly initializingVault: string | null;
    /** Uninstallations never get beyond UNINSTALLING. */
    readonly stuckUninstalling: boolean;
    /** What an uninstallation does to a client that is being installed. */
    readonly uninstallWhileInstalling: (typeof WHILE_INSTALLING)[number];
}

/** What a list of clients is sorted by: their creation, with the oldest or the newest first, or the ID of their instance. */
const LIST_ORDERS = ["oldest", "newest", "instance"] as const;

/** What an uninstallation does to a client that is being installed. */
const WHILE_INSTALLING = ["interrupt", "refuse"] as const;

export const KIND: Unkindness = {
    listLagJitter: 0,
    shuffleRows: false,
    listOrder: "oldest",
    duplicateRows: 0,
    taskLag: 0,
    accessKey: "valid",
    clockSkew: 0,
    latencyTail: 0,
    maxClientInfo: null,
    initializingVault: null,
    stuckUninstalling: false,
    uninstallWhileInstalling: "interrupt",
};

/** A duration that may be negative: `-20m`. */
const Skew = v.pipe(
    v.union([v.string(), v.number()]),
    v.transform((skew) => {
        const isBehind = String(skew).startsWith("-");
        const ms = toMilliseconds(typeof skew === "number" ? Math.abs(skew) : skew.replace(/^-/, ""));
        return ms === undefined || !isBehind ? ms : -ms;
    }),
    v.number('a duration such as "20m" or "-20m", or a number of milliseconds'),
);
const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** The schema of each of these switches. */
export const UNKINDNESS = {
    listLagJitter: v.optional(v.pipe(Duration, v.maxValue(LONGEST_LAG_MS))),
    shuffleRows: v.optional(v.boolean()),
    listOrder: v.optional(v.picklist(LIST_ORDERS)),
    duplicateRows: v.optional(Share),
    taskLag: v.optional(Duration),
    accessKey: v.optional(v.picklist(ACCESS_KEYS)),
    clockSkew: v.optional(Skew),
    latencyTail: v.optional(Duration),
    maxClientInfo: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
    initializingVault: v.optional(v.nullable(Name)),
    stuckUninstalling: v.optional(v.boolean()),
    uninstallWhileInstalling: v.optional(v.picklist(WHILE_INSTALLING)),
};
