import { createRequire } from "node:module";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type * as PlanModule from "../../provider/fleet/plan";
import type * as InputsModule from "../../provider/lifecycle/inputs";
import type * as StateModule from "../../provider/lifecycle/state";
import { installedPackage } from "../../tests/engine/harness/package";
import { fleetOf } from "../program/fleet";
import { type Figure, shown, shownTime } from "../results";
import { type Spread, spreadOf } from "../statistics";

const BOUND_MS = 50;
const GROWTH_BOUND = 12;

/** As it is installed: what runs the benchmark adds its own to each function. */
interface Installed {
    readonly planFleet: typeof PlanModule.planFleet;
    readonly canonicalInputs: typeof InputsModule.canonicalInputs;
    readonly state: typeof StateModule;
}

interface Case {
    readonly recorded: StateModule.RecordedOutputs;
    readonly declared: StateModule.CanonicalInputs;
}

/** The pure plan of a large fleet in which little has changed: CPU time of this process. */
export async function planning(quick: boolean): Promise<readonly Figure[]> {
    const installed = load(await installedPackage());
    const turns = quick ? 9 : 31;
    const { planFleet, state } = installed;
    const plan: Work = ({ recorded, declared }) =>
        planFleet(state.specOf(declared), state.stateOf(recorded)).filter(({ kind }) => kind !== "keep")
            .length;
    const { small, large, factor } = growthOf(installed, plan, turns);
    const floor = growthOf(installed, read, turns);
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
            comparedWith: `${shownTime(small.median)} for a tenth; reading the JSON into maps grows by ${shown(floor.factor)}`,
            value: spreadOf([factor]),
            mustReach: `at most ${shown(GROWTH_BOUND, 0)}`,
            reached: factor <= GROWTH_BOUND,
            note: "linear but for the sorting of the ids; what lies above ten is the machine's: a small fleet fits into the CPU's caches, its maps are too small to be large objects, and no garbage collection falls into its plan",
        },
    ];
}

function load(folder: string): Installed {
    const provider = path.join(folder, "node_modules", "pulumi-alicloud-hbr", "dist", "provider");
    const require = createRequire(path.join(provider, "index.js"));
    const { planFleet } = require("./fleet/plan.js") as typeof PlanModule;
    const { canonicalInputs } = require("./lifecycle/inputs.js") as typeof InputsModule;
    return { planFleet, canonicalInputs, state: require("./lifecycle/state.js") as typeof StateModule };
}

interface Growth {
    readonly small: Spread;
    readonly large: Spread;
    /** What ten times the instances multiply the time by. */
    readonly factor: number;
}

function growthOf(installed: Installed, work: Work, turns: number): Growth {
    const small = spreadOf(measure(installed, work, 1_000, turns * 3));
    const large = spreadOf(measure(installed, work, 10_000, turns));
    return { small, large, factor: large.median / small.median };
}

/** Gives the number of instances that have changed. */
type Work = (fresh: Case) => number;

/** The least that any plan does: both sides read, and found again by instance id. */
function read({ recorded, declared }: Case): number {
    const before = new Map(Object.entries(recorded.instances));
    const clients = new Map(Object.entries(recorded.clients));
    const after = Object.entries(declared.instances);
    return after.filter(([id, { clusterId }]) => before.has(id) && clients.get(id)?.clusterId !== clusterId)
        .length;
}

function measure(installed: Installed, work: Work, size: number, turns: number): number[] {
    const text = JSON.stringify(caseOf(installed, size));
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    return Array.from({ length: turns }, () => {
        // Fresh objects each time, as a provider gets them.
        const fresh = JSON.parse(text) as Case;
        // What parsing has left behind is not the plan's to clear away.
        collectGarbage();
        const before = process.cpuUsage();
        if (work(fresh) !== size / 100) throw new Error("one in a hundred has changed");
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1_000;
    });
}

function caseOf({ canonicalInputs, state }: Installed, size: number): Case {
    const fleet = fleetOf(size);
    const moved = fleet.map((each, index) =>
        index % 100 === 0 ? { ...each, clusterId: "cl-000other" } : each,
    );
    const [before, after] = [fleet, moved].map((instances) => {
        const { inputs } = canonicalInputs({}, { vaultId: "v-0001", instances }, "cn-hangzhou");
        return inputs;
    });
    if (!before || !after) throw new Error("there are two");
    const clients = Object.values(before.instances).map(({ instanceId, clusterId = "" }) => {
        const client = { instanceId, clusterId, clientId: `c-${instanceId}`, clientVersion: "2.10.3" };
        return [instanceId, { ...client, status: "ACTIVATED" as const, installed: true }] as const;
    });
    return { recorded: state.outputsOf(before, new Map(clients), []), declared: after };
}
