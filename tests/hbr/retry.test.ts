import { HbrError, type ErrorClass } from "../../provider/hbr/errors";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
import type { HbrApi } from "../../provider/hbr/port";
import { CALL_DEADLINE_MS, type CallReport, resilient } from "../../provider/hbr/retry";
import { Cancelled } from "../../provider/interrupted";
import { seededRandom, VirtualClock } from "../support/virtualClock";

function failure(errorClass: ErrorClass, code: string = errorClass): HbrError {
    return new HbrError(code, { operation: "x", code, errorClass, requestId: "R-bad" });
}

/** An API all of whose calls do what the test says, one step for each attempt. */
function setUp(
    step: (attempt: number, signal: AbortSignal | undefined) => Promise<unknown>,
    random = seededRandom(1),
) {
    const clock = new VirtualClock();
    const attempts: number[] = [];
    const reports: CallReport[] = [];
    const call = async (signal?: AbortSignal): Promise<never> => {
        attempts.push(clock.now());
        return (await step(attempts.length, signal)) as never;
    };
    const plain: HbrApi = {
        createClients: (_request, signal) => call(signal),
        describeTask: (_taskId, signal) => call(signal),
        describeClients: (_query, signal) => call(signal),
        checkRole: (_role, signal) => call(signal),
        describeHanaInstances: (_query, signal) => call(signal),
        uninstallClient: (_client, signal) => call(signal),
        upgradeClient: (_client, signal) => call(signal),
        deleteClient: (_client, signal) => call(signal),
    };
    const limiter = new RateLimiter(clock, random);
    const api = resilient(plain, { limiter, clock, random, onCall: (report) => reports.push(report) });
    return { api, clock, attempts, reports };
}

const reads = {
    DescribeTask: (api: HbrApi, signal?: AbortSignal) => api.describeTask("t", signal),
    DescribeClients: (api: HbrApi, signal?: AbortSignal) =>
        api.describeClients({ vaultId: "v", pageNumber: 1, pageSize: 99 }, signal),
    CheckRole: (api: HbrApi, signal?: AbortSignal) =>
        api.checkRole({ crossAccountUserId: "1", crossAccountRoleName: "r" }, signal),
    DescribeHanaInstances: (api: HbrApi, signal?: AbortSignal) =>
        api.describeHanaInstances({ vaultId: "v", clusterId: "cl" }, signal),
};
const writes = {
    CreateClients: (api: HbrApi, signal?: AbortSignal) =>
        api.createClients({ vaultId: "v", targets: [] }, signal),
    UninstallClient: (api: HbrApi, signal?: AbortSignal) =>
        api.uninstallClient({ vaultId: "v", clientId: "c" }, signal),
    UpgradeClient: (api: HbrApi, signal?: AbortSignal) =>
        api.upgradeClient({ vaultId: "v", clientId: "c" }, signal),
    DeleteClient: (api: HbrApi, signal?: AbortSignal) =>
        api.deleteClient({ vaultId: "v", clientId: "c" }, signal),
};
const all = { ...reads, ...writes };

test.each(Object.entries(all))("%s that a stopping run refuses is not made again", async (_name, call) => {
    // Its own signal follows a moment later, so that a call that is under way can still hear its answer.
    const { signal } = new AbortController();
    const { api, attempts } = setUp((attempt) =>
        attempt === 1 ? Promise.reject(new Cancelled()) : Promise.resolve({}),
    );
    await expect(call(api, signal)).rejects.toThrow(Cancelled);
    expect(attempts).toHaveLength(1);
});

test.each(Object.entries(reads))("%s is repeated while the service is unavailable", async (_name, call) => {
    const { api, attempts } = setUp((attempt) =>
        attempt < 4 ? Promise.reject(failure("unavailable")) : Promise.resolve({ requestId: "R-1" }),
    );
    await expect(call(api)).resolves.toEqual({ requestId: "R-1" });
    expect(attempts).toHaveLength(4);
});

test.each(Object.entries(reads))(
    "%s gives up after 8 attempts, its back-off growing and capped",
    async (_name, call) => {
        const { api, attempts } = setUp(
            () => Promise.reject(failure("unavailable")),
            () => 0.999_999,
        );
        await expect(call(api)).rejects.toMatchObject({ errorClass: "unavailable" });
        const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
        expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000]);
    },
);

test.each(Object.entries(writes))(
    "%s is never repeated when nobody knows whether it acted",
    async (_name, call) => {
        const { api, attempts } = setUp(() => Promise.reject(failure("unavailable")));
        await expect(call(api)).rejects.toMatchObject({ errorClass: "unavailable" });
        expect(attempts).toHaveLength(1);
    },
);

test.each(Object.entries(all))("%s is repeated while it is throttled, however often", async (_name, call) => {
    const { api, attempts } = setUp((attempt) =>
        attempt <= 30 ? Promise.reject(failure("throttled", "Throttling")) : Promise.resolve({}),
    );
    await call(api);
    expect(attempts).toHaveLength(31);
});

