import { andMore, idList, warningsOf } from "../fleet/planText";
import type { Clock } from "../fleet/model";
import type { ResourceLog } from "../engine";
import type { FleetRecord } from "./record";
import type { Plan } from "../fleet/plan";

const PAUSE_MS = 1_000;
const HEARTBEAT_MS = 60_000;

type Severity = "info" | "warning";

/**
 * Reports a run to the user: a status on the resource's row while it lasts, at most once a second, and remarks at its end.
 */
export class Reporter {
    private shown = "";
    private shownAt = -Infinity;
    private readonly startedAt: number;
    private total: number | undefined;
    private verb = "";
    private readonly tasks = new Map<string, number>();
    private readonly unready = new Map<string, string>();
    /** The number of installations that their tasks report as done and the list has not confirmed. */
    private unconfirmed = 0;
    private readonly remarks: Readonly<Record<Severity, Map<string, Set<string>>>> = {
        info: new Map(),
        warning: new Map(),
    };

    constructor(
        private readonly log: ResourceLog,
        private readonly clock: Clock,
        private readonly record: FleetRecord,
    ) {
        this.startedAt = clock.now();
    }

    /** Notes a plan that acts on `count` further instances. The verb of the first plan stays. */
    planned(count: number, verb: string): void {
        if (this.total === undefined) this.verb = verb;
        this.total = Math.max(this.total ?? 0, this.done + count);
        this.show();
    }

    /** Notes the progress of a task (percent). */
    task(taskId: string, percent: number): void {
        this.tasks.set(taskId, percent);
        this.show();
    }

    /** Notes an installation that its task reports as done. The list has to confirm it. */
    reportedDone(): void {
        this.unconfirmed += 1;
    }

    /** Notes that the list has confirmed or denied such an installation. */
    confirmed(): void {
        this.unconfirmed -= 1;
    }

    taskOver(taskId: string): void {
        this.tasks.delete(taskId);
    }

    /** Notes an instance that is not ready and will be tried again. */
    notReady(instanceId: string, code: string): void {
        this.unready.set(instanceId, code);
    }

    /** Notes that the service accepted an instance that was not ready, or that the run gave up on it. */
    settled(instanceId: string): void {
        this.unready.delete(instanceId);
    }

    /** Shows the progress if it has changed, or if a minute has passed. */
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

    /** Keeps showing the progress until the signal is aborted. */
    async keepShowing(signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
            this.show();
            await this.clock.sleep(PAUSE_MS, signal).catch(() => undefined);
        }
    }

    /**
     * Returns the summary line at the end of a run.
     *
     * @param open the word for instances with work left
     * @param remains which records of the uninstalled clients stay in the vault
     */
    results(open: "pending" | "not tried", remains: string | undefined): string {
        const { uninstalled, ...brought } = this.record.counts;
        const failed = this.record.failures.size;
        const parts = Object.entries({ ...brought, failed, [open]: this.record.pendingCount, uninstalled });
        const texts = parts.flatMap(([word, count]) => (count > 0 ? [`${count} ${word}`] : []));
        const line = texts.join(", ") || "nothing to do";
        return remains === undefined ? line : `${line}; ${remains}`;
    }

    private get done(): number {
        return Object.values(this.record.counts).reduce((sum, count) => sum + count, this.unconfirmed);
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

    /**
     * Keeps a remark on an instance for the end of the run, when all instances with the same remark share a line.
     *
     * @param text follows the IDs
     */
    remark(severity: Severity, instanceId: string, text: string): void {
        const byText = this.remarks[severity];
        byText.set(text, (byText.get(text) ?? new Set()).add(instanceId));
    }

    tellRemarks(): void {
        for (const severity of ["info", "warning"] as const)
            for (const [text, ids] of this.remarks[severity])
                this.log[severity](`${idList([...ids].sort())}: ${text}`);
    }

    /** Logs at once what the user should know about a plan beyond its actions. */
    warn(plan: Plan): void {
        for (const warning of warningsOf(plan)) this.log.warning(warning);
    }
}
