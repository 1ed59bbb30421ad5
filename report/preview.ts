import * as v from "valibot";
import { destroyLine, uninstalls, UNKNOWN_PLAN } from "../provider/fleet/planText";
import { line, shownWord, visible } from "../provider/hbr/secrets";
import { UNKNOWN_VALUE } from "../provider/unknown";
import {
    type Change,
    type Entry,
    type Findings,
    fleetOf,
    type Fleet,
    GONE,
    type Gap,
    partsOf,
} from "./fleets";

/*
 * What `pulumi preview --json` prints, and every other command with `--preview-only --json`. It has the state from before
 * too. What a refresh has found is only in its events (`events.ts`): the document shows the state from before the refresh
 * twice, and a resource of which nothing is left as one that is deleted.
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
    changeSummary: v.optional(v.record(v.string(), v.number()), {}),
});

/** One step of the engine. */
export interface Step extends v.InferOutput<typeof stepSchema> {
    /** Set if the new state is what a refresh has found; without one, nothing is left. */
    readonly isFound?: true;
}

export interface Preview extends Omit<v.InferOutput<typeof previewSchema>, "steps" | "duration"> {
    readonly steps: readonly Step[];
    /** Whether it has come to its end. */
    readonly isWhole: boolean;
}

export function ofPreview({ steps, diagnostics, changeSummary, isWhole }: Preview): Findings {
    const own = steps.filter(({ urn }) => partsOf(urn).isFleet);
    const refreshes = steps.some(({ op }) => op === "refresh");
    const resources = [...Map.groupBy(own, ({ urn }) => urn)].map(([urn, all]) =>
        resourceOf(urn, all, refreshes),
    );
    const changes = resources.flatMap((resource) => changeOf(resource, diagnostics) ?? []);
    const states = resources.flatMap((resource) => stateOf(resource) ?? []);
    const isStale = own.some(({ op, isFound }) => op === "refresh" && isFound === undefined);
    const hasFailed = !isWhole || diagnostics.some(({ severity }) => severity === "error");
    const isShort = (changeSummary["same"] ?? 0) > 0 && !steps.some(({ op }) => op === "same");
    const [first] = steps;
    return {
        names: first && partsOf(first.urn),
        takenAt: undefined,
        fleets: states.filter((each): each is Fleet => "entries" in each),
        changes,
        remarks: [],
        gaps: [
            ...states.filter((each): each is Gap => "about" in each),
            ...changes.filter(isOpen).map(openPlan),
            ...(hasFailed ? [FAILED] : isStale ? [STALE] : isShort ? [SHORT] : []),
        ],
    };
}

/** What the steps of a preview say of one resource. */
interface Resource {
    readonly urn: string;
    /** Without those of a refresh. */
    readonly steps: readonly Step[];
    /** The state from before, or what a refresh has found; undefined for a resource that is created. */
    readonly outputs: unknown;
    /** Whether a refresh has found that nothing is left of it. */
    readonly isGone: boolean;
}

function resourceOf(urn: string, all: readonly Step[], refreshes: boolean): Resource {
    const refresh = all.find(({ op }) => op === "refresh");
    const [first] = all;
    // The document has no step of the refresh then, but what it leads to.
    const isDropped = refreshes && refresh === undefined && first?.op === "delete";
    const isGone = isDropped || (refresh?.isFound === true && refresh.newState == null);
    const found = refresh?.isFound === true ? refresh.newState : undefined;
    // A deletion beside another step may be that of an earlier resource of this URN.
    const current = all.toSorted((a, b) => Number(a.op === "delete") - Number(b.op === "delete"));
    const before = found ?? current.find(({ oldState }) => oldState != null)?.oldState;
    const steps = all.filter((step) => step !== refresh && !(isDropped && step === first));
    return { urn, steps, outputs: before?.outputs, isGone };
}

