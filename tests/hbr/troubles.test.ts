import { OWN_CODES } from "../../provider/fleet/codes";
import { failedCall } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
import { type LastAnswer, resilient } from "../../provider/hbr/retry";
import { Troubles } from "../../provider/hbr/troubles";
import { VirtualClock } from "../support/virtualClock";

function error(code: string, text = "it failed", operation = "DescribeTask", statusCode?: number) {
    return failedCall({ operation, code, text, statusCode });
}

/** Troubles on a clock that goes on by hand. */
function setUp() {
    const clock = new VirtualClock({ auto: false });
    return { clock, troubles: new Troubles(clock) };
}

describe("the text of a trouble", () => {
    test.each([
        [error(OWN_CODES.connection, "ECONNREFUSED (host:1)"), "ECONNREFUSED (host:1)"],
        [error(OWN_CODES.timeout, "no answer within 45 s"), "no answer within 45 s"],
        [error("Throttling.User", "slow down", "DescribeTask", 400), "Throttling.User (HTTP 400)"],
        [error(OWN_CODES.unreadable, "not JSON"), "UnreadableAnswer"],
    ])("says the cause in a few words (%#)", async (failure, cause) => {
        const { clock, troubles } = setUp();
        troubles.began("DescribeTask");
        troubles.failed("DescribeTask", failure);
        await clock.advance(3_000);
        expect(troubles.text).toBe(`retrying DescribeTask: ${cause}`);
        expect(troubles.lastError).toBe(failure);
    });

    test("comes when it lasts, and goes with the answer", async () => {
        const { clock, troubles } = setUp();
        troubles.began("DescribeTask");
        troubles.failed("DescribeTask", error("InternalError"));
        await clock.advance(2_999);
        expect(troubles.text).toBeUndefined();
        await clock.advance(1);
        expect(troubles.text).toBe("retrying DescribeTask: InternalError");
        troubles.answered("DescribeTask");
        troubles.ended("DescribeTask");
        expect([troubles.text, troubles.lastError, troubles.waitsFor]).toEqual([
            undefined,
            undefined,
            undefined,
        ]);
    });

    test("names the operation that has gone without an answer for the longest time, errors first", async () => {
        const { clock, troubles } = setUp();
        troubles.began("DescribeClients");
        await clock.advance(10_000);
        expect(troubles.text).toBe("waiting for DescribeClients");
        troubles.began("CreateClients");
        troubles.failed("CreateClients", error("InternalError", "it failed", "CreateClients"));
        await clock.advance(1_000);
        troubles.began("DescribeTask");
        troubles.failed("DescribeTask", error("InternalError"));
        await clock.advance(3_000);
        expect(troubles.text).toBe("retrying CreateClients: InternalError");
        expect(troubles.lastError?.operation).toBe("DescribeTask");
        expect(troubles.waitsFor).toBe("DescribeClients");
    });

    test("counts from the last answer, whichever operation was called first", async () => {
        const { clock, troubles } = setUp();
        for (const operation of ["DescribeTask", "DescribeClients"]) {
            troubles.began(operation);
            troubles.began(operation);
            await clock.advance(1_000);
        }
        troubles.answered("DescribeTask");
        expect(troubles.waitsFor).toBe("DescribeClients");
        await clock.advance(20_000);
        expect(troubles.text).toBe("waiting for DescribeClients");
        troubles.failed("DescribeTask", error("InternalError"));
        troubles.failed("DescribeClients", error("InternalError", "it failed", "DescribeClients"));
        expect(troubles.text).toBe("retrying DescribeClients: InternalError");
    });

    test("of a write stays until it may have been made again, and not longer", async () => {
        const { clock, troubles } = setUp();
        troubles.began("CreateClients");
        troubles.failed("CreateClients", error("InternalError"));
        troubles.ended("CreateClients");
        await clock.advance(15_000);
        expect(troubles.text).toMatch(/^retrying/);
        await clock.advance(1);
        expect([troubles.text, troubles.lastError]).toEqual([undefined, undefined]);
        // The next call is another story.
        troubles.began("CreateClients");
        await clock.advance(9_000);
        expect(troubles.text).toBeUndefined();
    });

    test("starts anew for a call that is under way while another is answered", async () => {
        const { clock, troubles } = setUp();
        troubles.began("DescribeTask");
        troubles.began("DescribeTask");
        await clock.advance(20_000);
        troubles.answered("DescribeTask");
        troubles.ended("DescribeTask");
        expect(troubles.text).toBeUndefined();
        await clock.advance(10_000);
        expect(troubles.text).toBe("waiting for DescribeTask");
    });
});