test.each(Object.entries(all))("%s is not repeated for other errors", async (_name, call) => {
    for (const errorClass of ["booting", "notFound", "rejected", "account"] as const) {
        const { api, attempts } = setUp(() => Promise.reject(failure(errorClass)));
        await expect(call(api)).rejects.toMatchObject({ errorClass });
        expect(attempts).toHaveLength(1);
    }
});

test.each(Object.entries(all))(
    "%s that hangs ends at its deadline, and its request is given up",
    async (name, call) => {
        let given: AbortSignal | undefined;
        const { api, clock } = setUp((_attempt, signal) => {
            given = signal;
            return new Promise(() => undefined);
        });
        const start = clock.now();
        await expect(call(api)).rejects.toMatchObject({
            code: "Timeout",
            errorClass: "unavailable",
            operation: name,
        });
        expect(clock.now() - start).toBeGreaterThanOrEqual(CALL_DEADLINE_MS);
        expect(given?.aborted).toBe(true);
        expect(clock.sleeping).toBe(0);
    },
);

test.each(Object.entries(all))(
    "%s ends at once with the signal's reason when that is aborted",
    async (_name, call) => {
        const controller = new AbortController();
        const reason = new Error("enough");
        const { api, clock, reports } = setUp(() => {
            queueMicrotask(() => {
                controller.abort(reason);
            });
            return new Promise(() => undefined);
        });
        const start = clock.now();
        await expect(call(api, controller.signal)).rejects.toBe(reason);
        expect(clock.now()).toBe(start);
        expect(reports).toMatchObject([{ outcome: "aborted" }]);
        await expect(call(api, controller.signal)).rejects.toBe(reason);
    },
);

test("a back-off and a wait for the limiter can be aborted", async () => {
    for (const error of [failure("unavailable"), failure("throttled", "Throttling")]) {
        const controller = new AbortController();
        const reason = new Error("enough");
        const { api, clock } = setUp(
            () => Promise.reject(error),
            () => 0.9,
        );
        void clock.sleep(300).then(() => {
            controller.abort(reason);
        });
        await expect(api.describeTask("t", controller.signal)).rejects.toBe(reason);
        expect(clock.sleeping).toBe(0);
    }
});

test("the answer of a call that is aborted just after it came is not lost", async () => {
    const controller = new AbortController();
    const { api } = setUp(() => Promise.resolve({ taskId: "t-1", instanceStatuses: [] }));
    const call = api.createClients({ vaultId: "v", targets: [] }, controller.signal);
    void call.then(() => undefined);
    setImmediate(() => {
        controller.abort(new Error("enough"));
    });
    await expect(call).resolves.toMatchObject({ taskId: "t-1" });
});

test("every attempt is reported, with request id and duration", async () => {
    const { api, clock, reports } = setUp(async (attempt) => {
        await clock.sleep(10);
        if (attempt === 1) throw failure("unavailable", "ServiceUnavailable");
        return { requestId: "R-1", state: "running" };
    });
    await api.describeTask("t");
    expect(reports).toEqual([
        {
            operation: "DescribeTask",
            outcome: "ServiceUnavailable",
            requestId: "R-bad",
            durationMs: 10,
            attempt: 1,
        },
        { operation: "DescribeTask", outcome: "ok", requestId: "R-1", durationMs: 10, attempt: 2 },
    ]);
});

test("a log that fails makes no call fail, and leaks no place in the limiter", async () => {
    const clock = new VirtualClock();
    const random = seededRandom(1);
    const api = resilient({ deleteClient: () => Promise.resolve() } as unknown as HbrApi, {
        limiter: new RateLimiter(clock, random, 1),
        clock,
        random,
        onCall: () => {
            throw new Error("the log is full");
        },
    });
    for (let call = 0; call < 3; call += 1)
        await expect(api.deleteClient({ vaultId: "v", clientId: "c" })).resolves.toBeUndefined();
});

test("anything else that is thrown becomes an HbrError, and its stack is reported", async () => {
    const { api, reports } = setUp(() => Promise.reject(new TypeError("oops")));
    await expect(api.deleteClient({ vaultId: "v", clientId: "c" })).rejects.toBeInstanceOf(HbrError);
    expect(reports[0]?.trace).toMatch(/^TypeError: oops\n {4}at /);
});

test("the retries of the whole process are bounded: a broken service is not hammered", async () => {
    const { api, attempts, clock } = setUp(
        () => Promise.reject(failure("unavailable")),
        () => 0,
    );
    const start = clock.now();
    await Promise.allSettled(Array.from({ length: 50 }, () => api.describeTask("t")));
    const seconds = (clock.now() - start) / 1_000;
    expect(attempts).toHaveLength(50 * 8);
    // 20 at once, then 4 a second, besides the first attempts.
    expect((attempts.length - 50 - 20) / seconds).toBeLessThanOrEqual(4.1);
});
