import * as v from "valibot";
import { ServiceError } from "./errors";

const Limit = v.strictObject({
    perSecond: v.pipe(v.number(), v.gtValue(0)),
    /** How many calls may come at once. Default: `perSecond`, rounded up. */
    burst: v.optional(v.pipe(v.number(), v.minValue(1))),
    /** Whether `x-acs-retry-after` tells the client when the next call will pass. */
    retryAfter: v.optional(v.boolean()),
    /** For how long no call passes after one over the limit. A call during that time starts it anew. */
    penaltyMs: v.optional(v.pipe(v.number(), v.minValue(0))),
});

export const LimitsSchema = v.record(v.string(), Limit);

/** Rate limits, by action; `*` is for all actions together. */
export type LimitsInput = v.InferInput<typeof LimitsSchema>;
export type Limits = v.InferOutput<typeof LimitsSchema>;

/** A token bucket that refills over time. */
interface Bucket {
    readonly limit: v.InferOutput<typeof Limit>;
    readonly capacity: number;
    tokens: number;
    filledAt: number;
    /** The end of the penalty; in the past if there is none. */
    closedUntil: number;
}

/** Throttles like the service: a call over the limit of its action, or of all actions (`*`), has no effect. */
export class Throttle {
    #buckets = new Map<string, Bucket>();

    set(limits: Limits, now: number): void {
        const buckets = Object.entries(limits).map(([action, limit]): [string, Bucket] => {
            const capacity = limit.burst ?? Math.ceil(limit.perSecond);
            return [action, { limit, capacity, tokens: capacity, filledAt: now, closedUntil: now }];
        });
        this.#buckets = new Map(buckets);
    }

    limits(): Limits {
        return Object.fromEntries([...this.#buckets].map(([action, bucket]) => [action, bucket.limit]));
    }

    /** Takes a token for the call. If a bucket is empty, throws the service's refusal and takes no token at all. */
    take(action: string, now: number): void {
        const buckets: [string, Bucket][] = [];
        for (const [name, code] of [
            [action, "Throttling.Api"],
            ["*", "Throttling.User"],
        ] as const) {
            const bucket = this.#buckets.get(name);
            if (bucket === undefined) continue;
            fill(bucket, now);
            if (bucket.tokens < 1 || now < bucket.closedUntil) throw refusal(code, bucket, now);
            buckets.push([name, bucket]);
        }
        for (const [, bucket] of buckets) bucket.tokens -= 1;
    }
}

function fill(bucket: Bucket, now: number): void {
    const earned = (Math.max(0, now - bucket.filledAt) / 1000) * bucket.limit.perSecond;
    bucket.tokens = Math.min(bucket.capacity, bucket.tokens + earned);
    bucket.filledAt = now;
}

function refusal(code: string, bucket: Bucket, now: number): ServiceError {
    const { penaltyMs = 0, perSecond } = bucket.limit;
    bucket.closedUntil = now + penaltyMs;
    const waitMs = Math.max(penaltyMs, Math.ceil(((1 - bucket.tokens) / perSecond) * 1000));
    const headers = bucket.limit.retryAfter === true ? { "x-acs-retry-after": String(waitMs) } : {};
    return new ServiceError(400, code, "Request was denied due to request throttling.", headers);
}
