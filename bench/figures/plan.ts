import { planFleet } from "../../provider/fleet/plan";
import { canonicalInputs } from "../../provider/lifecycle/inputs";
import {
    type CanonicalInputs,
    outputsOf,
    type RecordedOutputs,
    specOf,
    stateOf,
} from "../../provider/lifecycle/state";
import { seededRandom } from "../../tests/support/virtualClock";
import { fleetOf } from "../program/fleet";
import { type Figure, shown, shownTime } from "../results";
import { spreadOf } from "../statistics";

const BOUND_MS = 50;
const GROWTH_BOUND = 12;

interface Case {
    readonly recorded: RecordedOutputs;
    readonly declared: CanonicalInputs;
}

/** The pure plan of a large fleet in which little has changed: CPU time of this process. */
export function planning(quick: boolean): readonly Figure[] {
    const turns = quick ? 9 : 31;
    const large = spreadOf(measure(10_000, turns));
    const small = spreadOf(measure(1_000, turns * 3));
    const growth = large.median / small.median;
    return [
        {
            name: "plan",
            scenario: "10,000 instances, 1 % changed; state and program as JSON gives them",
            ours: shownTime(large.median),
            comparedWith: "",
            value: { median: large.median, min: large.min, max: large.max },
            mustReach: `at most ${BOUND_MS} ms`,
            reached: large.median <= BOUND_MS,
        },
        {
            name: "plan, growth",
            scenario: "10,000 against 1,000 instances",
            ours: shownTime(large.median),
            comparedWith: `${shownTime(small.median)} for a tenth`,
            value: spreadOf([growth]),
            mustReach: `at most ${shown(GROWTH_BOUND, 0)}`,
            reached: growth <= GROWTH_BOUND,
        },
    ];
}

function measure(size: number, turns: number): number[] {
    const text = JSON.stringify(caseOf(size));
    const plan = ({ recorded, declared }: Case): number =>
        planFleet(specOf(declared), stateOf(recorded)).filter(({ kind }) => kind !== "keep").length;
    return Array.from({ length: turns }, () => {
        // Fresh objects each time, as a provider gets them.
        const fresh = JSON.parse(text) as Case;
        const before = process.cpuUsage();
        if (plan(fresh) !== size / 100) throw new Error("one in a hundred has changed");
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1_000;
    });
}

function caseOf(size: number): Case {
    const random = seededRandom(1);
    const fleet = fleetOf(size);
    const moved = fleet.map((each, index) =>
        index % 100 === 0 ? { ...each, clusterId: "cl-000other" } : each,
    );
    const [before, after] = [fleet, moved].map((instances) => {
        const { inputs } = canonicalInputs({}, { vaultId: "v-0001", instances }, "cn-hangzhou");
        // The engine hands maps over in any order.
        const entries = Object.entries(inputs.instances).map((entry) => [random(), entry] as const);
        const shuffled = entries.sort(([a], [b]) => a - b).map(([, entry]) => entry);
        return { ...inputs, instances: Object.fromEntries(shuffled) };
    });
    if (!before || !after) throw new Error("there are two");
    const clients = Object.values(before.instances).map(({ instanceId, clusterId = "" }) => {
        const client = { instanceId, clusterId, clientId: `c-${instanceId}`, clientVersion: "2.10.3" };
        return [instanceId, { ...client, status: "ACTIVATED" as const, installed: true }] as const;
    });
    return { recorded: outputsOf(before, new Map(clients), []), declared: after };
}
