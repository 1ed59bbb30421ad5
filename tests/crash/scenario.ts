import type { Simulator, SimulatorOptions } from "../../simulator";
import type { Deployment, Outcome, Recorded } from "./deployment";
import type { Properties, ProviderServer } from "./providerServer";

type World = NonNullable<SimulatorOptions["world"]>;

const VAULT = "v-1";
/** A client of the vault that no program here has declared. */
const FOREIGN = client("i-foreign", "ACTIVATED");

/** One run of the engine that is to be interrupted, and what it begins with. */
export interface Phase {
    readonly name: string;
    readonly world: World;
    readonly state?: Recorded;
    /** What the program declares; a destroy has none. */
    readonly args?: Properties;
    /** How often an installation is started on each instance when nothing is interrupted. */
    readonly installs: Readonly<Record<string, number>>;
    /** Reinstalled for a setting that the service does not report: after a kill perhaps once more. */
    readonly unreported: readonly string[];
}

interface Instance {
    readonly instanceId: string;
    readonly clusterId: string;
    readonly sourceTypes?: readonly string[];
}

const rollout = { batchSize: 2, parallelism: 4 };
const instance = (number: number, clusterId = "cl-a"): Instance => ({ instanceId: `i-${number}`, clusterId });
// Deletes records too, so that what is left at the end is a fault, whatever it is.
const fleet = (instances: readonly Instance[]): Properties => ({
    vaultId: VAULT,
    instances,
    rollout,
    removal: "UninstallAndDelete",
});

function client(instanceId: string, status: "ACTIVATED" | "DEACTIVATED" | "NOT_INSTALLED") {
    return { clientId: `c-old-${instanceId}`, vaultId: VAULT, instanceId, clusterId: "cl-a", status };
}

/** Three batches to install, one to reinstall, one client to adopt. */
export function creation(): Phase {
    const newOnes = [3, 4, 5, 6, 7].map((number) => instance(number));
    return {
        name: "create",
        world: {
            vaults: [VAULT],
            clients: [
                FOREIGN,
                client("i-1", "ACTIVATED"),
                client("i-2", "DEACTIVATED"),
                client("i-3", "NOT_INSTALLED"),
            ],
        },
        args: fleet([instance(1), instance(2), ...newOnes]),
        installs: { "i-2": 1, "i-3": 1, "i-4": 1, "i-5": 1, "i-6": 1, "i-7": 1 },
        unreported: [],
    };
}

/** After the creation: everything that can happen to an instance, at once. */
export function change({ state }: Deployment, simulator: Simulator): Phase {
    const { clients = [], ...world } = worldOf(simulator);
    const after = clients.flatMap((each) => {
        // Its record was deleted behind the program's back; another agent is silent.
        if (each.instanceId === "i-7") return [];
        return [each.instanceId === "i-6" ? { ...each, status: "DEACTIVATED" as const } : each];
    });
    const adopted = client("i-8", "ACTIVATED");
    return {
        name: "update",
        world: { ...world, clients: [...after, adopted] },
        ...(state && { state }),
        args: fleet([
            instance(1),
            { ...instance(2), sourceTypes: ["HANA", "SQL_SERVER"] },
            instance(3, "cl-b"),
            // i-4 and i-5 are no longer declared.
            ...[6, 7, 8, 9, 10].map((number) => instance(number)),
        ]),
        installs: { "i-2": 1, "i-3": 1, "i-6": 1, "i-7": 1, "i-9": 1, "i-10": 1 },
        unreported: ["i-2"],
    };
}

export function destruction({ state }: Deployment, simulator: Simulator): Phase {
    return {
        name: "destroy",
        world: worldOf(simulator),
        ...(state && { state }),
        installs: {},
        unreported: [],
    };
}

/** As the control side gives it, in the form in which it can be put back. */
function worldOf(simulator: Simulator): World {
    return JSON.parse(JSON.stringify(simulator.world())) as World;
}

/** Runs the phase, or runs it once more. */
export function run({ args }: Phase, deployment: Deployment, provider: ProviderServer): Promise<Outcome> {
    return args === undefined ? deployment.destroy(provider) : deployment.up(provider, args);
}

/** What is wrong after a successful `up` of these arguments; empty where all is as it should be. */
export function faultsOf(args: Properties, outputs: Properties | undefined, simulator: Simulator): string[] {
    const declared = new Map((args.instances as Instance[]).map((each) => [each.instanceId, each]));
    const clients = simulator.world().clients.filter(({ clientId }) => clientId !== FOREIGN.clientId);
    const recorded = (outputs?.clients ?? {}) as Record<string, Record<string, unknown>>;
    const faults = clients.flatMap((each) => {
        const isDeclared = declared.get(each.instanceId)?.clusterId === each.clusterId;
        if (!isDeclared) return [`orphan: ${each.instanceId} in ${each.clusterId} is ${each.status}`];
        return each.status === "ACTIVATED" ? [] : [`${each.instanceId} is ${each.status}`];
    });
    for (const { instanceId, clusterId } of declared.values()) {
        const installed = clients.filter((each) => each.instanceId === instanceId);
        if (installed.length !== 1) faults.push(`lost: ${instanceId} has ${installed.length} clients`);
        const { clientId, status, pendingAction, ...entry } = recorded[instanceId] ?? {};
        const isTrue = clientId === installed[0]?.clientId && entry.clusterId === clusterId;
        if (!isTrue || status !== "ACTIVATED" || pendingAction !== undefined)
            faults.push(`lost: the state has ${JSON.stringify(recorded[instanceId])} for ${instanceId}`);
    }
    for (const instanceId of Object.keys(recorded)) {
        if (!declared.has(instanceId)) faults.push(`the state still has ${instanceId}`);
    }
    return faults;
}

/** What is left after everything was destroyed. */
export function remains(simulator: Simulator): string[] {
    const { clients } = simulator.world();
    const left = clients.filter(({ clientId }) => clientId !== FOREIGN.clientId);
    const foreign = clients.find(({ clientId }) => clientId === FOREIGN.clientId);
    return [
        ...left.map((each) => `orphan: ${each.instanceId} is ${each.status} after the destroy`),
        ...(foreign?.status === "ACTIVATED" ? [] : ["the client that is not ours was touched"]),
    ];
}

/** Installations beyond what the phase needs, and those of them that the design does not allow. */
export function surplus(phase: Phase, simulator: Simulator): { allowed: number; faults: string[] } {
    const { installs, duplicateInstalls } = simulator.requests();
    const faults = duplicateInstalls > 0 ? [`${duplicateInstalls} duplicate installs`] : [];
    let allowed = 0;
    for (const [instanceId, count] of Object.entries(installs)) {
        const more = count - (phase.installs[instanceId] ?? 0);
        if (more === 1 && phase.unreported.includes(instanceId)) allowed += 1;
        else if (more !== 0) faults.push(`${instanceId} was installed ${count} times`);
    }
    return { allowed, faults };
}

/** How many of the faults are of which kind, in words. */
export function tally(faults: readonly string[]): string {
    const count = (word: string): number => faults.filter((fault) => fault.includes(word)).length;
    return `duplicates: ${count("duplicate") + count("times")}, orphans: ${count("orphan")}, lost: ${count("lost")}`;
}
