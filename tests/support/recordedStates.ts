import fs from "node:fs";
import path from "node:path";
import type { Deployment, ResourceSpec } from "../engine/harness";

/** Where the states lie that versions of this package left behind. */
export const STATES = path.join(__dirname, "..", "engine", "states");

/** A program, and the state that a version of this package left behind for it. */
export interface RecordedState {
    readonly program: readonly ResourceSpec[];
    readonly deployment: Deployment;
}

/** Version 1 had another default for `removal`: where that is in the state, nobody may have chosen it. */
const UNSAID: Readonly<Record<string, readonly string[]>> = { "version-1.json": ["plain", "abroad"] };

/** What a preview of today does with a resource of a recorded state. */
export function expectedOperation(file: string, resource: string): "update" | "same" {
    return UNSAID[file]?.includes(resource) === true ? "update" : "same";
}

/** Reads a recorded state. Its simulator is gone, so its provider gets the configuration of another one. */
export function recordedState(file: string, config: Readonly<Record<string, unknown>>): RecordedState {
    const text = fs.readFileSync(path.join(STATES, file), "utf8");
    const state = JSON.parse(text) as RecordedState;
    const provider = state.deployment.resources?.find(({ type }) => type.startsWith("pulumi:providers:"));
    if (provider)
        provider.inputs = provider.outputs = Object.fromEntries(
            Object.entries(config).map(([key, value]) => [key, plainOf(value)]),
        );
    return state;
}

/** A value of the configuration as the engine hands it to a provider. */
function plainOf(value: unknown): unknown {
    if (typeof value === "object" && value !== null && "$secret" in value) return value.$secret;
    return typeof value === "string" ? value : JSON.stringify(value);
}
