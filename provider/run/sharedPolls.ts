import { Forecast } from "../fleet/forecast";
import { LONGEST_PAUSE_MS, pauseBeforeLook } from "../fleet/timing";
import type { ClientIndex } from "../fleet/match";
import type { Clock } from "../fleet/model";
import { type InstallAttempt, reportsFailure } from "../fleet/outcome";
import { HbrError } from "../hbr/errors";
import { pagesOf } from "../hbr/listClients";
import type { ClientWatch, Snapshot } from "./watch";

/** How old a reading of the list may be to replace a poll: this share of the time that the task has taken so far. */
const SHARED_AGE = 0.1;
/** How long a confirmation waits for others that may share the reading: this share of the time that its task has taken. */
const PATIENCE = 0.15;
/** A list that does not show a task so long after its submission is behind (ms). */
const NEWS_MS = 1_000;
/** How long to wait for a reading before the task itself is asked (ms), or a tenth of its time if that is longer. */
const LEAST_WAIT_MS = 1_000;

/** What the list shows of a task: not yet all of its work, work in progress, or none any more. */
export type ShownTask = "missing" | "running" | "over";

/** A task that this run has submitted. */
export interface SubmittedTask {
    readonly taskId: string;
    /** By the clock of the run. */
    readonly submittedAt: number;
    /** The number of its instances. */
    readonly size: number;
    shownIn(index: ClientIndex): ShownTask;
}

/** A task that is being followed. */
interface FollowedTask extends SubmittedTask {
    readonly forecast: Forecast;
    /** When it was known to be running. */
    runningAt: number;
    /** When the task itself was asked last. */
    askedAt: number;
}

/**
 * What the tasks of a run know of each other: how long they take, and how they share polls. Where their progress does not say
 * when they end, one reading of the list may replace a poll of each of them, if it takes fewer calls. The list only says that
 * a task is still running. Whether it has ended, the task itself says: the list may show for longer, or for ever, that work is
 * in progress. So a list that is behind counts no more, and no task goes unasked for more than 30 s.
 */
export class SharedPolls {
    private readonly followed = new Set<FollowedTask>();
    /** The shortest time (ms) for which a task that has completed was seen running. */
    private shortestMs: number | undefined;
    /** Whether the progress of a task has misled. */
    private isMisled = false;
    /** Whether the list has shown a task too late. */
    private isBehind = false;

    constructor(
        private readonly watch: ClientWatch,
        private readonly clock: Clock,
    ) {}

    begin(task: SubmittedTask): FollowedTask {
        const { isMisled, shortestMs } = this;
        const forecast = new Forecast({ isNew: true, isMisled, shortestMs });
        const { submittedAt } = task;
        const followed: FollowedTask = { ...task, forecast, runningAt: submittedAt, askedAt: submittedAt };
        this.followed.add(followed);
        return followed;
    }

    end(task: FollowedTask): void {
        this.isMisled ||= task.forecast.isMisleading;
        this.followed.delete(task);
    }

    /** Notes that a task has completed, after so long (ms). */
    completed({ forecast }: FollowedTask, durationMs: number): void {
        this.shortestMs = Math.min(this.shortestMs ?? Infinity, forecast.completed(durationMs));
    }

    /**
     * How long (ms) the confirmation of an installation waits, so that others whose tasks are about to end share the reading; 0
     * if there are none. The longer ago the task may have ended, the shorter it is, so that the confirmation comes within 30 s. A
     * failure is not kept waiting, because it may stop the run.
     */
    patience(attempt: InstallAttempt): number {
        const { submittedAt, end } = attempt;
        if (end === undefined || !hasCompleted(attempt) || this.followed.size === 0) return 0;
        const unseen = pauseBeforeLook(end.at - submittedAt, NO_JITTER);
        return Math.min(PATIENCE * (end.at - submittedAt), LONGEST_PAUSE_MS - unseen);
    }

    /**
     * Whether the last reading of the list may confirm an installation that it shows as done: it is almost as recent as one
     * that would be made now, shows the client that the task names, and the task does not call it failed. What failed later
     * shows in a new reading only.
     */
    mayConfirm(attempt: InstallAttempt): boolean {
        const { takenAt, index } = this.watch.last;
        const isRecent = takenAt > attempt.submittedAt && this.clock.now() - takenAt <= sharedAge(attempt);
        const clientId = attempt.report?.clientId;
        const isShown = clientId === undefined || index.get(clientId) !== undefined;
        return isRecent && isShown && hasCompleted(attempt);
    }

