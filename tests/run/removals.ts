import type { ClientEntry, DeclaredInstance, FleetState, Removal } from "../../provider/fleet/model";
import { type Plan, planFleet } from "../../provider/fleet/plan";
import type { ClientStatus } from "../../provider/fleet/status";
import { type ErrorClass, HbrError } from "../../provider/hbr/errors";
import { Removals } from "../../provider/run/uninstall";
import { client, entry, spec } from "../fleet/builders";
import { type Script, ScriptedRun } from "./scripted";

export const SECOND = 1_000;

export function error(errorClass: ErrorClass, code: string): HbrError {
    return new HbrError(`failed: ${code}`, { operation: "UninstallClient", errorClass, code });
}

export const UNAVAILABLE = error("unavailable", "InternalError");
export const REJECTED = error("rejected", "InvalidParameter");

interface Case extends Partial<Script> {
    readonly removal?: Removal;
    /** Whether it is a destroy, and not a run of a program without these instances. */
    readonly isDestroy?: boolean;
    readonly others?: readonly string[];
}

/** A run in which these clients are not wanted any more. */
export async function removed(entries: readonly ClientEntry[], the: Case) {
    const { removal = "Uninstall", isDestroy = true, others = [], ...script } = the;
    const none: DeclaredInstance[] = [];
    const settings = spec(none, { removal });
    const recorded: FleetState = {
        spec: settings,
        clients: new Map(entries.map((each) => [each.instanceId, each])),
    };
    const scripted = new ScriptedRun({
        clients: shownAs({}),
        entries,
        ...(isDestroy ? {} : { declared: settings }),
        goal: { recorded },
        ...script,
    });
    const { run } = scripted;
    const { index } = await run.watch.look();
    const plan: Plan = planFleet(isDestroy ? undefined : settings, recorded, index);
    const removals = new Removals(run, ({ instanceId }) => others.includes(instanceId));
    for (const action of plan) if (action.kind === "done") removals.alreadyGone(action);
    await removals.removeAll(plan.filter(({ kind }) => kind !== "done"));
    const { writes, elapsedMs } = scripted;
    return { run, removals, writes, elapsedMs, infos: scripted.remarks() };
}

/** A list in which a client has its status until it is uninstalled, then NOT_INSTALLED, until it is deleted. */
export function shownAs(statuses: Readonly<Record<string, ClientStatus>>): Script["clients"] {
    return (_at, writes) =>
        Object.entries({ "i-1": "ACTIVATED" as const, ...statuses }).flatMap(([id, status]) => {
            if (writes.includes(`delete c-${id}`)) return [];
            return [client(id, writes.includes(`uninstall c-${id}`) ? "NOT_INSTALLED" : status)];
        });
}

/** A list in which nothing happens. */
export const STAYS: Script["clients"] = () => [client("i-1", "ACTIVATED")];

export const ONE = [entry("i-1")];
export const TWO = [entry("i-1"), entry("i-2")];
export const BOTH = shownAs({ "i-2": "ACTIVATED" });
