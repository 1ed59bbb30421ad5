import type { Clock } from "../fleet/model";
import { type InstallAttempt, reportsFailure } from "../fleet/outcome";
import { LONGEST_PAUSE_MS, longestPauseBeforeLook } from "../fleet/timing";
import { pagesOf } from "../hbr/listClients";
import type { SharedReadings } from "./readings";
import { SHARED_AGE, type SharedPolls } from "./sharedPolls";
import type { Snapshot } from "./watch";

/** How long a confirmation waits for others that may share the reading: this share of the time that its task has taken. */
const PATIENCE = 0.15;

/** Readings of the list that confirm installations whose tasks have completed. Several share each of them. */
export class ReadBack {
    constructor(
        private readonly readings: SharedReadings,
        private readonly polls: SharedPolls,
        private readonly clock: Clock,
    ) {}

    /**
     * How long (ms) the confirmation of an installation still waits, so that others whose tasks are about to end share the
     * reading; 0 if there are none. The longer ago the task may have ended, the shorter it is, so that the confirmation comes
     * within 30 s. A failure is not kept waiting, because it may stop the run.
     */
    patience(attempt: InstallAttempt): number {
        const { submittedAt, end } = attempt;
        if (end === undefined || !hasCompleted(attempt) || this.polls.isIdle) return 0;
        const unseen = longestPauseBeforeLook(end.at - submittedAt);
        const patience = Math.min(PATIENCE * (end.at - submittedAt), LONGEST_PAUSE_MS - unseen);
        return Math.max(0, end.at + patience - this.clock.now());
    }

    /** The last reading of the list, if it may show that the installation has succeeded. */
    recent(attempt: InstallAttempt): Snapshot | undefined {
        return shownIn(this.readings.last, attempt, this.clock.now());
    }

    /** The same for the reading that is in progress: tasks that end together share it. */
    async underWay(attempt: InstallAttempt): Promise<Snapshot | undefined> {
        if (!hasCompleted(attempt)) return undefined;
        const now = this.clock.now();
        return shownIn(await this.readings.underWay(ageOf(attempt), LONGEST_PAUSE_MS), attempt, now);
    }

    /**
     * The page of the list that is enough to read, because the client was seen on it; undefined if there is none. No page is read
     * where the list has only one, or where no other task is in progress: the run ends soon, and reads the whole list then.
     */
    pageFor(attempt: InstallAttempt, clientId: string): number | undefined {
        const { readings, polls } = this;
        const isOnly = pagesOf(readings.last.index.clients.length) === 1;
        return isOnly || polls.isIdle || !hasCompleted(attempt) ? undefined : readings.pageOf(clientId);
    }

    /** Reads the page, or returns its last reading; undefined if that may not show that the installation has succeeded. */
    async readPage(attempt: InstallAttempt, page: number): Promise<Snapshot | undefined> {
        const now = this.clock.now();
        return shownIn(await this.readings.page(page, ageOf(attempt), LONGEST_PAUSE_MS), attempt, now);
    }
}

/** The reading, if it may show that the installation has succeeded. However late it comes, its age counts when it is asked for. */
function shownIn(reading: Snapshot | undefined, attempt: InstallAttempt, now: number): Snapshot | undefined {
    return reading && mayShow(attempt, reading, now) ? reading : undefined;
}

/**
 * Whether a reading may show that the installation has succeeded: it is almost as recent as one of now, shows the client that
 * the task names, and the task does not call it failed. What failed later shows in a new reading only.
 */
function mayShow(attempt: InstallAttempt, { takenAt, index }: Snapshot, now: number): boolean {
    const isRecent = takenAt > attempt.submittedAt && now - takenAt <= ageOf(attempt);
    const clientId = attempt.report?.clientId;
    const isShown = clientId === undefined || index.get(clientId) !== undefined;
    return isRecent && isShown && hasCompleted(attempt);
}

function hasCompleted(attempt: InstallAttempt): boolean {
    return attempt.end?.how === "completed" && !reportsFailure(attempt);
}

/** How old a reading may be to confirm an installation whose task has ended (ms). */
function ageOf({ submittedAt, end }: InstallAttempt): number {
    return end === undefined ? 0 : Math.min(SHARED_AGE * (end.at - submittedAt), LONGEST_PAUSE_MS);
}
