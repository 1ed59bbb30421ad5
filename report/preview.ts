import * as v from "valibot";
import { destroyLine, uninstalls } from "../provider/fleet/planText";
import { line, visible } from "../provider/hbr/secrets";
import { UNKNOWN_VALUE } from "../provider/unknown";
import { type Change, type Findings, fleetOf, type Fleet, type Gap, partsOf } from "./fleets";

/*
 * What `pulumi preview --json` prints, and every other command with `--preview-only --json`. It has the state from before
 * too, and a preview of a refresh the state that it has found.
 */

const resourceSchema = v.nullish(v.object({ outputs: v.optional(v.unknown()) }));

const stepSchema = v.object({
    op: v.string(),
    urn: v.string(),
    oldState: resourceSchema,
    newState: resourceSchema,
});

export const previewSchema = v.object({
    // The engine leaves out what is empty.
    steps: v.optional(v.array(stepSchema), []),
    diagnostics: v.optional(
        v.array(v.object({ urn: v.optional(v.string()), message: v.string(), severity: v.string() })),
        [],
    ),
    duration: v.number(),
});

type Preview = v.InferOutput<typeof previewSchema>;
type Step = v.InferOutput<typeof stepSchema>;

export function ofPreview({ steps, diagnostics }: Preview): Findings {
    const byUrn = Map.groupBy(
        steps.filter(({ urn }) => partsOf(urn).isFleet),
        ({ urn }) => urn,
    );
    const changes = [...byUrn].flatMap(([urn, own]) => changeOf(urn, own, diagnostics) ?? []);
    const states = [...byUrn].flatMap(([urn, own]) => stateOf(urn, own) ?? []);
    const hasFailed = diagnostics.some(({ severity }) => severity === "error");
    const [first] = steps;
    return {
        names: first && partsOf(first.urn),
        takenAt: undefined,
        fleets: states.filter((each): each is Fleet => "entries" in each),
        changes,
        remarks: [],
        gaps: [...states.filter((each): each is Gap => "about" in each), ...(hasFailed ? [FAILED] : [])],
    };
}

const FAILED: Gap = {
    about: "plan",
    text: "the preview failed, so it does not show every change: see its errors",
};

/** Steps of a refresh change nothing in the cloud. */
const WITHOUT_CHANGE = ["same", "refresh", "read"];
const REMOVING = /^(delete|replace|delete-replaced|create-replacement|discard-replaced)$/;

/** A replacement is several steps, and `--refresh` puts one more before. */
function changeOf(
    urn: string,
    steps: readonly Step[],
    diagnostics: Preview["diagnostics"],
): Change | undefined {
    const own = diagnostics.filter((each) => each.urn === urn);
    const plans = own.filter(({ severity, message }) => severity === "info" && message.startsWith("plan: "));
    const ops = steps.map(({ op }) => op);
    const removal = ops.find((op) => REMOVING.test(op));
    const operation = removal ?? ops.find((op) => !WITHOUT_CHANGE.includes(op)) ?? ops[0] ?? "";
    const isReplaced = ops.some((op) => op !== "delete" && REMOVING.test(op));
    // With --refresh the first line is from before the refresh.
    const said = plans.at(-1)?.message ?? (operation === "delete" ? lineOfDeletion(steps) : undefined);
    if (said === undefined && WITHOUT_CHANGE.includes(operation)) return undefined;
    const text = said === undefined ? undefined : line(visible(said).trim(), 2_000);
    return {
        name: partsOf(urn).name,
        operation: isReplaced ? "replace" : operation,
        line: text,
        removes: removal !== undefined || (text !== undefined && uninstalls(text)),
        warnings: own.filter(({ severity }) => severity === "warning").length,
    };
}

const removalSchema = v.object({
    __version: v.fallback(v.number(), 1),
    removal: v.picklist(["Uninstall", "UninstallAndDelete", "Retain"]),
});

/** The engine asks for no plan of a deletion. */
function lineOfDeletion(steps: readonly Step[]): string | undefined {
    const outputs = steps.find(({ op }) => op === "delete")?.oldState?.outputs;
    const fleet = fleetOf("", outputs);
    if (!("entries" in fleet)) return undefined;
    const recorded = v.safeParse(removalSchema, outputs);
    // The first version had another default, so its state does not tell what the program chose.
    const isTold = recorded.success && recorded.output.__version > 1;
    const ids = fleet.entries.map(({ instanceId }) => instanceId);
    return destroyLine(ids, isTold ? recorded.output.removal : UNKNOWN_VALUE);
}

/** The state before the preview, or as its refresh has found it. A resource that is created has none. */
function stateOf(urn: string, steps: readonly Step[]): Fleet | Gap | undefined {
    const refreshed = steps.find(({ op, newState }) => op === "refresh" && newState != null)?.newState;
    const state = refreshed ?? steps.find(({ oldState }) => oldState != null)?.oldState;
    return state == null ? undefined : fleetOf(partsOf(urn).name, state.outputs);
}
