import type { Failure } from "../../provider/fleet/outcome";
import { HbrError } from "../../provider/hbr/errors";
import {
    AllRefused,
    Batch,
    Halt,
    type StopReason,
    TooManyFailures,
    withoutIds,
} from "../../provider/run/halt";
import { InFlight } from "../../provider/run/inFlight";

const NO_FAILURES = new Map<string, Failure>();
const OF_INSTANCE: Failure = { code: "InvalidInstanceId.NotFound", message: "no such instance" };
const OF_ALL: Failure = { code: "AgentDownloadFailed", message: "no network" };

function refusal(message: string, more: Partial<Failure> = {}): Failure {
    return { code: "InvalidParameter", message, operation: "CreateClients", ...more };
}

function error(operation: string): HbrError {
    return new HbrError("no", { operation, errorClass: "account", code: "NoPermission" });
}

/** Lets everything happen that waits for nothing. */
const settled = (): Promise<void> => new Promise(setImmediate);

async function room(count = 9) {
    const inFlight = new InFlight(count, new AbortController().signal);
    const taken = await inFlight.take([...Array(count).keys()], count, true);
    return { inFlight, room: taken.room };
}

interface Ended {
    readonly failed?: Readonly<Record<string, Failure>>;
    readonly booting?: Readonly<Record<string, Failure>>;
    readonly changesHealthy?: boolean;
    readonly upgrades?: boolean;
}

/** A batch of these instances that has ended so. */
async function end(halt: Halt, ids: readonly string[], how: Ended = {}): Promise<Batch> {
    const { failed = {}, booting = {}, ...kind } = how;
    const batch = new Batch(halt, ids, (await room()).room, kind);
    batch.ended(new Map(Object.entries(failed)), new Map(Object.entries(booting)));
    return batch;
}

/** Why healthy clients are kept after batches that have ended so. */
async function kept(...batches: readonly (readonly [readonly string[], Ended])[]) {
    const halt = new Halt();
    for (const [ids, how] of batches) await end(halt, ids, how);
    expect(halt.changesHealthy).toBe(halt.keepsAgents === undefined);
    return halt.keepsAgents;
}

describe("further healthy clients keep their agents after a batch", () => {
    test("that failed as a whole, and not after one of which a part got through", async () => {
        const both = { failed: { "i-1": OF_INSTANCE, "i-2": OF_ALL } };
        expect(await kept([["i-1", "i-2"], both])).toEqual({
            instanceIds: ["i-1", "i-2"],
            failure: OF_INSTANCE,
        });
        expect(await kept([["i-1", "i-2", "i-3"], both])).toBeUndefined();
        expect(await kept([[], both])).toBeUndefined();
        expect(await kept([["i-9"], both])).toBeUndefined();
    });

    test("of one, if its failure is not about that instance", async () => {
        expect(await kept([["i-1"], { failed: { "i-1": OF_INSTANCE } }])).toBeUndefined();
        expect(await kept([["i-1"], { failed: { "i-1": OF_ALL } }])).toMatchObject({ failure: OF_ALL });
    });

    test("of one upgrade, if the call was refused, for another reason than the instance", async () => {
        const upgrades = true;
        expect(await kept([["i-1"], { failed: { "i-1": OF_ALL }, upgrades }])).toBeUndefined();
        const refused = { ...OF_ALL, operation: "UpgradeClient" };
        expect(await kept([["i-1"], { failed: { "i-1": refused }, upgrades }])).toBeDefined();
        const gone = { ...OF_INSTANCE, operation: "UpgradeClient" };
        expect(await kept([["i-1"], { failed: { "i-1": gone }, upgrades }])).toBeUndefined();
    });

    test("whatever else is booting in it, which says nothing unless it had a healthy client", async () => {
        const one = { failed: { "i-1": OF_ALL }, booting: { "i-2": OF_INSTANCE } };
        expect(await kept([["i-1", "i-2"], one])).toMatchObject({ instanceIds: ["i-1"], failure: OF_ALL });
        const none = { booting: { "i-1": OF_ALL, "i-2": OF_ALL } };
        expect(await kept([["i-1", "i-2"], none])).toBeUndefined();
        expect(await kept([["i-1", "i-2"], { ...none, changesHealthy: true }])).toMatchObject({
            instanceIds: ["i-1", "i-2"],
        });
    });

    test("of healthy clients, if the one before it failed too, each in its own way", async () => {
        const failing = (id: string) =>
            [[id], { failed: { [id]: OF_INSTANCE }, changesHealthy: true }] as const;
        expect(await kept(failing("i-1"))).toBeUndefined();
        expect(await kept(failing("i-1"), failing("i-2"))).toEqual({
            instanceIds: ["i-2"],
            failure: OF_INSTANCE,
        });
        const good = [["i-3"], { changesHealthy: true }] as const;
        expect(await kept(failing("i-1"), good, failing("i-2"))).toBeUndefined();
        const other = [["i-4"], { failed: { "i-4": OF_INSTANCE } }] as const;
        expect(await kept(other, other)).toBeUndefined();
        expect(await kept(failing("i-1"), other, failing("i-2"))).toBeDefined();
    });

    test("in which the service refused what it refused before, whoever it was", async () => {
        const in1 = (failure: Failure) => [["i-1", "i-0"], { failed: { "i-1": failure } }] as const;
        const in2 = (failure: Failure) => [["i-2", "i-0"], { failed: { "i-2": failure } }] as const;
        const id = (digit: string): string =>
            `6A0F1B2C-1234-4567-89AB-${digit.repeat(12)}, t-${digit.repeat(9)}`;
        const [one, two] = [refusal(`i-1 is wrong (${id("1")})`), refusal(`i-2 is wrong (${id("2")})`)];
        expect(await kept(in1(one), in2(two))).toEqual({ instanceIds: ["i-2", "i-0"], failure: two });
        expect(await kept(in1(one), in2(refusal("i-2 is wrong otherwise")))).toBeUndefined();
        expect(await kept(in1(one), in2({ ...two, code: "InvalidVaultId" }))).toBeUndefined();
        for (const more of [
            { operation: "UninstallClient" },
            { code: "InvalidInstanceId.NotFound" },
            { code: "InternalError" },
        ])
            expect(await kept(in1({ ...one, ...more }), in2({ ...two, ...more }))).toBeUndefined();
    });

    test("and the first reason is the one that is said", async () => {
        const halt = new Halt();
        await end(halt, ["i-1"], { failed: { "i-1": OF_ALL } });
        await end(halt, ["i-2"], { failed: { "i-2": { ...OF_ALL, code: "Other" } } });
        expect(halt.keepsAgents).toMatchObject({ instanceIds: ["i-1"], failure: OF_ALL });
    });
});

