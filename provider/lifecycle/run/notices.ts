import { idList } from "../../fleet/idList";
import type { Plan } from "../../fleet/plan";

/** What a user should know of a plan beyond what it does: one line for each kind, however large the fleet. */
export function noticesOf(plan: Plan): readonly string[] {
    const retained = plan.filter((action) => action.kind === "retain");
    const taken = plan.filter((action) => action.kind === "keep" || action.kind === "adopt");
    const odd = Map.groupBy(
        taken.filter((action) => action.observation !== "ACTIVATED"),
        (action) => action.observation,
    );
    return [
        ...(retained.length > 0
            ? [`removal "Retain": the clients of ${ids(retained)} stay as they are, no longer managed`]
            : []),
        ...[...odd].map(
            ([status, actions]) => `${status}: the clients of ${ids(actions)} are left as they are`,
        ),
    ];
}

function ids(plan: Plan): string {
    return idList(plan.map((action) => action.instanceId));
}
