import { Forecast } from "../fleet/forecast";
import type { ClientIndex } from "../fleet/match";
import type { Clock, ObservedClient } from "../fleet/model";
import { isInProgress } from "../fleet/status";
import { LONGEST_PAUSE_MS, longestPauseBeforeLook } from "../fleet/timing";
import { pagesOf } from "../hbr/listClients";
import type { SharedReadings } from "./readings";
import type { Snapshot } from "./watch";

/** How old a reading of the list may be to replace a poll: this share of the time that the task has taken so far. */
export const SHARED_AGE = 0.1;
/** A list that does not show a task so long after its submission is behind (ms). */
const NEWS_MS = 1_000;
/** How long to wait for a reading before the task itself is asked (ms), or a tenth of its time if that is longer. */
const LEAST_WAIT_MS = 1_000;

/** A task that this run has submitted. */
export interface SubmittedTask {
    readonly taskId: string;
    /** By the clock of the run. */
    readonly submittedAt: number;
    /** The number of its instances. */
    readonly size: number;
    /** The client that each of its installations has in the list; undefined for one that is not there. */
    clientsIn(index: ClientIndex): ShownClients;
    /** Tells the user what the list shows of them, as long as the task is being followed. */
    tell(clients: ShownClients): void;
}

type ShownClients = readonly (ObservedClient | undefined)[];

/** A task that is being followed. */
interface FollowedTask extends SubmittedTask {
    readonly forecast: Forecast;
    /** When it was known to be running. */
    runningAt: number;
    /** When the task itself was asked last. */
    askedAt: number;
    /** The pages of the list with work in progress of the task. */
    pages: readonly number[];
}

/**
 * What the tasks of a run know of each other: how long they take, and how they share polls. Where their progress does not say
 * when they end, one reading of the list, or of a page of it, may replace a poll of each of them, if it takes fewer calls. The
 * list only says that a task is still running. Whether it has ended, the task itself says: the list may show for longer, or for
 * ever, that work is in progress. So a list that is behind counts no more, and no task goes unasked for more than 30 s.
 */
export class SharedPolls {
    private readonly followed = new Set<FollowedTask>();
    /** When tasks have completed that the list has yet to show as over. */
    private readonly completedAt = new Map<FollowedTask, number>();
    /** The shortest time (ms) for which a task that has completed was seen running. */
    private shortestMs: number | undefined;
    /** Whether the progress of a task has misled. */
    private isMisled = false;
    /** Whether the list has shown a task, or its end, too late. */
    private isBehind = false;

    constructor(
        private readonly readings: SharedReadings,
        private readonly clock: Clock,
    ) {
        readings.observe((snapshot) => {
            this.see(snapshot);
        });
    }

    /** Whether no task is being followed. */
    get isIdle(): boolean {
        return this.followed.size === 0;
    }

    begin(task: SubmittedTask): FollowedTask {
        const { isMisled, shortestMs } = this;
        const forecast = new Forecast({ isNew: true, isMisled, shortestMs });
        const { submittedAt } = task;
        const followed: FollowedTask = {
            ...task,
            forecast,
            runningAt: submittedAt,
            askedAt: submittedAt,
            pages: [],
        };
        this.followed.add(followed);
        return followed;
    }

    end(task: FollowedTask): void {
        this.isMisled ||= task.forecast.isMisleading;
        this.followed.delete(task);
    }

    /** Notes that a task has completed, after so long (ms). */
    completed(task: FollowedTask, durationMs: number): void {
        this.completedAt.set(task, this.clock.now());
        const { forecast } = task;
        this.shortestMs = Math.min(this.shortestMs ?? Infinity, forecast.completed(durationMs));
    }

    /** Returns when the list showed that the task is still running; undefined if the task itself has to be asked. */
    async shownRunning(task: FollowedTask): Promise<number | undefined> {
        const now = this.clock.now();
        this.isMisled ||= [...this.followed].some(
            ({ forecast }) => forecast.isPolled && forecast.isMisleading,
        );
        const shownAt = this.mayAskList(task, now) ? await this.askList(task, now) : undefined;
        task.runningAt = shownAt ?? this.clock.now();
        if (shownAt === undefined) task.askedAt = task.runningAt;
        return shownAt;
    }

    /** Notes where a reading of the whole list shows the work of each task. One that shows it too late is behind. */
    private see(snapshot: Snapshot): void {
        const { index, takenAt } = snapshot;
        this.compare(snapshot);
        for (const [task, at] of this.completedAt) if (at <= takenAt) this.completedAt.delete(task);
        for (const task of this.followed) {
            const clients = shownOf(task, index);
            if (clients.includes(undefined) && takenAt - task.submittedAt >= NEWS_MS) this.isBehind = true;
            const pages = inProgress(clients).flatMap(({ clientId }) => this.readings.pageOf(clientId) ?? []);
            task.pages = [...new Set(pages)];
        }
    }

