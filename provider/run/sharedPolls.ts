import { Forecast } from "../fleet/forecast";
import type { ClientIndex } from "../fleet/match";
import type { Clock } from "../fleet/model";
import { type InstallAttempt, reportsFailure } from "../fleet/outcome";
import { HbrError } from "../hbr/errors";
import { PAGE_SIZE } from "../hbr/listClients";
import type { ClientWatch } from "./watch";

/** How old a reading of the list may be to replace a poll: this share of the time that the task has taken so far. */
const SHARED_AGE = 0.1;

/** A task that this run has submitted. */
export interface SubmittedTask {
    readonly taskId: string;
    /** By the clock of the run. */
    readonly submittedAt: number;
    /** The number of its instances. */
    readonly size: number;
    /** Whether the list shows the work of the task on all of its instances, and shows that some of it goes on. */
    isShownRunning(index: ClientIndex): boolean;
}

/** A task that is being followed. */
interface FollowedTask extends SubmittedTask {
    readonly forecast: Forecast;
    polledAt: number;
}

/**
 * What the tasks of a run know of each other: how long they take, and how they share polls. Where their progress does not say
 * when they end, one reading of the list may replace a poll of each of them, if it takes fewer calls. The list only says that
 * a task is still running. Whether it has ended, the task itself says.
 */
export class SharedPolls {
    private readonly followed = new Set<FollowedTask>();
    /** The shortest time (ms) for which a task that has completed was seen running. */
    private shortestMs = Infinity;
    /** Whether the progress of a task has misled. */
    private isMisled = false;

    constructor(
        private readonly watch: ClientWatch,
        private readonly clock: Clock,
    ) {}

    begin(task: SubmittedTask): FollowedTask {
        const { isMisled } = this;
        const shortestMs = Number.isFinite(this.shortestMs) ? this.shortestMs : 0;
        const forecast = new Forecast({ isNew: true, isMisled, shortestMs });
        const followed: FollowedTask = { ...task, forecast, polledAt: task.submittedAt };
        this.followed.add(followed);
        return followed;
    }

    end(task: FollowedTask): void {
        this.isMisled ||= task.forecast.isMisleading;
        this.followed.delete(task);
    }

    /** Notes that a task has completed, after so long (ms). */
    completed({ forecast }: FollowedTask, durationMs: number): void {
        this.shortestMs = Math.min(this.shortestMs, forecast.completed(durationMs));
    }

    /**
     * How long (ms) the confirmation of an installation may wait, so that others whose tasks are about to end share the reading:
     * a tenth of the time that its task took, as long as there are others.
     */
    patience(attempt: InstallAttempt): number {
        return this.followed.size === 0 ? 0 : sharedAge(attempt);
    }

    /**
     * Whether the last reading of the list may confirm an installation that it shows as done: it is almost as recent as one
     * that would be made now, and the task says nothing to the contrary. What failed later shows in a new reading only.
     */
    mayConfirm(attempt: InstallAttempt): boolean {
        const { takenAt } = this.watch.last;
        const isRecent = takenAt > attempt.submittedAt && this.clock.now() - takenAt <= sharedAge(attempt);
        return isRecent && attempt.end?.how === "completed" && !reportsFailure(attempt);
    }

    /** Returns when the list showed that the task is still running; undefined if the task itself has to be asked. */
    async shownRunning(task: FollowedTask): Promise<number | undefined> {
        const { polledAt, submittedAt } = task;
        const now = this.clock.now();
        task.polledAt = now;
        if (!this.isListCheaper(task)) return undefined;
        // A reading from before the last poll would be no news.
        const age = Math.min(SHARED_AGE * (now - submittedAt), now - polledAt - 1);
        try {
            const { index, takenAt } = await this.watch.within(age);
            if (!task.isShownRunning(index)) return undefined;
            return (task.polledAt = takenAt);
        } catch (error) {
            if (error instanceof HbrError) return undefined;
            throw error;
        }
    }

    /** Whether the list has fewer pages than there are tasks, this one among them, whose end cannot be foreseen. */
    private isListCheaper(task: FollowedTask): boolean {
        const others = [...this.followed].filter(({ forecast }) => forecast.isPolled);
        this.isMisled ||= others.some(({ forecast }) => forecast.isMisleading);
        const isBlind = ({ forecast }: FollowedTask): boolean => forecast.isBlind || this.isMisled;
        // The first poll of a task shows whether its progress says anything, unless that of all others says nothing.
        const isFirst = !task.forecast.isPolled && (others.length === 0 || !others.every(isBlind));
        if (isFirst || !isBlind(task)) return false;
        const { index, takenAt } = this.watch.last;
        const blind = [...this.followed].filter(isBlind);
        // The last reading may not have shown the clients that are new since then.
        const added = blind.reduce(
            (sum, { submittedAt, size }) => sum + (submittedAt > takenAt ? size : 0),
            0,
        );
        return blind.length > Math.ceil((index.clients.length + added) / PAGE_SIZE);
    }
}

/** How old a reading may be, or how late, to be shared by an installation whose task has ended (ms). */
function sharedAge({ submittedAt, end }: InstallAttempt): number {
    return end === undefined ? 0 : SHARED_AGE * (end.at - submittedAt);
}
