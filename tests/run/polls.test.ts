import type { SwitchesInput } from "../../simulator";
import { PROGRESS_SHAPES } from "../../simulator/switches";
import { seededRandom } from "../support/virtualClock";
import { type CommandEnd, instances, VAULT, VirtualStack } from "./virtualStack";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PAGE = 99;

/** A fleet whose installations take so long (ms), by number from 0, in a vault with so many clients of others. */
class Timed {
    readonly stack: VirtualStack;
    readonly #times: ReadonlyMap<string, number>;

    constructor(
        readonly size: number,
        time: (number: number) => number,
        switches: SwitchesInput = {},
        seed = 1,
        { others = 0, latency = 20 } = {},
    ) {
        const timed = instances(size).map(({ instanceId }, number) => ({
            instanceId,
            installTime: time(number),
        }));
        this.#times = new Map(timed.map(({ instanceId, installTime }) => [instanceId, installTime]));
        const clients = Array.from({ length: others }, (_, number) => ({
            vaultId: VAULT,
            instanceId: `i-other-${number}`,
            clusterId: "cl-1",
            status: "ACTIVATED" as const,
        }));
        this.stack = new VirtualStack({ seed, latency, world: { instances: timed, clients } });
        this.stack.simulator.setSwitches(switches);
    }

    /** Fleets of installations that take 4 to 8 s. */
    static spread(size: number, switches: SwitchesInput = {}, seed = 1, latency = 20): Timed {
        const random = seededRandom(seed);
        const time = (): number => Math.round((4 + 4 * random()) * SECOND);
        return new Timed(size, time, switches, seed, { latency });
    }

    async up(rollout: RawRollout = {}): Promise<CommandEnd> {
        return this.stack.up({ instances: instances(this.size), rollout });
    }

    get calls(): number {
        return this.stack.simulator.requests().total;
    }