describe("a batch of which a call was refused", () => {
    /** Whether healthy clients may be changed, as far as that is known. */
    async function answer(halt: Halt): Promise<boolean | "in doubt"> {
        const known = halt.mayChangeHealthy();
        await settled();
        return Promise.race([known, Promise.resolve("in doubt" as const)]);
    }

    test.each([
        [
            "another call of it is taken",
            (batch: Batch) => {
                batch.taken();
            },
        ],
        [
            "it has ended",
            (batch: Batch) => {
                batch.ended(NO_FAILURES, NO_FAILURES);
            },
        ],
    ])("lets healthy clients wait until %s", async (_, settle) => {
        const halt = new Halt();
        expect(await answer(halt)).toBe(true);
        const batch = new Batch(halt, ["i-1"], (await room()).room);
        batch.refused();
        batch.refused();
        expect(await answer(halt)).toBe("in doubt");
        settle(batch);
        expect(await answer(halt)).toBe(true);
    });

    test("raises no doubt once one was taken, nor after its end", async () => {
        const halt = new Halt();
        const batch = new Batch(halt, ["i-1"], (await room()).room);
        batch.taken();
        batch.refused();
        expect(await answer(halt)).toBe(true);
        const over = await end(halt, ["i-1"]);
        over.refused();
        expect(await answer(halt)).toBe(true);
    });

    test("lets them wait for every doubt, and for none that comes after the end", async () => {
        const halt = new Halt();
        const [first, second] = [halt.doubt(), halt.doubt()];
        const known = halt.mayChangeHealthy();
        let isKnown = false;
        void known.then(() => (isKnown = true));
        first();
        await settled();
        expect(isKnown).toBe(false);
        halt.keepAgents({ instanceIds: ["i-1"], failure: OF_ALL });
        second();
        expect(await known).toBe(false);
    });
});

test("a batch gives up the room of its own instances that wait to boot, and of no others", async () => {
    const { inFlight, room: taken } = await room(2);
    const batch = new Batch(new Halt(), ["i-1", "i-2"], taken);
    const queue = ["next"];
    const next = inFlight.take(queue, 1, true);
    batch.leave("i-9");
    await settled();
    expect(queue).toEqual(["next"]);
    batch.leave("i-1");
    expect((await next).items).toEqual(["next"]);
});

describe("what stops a run", () => {
    const refused = new AllRefused(error("CreateClients"));

    test.each<[string, StopReason, boolean, boolean]>([
        ["too many failures", new TooManyFailures(2, 1), false, false],
        ["a refusal of everything", refused, true, true],
        ["an error of installations", error("CreateClients"), true, true],
        ["an error of other calls", error("UninstallClient"), true, false],
    ])("%s: whether work in progress ends, and installations", (_, reason, endsAll, endsInstallations) => {
        const halt = new Halt();
        expect(halt).toMatchObject({ endsAll: false, endsInstallations: false, changesHealthy: true });
        halt.stop(reason);
        expect(halt).toMatchObject({ stopped: reason, endsAll, endsInstallations, changesHealthy: false });
        expect(halt.signal.aborted).toBe(true);
        halt.stop(error("DescribeTask"));
        expect(halt.stopped).toBe(reason);
    });

    test("is an error of the service in a part of it, and no other error", async () => {
        const halt = new Halt();
        expect(await halt.part(Promise.resolve("done"))).toBe("done");
        const fault = new TypeError("a fault");
        await expect(halt.part(Promise.reject(fault))).rejects.toBe(fault);
        expect(halt.stopped).toBeUndefined();
        const no = error("DescribeTask");
        await expect(halt.part(Promise.reject(no))).rejects.toBe(no);
        expect(halt.stopped).toBe(no);
    });

    test("says how many have failed, how many may, and where that comes from", () => {
        expect(new TooManyFailures(2, 1).message).toBe(
            "2 failed, and rollout.maxFailures is 1: no further batch was started",
        );
        expect(new TooManyFailures(1, 0, true).message).toContain("is 0 (the default with waves or soak):");
    });
});

test("a text without its IDs has neither those of requests nor those of tasks, and all else", () => {
    const id = "6a0f1b2c-1234-4567-89ab-000000000001";
    expect(withoutIds(`${id} and ${id.toUpperCase()}: t-0123abcd9 of i-bp1234567 in t-1`)).toBe(
        "… and …: … of i-bp1234567 in t-1",
    );
});
