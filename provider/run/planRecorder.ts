import { adopted, type Plan, type PlannedAction } from "../fleet/plan";
import { ownClient, ownOf } from "../fleet/entry";
import { mayHaveAgent } from "../fleet/status";
import type { ShownSettings } from "../fleet/model";
import { areShown, driftOf, isFilled, stillNotTaken } from "../fleet/differences";
import type { RunContext } from "./context";
import type { Removals } from "./uninstall";
import { alreadyThere, isNew, notTakenOver } from "./resume";

/** Puts into the record what is planned, so that an early end leaves it pending, and what needs no action. */
export class PlanRecorder {
    constructor(
        private readonly run: RunContext,
        private readonly removals: Removals,
    ) {}

    record(plan: Plan): void {
        for (const action of plan) this.recordOne(action);
    }

    private recordOne(action: PlannedAction): void {
        const { record, remarks } = this.run;
        const { instanceId } = action;
        switch (action.kind) {
            case "keep":
            case "adopt":
                this.takeOver(action);
                break;
            case "conflict":
                this.refuse(action);
                break;
            case "leave":
                remarks.add(
                    "info",
                    instanceId,
                    "left alone: this resource has neither installed nor adopted a client there",
                );
                record.gone(instanceId);
                record.counts["left alone"] += 1;
                break;
            case "retain":
                record.gone(instanceId);
                record.counts["left alone"] += 1;
                break;
            case "done":
                this.removals.alreadyGone(action);
                break;
            case "install":
            case "wait":
            case "grace":
                record.planned(action, action.then === "reinstall" ? "reinstall" : "install");
                if (action.kind === "grace" && action.client && isNew(action))
                    record.explained(instanceId, notTakenOver(action.client));
                break;
            case "reinstall":
                record.planned(action, action.kind, this.shownDifferences(action));
                break;
            case "uninstall":
                record.planned(action, action.kind);
                break;
        }
    }

    /** What a client shows of the settings that it is reinstalled for, where those are all; so taking a change back is enough. */
    private shownDifferences(action: PlannedAction): ShownSettings | undefined {
        const { declared, client, entry, reasons, clusterChanged } = action;
        const { goal } = this.run;
        if (!declared || !client || !goal.declared || clusterChanged) return undefined;
        const shown = driftOf({
            declared,
            spec: goal.declared,
            recorded: goal.recorded.spec,
            entry: ownOf(entry),
            client,
        });
        return isFilled(shown) && areShown(reasons, shown) ? shown : undefined;
    }

    /** A client that stays, or becomes this resource's. What no preview has said of it is only recorded. */
    private takeOver({ declared, client, entry, kind, deferred }: PlannedAction): void {
        const { record, remarks, goal } = this.run;
        if (!declared || !client || !goal.declared) return;
        const seen = { declared, spec: goal.declared, recorded: goal.recorded.spec, entry, client };
        const compared = kind === "adopt" ? adopted(seen) : seen;
        const own = ownOf(compared.entry);
        const shown = driftOf(compared);
        // A difference that the service does not show has to be done, whatever it shows of the others.
        const isAll = areShown(deferred, shown);
        const isOpen = own?.pendingAction === "reinstall" && own.drift === undefined;
        record.healthy(
            declared,
            client,
            { settingsNotTaken: stillNotTaken(compared), ...(isAll && !isOpen && { drift: shown }) },
            deferred.length > 0 ? "reinstall" : undefined,
        );
        if (kind === "adopt") record.counts.adopted += 1;
        else if (entry?.pendingAction === "install") record.counts.installed += 1;
        if (deferred.length === 0) return;
        const taken = kind === "adopt" ? "adopted" : "kept";
        const text = `${taken} unchanged, though it differs from the program (${deferred.join(", ")}); the next preview shows its reinstallation`;
        remarks.add("warning", declared.instanceId, text);
    }

    private refuse({ declared, client, entry }: PlannedAction): void {
        if (!declared || !client) return;
        const { record, watch } = this.run;
        const own = entry && ownClient(entry, watch.latest);
        // Our own client may have an agent beside it: what is ours is not forgotten.
        if (own && mayHaveAgent(own.status))
            record.stays(declared.instanceId, alreadyThere(client), "install", own);
        else record.refused(declared, alreadyThere(client), client);
    }
}