const STALE: Gap = {
    about: "clients",
    text: "the preview refreshes, and shows the clients as they were before: set PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true for the command, so that it shows what the refresh finds",
};

/** The engine leaves out the steps that change nothing. */
const SHORT: Gap = {
    about: "clients",
    text: "the preview leaves out what does not change, so it may not show every client: add --show-sames to the command",
};

/** It has no steps of the resources that it has not come to. */
const FAILED: Gap = {
    about: "both",
    text: "the preview failed, or was stopped, so it shows neither every client nor every change: see what it printed",
};

/** Steps that change nothing in the cloud. */
const WITHOUT_CHANGE = ["same", "read"];
const REMOVING = /^(delete|replace|delete-replaced|create-replacement|discard-replaced)$/;

/** A replacement is several steps. */
function changeOf({ urn, steps, isGone }: Resource, diagnostics: Preview["diagnostics"]): Change | undefined {
    const own = diagnostics.filter((each) => each.urn === urn);
    const saying = (start: string): string | undefined =>
        own.findLast(({ severity, message }) => severity === "info" && message.startsWith(start))?.message;
    const ops = steps.map(({ op }) => op);
    const removal = ops.find((op) => REMOVING.test(op));
    const change = removal ?? ops.find((op) => !WITHOUT_CHANGE.includes(op));
    const isReplaced = ops.some((op) => op !== "delete" && REMOVING.test(op));
    const deletion = change === "delete" ? steps.find(({ op }) => op === "delete") : undefined;
    // A refresh alone has no plan.
    const said = saying("plan: ") ?? lineOfDeletion(deletion?.oldState?.outputs) ?? saying("found: ");
    if (said === undefined && change === undefined && !isGone) return undefined;
    const text = said === undefined ? undefined : line(visible(said).trim(), 2_000);
    return {
        name: partsOf(urn).name,
        operation: isReplaced ? "replace" : shownWord(change ?? (isGone ? GONE : "refresh")),
        line: text,
        // The end of a line that is cut may be what matters.
        removes: removal !== undefined || (said !== undefined && uninstalls(visible(said))),
        warnings: own.filter(({ severity }) => severity === "warning").length,
    };
}

/** Whether an update may remove clients without a plan that says so. */
function isOpen({ operation, removes, line: said = "" }: Change): boolean {
    return operation === "update" && !removes && (!said.startsWith("plan: ") || said === UNKNOWN_PLAN);
}

function openPlan({ name }: Change): Gap {
    return { about: "plan", text: `${name}: the preview does not tell whether its update removes clients` };
}

const removalSchema = v.object({
    __version: v.fallback(v.number(), 1),
    removal: v.picklist(["Uninstall", "UninstallAndDelete", "Retain"]),
});

/** The engine asks for no plan of a deletion. */
function lineOfDeletion(outputs: unknown): string | undefined {
    const fleet = fleetOf("", outputs);
    if (!("entries" in fleet)) return undefined;
    const recorded = v.safeParse(removalSchema, outputs);
    // The first version had another default, so its state does not tell what the program chose.
    const isTold = recorded.success && recorded.output.__version > 1;
    const ids = fleet.entries.filter(({ owned }) => owned !== false).map(({ instanceId }) => instanceId);
    if (ids.length === 0) return undefined;
    return destroyLine(ids, isTold ? recorded.output.removal : UNKNOWN_VALUE);
}

function stateOf({ urn, outputs, isGone }: Resource): Fleet | Gap | undefined {
    if (outputs === undefined) return undefined;
    const fleet = fleetOf(partsOf(urn).name, outputs);
    return isGone && "entries" in fleet ? { ...fleet, entries: fleet.entries.map(withoutRecord) } : fleet;
}

/** As the provider writes down a client of which the vault has no record. */
function withoutRecord(entry: Entry): Entry {
    return { ...entry, status: "NOT_INSTALLED", clientId: undefined, clientVersion: undefined };
}
