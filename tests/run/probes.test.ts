import { failedCall, type HbrError } from "../../provider/hbr/errors";
import type { InstallOrder } from "../../provider/run/goal";
import { Refusals } from "../../provider/run/refusals";
import { declared } from "../fleet/builders";

const settled = (): Promise<void> => new Promise(setImmediate);

function order(instanceId: string, more: Partial<InstallOrder> = {}): InstallOrder {
    return { declared: declared(instanceId), counts: "installed", ...more };
}

function orders(...ids: readonly string[]): InstallOrder[] {
    return ids.map((id) => order(id));
}

function refusal(text = "it is wrong", code = "InvalidParameter", statusCode = 400): HbrError {
    return failedCall({ operation: "CreateClients", code, text, statusCode });
}

const idsOf = (group: readonly InstallOrder[]): string =>
    group.map(({ declared: { instanceId } }) => instanceId).join();

/** A probe that notes what it was asked for, and finds these groups otherwise. */
function probing(...otherwise: readonly string[]) {
    const asked: string[] = [];
    const probe = (group: readonly InstallOrder[]): Promise<"alike" | "otherwise"> => {
        asked.push(idsOf(group));
        return Promise.resolve(otherwise.includes(idsOf(group)) ? "otherwise" : "alike");
    };
    return { asked, probe };
}

describe("refusals are alike", () => {
    test("with the same words, whatever the IDs in them", () => {
        const refusals = new Refusals();
        const id = (digit: string): string => `6A0F1B2C-1234-4567-89AB-${digit.repeat(12)}`;
        expect(refusals.note(orders("i-1"), refusal(`wrong (${id("1")})`))).toBe(true);
        expect(refusals.note(orders("i-2"), refusal(`wrong (${id("2")})`))).toBe(true);
    });

    test.each<[string, HbrError]>([
        ["in other words", refusal("it is wrong otherwise")],
        ["with another code", refusal("it is wrong", "InvalidVaultId")],
        ["that names one of its instances", refusal("i-2 is wrong")],
    ])("and not after one %s", (_, other) => {
        const refusals = new Refusals();
        expect(refusals.note(orders("i-1"), refusal())).toBe(true);
        expect(refusals.note(orders("i-4", "i-2"), other)).toBe(false);
        expect(refusals.note(orders("i-3"), refusal())).toBe(false);
    });

    test.each<[string, HbrError]>([
        ["may pass", refusal("down", "InternalError", 500)],
        ["is about an instance", refusal("gone", "InvalidInstanceId.NotFound")],
        ["says that it is booting", refusal("starting", "InstanceNotRunning")],
        ["names one of its instances", refusal("i-1 is wrong")],
    ])("and not, if the first %s", (_, first) => {
        expect(new Refusals().note(orders("i-2", "i-1"), first)).toBe(false);
    });

    test("also where something of the vault is not found, and not once a call got through", () => {
        const refusals = new Refusals();
        const gone = refusal("no such group", "ResourceNotFound", 404);
        expect(refusals.note(orders("i-1"), gone)).toBe(true);
        refusals.mixed();
        expect(refusals.note(orders("i-1"), gone)).toBe(false);
    });
});

