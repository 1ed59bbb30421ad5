import { together } from "../async";
import { settingsDifferences } from "../fleet/differences";
import type { Failure } from "../fleet/outcome";
import type { Plan, PlannedAction } from "../fleet/plan";
import { decide } from "../fleet/status";
import type { RunContext } from "./context";
import { alreadyThere, notTakenOver, type Planner } from "./planner";

/** Instances that move to another cluster: whether they can, before anything is removed from the old one. */
export class Moves {
    constructor(
        private readonly run: RunContext,
        private readonly planner: Planner,
    ) {}

    /** Drops the moves that cannot succeed, before anything is removed from the old cluster. */
    async withOpenCluster(plan: Plan): Promise<Plan> {
        const moves = plan.filter(({ clusterChanged }) => clusterChanged);
        if (moves.length === 0 || this.run.halt.stopped !== undefined) return plan;
        const closed = await this.closedClusters(moves);
        return plan.filter((action) => {
            if (!action.clusterChanged) return true;
            const failure = closed.get(action.declared?.clusterId ?? "") ?? this.occupied(action);
            return !this.stays(action, failure);
        });
    }

    /** The clusters that no instance can move to, with the reason. */
    private async closedClusters(moves: Plan): Promise<ReadonlyMap<string, Failure>> {
        const { watch, vault, reporter } = this.run;
        const seen = new Set(watch.latest.clients.map(({ clusterId }) => clusterId));
        const byCluster = Map.groupBy(moves, ({ declared }) => declared?.clusterId);
        const failures = await together(
            [...byCluster].map(async ([clusterId, group]) => {
                if (clusterId === undefined || seen.has(clusterId)) return [];
                const { failure, warning } = await vault.lookUpCluster(clusterId);
                for (const { instanceId } of warning === undefined ? [] : group)
                    reporter.remark("warning", instanceId, warning ?? "");
                return failure ? [[clusterId, failure] as const] : [];
            }),
        );
        return new Map(failures.flat());
    }

    /** Leaves an instance in its old cluster if there is a reason against the new one. Returns whether it did. */
    stays(action: PlannedAction, failure: Failure | undefined): boolean {
        const { entry, client, instanceId } = action;
        const compared = this.planner.compared(action);
        if (!failure || !compared) return false;
        // The next plan detects the move again by the cluster, but a change of settings only if it is recorded.
        const isOpen = entry?.pendingAction === "reinstall" || settingsDifferences(compared).length > 0;
        this.run.record.stays(instanceId, failure, isOpen ? "reinstall" : undefined, client);
        return true;
    }

    /** Why the client that is already in the new cluster cannot be adopted; undefined if there is none, or if it can. */
    occupied({ declared, clusterChanged }: PlannedAction): Failure | undefined {
        const { watch, goal } = this.run;
        const client = declared && clusterChanged ? watch.latest.match(declared) : undefined;
        if (!client) return undefined;
        const decision = decide(client.status, goal.declared?.adoptExisting ? "new" : "guarded");
        if (decision === "refuse") return alreadyThere(client);
        return decision === "grace" ? notTakenOver(client) : undefined;
    }
}
