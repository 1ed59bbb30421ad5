import { adopted, type Plan, type PlannedAction } from "../../fleet/plan";
import { ownOf } from "../../fleet/entry";
import { driftOf, stillNotTaken } from "../../fleet/settings";
import type { RunContext } from "./context";
import type { Removals } from "./removals";
import { alreadyThere, isNew, notTakenOver } from "./waits";

/** Puts into the ledger what is planned, so that an early end leaves it pending, and what needs no action. */
export class Notes {
    constructor(
        private readonly run: RunContext,
        private readonly removals: Removals,
    ) {}

    take(plan: Plan): void {
        for (const action of plan) this.takeOne(action);
    }

    private takeOne(action: PlannedAction): void {
        const { ledger, remarks } = this.run;
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
                ledger.gone(instanceId);
                ledger.tally["left alone"] += 1;
                break;
            case "retain":
                ledger.gone(instanceId);
                ledger.tally["left alone"] += 1;
                break;
            case "done":
                this.removals.alreadyGone(action);
                break;
            case "install":
            case "wait":
            case "grace":
                ledger.planned(action, action.then === "reinstall" ? "reinstall" : "install");
                if (action.kind === "grace" && action.client && isNew(action))
                    ledger.explained(instanceId, notTakenOver(action.client));
                break;
            case "reinstall":
            case "uninstall":
                ledger.planned(action, action.kind);
                break;
        }
    }

    /** A client that stays, or becomes this resource's. What no preview has said of it is only recorded. */
    private takeOver({ declared, client, entry, kind, deferred }: PlannedAction): void {
        const { ledger, remarks, task } = this.run;
        if (!declared || !client || !task.declared) return;
        const seen = { declared, spec: task.declared, recorded: task.recorded.spec, entry, client };
        const compared = kind === "adopt" ? adopted(seen) : seen;
        const own = ownOf(compared.entry);
        const shown = driftOf(compared);
        // A difference that the service does not show has to be done, whatever it shows of the others.
        const isAll = Object.keys(shown).length === deferred.length;
        const isOpen = own?.pendingAction === "reinstall" && own.drift === undefined;
        ledger.healthy(
            declared,
            client,
            { settingsNotTaken: stillNotTaken(compared), ...(isAll && !isOpen && { drift: shown }) },
            deferred.length > 0 ? "reinstall" : undefined,
        );
        if (kind === "adopt") ledger.tally.adopted += 1;
        else if (entry?.pendingAction === "install") ledger.tally.installed += 1;
        if (deferred.length === 0) return;
        const taken = kind === "adopt" ? "adopted" : "kept";
        const text = `${taken} unchanged, though it differs from the program (${deferred.join(", ")}); the next preview shows its reinstallation`;
        remarks.add("warning", declared.instanceId, text);
    }

    private refuse({ declared, client }: PlannedAction): void {
        if (declared && client) this.run.ledger.refused(declared, alreadyThere(client), client);
    }
}
