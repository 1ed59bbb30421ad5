import { isDeepStrictEqual, styleText } from "node:util";

/** A step did not have the expected result. */
export class Differs extends Error {}

/** Prints each fact that is true, and ends the demo at the first that is false. */
export class Checks {
    equal(what: string, actual: unknown, expected: unknown): void {
        if (!isDeepStrictEqual(actual, expected)) {
            throw new Differs(
                `✗ ${what}\n  expected: ${JSON.stringify(expected)}\n  found:    ${JSON.stringify(actual)}`,
            );
        }
        console.log(styleText("green", `  ✓ ${what}`));
    }
}
