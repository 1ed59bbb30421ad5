import type { RolloutLimits } from "../../provider/fleet/waves";
import { Troubles } from "../../provider/hbr/troubles";
import { runFleet, type RunResult, type Schedule } from "../../provider/run/run";
import { seededRandom } from "../support/virtualClock";
import type { ScriptedRun } from "./scripted";

interface Limits extends Partial<RolloutLimits> {
    readonly onPlanned?: (schedule: Schedule) => void;
    readonly onWarning?: (text: string) => void;
    readonly signal?: AbortSignal;
}

/** A whole run against the service of a script, with its goal, in batches of two and two of them at the same time. */
export function fleetRun(
    scripted: ScriptedRun,
    { onPlanned = ignore, onWarning = ignore, signal = new AbortController().signal, ...limits }: Limits = {},
): Promise<RunResult> {
    const { api, clock } = scripted;
    const log = { info: ignore, warning: onWarning, debug: ignore, status: ignore };
    const environment = {
        api,
        clock,
        troubles: new Troubles(clock),
        throttledAt: () => -Infinity,
        random: seededRandom(1),
        log,
        signal,
        isClaimedByOther: () => false,
    };
    const rollout = { batchSize: 2, batches: 2, inFlight: 4, isCut: false, ...limits };
    return runFleet(environment, { ...scripted.run.goal, rollout }, onPlanned);
}

function ignore(): void {
    return undefined;
}
