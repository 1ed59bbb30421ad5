import type { RawInputs } from "../../provider/check/inputs";
import type { RecordedOutputs } from "../../provider/state";
import { UnfinishedRuns } from "../../provider/unfinished";
import type { Schedule, ScheduledInstance } from "./schedule";
import { type CommandEnd, type Interruption, pairOf, VAULT, VirtualStack } from "./virtualStack";

/** A client that no program of a schedule declares. */
export const FOREIGN = {
    vaultId: VAULT,
    instanceId: "i-foreign",
    clusterId: "cl-1",
    clientId: "c-foreign",
    status: "ACTIVATED",
} as const;

/** The pairs that have a client before the first run. */
export interface Others {
    readonly all: ReadonlySet<string>;
    /** Those that no run may touch. */
    readonly untouchable: ReadonlySet<string>;
}

type Which = "first" | "second";

/** How a command ended for one of the resources. */
export interface ResourceEnd extends CommandEnd {
    /** The number of its instances. */
    readonly size: number;
    readonly isRemoval: boolean;
}

/** The program of a schedule: two resources, which share an account and run side by side, and what is true of both. */
export class ScheduledFleet {
    /** Any of the two, for what they have in common. */
    readonly stack: VirtualStack;
    readonly others: Others;
    private readonly resources: readonly {
        readonly name: ScheduledInstance["resource"];
        readonly stack: VirtualStack;
    }[];

    constructor(private readonly history: Schedule) {
        this.stack = new VirtualStack({ seed: history.seed, world: worldOf(history) });
        this.resources = [
            { name: "one", stack: this.stack },
            { name: "other", stack: new VirtualStack({ seed: history.seed }, this.stack) },
        ];
        this.others = othersOf(this.stack, history);
    }

    /** The states of the resources that the second program declares. */
    get declaringStates(): readonly RecordedOutputs[] {
        return this.resources.flatMap(({ name, stack }) =>
            programOf(this.history, "second", name) ? (stack.state ?? []) : [],
        );
    }

    /** Lets the engine repeat what fails, from now on. */
    repeat(times: number): void {
        for (const { stack } of this.resources) stack.repeats = times;
    }

    private get states(): readonly RecordedOutputs[] {
        return this.resources.flatMap(({ stack }) => stack.state ?? []);
    }

    /** `pulumi up` of one of the programs. A resource that declares nothing any more has left the program. */
    async up(
        which: Which,
        interruption?: Interruption,
        changes?: RawInputs,
    ): Promise<readonly ResourceEnd[]> {
        this.startProcess();
        const ends = this.resources.map(async ({ name, stack }) => {
            const program = programOf(this.history, which, name);
            if (program === undefined) return removed(stack, interruption);
            const end = await stack.up({ ...program, ...changes }, interruption);
            return { ...end, size: program.instances.length, isRemoval: false };
        });
        return Promise.all(ends);
    }

    async destroy(interruption?: Interruption): Promise<readonly ResourceEnd[]> {
        this.startProcess();
        return Promise.all(this.resources.map(({ stack }) => removed(stack, interruption)));
    }

    /** The resources of a command are in one process. */
    private startProcess(): void {
        const shared = new UnfinishedRuns();
        for (const { stack } of this.resources) stack.process = shared;
    }

    /** Lets instances without a client boot from now on: the first in a minute, each other some time later. */
    letBoot(): void {
        const { simulator, clock } = this.stack;
        const { clients } = simulator.world();
        this.history.instances.forEach(({ fitness }, index) => {
            const instanceId = idOf(index);
            if (fitness !== "boots" || clients.some((client) => client.instanceId === instanceId)) return;
            simulator.patchInstance(instanceId, { state: "Starting" });
            void clock
                .sleep((1 + index) * 60_000)
                .then(() => simulator.patchInstance(instanceId, { state: "Running" }));
        });
    }

    async refresh(): Promise<void> {
        for (const { stack } of this.resources) await stack.refresh();
    }

    /** Whatever was wrong is put right: faults, instances, and clients that somebody has to look at. */
    mend(): void {
        const { simulator } = this.stack;
        const { instances, switches } = this.history;
        simulator.clearFaults();
        simulator.setSwitches({ stuckInstalling: false });
        instances.forEach((_, index) => {
            simulator.patchInstance(idOf(index), {
                state: "Running",
                cloudAssistant: true,
                failInstall: null,
                installTime: null,
            });
        });
        this.wakeUp();
        for (const { clientId, status } of simulator.world().clients) {
            if (switches.stuckInstalling === true && (status === "INSTALLING" || status === "REGISTERED"))
                simulator.patchClient(clientId, { status: "INSTALL_FAILED" });
        }
    }

    wakeUp(): void {
        const { simulator } = this.stack;
        for (const { clientId, status } of simulator.world().clients) {
            if (["UNKNOWN", "STOPPED", "UPGRADE_FAILED"].includes(status))
                simulator.patchClient(clientId, { status: "ACTIVATED" });
        }
    }

