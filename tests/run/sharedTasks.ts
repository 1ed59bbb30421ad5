import type { ObservedClient } from "../../provider/fleet/model";
import type { InstallAttempt } from "../../provider/fleet/outcome";
import { type ClientStatus, isInProgress } from "../../provider/fleet/status";
import { HbrError } from "../../provider/hbr/errors";
import { SharedPolls, type SubmittedTask } from "../../provider/run/sharedPolls";
import { ClientWatch } from "../../provider/run/watch";
import { client } from "../fleet/builders";
import { seededRandom, VirtualClock } from "../support/virtualClock";

/** A task that is being followed. */
type Task = ReturnType<SharedPolls["begin"]>;

/** Tasks that share polls, beside a list with so many clients of others. Times are those since the beginning (ms). */
export class Shared {
    readonly clock = new VirtualClock();
    /** When the list was read. */
    readonly readAt: number[] = [];
    readonly #others: readonly ObservedClient[];
    readonly #ours = new Map<string, ClientStatus>();
    readonly #startedAt = this.clock.now();
    latencyMs = 0;
    error: Error | undefined;
    readonly watch: ClientWatch;
    readonly polls: SharedPolls;

    constructor(others = 0) {
        this.#others = Array.from({ length: others }, (_, number) =>
            client(`i-other-${number}`, "ACTIVATED"),
        );
        const list = async (): Promise<readonly ObservedClient[]> => {
            this.readAt.push(this.elapsedMs);
            if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs);
            if (this.error) throw this.error;
            return [...this.#others, ...[...this.#ours].map(([taskId, status]) => client(taskId, status))];
        };
        this.watch = new ClientWatch(list, this.clock, seededRandom(1), new AbortController().signal);
        this.polls = new SharedPolls(this.watch, this.clock);
    }

    get elapsedMs(): number {
        return this.clock.now() - this.#startedAt;
    }

    async at(ms: number): Promise<void> {
        await this.clock.sleep(ms - this.elapsedMs);
    }

    /** Submits a task on one instance, which the list shows at once; `size` is what it says of their number. */
    begin(taskId: string, status: ClientStatus | "absent" = "INSTALLING", size = 1): Task {
        if (status !== "absent") this.show(taskId, status);
        const shownIn: SubmittedTask["shownIn"] = (index) => {
            const shown = index.get(`c-${taskId}`)?.status;
            if (shown === undefined) return "missing";
            return isInProgress(shown) ? "running" : "over";
        };
        return this.polls.begin({ taskId, submittedAt: this.clock.now(), size, shownIn });
    }

    show(taskId: string, status: ClientStatus): void {
        this.#ours.set(taskId, status);
    }

    /** Polls a task: when the list has shown it running; undefined if the task itself has to be asked. */
    async shownAt(task: Task): Promise<number | undefined> {
        const shownAt = await this.polls.shownRunning(task);
        return shownAt === undefined ? undefined : shownAt - this.#startedAt;
    }

    /** Polls tasks that have to be asked themselves, and show this progress. */
    async ask(progress: number | undefined, ...tasks: readonly Task[]): Promise<void> {
        for (const task of tasks) {
            expect(await this.shownAt(task)).toBeUndefined();
            task.forecast.running(this.clock.now() - task.submittedAt, progress);
        }
    }

    /** An attempt that was submitted at the beginning, and whose task has run for so long. */
    attempt(ranMs: number, how: "completed" | "failed" = "completed"): InstallAttempt {
        const submittedAt = this.#startedAt;
        return { submittedAt, taskId: "t-1", end: { at: submittedAt + ranMs, how } };
    }
}

/** Two tasks from the beginning whose progress says nothing; both were asked last after so long. */
export async function twoBlind(
    askedMs: number,
    others = 0,
    size = 1,
): Promise<Shared & { a: Task; b: Task }> {
    const shared = new Shared(others);
    const [a, b] = [shared.begin("a", "INSTALLING", size), shared.begin("b", "INSTALLING", size)];
    await shared.at(askedMs);
    await shared.ask(0, a, b);
    expect(shared.readAt).toEqual([]);
    return Object.assign(shared, { a, b });
}

/** A call that the service has not answered as it should. */
export function failure(errorClass: "unavailable" | "account"): HbrError {
    return new HbrError("no", { operation: "DescribeClients", errorClass, code: "No" });
}
