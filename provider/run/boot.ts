import { together } from "../async";
import type { Failure } from "../fleet/outcome";
import { errorClassOf } from "../hbr/errors";
import { formatDuration } from "../interrupted";
import type { RunContext } from "./context";
import type { InstallOrder } from "./goal";
import type { Room } from "./inFlight";

/** The bounds of the pause before an instance is tried again (ms). In between it is a fifth of the time waited so far. */
const SHORTEST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 30_000;
const PAUSE_SHARE = 0.2;

/** How long an instance is waited for that has not come up in the last run (ms). */
const LIMIT_AFTER_FAILURE_MS = 60_000;

/** An instance that is not up yet, and the last refusal. */
interface Booting {
    readonly order: InstallOrder;
    readonly refusal: Failure;
}

interface Waiting extends Booting {
    readonly triedAt: number;
    /** When it is to be tried again at the latest, by the clock of the run. */
    readonly due: number;
}

/** Whether an error code says that an instance is not up yet. */
export function isBooting(code: string | undefined): boolean {
    return code !== undefined && errorClassOf(code) === "booting";
}

/**
 * The instances that are booting: they are not running, or their Cloud Assistant is not up yet. They leave their batch, and
 * are tried again beside the others, those that are due together in one call.
 */
export class Boots {
    private readonly waiting = new Map<string, Waiting>();
    private readonly trying = new Map<string, Booting>();
    /** When the service first reported an instance as booting, by the clock of the run. */
    private readonly since = new Map<string, number>();
    /** Instances that are not up, also those that were given up, with the last refusal. */
    readonly refusals = new Map<string, Failure>();
    private isLooping = false;
    /** What has not ended, or has failed. */
    private readonly work = new Set<Promise<void>>();

    /**
     * @param mayStart whether the run may still start a batch
     * @param retry tries instances again, in the room that they have been given
     */
    constructor(
        private readonly run: RunContext,
        private readonly mayStart: () => boolean,
        private readonly retry: (orders: readonly InstallOrder[], room: Room) => Promise<void>,
    ) {}

    /** Lets an instance wait that was refused because it is booting. Returns false if its time is up. */
    wait(order: InstallOrder, refusal: Failure): boolean {
        const { clock, reporter } = this.run;
        const { instanceId } = order.declared;
        const now = clock.now();
        const since = this.since.get(instanceId) ?? now;
        this.since.set(instanceId, since);
        this.refusals.set(instanceId, refusal);
        const end = since + this.limitOf(instanceId);
        if (now >= end) return false;
        const pause = Math.min(Math.max((now - since) * PAUSE_SHARE, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
        this.waiting.set(instanceId, { order, refusal, triedAt: now, due: Math.min(now + pause, end) });
        reporter.notReady(instanceId, refusal.code);
        if (!this.isLooping) void this.track(this.keepTrying());
        return true;
    }

    /** Lets an instance wait again that a call for several has refused without a reason. Returns false if its time is up. */
    waitAgain(order: InstallOrder): boolean {
        const tried = this.trying.get(order.declared.instanceId);
        return tried !== undefined && this.wait(order, tried.refusal);
    }

    /** Whether an instance waits here, is being tried again, or was given up. */
    has(instanceId: string): boolean {
        return this.refusals.has(instanceId) || this.trying.has(instanceId);
    }

    /** The failure of an instance whose time is up. */
    failureOf({ declared }: InstallOrder, refusal: Failure): Failure {
        const limit = this.limitOf(declared.instanceId);
        if (limit === 0) return refusal;
        const isShort = limit < this.run.goal.bootMs;
        const why = isShort ? "it had not come up in the last run either" : "rollout.bootTimeout";
        return { ...refusal, message: `${refusal.message}; waited for ${formatDuration(limit)} (${why})` };
    }

    /** Waits until every instance has come up or is given up. */
    async over(): Promise<void> {
        // What is tried again may have to wait again.
        while (this.work.size > 0) await together([...this.work]);
    }

    private limitOf(instanceId: string): number {
        const { bootMs } = this.run.goal;
        return this.hasFailedBefore(instanceId) ? Math.min(LIMIT_AFTER_FAILURE_MS, bootMs) : bootMs;
    }

    private hasFailedBefore(instanceId: string): boolean {
        return isBooting(this.run.goal.recorded.clients.get(instanceId)?.errorCode);
    }

    /** Tries again whatever is due, as long as something waits. What waits when the run is stopped stays pending. */
    private async keepTrying(): Promise<void> {
        this.isLooping = true;
        try {
            while (this.waiting.size > 0 && this.mayStart()) {
                await this.pause();
                const due = this.takeDue();
                if (due.length > 0) void this.track(this.tryAgain(due));
            }
        } finally {
            this.isLooping = false;
        }
    }

    /** Waits until something is due; at most for the shortest pause, because an instance that comes later may be due first. */
    private async pause(): Promise<void> {
        const { clock, signal, halt } = this.run;
        const due = Math.min(...[...this.waiting.values()].map((each) => each.due));
        const ms = Math.min(due - clock.now(), SHORTEST_PAUSE_MS);
        await clock.sleep(ms, AbortSignal.any([signal, halt.signal])).catch((error: unknown) => {
            if (!halt.signal.aborted) throw error;
        });
    }

    /** Takes what is due, and with it what may be tried already. */
    private takeDue(): readonly InstallOrder[] {
        const now = this.run.clock.now();
        const waiting = [...this.waiting.values()];
        if (!waiting.some(({ due }) => due <= now)) return [];
        return waiting.flatMap(({ order, refusal, triedAt, due }) => {
            if (due > now && now - triedAt < SHORTEST_PAUSE_MS) return [];
            const { instanceId } = order.declared;
            this.waiting.delete(instanceId);
            this.trying.set(instanceId, { order, refusal });
            return [order];
        });
    }

    private async tryAgain(orders: readonly InstallOrder[]): Promise<void> {
        const { inFlight, goal } = this.run;
        const queue = [...orders];
        while (queue.length > 0 && this.mayStart()) {
            const { items, room } = await inFlight.take(queue, goal.rollout.batchSize, true);
            void this.track(this.tryIn(room, items));
        }
    }

    private async tryIn(room: Room, orders: readonly InstallOrder[]): Promise<void> {
        try {
            for (const { declared } of orders) this.refusals.delete(declared.instanceId);
            await this.run.halt.part(this.retry(orders, room));
        } finally {
            room.end();
            for (const { declared } of orders) this.trying.delete(declared.instanceId);
        }
    }

    /** Notes work for {@link over}. Work that has failed stays, so that its error is not lost. */
    private track(work: Promise<void>): Promise<void> {
        this.work.add(work);
        work.then(
            () => this.work.delete(work),
            () => undefined,
        );
        return work;
    }
}