    /** Where a client is installed or about to be, the foreign one aside. */
    get alive(): Record<string, string> {
        const clients = this.stack.simulator
            .world()
            .clients.filter(
                ({ clientId, status }) =>
                    clientId !== FOREIGN.clientId &&
                    status !== "NOT_INSTALLED" &&
                    status !== "INSTALL_FAILED",
            );
        expect(new Set(clients.map(pairOf)).size).toBe(clients.length);
        return Object.fromEntries(clients.map((client) => [pairOf(client), asGood(client.status)] as const));
    }

    get inState(): Record<string, string> {
        const clients = this.states.flatMap((state) => Object.values(state.clients));
        return Object.fromEntries(
            clients.map(({ instanceId, clusterId = "", status }) => [
                pairOf({ instanceId, clusterId }),
                asGood(status),
            ]),
        );
    }

    /** What the second program wants. */
    get declared(): Record<string, string> {
        const pairs = this.history.instances.flatMap(({ second }, index) =>
            second === undefined
                ? []
                : [[`${idOf(index)}@${second === "none" ? "" : second}`, "ACTIVATED"] as const],
        );
        return Object.fromEntries(pairs);
    }

    /** The declared pairs whose clients the state does not hold as its own. */
    get refused(): string[] {
        const entries = this.states
            .flatMap((state) => Object.values(state.clients))
            .filter(({ owned }) => owned === false);
        return entries.map(({ instanceId, clusterId = "" }) => pairOf({ instanceId, clusterId }));
    }

    /** What is alive and not declared, and once was this program's, or was not there at first. */
    orphans(declared: readonly string[]): string[] {
        if (this.history.removal === "Retain") return [];
        return Object.keys(this.alive).filter(
            (pair) =>
                !declared.includes(pair) &&
                (this.resources.some(({ stack }) => stack.everOwned.has(pair)) || !this.others.all.has(pair)),
        );
    }
}

async function removed(stack: VirtualStack, interruption: Interruption | undefined): Promise<ResourceEnd> {
    const size = Object.keys(stack.state?.clients ?? {}).length;
    return { ...(await stack.destroy(interruption)), size, isRemoval: true };
}

function worldOf({ instances, prepared }: Schedule) {
    const clients = instances.flatMap((instance, index) => {
        const cluster = prepared ? instance.first : instance.second;
        if (instance.initial === undefined || cluster === undefined) return [];
        return [
            {
                vaultId: VAULT,
                instanceId: idOf(index),
                ...(cluster !== "none" && { clusterId: cluster }),
                status: instance.initial,
            },
        ];
    });
    return {
        instances: instances.map((instance, index) => ({ instanceId: idOf(index), ...healthOf(instance) })),
        clients: [...clients, FOREIGN],
    };
}

function othersOf({ simulator }: VirtualStack, { adoptExisting }: Schedule): Others {
    const { clients } = simulator.world();
    const agents = clients.filter(({ status }) => !MAY_LOSE_AGENT.includes(status));
    return {
        all: new Set(clients.map(pairOf)),
        untouchable: new Set(adoptExisting ? [pairOf(FOREIGN)] : agents.map(pairOf)),
    };
}

/** Without an agent, or on the way there by itself: something may be installed in its place. */
const MAY_LOSE_AGENT = ["NOT_INSTALLED", "INSTALL_FAILED", "UNINSTALLING", "INSTALLING", "REGISTERED"];

function healthOf({ fitness }: ScheduledInstance): object {
    switch (fitness) {
        case "fit":
        case "boots":
            return {};
        case "stopped":
            return { state: "Stopped" };
        case "no assistant":
            return { cloudAssistant: false };
        case "install fails":
            return { failInstall: "AgentDownloadFailed" };
        case "slow":
            return { installTime: "13m" };
    }
}

function idOf(index: number): string {
    return `i-${index + 1}`;
}

/** A client whose upgrade has failed runs on as it was. */
function asGood(status: string): string {
    return status === "UPGRADE_FAILED" ? "ACTIVATED" : status;
}

/** What one of the resources declares; undefined if that is nothing. */
function programOf(
    { instances, removal, adoptExisting, triggers, rollout, upgrades, useHttps, timeout }: Schedule,
    which: Which,
    resource: ScheduledInstance["resource"],
): (RawInputs & { readonly instances: readonly object[] }) | undefined {
    const declared = instances.flatMap((instance, index) => {
        const cluster = instance[which];
        if (cluster === undefined || instance.resource !== resource) return [];
        return [{ instanceId: idOf(index), ...(cluster !== "none" && { clusterId: cluster }) }];
    });
    if (declared.length === 0) return undefined;
    return {
        instances: declared,
        removal,
        adoptExisting,
        ...(upgrades && { upgrades: "Latest" }),
        // Nobody waits for what is stopped for good.
        ...(which === "first" && { rollout: { bootTimeout: "0s" } }),
        ...(which === "second" && {
            ...(triggers && { triggers: [1] }),
            rollout,
            useHttps,
            ...(timeout !== undefined && {
                __timeouts: { create: timeout, update: timeout, delete: timeout },
            }),
        }),
    };
}
