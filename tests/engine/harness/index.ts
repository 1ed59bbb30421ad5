import type { Result } from "./run";

export { Engine, startEngine, type EngineOptions } from "./engine";
export * from "./program";
export { Run, type EngineEvent, type Operation, type Result } from "./run";
export { configFor } from "./simulator";
export { Stack, type RunOptions, type StackOptions } from "./stack";
export { isSecret, StackState, type Deployment, type StateResource } from "./state";

// A single run takes about a second on an idle machine; a test may have many, and the machine may be busy.
jest.setTimeout(300_000);

/** The result, if the run succeeded; else an error with all that the engine printed. */
export function expectOk(result: Result): Result {
    if (!result.ok) throw new Error(`\`pulumi ${result.operation}\` failed:\n${printed(result)}`);
    return result;
}

/** The result, if the run failed as it should. */
export function expectFailed(result: Result): Result {
    if (result.ok) throw new Error(`\`pulumi ${result.operation}\` should have failed:\n${printed(result)}`);
    return result;
}

function printed({ code, stdout, stderr }: Result): string {
    return `exit code ${String(code)}\n${stdout}\n${stderr}`;
}
