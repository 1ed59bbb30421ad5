import fc from "fast-check";
import { isBehind } from "../../provider/fleet/version";

describe("a version is behind another one", () => {
    test.each([
        ["2.10.3", "2.11.0"],
        ["2.9.0", "2.10"],
        ["2.10", "2.10.0.1"],
        ["1", "2"],
        ["02.3", "2.04"],
        ["1.9", "1.99999999999999999999999999"],
    ])("by numbers, part by part: %s is behind %s, and not the other way round", (version, latest) => {
        expect(isBehind(version, latest)).toBe(true);
        expect(isBehind(latest, version)).toBe(false);
    });

    test.each([
        ["2.10.3", "2.10.3"],
        ["2.10", "2.10.0"],
        ["2.10.3-beta", "2.11.0"],
        ["v2.10", "2.11"],
        ["2.10", "2.11.x"],
        ["", "2.11"],
        ["2.10", ""],
        ["2..1", "2.11"],
        [undefined, "2.11"],
        ["2.10", undefined],
    ])("never where it is the same, or cannot be compared: %p and %p", (version, latest) => {
        expect(isBehind(version, latest)).toBe(false);
        expect(isBehind(latest, version)).toBe(false);
    });

    test("in one direction only, and exactly where the parts differ", () => {
        const parts = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 });
        fc.assert(
            fc.property(parts, parts, (one, other) => {
                const padded = (list: number[]): number[] => [0, 1, 2, 3].map((index) => list[index] ?? 0);
                const order = (list: number[]): number =>
                    padded(list).reduce((sum, part) => sum * 100 + part, 0);
                expect(isBehind(one.join("."), other.join("."))).toBe(order(one) < order(other));
            }),
        );
    });
});