    /** How long each task took, and how late that was seen (ms), in the order of the tasks. */
    lags(): { readonly durationMs: number; readonly lagMs: number }[] {
        const { log } = this.stack.simulator.requests();
        const calls = log.filter(({ action }) => action === "CreateClients");
        return this.stack.simulator.world().tasks.map(({ taskId }, index) => {
            const { at = NaN, parameters } = calls[index] ?? {};
            const targets = JSON.parse(parameters?.["ClientInfo"] ?? "[]") as {
                readonly instanceId: string;
            }[];
            const durationMs = Math.max(
                ...targets.map(({ instanceId }) => this.#times.get(instanceId) ?? NaN),
            );
            const seenAt = log.findLast((each) => each.parameters["TaskId"] === taskId)?.at ?? NaN;
            return { durationMs, lagMs: seenAt - at - durationMs };
        });
    }

    /** Whether the end of each task was seen within a fifth of its time, and the way there and back. */
    get isSeenInTime(): boolean {
        return this.lags().every(({ durationMs, lagMs }) => lagMs <= 0.2 * durationMs + 100);
    }
}

function medianOf(values: readonly number[]): number {
    return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

type RawRollout = Readonly<Record<string, unknown>>;

/** The calls of Terraform's provider for one instance that takes so long. */
function terraformCalls(durationMs: number): number {
    let polls = 0;
    for (let elapsed = 0; elapsed < durationMs; polls += 1) elapsed += ([5, 3, 6][polls] ?? 10) * SECOND;
    // CreateClients, the task once more for the client's ID, and the client twice.
    return polls + 4;
}

describe("the calls of an installation", () => {
    // The vault before, ten CreateClients, one poll of each task, three pages to confirm.
    const LEAST = 1 + 10 + 10 + 3;

    test.each(PROGRESS_SHAPES)(
        "of 200 instances are few, whatever progress says: %s",
        async (progressShape) => {
            const most = async (rollout: RawRollout, seeds: readonly number[]): Promise<number> => {
                const calls: number[] = [];
                for (const seed of seeds) {
                    const fleet = Timed.spread(200, { progressShape }, seed);
                    expect((await fleet.up(rollout)).reasons).toEqual([]);
                    calls.push(fleet.calls);
                }
                return medianOf(calls);
            };
            expect(await most({}, [1, 2, 3, 4, 5, 6, 7])).toBeLessThanOrEqual(2.5 * LEAST);
            // Tasks that all begin at the same time do not learn from each other that progress runs ahead.
            const least = (progressShape === "hasty" ? 2.7 : 2.5) * LEAST;
            expect(await most({ parallelism: 10 }, [1, 2, 3])).toBeLessThanOrEqual(least);
        },
    );

    const SECONDS = [2, 3, 4, 5, 8, 14, 21, 24, 34, 60, 144, 600];

    test.each(PROGRESS_SHAPES)(
        "of four instances are never more than Terraform's provider makes: %s",
        async (progressShape) => {
            for (const seconds of SECONDS) {
                const timeMs = seconds * SECOND - 50;
                const fleet = new Timed(4, () => timeMs, { progressShape });
                await fleet.up();
                expect([seconds, fleet.calls <= 4 * terraformCalls(timeMs)]).toEqual([seconds, true]);
            }
        },
    );

    test("of one instance are never more than Terraform's provider makes, where progress helps", async () => {
        for (const seconds of SECONDS) {
            const timeMs = seconds * SECOND - 50;
            const fleet = new Timed(1, () => timeMs);
            await fleet.up();
            expect([seconds, fleet.calls <= terraformCalls(timeMs)]).toEqual([seconds, true]);
        }
    });

    test("are no more for 2,000 instances whose tasks say nothing of them", async () => {
        const calls: number[] = [];
        for (const resultShape of ["array", "object", "absent"] as const) {
            const fleet = Timed.spread(2_000, { resultShape });
            expect((await fleet.up({ parallelism: 100 })).reasons).toEqual([]);
            calls.push(fleet.calls);
        }
        const [within = NaN, empty, absent] = calls;
        expect(empty).toBeLessThanOrEqual(within);
        expect(absent).toBe(empty);
    });

    test.each([
        ["at the default", {}, 200],
        ["four batches at a time", { parallelism: 4 }, 80],
    ])(
        "read no more than twice the pages of each round where failures are counted: %s",
        async (_name, rollout, inFlight) => {
            const size = 1_600;
            const fleet = Timed.spread(size, { resultShape: "object" });
            expect((await fleet.up({ ...rollout, maxFailures: 3 })).reasons).toEqual([]);
            const pages = Array.from({ length: size / inFlight }, (_, round) =>
                Math.ceil((inFlight * (round + 1)) / PAGE),
            );
            const twice = 2 * pages.reduce((sum, each) => sum + each, 0);
            expect(fleet.stack.calls("DescribeClients")).toBeLessThanOrEqual(twice);
        },
    );

    test.each(["object", "array"] as const)(
        "read no more than twice the pages of 2,000 clients in a run whose tasks need no help of the list: Result %s",
        async (resultShape) => {
            const fleet = Timed.spread(2_000, { resultShape });
            expect((await fleet.up()).reasons).toEqual([]);
            expect(fleet.stack.calls("DescribeClients")).toBeLessThanOrEqual(2 * Math.ceil(2_000 / PAGE));
        },
    );
});

describe("tasks that share readings of the list", () => {
    const ROLLOUT = { parallelism: 10 };

    test("are seen within a fifth of their time, though none is polled so often", async () => {
        const fleet = Timed.spread(200, { progressShape: "zero" });
        await fleet.up(ROLLOUT);
        expect(fleet.isSeenInTime).toBe(true);
        expect(fleet.stack.calls("DescribeTask")).toBeLessThanOrEqual(3 * 10);
        expect(fleet.stack.calls("DescribeClients")).toBeGreaterThan(5 * 3);
    });

    test.each([
        [8, 6],
        [9, 24],
        [5, 20],
    ])("do not where the list is %i s behind: tasks of %i s", async (lag, seconds) => {
        const time = (number: number): number => seconds * SECOND - number;
        const fleet = new Timed(200, time, { progressShape: "zero", listLag: lag * SECOND });
        expect((await fleet.up(ROLLOUT)).reasons).toEqual([]);
        expect(fleet.isSeenInTime).toBe(true);
        expect(fleet.stack.duplicateInstalls).toBe(0);
    });

    test("see within 30 s that a task has ended whose work the list shows for ever", async () => {
        const fleet = new Timed(60, () => MINUTE, { progressShape: "zero", stuckInstalling: true });
        const { reasons, elapsedMs } = await fleet.up({ parallelism: 10, batchSize: 6 });
        expect(reasons).toEqual([expect.stringContaining("ended as INSTALLING, its task expired")]);
        // The service's limit, the last pause, and what the list may be behind.
        expect(elapsedMs).toBeLessThan(15 * MINUTE + 30 * SECOND + 13 * SECOND);
    });

    test.each([20, 60, 120, 600])(
        "let no next batch wait for long where failures are counted: a task of %i s beside one of twice the time",
        async (seconds) => {
            const time = (number: number): number => (number === 1 ? 2 : 1) * seconds * SECOND;
            const fleet = new Timed(3, time);
            await fleet.up({ parallelism: 2, batchSize: 1, maxFailures: 0 });
            const { log } = fleet.stack.simulator.requests();
            const [first = NaN, , third = NaN] = log.flatMap(({ action, at }) =>
                action === "CreateClients" ? [at] : [],
            );
            const waitMs = third - first - seconds * SECOND;
            expect(waitMs).toBeLessThanOrEqual(Math.min(0.2 * seconds * SECOND, 30 * SECOND) + 200);
        },
    );

    test("do not wait for a reading that does not come", async () => {
        const fleet = new Timed(200, (number) => 24 * SECOND - number, { progressShape: "zero" });
        fleet.stack.simulator.addFault({ action: "DescribeClients", kind: "hang", after: 2, times: 1 });
        expect((await fleet.up(ROLLOUT)).reasons).toEqual([]);
        expect(fleet.isSeenInTime).toBe(true);
    });

    test("wait for a reading that takes somewhat longer than a poll", async () => {
        const fleet = Timed.spread(200, { progressShape: "zero" }, 1, 300);
        await fleet.up(ROLLOUT);
        expect(fleet.stack.calls("DescribeTask")).toBeLessThanOrEqual(3 * 10);
    });

    test("take fewer calls than polls would, also where few of many tasks could share one, in a vault of thousands", async () => {
        const calls = async (listLag: number): Promise<number> => {
            const random = seededRandom(3);
            const time = (): number => Math.round((4 + 20 * random()) * SECOND);
            const fleet = new Timed(400, time, { progressShape: "zero", listLag }, 1, { others: 2_000 });
            expect((await fleet.up({ parallelism: 25, batchSize: 4 })).reasons).toEqual([]);
            return fleet.calls;
        };
        // A list that is behind is not shared.
        expect(await calls(0)).toBeLessThan(await calls(9 * SECOND));
    });

    test("do not while the list cannot be read", async () => {
        const fleet = Timed.spread(200, { progressShape: "zero" });
        const refusal = { kind: "status", status: 400, code: "InvalidParameter" } as const;
        fleet.stack.simulator.addFault({ action: "DescribeClients", ...refusal, after: 1, times: 3 });
        expect((await fleet.up(ROLLOUT)).reasons).toEqual([]);
        expect(fleet.isSeenInTime).toBe(true);
    });

    test("show how far they are", async () => {
        const { statuses } = await Timed.spread(200, { progressShape: "zero" }).up(ROLLOUT);
        const done = statuses.map((status) => Number(/^(\d+)\/200/.exec(status)?.[1] ?? 0));
        expect(done.filter((count) => count > 0 && count < 200).length).toBeGreaterThan(1);
    });

    test("end as they say themselves, and not as the list does", async () => {
        const fleet = Timed.spread(200, { progressShape: "zero" });
        fleet.stack.simulator.addFault({ action: "CreateClients", kind: "task-cancelled", times: 2 });
        expect((await fleet.up(ROLLOUT)).reasons).toEqual([expect.stringContaining("TaskCancelled")]);
        expect((await fleet.up(ROLLOUT)).reasons).toEqual([]);
        expect(fleet.stack.duplicateInstalls).toBe(0);
    });
});

test("a task misleads once: the others of the run are seen within a fifth of their time", async () => {
    const fleet = new Timed(60, () => MINUTE, { progressShape: "slow" });
    await fleet.up({ parallelism: 1 });
    const [first, ...others] = fleet.lags();
    expect(first?.lagMs).toBeLessThanOrEqual(30 * SECOND + 100);
    expect(others).toHaveLength(2);
    for (const { durationMs, lagMs } of others) expect(lagMs).toBeLessThanOrEqual(0.2 * durationMs + 100);
});
