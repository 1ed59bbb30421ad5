import { andMore, idList } from "../fleet/planText";
import type { Clock } from "../fleet/model";
import type { ResourceLog } from "../engine";
import type { FleetRecord } from "./record";
import type { Plan } from "../fleet/plan";

const PAUSE_MS = 1_000;
const HEARTBEAT_MS = 60_000;

/** Tells what a run is waiting for, on the resource's row: at most once a second. */
export class Progress {
    private shown = "";
    private shownAt = -Infinity;
    private readonly tasks = new Map<string, number>();
    private readonly unready = new Map<string, string>();
    /** Installations that their tasks report as done, and that are still to be read back. */
    reported = 0;
    private readonly startedAt: number;
    private total: number | undefined;
    private verb = "";

    constructor(
        private readonly log: ResourceLog,
        private readonly clock: Clock,
        private readonly record: FleetRecord,
    ) {
        this.startedAt = clock.now();
    }

    /**
     * The run has planned, and has to act on that many instances beside those that are done already. The verb of its
     * first plan stays.
     */
    planned(count: number, verb: string): void {
        if (this.total === undefined) this.verb = verb;
        this.total = Math.max(this.total ?? 0, this.done + count);
        this.show();
    }

    /** A task is that far (percent). */
    task(taskId: string, percent: number): void {
        this.tasks.set(taskId, percent);
        this.show();
    }

    taskOver(taskId: string): void {
        this.tasks.delete(taskId);
    }

    /** An instance is not ready yet, and is tried again. */
    notReady(instanceId: string, code: string): void {
        this.unready.set(instanceId, code);
    }

    /** It was taken now, or is given up. */
    settled(instanceId: string): void {
        this.unready.delete(instanceId);
    }

    /** Shows how far the run is, if that has changed or a minute has passed. */
    show(): void {
        const now = this.clock.now();
        if (now - this.shownAt < PAUSE_MS) return;
        const text = this.text();
        if (text === this.shown && now - this.shownAt < HEARTBEAT_MS) return;
        this.log.status(
            text === this.shown ? `${text} (${Math.round((now - this.startedAt) / 60_000)} min)` : text,
        );
        this.shown = text;
        this.shownAt = now;
    }

    /** Keeps showing it as time goes by, also where nothing happens, until the signal is aborted. */
    async keepShowing(signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
            this.show();
            await this.clock.sleep(PAUSE_MS, signal).catch(() => undefined);
        }
    }

    /**
     * The line of results that ends a run.
     *
     * @param open what is said of the instances on which work is still to be done
     * @param remains what is said of the clients that were uninstalled
     */
    results(open: "pending" | "not tried", remains: string | undefined): string {
        const { uninstalled, ...brought } = this.record.counts;
        const failed = this.record.failures.size;
        const parts = Object.entries({ ...brought, failed, [open]: this.record.open, uninstalled });
        const texts = parts.flatMap(([word, count]) => (count > 0 ? [`${count} ${word}`] : []));
        const line = texts.join(", ") || "nothing to do";
        return remains === undefined ? line : `${line}; ${remains}`;
    }

    private get done(): number {
        return Object.values(this.record.counts).reduce((sum, count) => sum + count, this.reported);
    }

    private text(): string {
        if (this.total === undefined) return "looking at the clients";
        const parts = [`${this.verb} ${this.done}/${this.total}`];
        const [first, ...others] = this.tasks;
        if (first) parts.push(`task ${first[0]} ${first[1]} %${andMore(others.length)}`);
        const [unready, ...more] = this.unready;
        if (unready) parts.push(`trying ${unready[0]} again: ${unready[1]}${andMore(more.length)}`);
        if (this.record.failures.size > 0) parts.push(`${this.record.failures.size} failed`);
        return parts.join(" · ");
    }
}

type Severity = "info" | "warning";

/** What a run has done that a user should know, said at its end: one line for all instances that it is true of. */
export class Remarks {
    private readonly instanceIds: Readonly<Record<Severity, Map<string, Set<string>>>> = {
        info: new Map(),
        warning: new Map(),
    };

    /** @param text what is true of the instance; stands after the ids */
    add(severity: Severity, instanceId: string, text: string): void {
        const byText = this.instanceIds[severity];
        byText.set(text, (byText.get(text) ?? new Set()).add(instanceId));
    }

    tell(log: ResourceLog): void {
        for (const severity of ["info", "warning"] as const) {
            for (const [text, ids] of this.instanceIds[severity]) {
                log[severity](`${idList([...ids].sort())}: ${text}`);
            }
        }
    }
}

/** What a user should know of a plan beyond what it does: one line for each kind, however large the fleet. */
export function warningsOf(plan: Plan): readonly string[] {
    const retained = plan.filter((action) => action.kind === "retain");
    const taken = plan.filter((action) => action.kind === "keep" || action.kind === "adopt");
    const odd = Map.groupBy(
        taken.filter((action) => action.observation !== "ACTIVATED"),
        (action) => action.observation,
    );
    return [
        ...(retained.length > 0
            ? [`removal "Retain": the clients of ${ids(retained)} stay as they are, no longer managed`]
            : []),
        ...[...odd].map(
            ([status, actions]) => `${status}: the clients of ${ids(actions)} are left as they are`,
        ),
    ];
}

function ids(plan: Plan): string {
    return idList(plan.map((action) => action.instanceId));
}
