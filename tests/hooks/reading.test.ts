import type { ResourceLog } from "../../provider/engine";
import { HbrClient } from "../../provider/hbr/client";
import { HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
import { resilient } from "../../provider/hbr/retry";
import { Cancelled } from "../../provider/interrupted";
import { readClients } from "../../provider/read";
import { READ_PATIENCE_MS, reading } from "../../provider/reading";
import type { ReadingRuntime } from "../../provider/reconcile";
import { verifyReplacement } from "../../provider/replacement";
import { describeError } from "../../provider/report";
import { Simulator } from "../../simulator";
import { simulatorTransport } from "../support/simulatorTransport";
import { seededRandom, VirtualClock } from "../support/virtualClock";
import { checked, recorded } from "./recorded";

const PATIENCE_MS = 30_000;
const HOUR_MS = 3_600_000;

/** A process with a service, on virtual time. */
class Process {
    readonly clock = new VirtualClock();
    readonly stop = new AbortController();
    readonly statuses: string[] = [];
    readonly simulator = new Simulator({ clock: this.clock, latency: 50, world: { vaults: ["v-1", "v-2"] } });
    readonly runtime: ReadingRuntime;
    readonly log: ResourceLog;

    constructor() {
        const { clock } = this;
        const random = seededRandom(1);
        const lastAnswer = { at: -Infinity };
        const resilience = { limiter: new RateLimiter(clock, random), clock, random, lastAnswer };
        const client = new HbrClient(simulatorTransport(this.simulator));
        const ignore = (): void => undefined;
        this.log = {
            info: ignore,
            warning: ignore,
            debug: ignore,
            status: (text) => this.statuses.push(text),
        };
        this.runtime = {
            clock,
            random,
            lastAnswer,
            stopSignal: this.stop.signal,
            log: () => this.log,
            api: (_region, _log, _signal, _secrets, troubles) =>
                resilient(client, { ...resilience, troubles }),
        };
    }

    /** Reads a vault; how it ended, and how long that took (ms). */
    async read(vaultId = "v-1", patienceMs = PATIENCE_MS): Promise<{ error?: unknown; ms: number }> {
        const { clock, log, runtime } = this;
        const startedAt = clock.now();
        const read = (apiOf: (region: string) => HbrApi, signal: AbortSignal) =>
            readClients(apiOf("cn-hangzhou"), { vaultId, region: "cn-hangzhou" }, signal);
        const error: unknown = await reading({ log, patienceMs }, read, runtime).then(
            () => undefined,
            (reason: unknown) => reason,
        );
        return { ...(error !== undefined && { error }), ms: clock.now() - startedAt };
    }
}

/** Whatever a read does without an answer, it waits for an hour at most, or the test fails. */
async function endsWithin<T>(process: Process, work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const tooLong = process.clock.sleep(HOUR_MS, over.signal).then(() => {
        throw new Error("it does not end");
    });
    try {
        return await Promise.race([work, tooLong]);
    } finally {
        over.abort();
    }
}

describe("a reading outside a run", () => {
    test("of an endpoint that hangs ends when its patience is over, and says for what it has waited", async () => {
        const process = new Process();
        process.simulator.addFault({ action: "*", kind: "hang", ms: HOUR_MS, times: "always" });
        const { error, ms } = await endsWithin(process, process.read());
        expect(ms).toBe(PATIENCE_MS);
        expect(error).toBeInstanceOf(HbrError);
        expect(describeError(error)).toBe(
            "no answer from the service for 30 s (DescribeClients); " +
                "the service is slow or out of reach: run the command again",
        );
        expect(process.clock.sleeping).toBe(1);
    });

    test("names the last error: of attempts that hang, and of throttling without an end", async () => {
        const hanging = new Process();
        hanging.simulator.addFault({ action: "*", kind: "hang", ms: HOUR_MS, times: "always" });
        const slow = await endsWithin(hanging, hanging.read("v-1", READ_PATIENCE_MS));
        expect(slow.ms).toBe(READ_PATIENCE_MS);
        expect(describeError(slow.error)).toBe(
            "no answer from the service for 2 min; the last error: DescribeClients failed: Timeout: " +
                "no answer within 45 s; the service is slow or out of reach: run the command again",
        );

        const throttled = new Process();
        throttled.simulator.addFault({ action: "*", kind: "throttle", times: "always" });
        const { error, ms } = await endsWithin(throttled, throttled.read());
        expect(ms).toBe(PATIENCE_MS);
        expect(describeError(error)).toMatch(
            /^no answer from the service for 30 s; the last error: DescribeClients failed: Throttling\.User: .*; run fewer changes at once/,
        );
    });

    test("counts from the last answer that any read of the process got: many that make progress do not fail", async () => {
        const process = new Process();
        // One call in eight seconds for all of them, so that the last has to wait for minutes.
        let takenAt = -Infinity;
        process.simulator.onRequest(() => {
            const { clock, simulator } = process;
            simulator.clearFaults();
            if (clock.now() - takenAt < 8_000) simulator.addFault({ action: "*", kind: "throttle" });
            else takenAt = clock.now();
        });
        const ends = await endsWithin(process, Promise.all(Array.from({ length: 20 }, () => process.read())));
        expect(ends.flatMap(({ error }) => error ?? [])).toEqual([]);
        expect(Math.max(...ends.map(({ ms }) => ms))).toBeGreaterThan(3 * PATIENCE_MS);
    });

    test("fails with the error itself where the service refuses, or is gone for good before", async () => {
        const process = new Process();
        const refused = await process.read("v-gone");
        expect(refused.error).toMatchObject({ code: "VaultNotExist" });
        process.simulator.addFault({ action: "*", kind: "reset-before", times: "always" });
        const gone = await process.read("v-1", READ_PATIENCE_MS);
        expect(gone.ms).toBeLessThan(READ_PATIENCE_MS);
        expect(describeError(gone.error)).toBe(
            "DescribeClients failed: ConnectionFailed: ECONNRESET; check the network, the region and the endpoint",
        );
    });

    test("ends with Ctrl-C at once, and names the last error", async () => {
        const process = new Process();
        process.simulator.addFault({ action: "*", kind: "reset-before", times: "always" });
        void process.clock.sleep(5_000).then(() => {
            process.stop.abort(new Cancelled());
        });
        const { error, ms } = await process.read();
        expect(ms).toBe(5_000);
        expect((error as Error).message).toBe(
            "cancelled; the last error: DescribeClients failed: ConnectionFailed: ECONNRESET; " +
                "check the network, the region and the endpoint",
        );
    });

    test("shows on the row what it waits for, and that it is over", async () => {
        const process = new Process();
        const { simulator, statuses } = process;
        for (let count = 1; count <= 100; count += 1)
            simulator.addClient({ vaultId: "v-1", instanceId: `i-${count}`, clusterId: "cl-1" });
        await process.read();
        expect(statuses).toEqual([]);
        simulator.addFault({ action: "*", kind: "status", status: 503, times: 5 });
        // The second page.
        simulator.addFault({ action: "*", kind: "slow-body", after: 6, ms: 5_000 });
        const { error } = await process.read("v-1", READ_PATIENCE_MS);
        expect(error).toBeUndefined();
        expect(statuses).toEqual([
            "retrying DescribeClients: InternalError (HTTP 503)",
            "looking at the clients",
        ]);
    });
});

describe("the look before a replacement", () => {
    test("has the patience of a refresh, touches nothing without an answer, and names the last error", async () => {
        const process = new Process();
        const { clock, runtime, simulator } = process;
        simulator.addFault({ action: "*", kind: "throttle", times: "always" });
        const startedAt = clock.now();
        const look = verifyReplacement(recorded(), checked({ vaultId: "v-2" }), runtime);
        await expect(endsWithin(process, look)).rejects.toThrow(
            /^cannot read vault v-2 in region cn-hangzhou, so nothing of the old fleet was touched: no answer from the service for 2 min; the last error: DescribeClients failed: Throttling\.User/,
        );
        expect(clock.now() - startedAt).toBe(READ_PATIENCE_MS);
        expect(process.statuses[0]).toMatch(/^retrying DescribeClients: Throttling\.User/);
    });

    test("leaves no timer of the time-out behind, which would keep the process alive", async () => {
        const process = new Process();
        const old = { ...recorded(), __timeouts: { delete: "10m" } };
        await verifyReplacement(old, checked({ vaultId: "v-2" }), process.runtime);
        expect(process.clock.sleeping).toBe(0);
        process.simulator.addFault({ action: "*", kind: "status", status: 403, code: "NoPermission" });
        const refused = verifyReplacement(old, checked({ vaultId: "v-2" }), process.runtime);
        await expect(refused).rejects.toThrow(/^cannot read vault v-2 .*NoPermission/);
        expect(process.clock.sleeping).toBe(0);
    });

    test("ends earlier with a shorter time-out of the resource", async () => {
        const process = new Process();
        process.simulator.addFault({ action: "*", kind: "throttle", times: "always" });
        const old = { ...recorded(), __timeouts: { delete: "10s" } };
        const look = verifyReplacement(old, checked({ vaultId: "v-2" }), process.runtime);
        await expect(endsWithin(process, look)).rejects.toThrow(
            /^the time-out of 10 s is over .*; the last error: DescribeClients failed: Throttling/,
        );
    });
});
