import { isDeepStrictEqual } from "node:util";
import { REPLACING } from "./arguments";
import { change } from "./fleet/differences";
import type { FleetState } from "./fleet/model";
import { type Plan, planFleet } from "./fleet/plan";
import { destroyLine, planLine, UNKNOWN_PLAN, wavesPart } from "./fleet/planText";
import { shownWaves } from "./fleet/waves";
import {
    type CanonicalInputs,
    emptyState,
    instancesAreKnown,
    type KnownInputs,
    type ListedInputs,
    pendingEntries,
    readOutputs,
    type RecordedOutputs,
    specOf,
    stateOf,
} from "./state";
import { isUnknown, type Unknown, UNKNOWN_VALUE } from "./unknown";

/** What a change of the program means for the resource. */
export interface Change {
    readonly changes: boolean;
    /** The properties whose change replaces the resource. */
    readonly replaces: readonly string[];
    /** An update records the new inputs and calls nothing. */
    readonly settingsOnly: boolean;
    /** The plan in one line. */
    readonly line: string;
}

/** Compares recorded outputs with inputs, without a call to the service. */
export function changeOf(recorded: RecordedOutputs, inputs: CanonicalInputs): Change {
    const { outputs, removalWasDefault } = readOutputs(recorded);
    const replaces = REPLACING.filter((name) => outputs[name] !== inputs[name]);
    const planned = { changes: true, replaces, settingsOnly: false };
    if (replaces.length > 0) {
        const reasons = replaces.map((name) => change(name, outputs[name], inputs[name]));
        const steps = [removalLine(outputs), creationLine(inputs, true)].map(withoutPrefix);
        return { ...planned, line: `plan: replace (${reasons.join(", ")}); ${steps.join("; ")}` };
    }
    if (!instancesAreKnown(inputs)) return { ...planned, line: UNKNOWN_PLAN };
    const state = stateOf(outputs);
    const plan = planFleet(specOf(inputs), state);
    const settingsOnly = plan.every(({ kind }) => kind === "keep") && pendingEntries(outputs).length === 0;
    const changes =
        !settingsOnly ||
        removalWasDefault ||
        !isDeepStrictEqual(comparedProps(outputs), comparedProps(inputs));
    return {
        changes,
        replaces,
        settingsOnly,
        line: planLine(plan, inputs.removal, wavesText(plan, inputs, state)),
    };
}

/** The plan of a resource that does not exist yet. */
export function creationLine(inputs: CanonicalInputs, isReplacement = false): string {
    if (!instancesAreKnown(inputs)) return UNKNOWN_PLAN;
    const spec = specOf(inputs);
    const state = emptyState(spec);
    const plan = planFleet(spec, state);
    return planLine(plan, inputs.removal, wavesText(plan, inputs, state, isReplacement));
}

/** The waves of a plan in words; undefined if there are none. */
function wavesText(
    plan: Plan<Unknown>,
    { rollout, instances }: ListedInputs,
    state: FleetState<Unknown>,
    isReplacement = false,
): string | undefined {
    const waves = shownWaves(plan, rollout, Object.keys(instances).length, state);
    if (!waves) return undefined;
    const { sizes, wavesDone: done } = waves;
    const pauses =
        !isUnknown(rollout) && rollout.pauseAfter === "firstWave" && done === 0 && sizes.length > 1;
    const pause =
        isReplacement || waves.isReplacement
            ? "without a pause, because the old fleet is gone"
            : "with a pause after the first";
    return wavesPart(sizes, done, pauses ? pause : undefined);
}

/** The plan of a replacement for which the engine asks for no diff. */
export function replacementLine(old: Partial<KnownInputs>, inputs: CanonicalInputs): string {
    const { instances = {}, removal = UNKNOWN_VALUE, __version = 1 } = old;
    // The first version had another default, so its inputs do not tell what the program chose.
    const told = __version > 1 ? removal : UNKNOWN_VALUE;
    const steps = [destroyLine(Object.keys(instances), told), creationLine(inputs, true)];
    return `plan: replace; ${steps.map(withoutPrefix).join("; ")}`;
}

export function removalLine(outputs: RecordedOutputs): string {
    return planLine(planFleet(undefined, stateOf(outputs)), outputs.removal);
}

export function withoutPrefix(line: string): string {
    return line.replace(/^plan: /, "");
}

/** The properties that a diff compares. The others are internal, or outputs only. */
function comparedProps(props: CanonicalInputs): Record<string, unknown> {
    const ignored = [
        "__urn",
        "__version",
        "__provider",
        "__rollout",
        "clients",
        "taskIds",
        "failedInstanceIds",
    ];
    const compared = Object.entries(props).filter(([name]) => !ignored.includes(name));
    return { ...Object.fromEntries(compared), rollout: comparedRollout(props.rollout) };
}

/**
 * The default of `parallelism` was 4 at first, and was recorded, so a state does not tell it from a 4 of the program. No run
 * goes by the recorded value, so the two are no difference.
 */
function comparedRollout(rollout: CanonicalInputs["rollout"]): unknown {
    return isUnknown(rollout) ? rollout : { parallelism: 4, ...rollout };
}
