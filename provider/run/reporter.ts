import { andMore, idList, warningsOf } from "../fleet/planText";
import type { Clock, ObservedClient } from "../fleet/model";
import type { ResourceLog } from "../engine";
import type { Troubles } from "../hbr/troubles";
import type { FleetRecord } from "./record";
import type { ActionKind, Plan } from "../fleet/plan";

const PAUSE_MS = 1_000;
const HEARTBEAT_MS = 60_000;

/** The status before there is a plan. */
export const LOOKING = "looking at the clients";

type Severity = "info" | "warning";

/** What a run may be doing, in the order in which the status names it. */
const ACTIVITIES = ["installing", "reinstalling", "upgrading", "uninstalling", "soaking", "waiting"] as const;

export type Activity = (typeof ACTIVITIES)[number];

const ACTIVITY_OF: Partial<Readonly<Record<ActionKind, Activity>>> = {
    install: "installing",
    reinstall: "reinstalling",
    upgrade: "upgrading",
};

/** What a batch of a rollout does. */
export function activitiesOf(batch: Plan): readonly Activity[] {
    return [...new Set(batch.flatMap(({ kind }) => ACTIVITY_OF[kind] ?? []))];
}

/**
 * Reports a run to the user: a status on the resource's row while it lasts, at most once a second, and remarks at its end.
 */
export class Reporter {
    private shown = "";
    private shownAt = -Infinity;
    private readonly startedAt: number;
    /** The instances that the run works on, or has worked on. */
    private readonly work = new Set<string>();
    private isPlanned = false;
    private wave: string | undefined;
    /** The wave that begins with the next activity. */
    private nextWave: string | undefined;
    /** What the run is doing, once for each part of it. */
    private readonly active: Activity[] = [];
    /** The activity that ended last: the status keeps it until the next begins. */
    private ended: Activity | undefined;
    /** The progress of each running task (percent). */
    private readonly tasks = new Map<string, number>();
    /** The instances that are booting, with the service's word for it. */
    private readonly unready = new Map<string, string>();
    /** The instances whose work their task reports as done. The list has yet to confirm it. */
    private readonly reported = new Set<string>();
    /** The instances whose work their task, which goes on with others, reports as failed. */
    private readonly reportedFailed = new Set<string>();
    private readonly remarks: Readonly<Record<Severity, Map<string, Set<string>>>> = {
        info: new Map(),
        warning: new Map(),
    };

    constructor(
        private readonly log: ResourceLog,
        private readonly clock: Clock,
        private readonly record: FleetRecord,
        private readonly troubles: Troubles,
    ) {
        this.startedAt = clock.now();
    }

    /** Notes a plan that acts on these instances. */
    planned(instanceIds: readonly string[]): void {
        this.isPlanned = true;
        for (const instanceId of instanceIds) this.work.add(instanceId);
    }

    /** Notes the wave that begins (`2/3`), with whatever is done next. */
    inWave(wave: string): void {
        this.nextWave = wave;
    }

    /** Shows what is being done as long as it lasts. Several parts of a run may do the same. */
    async during<T>(activities: readonly Activity[], work: () => Promise<T>): Promise<T> {
        this.active.push(...activities);
        if (activities.length > 0) this.wave = this.nextWave;
        this.show();
        try {
            return await work();
        } finally {
            for (const activity of activities) {
                this.active.splice(this.active.indexOf(activity), 1);
                this.ended = activity;
            }
        }
    }

    /** Notes the progress of a task (percent), and the instances that it reports as done or failed. */
    task(
        taskId: string,
        percent: number,
        reported: Readonly<Record<"done" | "failed", readonly string[]>>,
    ): void {
        this.tasks.set(taskId, percent);
        for (const instanceId of reported.failed) this.reportedFailed.add(instanceId);
        this.reportedDone(reported.done);
    }

    /** Notes instances that their task reports as done. */
    reportedDone(instanceIds: readonly string[]): void {
        for (const instanceId of instanceIds) this.reported.add(instanceId);
        this.show();
    }

    taskOver(taskId: string): void {
        this.tasks.delete(taskId);
    }

    /** Notes an instance that is booting and will be tried again. */
    notReady(instanceId: string, code: string): void {
        this.unready.set(instanceId, code);
        this.show();
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
        const parts = Object.entries({ ...brought, failed, [open]: this.record.pending.length, uninstalled });
        const texts = parts.flatMap(([word, count]) => (count > 0 ? [`${count} ${word}`] : []));
        const line = texts.join(", ") || "nothing to do";
        return remains === undefined ? line : `${line}; ${remains}`;
    }

    /**
     * What matters first. A terminal of 120 columns shows 30 of it, and fewer behind the engine's own `[diff: …]`; what does
     * not fit is cut off.
     */
    private text(): string {
        const trouble = this.troubles.text;
        if (!this.isPlanned) return trouble ?? LOOKING;
        const work = [...this.work];
        const failed = work.filter((instanceId) => this.hasFailed(instanceId)).length;
        const done = work.filter((id) => !this.hasFailed(id) && this.isDone(id)).length;
        const parts = [`${done}/${work.length}`];
        if (failed > 0) parts.push(`${failed} failed`);
        if (trouble !== undefined) parts.push(trouble);
        if (this.unready.size > 0) parts.push(`waiting for ${this.unready.size} to boot`);
        const percents = [...this.tasks.values()];
        if (percents.length > 0)
            parts.push(`${Math.floor(percents.reduce((sum, each) => sum + each, 0) / percents.length)} %`);
        if (this.wave !== undefined) parts.push(`wave ${this.wave}`);
        const activities = ACTIVITIES.filter((each) => this.active.includes(each));
        if (activities.length > 0) parts.push(activities.join(", "));
        else if (this.ended !== undefined) parts.push(this.ended);
        const [first, ...others] = this.tasks.keys();
        if (first !== undefined) parts.push(`task ${first}${andMore(others.length)}`);
        const [unready, ...more] = this.unready;
        if (unready) parts.push(`${unready[0]}: ${unready[1]}${andMore(more.length)}`);
        return parts.join(" · ");
    }

    private hasFailed(instanceId: string): boolean {
        const isReported = this.reportedFailed.has(instanceId) && !this.isDone(instanceId);
        return this.record.failures.has(instanceId) || isReported;
    }

    private isDone(instanceId: string): boolean {
        return this.record.isDone(instanceId) || this.reported.has(instanceId);
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

    /** Remarks that an upgrade to a version has changed nothing. */
    notUpgraded({ instanceId, clientVersion = "" }: ObservedClient, version: string): void {
        const text = `the upgrade left version ${clientVersion} as it was; it is not tried again until there is a later version than ${version}`;
        this.remark("warning", instanceId, text);
    }

    tellRemarks(): void {
        for (const [instanceId, code] of this.unready)
            this.remark("warning", instanceId, `not up yet when the run ended (${code})`);
        for (const severity of ["info", "warning"] as const)
            for (const [text, ids] of this.remarks[severity])
                this.log[severity](`${idList([...ids].sort())}: ${text}`);
    }

    /** Logs at once what the user should know about a plan beyond its actions. */
    warn(plan: Plan): void {
        for (const warning of warningsOf(plan)) this.log.warning(warning);
    }
}
