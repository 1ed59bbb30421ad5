import fc from "fast-check";
import type { RawInputs } from "../../provider/check/inputs";
import { type Schedule, schedule, type ScheduledInstance } from "./schedule";
import { type CommandEnd, pairOf, VAULT, VirtualStack } from "./virtualStack";

/** More of them under `npm run test:exhaustive`. */
// Some of them declare nothing and count for nothing: at least 500 are left.
const SCHEDULES = Number(process.env["HBR_SCHEDULES"] ?? 600);
/** Replays the schedules of a seed that a failure has printed. */
const SEED = process.env["HBR_SCHEDULES_SEED"];

jest.setTimeout(3_600_000);

const FOREIGN = {
    vaultId: VAULT,
    instanceId: "i-foreign",
    clusterId: "cl-1",
    clientId: "c-foreign",
    status: "ACTIVATED",
} as const;

/** What a client without pending work can be: healthy, or left as it is and reported. */
const SETTLED = ["ACTIVATED", "UPGRADING", "UPGRADE_FAILED", "UNKNOWN", "STOPPED"];

/** The time for what a run was told at its end: the answer to a call under way, and the latency. */
const LAST_WORD_MS = 3_000;
const LIST_CATCHES_UP_MS = 20_000;

/** What the schedules have come to: clients installed twice, left behind, or declared and missing in state or world. */
const figures = { schedules: 0, duplicates: 0, orphans: 0, lost: 0 };

afterAll(() => {
    const { schedules, duplicates, orphans, lost } = figures;
    process.stdout.write(
        `random schedules run: ${schedules}; duplicates: ${duplicates}, orphans: ${orphans}, lost: ${lost}\n`,
    );
});

describe(`whatever goes wrong (${SCHEDULES} random schedules)`, () => {
    test("a run ends in time with success or reasons, and the next one leaves each client installed once and no other", async () => {
        await fc.assert(fc.asyncProperty(schedule, play), {
            numRuns: SCHEDULES,
            // A replay takes the time to narrow the failure down.
            endOnFailure: SEED === undefined,
            ...(SEED !== undefined && { seed: Number(SEED) }),
        });
    });
});

async function play(history: Schedule): Promise<void> {
    const stack = worldOf(history);
    const there = clientsOfOthers(stack, history);
    if (history.prepared) {
        if (history.instances.every(({ first }) => first === undefined)) return;
        await stack.up(programOf(history, "first"));
        // A client that is not healthy is not taken over, and nobody would remove it later.
        wakeUp(stack);
        await stack.refresh();
        await stack.up(programOf(history, "first"));
        await stack.clock.sleep(LIST_CATCHES_UP_MS);
    }
    if (history.upgrades) {
        stack.simulator.setSwitches({ latestVersion: "2.11.0" });
        await stack.refresh();
    }
    const aim = history.prepared && history.command === "destroy" ? "destroy" : "up";
    if (history.instances.every(({ second }) => second === undefined)) return;
    await underFaults(stack, history, aim);

    mend(stack, history);
    await stack.clock.sleep(LIST_CATCHES_UP_MS);
    if (history.refreshBetween) await stack.refresh();
    if (aim === "up") await expectConverges(stack, history, there);
    await expectRemoves(stack, history, there);
    figures.schedules += 1;
    figures.duplicates += stack.duplicateInstalls;
    expect(stack.duplicateInstalls).toBe(0);
    expect(stack.simulator.world().clients).toContainEqual(expect.objectContaining(FOREIGN));
    expect(stack.writtenSince(0).filter((pair) => there.untouchable.has(pair))).toEqual([]);
}

/** The next run leaves each declared client installed once, but for those that it must not take over. */
async function expectConverges(stack: VirtualStack, history: Schedule, there: Others): Promise<void> {
    const { batchSize, parallelism } = history.rollout;
    const program = { ...programOf(history, "second"), rollout: { batchSize, parallelism }, __timeouts: {} };
    const repaired = await stack.up(program);
    const refused = refusedIn(stack);
    expect(repaired.reasons.length > 0).toBe(refused.length > 0);
    for (const reason of repaired.reasons) expect(reason).toMatch(/ClientAlreadyExists|^still to be done/);
    expect(refusableIn(history, there)).toEqual(expect.arrayContaining(refused));

    const declared = Object.entries(declaredOf(history)).filter(([pair]) => !refused.includes(pair));
    const found = [aliveOf(stack), clientsInState(stack)] as const;
    figures.lost += declared.filter(([pair]) => found.some((seen) => !(pair in seen))).length;
    for (const seen of found) expect(seen).toMatchObject(Object.fromEntries(declared));
    expect(orphansOf(stack, history, there)).toEqual([]);
    // What was adopted with other settings is reinstalled by the next one.
    await stack.up(program);
    if (refused.length === 0) expect(await stack.up(program)).toMatchObject({ infos: ["unchanged"] });
}

