import { getEventListeners } from "node:events";
import { abortable, delayed } from "../../provider/async";
import { claim, currentUrn, isClaimedByOther, rename, stays, withInstances } from "../../provider/claims";
import { VirtualClock } from "../support/virtualClock";

const PAIR = { region: "r", vaultId: "v-1", instanceId: "i-1", clusterId: "cl-1" };
const NEVER = new AbortController().signal;

/** Lets everything happen that waits for nothing. */
const settled = (): Promise<void> => new Promise(setImmediate);

describe("a claimed client", () => {
    afterEach(() => {
        claim("a", []);
        claim("b", []);
    });

    test("is another resource's, and not its own", () => {
        claim("a", [PAIR]);
        expect(isClaimedByOther("b", PAIR)).toBe(true);
        expect(isClaimedByOther("a", PAIR)).toBe(false);
    });

    test.each([
        { region: "s" },
        { vaultId: "v-2" },
        { instanceId: "i-2" },
        { clusterId: "cl-2" },
        { clusterId: undefined },
    ])("is not the one with %j", (other) => {
        claim("a", [PAIR]);
        expect(isClaimedByOther("b", { ...PAIR, ...other })).toBe(false);
    });

    test("is its own also under the URN that its resource had before", () => {
        rename("a before", "a");
        claim("a", [PAIR]);
        expect(isClaimedByOther("a before", PAIR)).toBe(false);
        expect(isClaimedByOther("b", PAIR)).toBe(true);
    });

    test("is of a resource whose URN is found by the one before, once it was renamed", () => {
        rename("c before", "c");
        rename("d", "d");
        expect(currentUrn("c before")).toBe("c");
        expect(currentUrn("c")).toBe("c");
        expect(currentUrn("d")).toBe("d");
        expect(currentUrn("never seen")).toBe("never seen");
    });

    test("is another's in the deletion of an earlier resource of the same URN, while the new one stays", () => {
        rename("a before", "a");
        claim("a", [PAIR]);
        expect(isClaimedByOther("a", PAIR, true)).toBe(false);
        stays("a", true);
        expect(isClaimedByOther("a", PAIR, true)).toBe(true);
        expect(isClaimedByOther("a before", PAIR, true)).toBe(true);
        expect(isClaimedByOther("a", { ...PAIR, vaultId: "v-2" }, true)).toBe(false);
        expect(isClaimedByOther("a", PAIR)).toBe(false);
        stays("a", false);
        expect(isClaimedByOther("a", PAIR, true)).toBe(false);
    });

    test("is free once its resource declares something else", () => {
        claim("a", [PAIR]);
        claim("a", [{ ...PAIR, instanceId: "i-2" }]);
        expect(isClaimedByOther("b", PAIR)).toBe(false);
    });
});

describe("work on instances", () => {
    test("is done one after the other where it shares one, in the order of its begin", async () => {
        const events: string[] = [];
        const gates = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()] as const;
        const first = withInstances(["i-1", "i-2"], NEVER, async () => {
            events.push("first begins");
            await gates[0].promise;
            events.push("first ends");
        });
        const second = withInstances(["i-2", "i-3"], NEVER, async () => {
            events.push("second begins");
            await gates[1].promise;
            events.push("second ends");
        });
        const third = withInstances(["i-3"], NEVER, () => {
            events.push("third");
            return Promise.resolve();
        });
        const apart = withInstances(["i-4"], NEVER, () => {
            events.push("apart");
            return Promise.resolve();
        });
        await apart;
        await settled();
        expect(events).toEqual(["first begins", "apart"]);
        gates[0].resolve(undefined);
        await first;
        await settled();
        expect(events.slice(2)).toEqual(["first ends", "second begins"]);
        gates[1].resolve(undefined);
        await Promise.all([second, third]);
        expect(events.slice(4)).toEqual(["second ends", "third"]);
    });

    test("that fails lets the next one begin", async () => {
        const failing = withInstances(["i-1"], NEVER, () => Promise.reject(new Error("broken")));
        const next = withInstances(["i-1"], NEVER, () => Promise.resolve("done"));
        await expect(failing).rejects.toThrow("broken");
        await expect(next).resolves.toBe("done");
    });

    test("that is stopped while it waits is never begun, and those behind it still wait for the one before it", async () => {
        const gate = Promise.withResolvers<unknown>();
        const stop = new AbortController();
        const events: string[] = [];
        const first = withInstances(["i-1"], NEVER, () => gate.promise);
        const stopped = withInstances(["i-1"], stop.signal, () =>
            Promise.resolve(events.push("stopped one")),
        );
        const last = withInstances(["i-1"], NEVER, () => Promise.resolve(events.push("last")));
        stop.abort(new Error("stop"));
        await expect(stopped).rejects.toThrow("stop");
        await settled();
        expect(events).toEqual([]);
        gate.resolve(undefined);
        await Promise.all([first, last]);
        expect(events).toEqual(["last"]);
    });

    test("that comes once the first has ended waits for the one that was queued behind it", async () => {
        const gates = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()] as const;
        const events: string[] = [];
        const first = withInstances(["i-1"], NEVER, () => gates[0].promise);
        const second = withInstances(["i-1"], NEVER, () => gates[1].promise);
        gates[0].resolve(undefined);
        await first;
        await settled();
        const third = withInstances(["i-1"], NEVER, () => Promise.resolve(events.push("third")));
        await settled();
        expect(events).toEqual([]);
        gates[1].resolve(undefined);
        await Promise.all([second, third]);
        expect(events).toEqual(["third"]);
    });

    test("that crosses other work does not wait for ever", async () => {
        const work = (ids: string[]): Promise<string> =>
            withInstances(ids, NEVER, () => Promise.resolve(ids.join()));
        await expect(
            Promise.all([work(["a", "b"]), work(["b", "a"]), work(["a"]), work(["b"])]),
        ).resolves.toHaveLength(4);
    });

    test("that has been stopped rejects at once, with the reason", async () => {
        const reason = new Error("stop");
        await expect(abortable(Promise.resolve(1), AbortSignal.abort(reason))).rejects.toBe(reason);
        await expect(abortable(Promise.resolve(1), NEVER)).resolves.toBe(1);
        await expect(abortable(Promise.reject(new Error("own")), NEVER)).rejects.toThrow("own");
    });

    test("that has ended is not told of a stop, and leaves nothing behind at the signal", async () => {
        const stop = new AbortController();
        await abortable(Promise.resolve(1), stop.signal, () => {
            throw new Error("told");
        });
        expect(getEventListeners(stop.signal, "abort")).toEqual([]);
        stop.abort();
    });
});

test("a delayed signal follows the other one later, or at once if that is aborted already", async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const follows = delayed(stop.signal, 5_000, clock);
    const reason = new Error("stop");
    stop.abort(reason);
    await clock.sleep(4_999);
    expect(follows.aborted).toBe(false);
    await clock.sleep(2);
    expect(follows.reason).toBe(reason);
    expect(delayed(stop.signal, 5_000, clock).reason).toBe(reason);
});
