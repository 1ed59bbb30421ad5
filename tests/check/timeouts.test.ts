import { UNKNOWN_VALUE } from "../../provider/unknown";
import { canonicalInputs } from "../../provider/check/inputs";
import { durationOf } from "../../provider/forms";

function failuresOf(timeouts: unknown): unknown {
    const program = { vaultId: "v-1", instances: [{ instanceId: "i-1" }], __timeouts: timeouts };
    return canonicalInputs({}, program, "cn-hangzhou").failures;
}

describe("customTimeouts", () => {
    test.each([
        [
            { create: "30 minutes" },
            'customTimeouts.create "30 minutes" is not a duration: write it like 30m, 1h30m or 90s',
        ],
        [{ update: "1d" }, 'customTimeouts.update "1d" is not a duration: write it like 30m, 1h30m or 90s'],
        [{ delete: "0s" }, /^customTimeouts.delete "0s" is not a duration/],
        [{ delete: "0h0m" }, /^customTimeouts.delete "0h0m" is not a duration/],
        [{ create: "-5m" }, /^customTimeouts.create "-5m" is not a duration/],
        [{ create: `${"9".repeat(400)}h` }, /^customTimeouts.create "9+… is not a duration/],
        [{ create: 30 }, /^customTimeouts.create 30 is not a duration/],
        [{ read: "soon" }, /^customTimeouts.read "soon" is not a duration/],
        [{ creat: "5m" }, "creat is not a key of customTimeouts; did you mean create?"],
        [
            { install: "5m" },
            "install is not a key of customTimeouts, which takes create, update, delete, read",
        ],
        ["30m", 'customTimeouts "30m" is not an object such as { create: "30m" }'],
    ])("%j: one failure, without a property as it is none", (timeouts, reason) => {
        const expected = typeof reason === "string" ? reason : (expect.stringMatching(reason) as unknown);
        expect(failuresOf(timeouts)).toEqual([{ property: "", reason: expected }]);
    });

    test("each of several is reported", () => {
        expect(failuresOf({ create: "x", update: "y", delete: "z", other: "5m" })).toHaveLength(4);
    });

    test.each([
        { create: "30m", update: "1h30m", delete: "90s", read: "1.5h" },
        { create: "", update: null },
        { create: UNKNOWN_VALUE },
        UNKNOWN_VALUE,
        {},
        null,
    ])("%j: no failure", (timeouts) => {
        expect(failuresOf(timeouts)).toEqual([]);
    });
});

describe("a duration", () => {
    test.each([
        ["30m", 1_800_000],
        ["1h30m", 5_400_000],
        ["90s", 90_000],
        ["1.5h", 5_400_000],
        ["250ms", 250],
        ["1h0m5s", 3_605_000],
    ])("%s is read", (text, ms) => {
        expect(durationOf(text)).toBe(ms);
    });

    test.each(["", "5", "m", "5 m", "-5m", "5m ", "5x", "1h30", "5mm", "0s", "0h0m", 5, undefined])(
        "%p is none",
        (value) => {
            expect(durationOf(value)).toBeUndefined();
        },
    );
});