/**
 * The pairs whose client may be refused: those of others, and those of a run that was cut off, whose task cannot say any more
 * what has come of it.
 */
function refusableIn(history: Schedule, there: Others): readonly string[] {
    if (history.adoptExisting) return [];
    const isForgotten = history.faults.some(
        ({ action, kind }) => action === "CreateClients" && kind.startsWith("task-"),
    );
    return [...there.all, ...(isForgotten ? Object.keys(declaredOf(history)) : [])];
}

/** A destroy removes what the fleet has, and nothing else. */
async function expectRemoves(stack: VirtualStack, history: Schedule, there: Others): Promise<void> {
    const before = stack.statuses();
    const refused = refusedIn(stack);
    const removed = await stack.destroy();
    expect(removed.reasons).toEqual([]);
    if (history.removal === "Retain") {
        expect(stack.statuses()).toEqual(before);
        return;
    }
    const left = orphansOf(stack, history, there, []).filter((pair) => !refused.includes(pair));
    figures.orphans += left.length;
    expect(left).toEqual([]);
}

/** The declared pairs whose clients the state does not hold as its own. */
function refusedIn({ state }: VirtualStack): string[] {
    const entries = Object.values(state?.clients ?? {}).filter(({ owned }) => owned === false);
    return entries.map(({ instanceId, clusterId = "" }) => pairOf({ instanceId, clusterId }));
}

/** What is alive and not declared, and once was this resource's, or was not there at first. */
function orphansOf(
    stack: VirtualStack,
    history: Schedule,
    there: Others,
    declared: readonly string[] = Object.keys(declaredOf(history)),
): string[] {
    if (history.removal === "Retain") return [];
    return Object.keys(aliveOf(stack)).filter(
        (pair) => !declared.includes(pair) && (stack.everOwned.has(pair) || !there.all.has(pair)),
    );
}

/** The command that meets the faults. */
async function underFaults(stack: VirtualStack, history: Schedule, aim: "up" | "destroy"): Promise<void> {
    stack.simulator.setSwitches(history.switches);
    for (const fault of history.faults) stack.simulator.addFault(fault);
    letBoot(stack, history);
    const { interruption } = history;
    const end =
        aim === "up"
            ? await stack.up(programOf(history, "second"), interruption)
            : await stack.destroy(interruption);
    // A destroy reads its time-out from the state, where the first program has left none.
    // What is left by a destroy that failed cannot be handed to the engine, and nothing of a killed run can.
    if (aim === "up" && history.interruption?.kind !== "killed") expectHonest(stack);
    expectFair(end, aim === "up" ? history : { ...history, timeout: undefined });
}

/** Lets instances without a client boot under the faults: the first in a minute, each other some time later. */
function letBoot({ simulator, clock }: VirtualStack, { instances }: Schedule): void {
    const { clients } = simulator.world();
    instances.forEach(({ fitness }, index) => {
        const instanceId = idOf(index);
        if (fitness !== "boots" || clients.some((client) => client.instanceId === instanceId)) return;
        simulator.patchInstance(instanceId, { state: "Starting" });
        void clock
            .sleep((1 + index) * 60_000)
            .then(() => simulator.patchInstance(instanceId, { state: "Running" }));
    });
}

/** The state has an entry for every declared instance, and one without pending work shows what is really there. */
function expectHonest({ state, simulator }: VirtualStack): void {
    if (state === undefined) return;
    const really = new Map(simulator.world().clients.map(({ clientId, status }) => [clientId, status]));
    const entries = Object.values(state.clients);
    expect(Object.keys(state.clients)).toEqual(expect.arrayContaining(Object.keys(state.instances)));
    for (const { clientId = "", status, pendingAction } of entries) {
        if (pendingAction !== undefined) continue;
        expect(SETTLED).toContain(status);
        if (status !== "UPGRADING") expect(status).toBe(really.get(clientId));
    }
}

