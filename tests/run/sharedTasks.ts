import type { ObservedClient } from "../../provider/fleet/model";
import type { InstallAttempt } from "../../provider/fleet/outcome";
import type { ClientStatus } from "../../provider/fleet/status";
import { HbrError } from "../../provider/hbr/errors";
import { PAGE_SIZE } from "../../provider/hbr/listClients";
import { ReadBack } from "../../provider/run/readBack";
import { SharedReadings } from "../../provider/run/readings";
import { SharedPolls, type SubmittedTask } from "../../provider/run/sharedPolls";
import { ClientWatch } from "../../provider/run/watch";
import { client } from "../fleet/builders";
import { seededRandom, VirtualClock } from "../support/virtualClock";

/** A task that is being followed. */
type Task = ReturnType<SharedPolls["begin"]>;

/** Tasks that share polls, in a list with so many clients of others before and after theirs. Times count from the beginning (ms). */
export class Shared {
    readonly clock = new VirtualClock();
    /** When the list was read. */
    readonly readAt: number[] = [];
    /** Which pages were read alone, and when. */
    readonly pagesRead: (readonly [number, number])[] = [];
    #before: readonly ObservedClient[];
    readonly #after: readonly ObservedClient[];
    readonly #ours = new Map<string, ClientStatus>();
    readonly #startedAt = this.clock.now();
    latencyMs = 0;
    error: Error | undefined;
    readonly watch: ClientWatch;
    readonly polls: SharedPolls;
    readonly readBack: ReadBack;

    constructor(before = 0, after = 0) {
        const others = Array.from({ length: before + after }, (_, number) =>
            client(`i-other-${number}`, "ACTIVATED"),
        );
        this.#before = others.slice(0, before);
        this.#after = others.slice(before);
        const list = (): Promise<readonly ObservedClient[]> => {
            this.readAt.push(this.elapsedMs);
            return this.#answer();
        };
        this.watch = new ClientWatch(list, this.clock, seededRandom(1), new AbortController().signal);
        const readPage = async (pageNumber: number): Promise<readonly ObservedClient[]> => {
            this.pagesRead.push([pageNumber, this.elapsedMs]);
            return (await this.#answer()).slice(PAGE_SIZE * (pageNumber - 1), PAGE_SIZE * pageNumber);
        };
        const readings = new SharedReadings(this.watch, readPage, this.clock);
        this.polls = new SharedPolls(readings, this.clock);
        this.readBack = new ReadBack(readings, this.polls, this.clock);
    }

    async #answer(): Promise<readonly ObservedClient[]> {
        if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs);
        if (this.error) throw this.error;
        const ours = [...this.#ours].map(([taskId, status]) => client(taskId, status));
        return [...this.#before, ...ours, ...this.#after];
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
        const clientsIn: SubmittedTask["clientsIn"] = (index) => [index.get(`c-${taskId}`)];
        const tell = (): void => undefined;
        return this.polls.begin({ taskId, submittedAt: this.clock.now(), size, clientsIn, tell });
    }

    /** Adds so many clients of others before those of the tasks. */
    insert(count: number): void {
        const added = Array.from({ length: count }, (_, number) => client(`i-added-${number}`, "ACTIVATED"));
        this.#before = [...this.#before, ...added];
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

    /** The same for tasks whose progress says nothing, while the list cannot answer for them. Then it is read. */
    async askAllThenLook(...tasks: readonly Task[]): Promise<void> {
        this.error = failure("unavailable");
        await this.ask(0, ...tasks);
        this.error = undefined;
        await this.watch.look();
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
