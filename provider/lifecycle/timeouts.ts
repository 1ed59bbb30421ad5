import { durationOf, NOT_A_DURATION } from "./duration";
import { isRecord } from "./given";
import { misspelt } from "./names";
import { type CheckFailure, show } from "./schema";
import { isUnknown } from "./state";

/** Those of the SDK; `read` means nothing to this provider, and is no error. */
const NAMES = ["create", "update", "delete", "read"];

/**
 * What is wrong with the resource option `customTimeouts`. It is no property of the resource, so its failures name
 * none.
 */
export function timeoutFailures(timeouts: unknown): readonly CheckFailure[] {
    return faultsOf(timeouts).map((reason) => ({ property: "", reason }));
}

function faultsOf(timeouts: unknown): readonly string[] {
    if (timeouts === undefined || isUnknown(timeouts)) return [];
    if (!isRecord(timeouts))
        return [`customTimeouts ${show(timeouts)} is not an object such as { create: "30m" }`];
    return Object.entries(timeouts).flatMap(([name, value]) => {
        if (!NAMES.includes(name)) return [misspelt(name, "a key of customTimeouts", NAMES)];
        const isRight = isUnknown(value) || durationOf(value) !== undefined;
        return isRight ? [] : [`customTimeouts.${name} ${show(value)} ${NOT_A_DURATION}`];
    });
}
