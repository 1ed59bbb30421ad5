import { HbrError } from "../../provider/hbr/errors";
import { Halt } from "../../provider/run/halt";
import { Writes } from "../../provider/run/writes";

const YES = (): boolean => true;
const settled = (): Promise<void> => new Promise(setImmediate);

function error(errorClass: "account" | "rejected"): HbrError {
    return new HbrError("no", { operation: "UninstallClient", errorClass, code: "X" });
}

/** The calls of a test: each ends when that says so. */
function calls() {
    const made: PromiseWithResolvers<string>[] = [];
    const call = (): Promise<string> => {
        const end = Promise.withResolvers<string>();
        made.push(end);
        return end.promise;
    };
    return { made, call };
}

describe("writes of one operation", () => {
    test("begin with one alone, and go together once that is answered", async () => {
        const writes = new Writes(new Halt());
        const { made, call } = calls();
        const ends = [1, 2, 3].map(() => writes.make(YES, call));
        await settled();
        expect(made).toHaveLength(1);
        made[0]?.resolve("first");
        await settled();
        expect(made).toHaveLength(3);
        for (const each of made.slice(1)) each.resolve("other");
        expect(await Promise.all(ends)).toEqual(["first", "other", "other"]);
    });

    test("end with the first one that an account may not make, and the run stops", async () => {
        const halt = new Halt();
        const writes = new Writes(halt);
        const { made, call } = calls();
        const ends = [1, 2].map(() => writes.make(() => !halt.endsAll, call));
        await settled();
        const no = error("account");
        made[0]?.reject(no);
        expect(await Promise.all(ends)).toEqual(["untried", "untried"]);
        expect(made).toHaveLength(1);
        expect(halt.stopped).toBe(no);
    });

    test.each([
        ["an error of one client", error("rejected")],
        ["a fault", new TypeError("a fault")],
    ])("go on after %s, which is passed on", async (_, reason) => {
        const halt = new Halt();
        const writes = new Writes(halt);
        const { made, call } = calls();
        const [first, second] = [writes.make(YES, call), writes.make(YES, call)];
        await settled();
        made[0]?.reject(reason);
        await expect(first).rejects.toBe(reason);
        await settled();
        made[1]?.resolve("done");
        expect(await second).toBe("done");
        expect(halt.stopped).toBeUndefined();
    });

    test("ask at the last moment whether they may be made", async () => {
        const writes = new Writes(new Halt());
        const { made, call } = calls();
        let isAllowed = true;
        const ends = [1, 2].map(() => writes.make(() => isAllowed, call));
        await settled();
        isAllowed = false;
        made[0]?.resolve("done");
        expect(await Promise.all(ends)).toEqual(["done", "untried"]);
        expect(made).toHaveLength(1);
    });
});