/** It ends in time, and what it says is something. */
function expectFair(end: CommandEnd, { timeout, interruption, instances, rollout }: Schedule): void {
    const limits = { "20s": 20_000, "90s": 90_000, "5m": 300_000 };
    // Each wave has at least one instance, a round for it, five minutes for booting, and a soak of a minute.
    const waves = rollout.waves ? instances.length : 1;
    const rounds =
        Math.ceil(Math.ceil((2 * instances.length) / rollout.batchSize) / rollout.parallelism) + 2 * waves;
    // Without a time-out of its own a run has 20 minutes for its first look, and so many for each round from then on.
    const limit =
        timeout === undefined
            ? (1 + rounds) * 20 * 60_000 + waves * 6 * 60_000
            : limits[timeout as keyof typeof limits];
    expect(end.elapsedMs).toBeLessThanOrEqual(
        Math.min(limit, interruption?.afterMs ?? Infinity) + LAST_WORD_MS,
    );
    for (const reason of end.reasons) {
        expect(reason).toMatch(/\w{3,}/);
        expect(reason).not.toMatch(/undefined|\[object|TypeError|Cannot read/);
    }
}

function worldOf({ instances, prepared, seed }: Schedule): VirtualStack {
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
    return new VirtualStack({
        seed,
        world: {
            instances: instances.map((instance, index) => ({
                instanceId: idOf(index),
                ...healthOf(instance),
            })),
            clients: [...clients, FOREIGN],
        },
    });
}

/** The pairs that have a client before the first run. */
interface Others {
    readonly all: ReadonlySet<string>;
    /** Those that no run may touch. */
    readonly untouchable: ReadonlySet<string>;
}

function clientsOfOthers({ simulator }: VirtualStack, { adoptExisting }: Schedule): Others {
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

function programOf(
    { instances, removal, adoptExisting, triggers, rollout, upgrades, useHttps, timeout }: Schedule,
    which: "first" | "second",
): RawInputs {
    return {
        instances: instances.flatMap((instance, index) => {
            const cluster = instance[which];
            if (cluster === undefined) return [];
            return [{ instanceId: idOf(index), ...(cluster !== "none" && { clusterId: cluster }) }];
        }),
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

/** Whatever was wrong is put right: faults, instances, and clients that somebody has to look at. */
function mend(stack: VirtualStack, { instances, switches }: Schedule): void {
    const { simulator } = stack;
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
    wakeUp(stack);
    for (const { clientId, status } of simulator.world().clients) {
        if (switches.stuckInstalling === true && (status === "INSTALLING" || status === "REGISTERED"))
            simulator.patchClient(clientId, { status: "INSTALL_FAILED" });
    }
}

function wakeUp({ simulator }: VirtualStack): void {
    for (const { clientId, status } of simulator.world().clients) {
        if (["UNKNOWN", "STOPPED", "UPGRADE_FAILED"].includes(status))
            simulator.patchClient(clientId, { status: "ACTIVATED" });
    }
}

/** Where a client is installed or about to be, the foreign one aside. */
function aliveOf(stack: VirtualStack): Record<string, string> {
    const clients = stack.simulator
        .world()
        .clients.filter(
            ({ clientId, status }) =>
                clientId !== FOREIGN.clientId && status !== "NOT_INSTALLED" && status !== "INSTALL_FAILED",
        );
    expect(new Set(clients.map(pairOf)).size).toBe(clients.length);
    return Object.fromEntries(clients.map((client) => [pairOf(client), asGood(client.status)] as const));
}

/** A client whose upgrade has failed runs on as it was. */
function asGood(status: string): string {
    return status === "UPGRADE_FAILED" ? "ACTIVATED" : status;
}

function declaredOf({ instances }: Schedule): Record<string, string> {
    const pairs = instances.flatMap(({ second }, index) =>
        second === undefined
            ? []
            : [[`${idOf(index)}@${second === "none" ? "" : second}`, "ACTIVATED"] as const],
    );
    return Object.fromEntries(pairs);
}

function clientsInState(stack: VirtualStack): Record<string, string> {
    const clients = Object.values(stack.state?.clients ?? {});
    return Object.fromEntries(
        clients.map(
            ({ instanceId, clusterId = "", status }) =>
                [`${instanceId}@${clusterId}`, asGood(status)] as const,
        ),
    );
}
