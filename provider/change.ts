import { isDeepStrictEqual } from "node:util";
import { REPLACING } from "./arguments";
import type { FleetSpec } from "./fleet/model";
import { change } from "./fleet/differences";
import { type Plan, planFleet } from "./fleet/plan";
import { planLine } from "./fleet/planText";
import type { Unknown } from "./unknown";
import {
    type CanonicalInputs,
    emptyState,
    isCounted,
    pendingEntries,
    readOutputs,
    type RecordedOutputs,
    specOf,
    stateOf,
} from "./state";

/** What a change of the program means for the resource. */
export interface Change {
    readonly changes: boolean;
    /** Properties whose change replaces the resource. */
    readonly replaces: readonly string[];
    /** Nothing has to be called: only what the state says is out of date. */
    readonly settingsOnly: boolean;
    /** The plan in one line. */
    readonly line: string;
}

/** Compares what is recorded with what is declared, without a look at the service. */
export function changeOf(recorded: RecordedOutputs, inputs: CanonicalInputs): Change {
    const { outputs, removalIsUnsaid } = readOutputs(recorded);
    const replaces = REPLACING.filter((name) => outputs[name] !== inputs[name]);
    if (replaces.length > 0)
        return {
            changes: true,
            replaces,
            settingsOnly: false,
            line: replacementLine(outputs, inputs, replaces),
        };
    if (!isCounted(inputs)) return { changes: true, replaces, settingsOnly: false, line: UNKNOWN_INSTANCES };
    const plan = planFleet(specOf(inputs), stateOf(outputs));
    const settingsOnly =
        plan.every((action) => action.kind === "keep") && pendingEntries(outputs).length === 0;
    const changes =
        !settingsOnly || removalIsUnsaid || !isDeepStrictEqual(comparable(outputs), comparable(inputs));
    return { changes, replaces, settingsOnly, line: planLine(plan, inputs.removal) };
}

/** The plan of a resource that is not there yet. */
export function creationLine(inputs: CanonicalInputs): string {
    if (!isCounted(inputs)) return UNKNOWN_INSTANCES;
    return planLine(creationPlan(specOf(inputs)), inputs.removal);
}

function creationPlan(spec: FleetSpec<Unknown>): Plan<Unknown> {
    return planFleet(spec, emptyState(spec));
}

function replacementLine(
    outputs: RecordedOutputs,
    inputs: CanonicalInputs,
    replaces: readonly (typeof REPLACING)[number][],
): string {
    const reasons = replaces.map((name) => change(name, outputs[name], inputs[name]));
    const removal = planLine(planFleet(undefined, stateOf(outputs)), outputs.removal).replace(/^plan: /, "");
    const creation = creationLine(inputs).replace(/^plan: /, "");
    return `plan: replace (${reasons.join(", ")}); ${removal}; ${creation}`;
}

const UNKNOWN_INSTANCES = "plan: known once the instances are known";

/** What counts in a comparison: not what says where the resource stands, and not what only the outputs have. */
function comparable(props: object): Record<string, unknown> {
    const ignored = ["__urn", "__version", "__provider", "clients", "taskIds", "failedInstanceIds"];
    return Object.fromEntries(Object.entries(props).filter(([name]) => !ignored.includes(name)));
}
