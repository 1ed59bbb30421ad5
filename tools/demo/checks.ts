import { isDeepStrictEqual, styleText } from "node:util";

/** A step that is not what it should be. */
export class Differs extends Error {}

/** Says each fact that holds, and ends the demo at the first that does not. */
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