describe("the calls of an API", () => {
    function api(describeTask: HbrApi["describeTask"], deleteClient?: HbrApi["deleteClient"]) {
        const clock = new VirtualClock();
        const random = (): number => 0.5;
        const troubles = new Troubles(clock);
        const lastAnswer: LastAnswer = { at: -Infinity };
        const limiter = new RateLimiter(clock, random);
        const plain = { describeTask, deleteClient } as unknown as HbrApi;
        const resilience = { limiter, clock, random, troubles, lastAnswer };
        return { api: resilient(plain, resilience), clock, troubles, lastAnswer };
    }
    const failing = (code: string) => () => Promise.reject(error(code));

    test("are a trouble while they are repeated, and none once they are answered", async () => {
        let attempts = 0;
        const seen: (string | undefined)[] = [];
        const its = api(() => {
            seen.push(its.troubles.lastError?.code);
            const codes = ["InternalError", "Throttling"];
            const code = codes[attempts++];
            const answer = { taskId: "t", state: "running", results: [] } as const;
            return code === undefined ? Promise.resolve(answer) : Promise.reject(error(code));
        });
        await its.api.describeTask("t");
        expect(seen).toEqual([undefined, "InternalError", "Throttling"]);
        expect([its.troubles.lastError, its.troubles.waitsFor]).toEqual([undefined, undefined]);
        expect(its.lastAnswer.at).toBe(its.clock.now());
    });

    test("are answered by a refusal too", async () => {
        const its = api(failing("TaskNotFound"));
        await expect(its.api.describeTask("t")).rejects.toThrow("TaskNotFound");
        expect(its.troubles.lastError).toBeUndefined();
        expect(its.lastAnswer.at).toBe(its.clock.now());
    });

    test("are answered where the official SDK refuses the answer, unless the caller looks for the effect", async () => {
        const its = api(failing("AnswerRefusedBySdk"), failing("AnswerRefusedBySdk"));
        await expect(its.api.describeTask("t")).rejects.toThrow("AnswerRefusedBySdk");
        expect(its.troubles.lastError).toBeUndefined();
        expect(its.lastAnswer.at).toBe(its.clock.now());
        await expect(its.api.deleteClient({ vaultId: "v", clientId: "c" })).rejects.toThrow();
        expect(its.troubles.lastError?.code).toBe("AnswerRefusedBySdk");
    });

    test("leave their trouble when they are aborted, or left to the caller", async () => {
        const its = api(failing("InternalError"), failing("InternalError"));
        const stop = new AbortController();
        void its.clock.sleep(1_000).then(() => {
            stop.abort(new Error("enough"));
        });
        await expect(its.api.describeTask("t", stop.signal)).rejects.toThrow("enough");
        expect(its.troubles.lastError?.code).toBe("InternalError");
        await expect(its.api.deleteClient({ vaultId: "v", clientId: "c" })).rejects.toThrow("InternalError");
        expect(its.troubles.lastError?.code).toBe("InternalError");
        expect(its.lastAnswer.at).toBe(-Infinity);
    });

    test("that change something do not count as answered reads", async () => {
        const its = api(failing("x"), () => Promise.resolve());
        await its.api.deleteClient({ vaultId: "v", clientId: "c" });
        expect(its.lastAnswer.at).toBe(-Infinity);
    });
});