    /** Returns when the list showed that the task is still running; undefined if the task itself has to be asked. */
    async shownRunning(task: FollowedTask): Promise<number | undefined> {
        const now = this.clock.now();
        const shownAt = this.mayAskList(task, now) ? await this.askList(task, now) : undefined;
        task.runningAt = shownAt ?? this.clock.now();
        if (shownAt === undefined) task.askedAt = task.runningAt;
        return shownAt;
    }

    private async askList(task: FollowedTask, now: number): Promise<number | undefined> {
        const wait = Math.max(LEAST_WAIT_MS, SHARED_AGE * (now - task.submittedAt));
        const reading = await this.reading(ageFor(task, now), wait);
        if (reading === undefined || reading.takenAt <= task.runningAt) return undefined;
        const shown = task.shownIn(reading.index);
        if (shown === "missing" && reading.takenAt - task.submittedAt >= NEWS_MS) this.isBehind = true;
        return shown === "running" ? reading.takenAt : undefined;
    }

    /** A reading of the list that is at most so old (ms); undefined if it does not come in time (ms). */
    private async reading(ageMs: number, waitMs: number): Promise<Snapshot | undefined> {
        const over = new AbortController();
        const tooLate = this.clock.sleep(waitMs, over.signal).then(
            () => undefined,
            () => undefined,
        );
        const reading = this.watch.within(ageMs).catch((error: unknown) => {
            if (error instanceof HbrError) return undefined;
            throw error;
        });
        try {
            return await Promise.race([reading, tooLate]);
        } finally {
            over.abort();
        }
    }

    /** Whether the list may say that the task is running, and the task itself is asked before the next poll after this one. */
    private mayAskList(task: FollowedTask, now: number): boolean {
        const next = now + pauseBeforeLook(now - task.submittedAt, NO_JITTER);
        if (this.isBehind || next - task.askedAt > LONGEST_PAUSE_MS) return false;
        const others = [...this.followed].filter(({ forecast }) => forecast.isPolled);
        this.isMisled ||= others.some(({ forecast }) => forecast.isMisleading);
        const isBlind = ({ forecast }: FollowedTask): boolean => forecast.isBlind || this.isMisled;
        // The first poll of a task shows whether its progress says anything, unless that of all others says nothing.
        const isFirst = !task.forecast.isPolled && (others.length === 0 || !others.every(isBlind));
        if (isFirst || !isBlind(task)) return false;
        const isRead = now - this.watch.last.takenAt <= ageFor(task, now);
        return isRead || this.isListCheaper([...this.followed].filter(isBlind), now);
    }

    /** Whether the list has fewer pages than a reading of it saves polls of these tasks. */
    private isListCheaper(blind: readonly FollowedTask[], now: number): boolean {
        const { index, takenAt } = this.watch.last;
        // The last reading may not have shown the clients that are new since then.
        const added = [...this.followed].reduce(
            (sum, { submittedAt, size }) => sum + (submittedAt >= takenAt ? size : 0),
            0,
        );
        const saved = blind.reduce((sum, task) => sum + savedPolls(task, now), 0);
        return saved > pagesOf(index.clients.length + added);
    }
}

const NO_JITTER = (): number => 0;

/** How old a reading may be to replace a poll of the task (ms). One from before it was known to be running is no news. */
function ageFor({ submittedAt, runningAt }: FollowedTask, now: number): number {
    return Math.min(SHARED_AGE * (now - submittedAt), now - runningAt - 1);
}

/** How much of a poll a reading of now saves: none if it is too old by then, and less the earlier it comes. */
function savedPolls({ submittedAt, runningAt }: FollowedTask, now: number): number {
    const pause = pauseBeforeLook(runningAt - submittedAt, NO_JITTER);
    const early = Math.max(0, runningAt + pause - now);
    return early <= SHARED_AGE * (now + early - submittedAt) ? 1 - early / pause : 0;
}

function hasCompleted(attempt: InstallAttempt): boolean {
    return attempt.end?.how === "completed" && !reportsFailure(attempt);
}

/** How old a reading may be to confirm an installation whose task has ended (ms). */
function sharedAge({ submittedAt, end }: InstallAttempt): number {
    return end === undefined ? 0 : Math.min(SHARED_AGE * (end.at - submittedAt), LONGEST_PAUSE_MS);
}
