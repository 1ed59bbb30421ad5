import type { ObservedClient } from "../../provider/fleet/model";
import type { RolloutLimits } from "../../provider/fleet/waves";
import { Cancelled } from "../../provider/interrupted";
import type { RunGoal } from "../../provider/run/goal";
import type { Schedule } from "../../provider/run/run";
import { client, declared, entry, spec, state } from "../fleet/builders";
import { fleetRun } from "./fleetRun";
import { ScriptedRun } from "./scripted";

const MINUTE = 60_000;

interface Fleet {
    /** The numbers of instances without a client, of those to reinstall, to upgrade, and to remove. */
    readonly installs?: number;
    readonly reinstalls?: number;
    readonly upgrades?: number;
    readonly removals?: number;
    readonly limits?: Partial<RolloutLimits>;
    readonly goal?: Partial<RunGoal>;
}

/** The time that a run asks for once it has a plan. */
async function schedule(fleet: Fleet): Promise<Schedule | undefined> {
    const { installs = 0, reinstalls = 0, upgrades = 0, removals = 0, limits, goal } = fleet;
    const named = (prefix: string, count: number): string[] =>
        Array.from({ length: count }, (_, index) => `i-${prefix}${index}`);
    const settings = { upgrades: upgrades > 0 ? "Latest" : "Manual" } as const;
    const kept = [...named("reinstall", reinstalls), ...named("upgrade", upgrades)];
    const recorded = [...kept, ...named("remove", removals)];
    const versions = { clientVersion: "2.1.0", ...(upgrades > 0 && { latestVersion: "2.2.0" }) };
    const entries = recorded.map((id) => entry(id, "ACTIVATED", versions));
    const program = spec(
        [...named("install", installs), ...kept].map((id) => declared(id)),
        settings,
    );
    const triggers = reinstalls > 0 && { triggers: ["before"] };
    const clients = recorded.map((id): ObservedClient =>
        client(id, "ACTIVATED", { clientVersion: "2.1.0", maxVersion: "2.2.0" }),
    );
    const scripted = new ScriptedRun({
        clients: () => clients,
        declared: program,
        entries,
        goal: { recorded: state(entries, { ...program, ...triggers }), ...goal },
    });
    const stop = new AbortController();
    let planned: Schedule | undefined;
    await fleetRun(scripted, {
        ...limits,
        signal: stop.signal,
        onPlanned: (found) => {
            planned = found;
            stop.abort(new Cancelled());
        },
    });
    return planned;
}

describe("the time that a run asks for", () => {
    test.each<[string, number, Fleet]>([
        ["all that may be in flight together is one", 2, { installs: 6 }],
        ["the first batch of reinstallations is one", 3, { reinstalls: 7 }],
        ["the first batch of upgrades is one", 3, { upgrades: 7 }],
        ["less than a batch is one", 1, { upgrades: 1 }],
        ["installations come before reinstallations", 5, { installs: 6, reinstalls: 7 }],
        ["installations come before upgrades", 5, { installs: 6, upgrades: 7 }],
        ["a removal is one", 1, { removals: 3 }],
        ["nothing to do is one", 1, {}],
        ["each wave has its own", 3, { installs: 6, limits: { waves: [2, 3] } }],
    ])("has a share for each round of batches: %s", async (_what, rounds, fleet) => {
        expect(await schedule(fleet)).toEqual({ rounds, watchMs: 0 });
    });

    test("has the time in which each wave is watched, and in which its instances may boot", async () => {
        const goal = { soakMs: 10 * MINUTE, bootMs: 5 * MINUTE };
        const limits = { waves: [2, 3] };
        expect(await schedule({ installs: 6, limits, goal })).toEqual({ rounds: 3, watchMs: 45 * MINUTE });
    });
});