    /** A list that shows work in progress of a task that had completed before is behind. */
    private compare({ index, takenAt }: Snapshot): void {
        for (const [task, at] of this.completedAt)
            if (at <= takenAt && inProgress(task.clientsIn(index)).length > 0) this.isBehind = true;
    }

    private async askList(task: FollowedTask, now: number): Promise<number | undefined> {
        const readsAll = this.mayReadAll(task, now);
        const page = readsAll ? undefined : task.pages.find((each) => this.mayReadPage(each, task, now));
        if (!readsAll && page === undefined) return undefined;
        const reading = await this.reading(page, task, now);
        if (reading === undefined || reading.takenAt <= task.runningAt) return undefined;
        this.compare(reading);
        if (this.isBehind) return undefined;
        const clients = shownOf(task, reading.index);
        // A page does not show all clients. A list that does not is behind.
        const isShown = inProgress(clients).length > 0 && !(readsAll && clients.includes(undefined));
        if (isShown) return reading.takenAt;
        task.pages = task.pages.filter((each) => each !== page);
        return undefined;
    }

    private reading(
        page: number | undefined,
        task: FollowedTask,
        now: number,
    ): Promise<Snapshot | undefined> {
        const age = ageFor(task, now);
        const wait = Math.max(LEAST_WAIT_MS, SHARED_AGE * (now - task.submittedAt));
        return page === undefined ? this.readings.whole(age, wait) : this.readings.page(page, age, wait);
    }

    /** Whether the list may replace this poll: progress says nothing, and the task itself is still asked within 30 s. */
    private mayAskList(task: FollowedTask, now: number): boolean {
        const next = now + longestPauseBeforeLook(now - task.submittedAt);
        if (this.isBehind || next - task.askedAt > LONGEST_PAUSE_MS) return false;
        const others = [...this.followed].filter(({ forecast }) => forecast.isPolled);
        // The first poll of a task shows whether its progress says anything, unless that of all others says nothing.
        const isFirst =
            !task.forecast.isPolled && (others.length === 0 || !others.every((other) => this.isBlind(other)));
        return !isFirst && this.isBlind(task);
    }

    private isBlind({ forecast }: FollowedTask): boolean {
        return forecast.isBlind || this.isMisled;
    }

    /**
     * Whether the whole list may be read for the task: a reading is there already, or it saves more polls than it has pages.
     * Where it has several, the polls of tasks that are known to be on one of them do not count.
     */
    private mayReadAll(task: FollowedTask, now: number): boolean {
        const { index, takenAt } = this.readings.last;
        if (now - takenAt <= ageFor(task, now)) return true;
        // The last reading may not have shown the clients that are new since then.
        const added = [...this.followed].reduce(
            (sum, { submittedAt, size }) => sum + (submittedAt >= takenAt ? size : 0),
            0,
        );
        const count = pagesOf(index.clients.length + added);
        const counts = ({ pages }: FollowedTask): boolean => count === 1 || pages.length === 0;
        return counts(task) && this.saves(now, counts) > count;
    }

    /** Whether a page may be read for the task: a reading is there already, or it saves more than one poll. */
    private mayReadPage(page: number, task: FollowedTask, now: number): boolean {
        if (now - this.readings.takenAt(page) <= ageFor(task, now)) return true;
        return this.saves(now, ({ pages }) => pages.includes(page)) > 1;
    }

    /** How many polls a reading saves the tasks that it shows. */
    private saves(now: number, isShown: (task: FollowedTask) => boolean): number {
        const blind = [...this.followed].filter((task) => this.isBlind(task) && isShown(task));
        return blind.reduce((sum, task) => sum + savedPolls(task, now), 0);
    }
}

/** How old a reading may be to replace a poll of the task (ms). One from before it was known to be running is no news. */
function ageFor({ submittedAt, runningAt }: FollowedTask, now: number): number {
    return Math.min(SHARED_AGE * (now - submittedAt), now - runningAt - 1);
}

/** How much of a poll a reading of now saves: none if it is too old when that is due, and less the earlier it comes. */
function savedPolls({ submittedAt, runningAt }: FollowedTask, now: number): number {
    const pause = longestPauseBeforeLook(runningAt - submittedAt);
    const early = Math.max(0, runningAt + pause - now);
    return early <= SHARED_AGE * (now + early - submittedAt) ? 1 - early / pause : 0;
}

/** The clients that the list shows of a task, which it tells the user. */
function shownOf(task: FollowedTask, index: ClientIndex): ShownClients {
    const clients = task.clientsIn(index);
    task.tell(clients);
    return clients;
}

function inProgress(clients: ShownClients): readonly ObservedClient[] {
    return clients.flatMap((client) => (client && isInProgress(client.status) ? [client] : []));
}