describe("the first refusal is probed", () => {
    test("in both halves of each half, down to one, then with one of each other batch", async () => {
        const refusals = new Refusals();
        const own = orders("i-1", "i-2", "i-3", "i-4", "i-5");
        refusals.expect([own, orders("i-6", "i-7"), orders("i-8")]);
        const { asked, probe } = probing();
        expect(await refusals.areAlike(own, refusal(), probe)).toBe(true);
        expect(asked).toEqual(["i-4,i-5", "i-1,i-2,i-3", "i-3", "i-1,i-2", "i-2", "i-1", "i-6", "i-8"]);
        // The next one has its answer already.
        expect(await refusals.areAlike(orders("i-6", "i-7"), refusal(), probe)).toBe(true);
        expect(asked).toHaveLength(8);
    });

    test.each([
        [["i-4,i-5"], ["i-4,i-5"]],
        [["i-1,i-2,i-3"], ["i-4,i-5", "i-1,i-2,i-3"]],
        [["i-6"], ["i-4,i-5", "i-1,i-2,i-3", "i-3", "i-1,i-2", "i-2", "i-1", "i-6"]],
    ])("until one is answered otherwise (%j)", async (otherwise, calls) => {
        const refusals = new Refusals();
        const own = orders("i-1", "i-2", "i-3", "i-4", "i-5");
        refusals.expect([own, orders("i-6", "i-7"), orders("i-8")]);
        const { asked, probe } = probing(...otherwise);
        expect(await refusals.areAlike(own, refusal(), probe)).toBe(false);
        expect(asked).toEqual(calls);
        expect(await refusals.areAlike(orders("i-6"), refusal(), probe)).toBe(false);
        expect(asked).toEqual(calls);
    });

    test("until another call gets through meanwhile", async () => {
        const refusals = new Refusals();
        const own = orders("i-1", "i-2", "i-3", "i-4");
        const { asked, probe } = probing();
        const alike = await refusals.areAlike(own, refusal(), (group) => {
            refusals.mixed();
            return probe(group);
        });
        expect(alike).toBe(false);
        expect(asked).toEqual(["i-3,i-4"]);
    });

    test("with one more for each cluster, source type and access key that was not tried", async () => {
        const refusals = new Refusals();
        const own = orders("i-1");
        const other = [
            ...orders("i-2", "i-3"),
            order("i-4", { declared: declared("i-4", "cl-2") }),
            order("i-5", { declared: declared("i-5", "cl-2") }),
            order("i-6", { accessKeyId: "LTAIother" }),
            order("i-7", { declared: { ...declared("i-7"), sourceTypes: ["HANA", "OTHER"] } }),
            order("i-8", { accessKeyId: "LTAIother" }),
            order("i-9", { accessKeyId: "LTAIthird" }),
        ];
        refusals.expect([own, other]);
        const { asked, probe } = probing();
        expect(await refusals.areAlike(own, refusal(), probe)).toBe(true);
        expect(asked).toEqual(["i-2", "i-4", "i-6", "i-7", "i-9"]);
    });

    test("once all calls under way are answered, while every other call waits", async () => {
        const refusals = new Refusals();
        const call = Promise.withResolvers<string>();
        const failing = Promise.withResolvers<string>();
        const during = refusals.during(() => call.promise);
        const other = refusals.during(() => failing.promise);
        const { asked, probe } = probing();
        expect(refusals.probes).toBeUndefined();
        const alike = refusals.areAlike(orders("i-1", "i-2"), refusal(), probe);
        await settled();
        expect(asked).toEqual([]);
        expect(refusals.probes).toBeDefined();
        call.resolve("done");
        failing.reject(refusal());
        expect(await during).toBe("done");
        await expect(other).rejects.toThrow("it is wrong");
        expect(await alike).toBe(true);
        expect(asked).toEqual(["i-2", "i-1"]);
        expect(refusals.probes).toBeUndefined();
    });
});

test("a probe deals with its instances until its work ends, or they are forgotten", async () => {
    const refusals = new Refusals();
    const work = Promise.withResolvers<undefined>();
    refusals.dealtWith(orders("i-1", "i-2"), work.promise);
    const [one, two, three] = orders("i-1", "i-2", "i-3");
    expect(one && refusals.endOf(one)).toBe(work.promise);
    expect(three && refusals.endOf(three)).toBeUndefined();
    let isSettled = false;
    const all = refusals.settled().then(() => (isSettled = true));
    await settled();
    expect(isSettled).toBe(false);
    refusals.forget(orders("i-1"));
    expect(one && refusals.endOf(one)).toBeUndefined();
    expect(two && refusals.endOf(two)).toBe(work.promise);
    work.resolve(undefined);
    await all;
    const failed = new Refusals();
    failed.dealtWith(orders("i-1"), Promise.reject(refusal()));
    await expect(failed.settled()).rejects.toThrow("it is wrong");
});
