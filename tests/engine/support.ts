import type { ClientResult } from "../../provider/publicTypes";
import { Simulator, type Listening, type SimulatorOptions } from "../../simulator";
import {
    configFor,
    startEngine,
    type Engine,
    type ResourceOptionsSpec,
    type ResourceSpec,
    type Result,
    type Stack,
    type StackOptions,
    type StackState,
} from "./harness";

/** A simulator of its own, and a stack that talks to it. */
export interface Scene {
    readonly simulator: Simulator;
    readonly stack: Stack;
    readonly config: Record<string, unknown>;
}

export interface SceneOptions extends SimulatorOptions {
    /** On top of the configuration that names the simulator; undefined takes a key away. */
    readonly config?: Record<string, unknown>;
    readonly env?: NodeJS.ProcessEnv;
    readonly plugins?: StackOptions["plugins"];
}

export const CLUSTER = "cl-000aaa";
export const OTHER_CLUSTER = "cl-000bbb";

/** Sets the engine up for a test file, and gives what makes a scene; all of it ends with the file. */
export function scenes(): (options?: SceneOptions) => Promise<Scene> {
    const simulators: Simulator[] = [];
    let engine: Engine | undefined;
    beforeAll(async () => {
        engine = await startEngine();
    });
    afterAll(async () => {
        await engine?.stop();
        await Promise.all(simulators.map((simulator) => simulator.close()));
    });
    return async ({ config, env, plugins, ...options } = {}) => {
        if (!engine) throw new Error("A scene needs the engine: make it in a test or in beforeAll");
        const simulator = new Simulator({ installTime: 200, seed: 1, ...options });
        simulators.push(simulator);
        const listening: Listening = await simulator.listen();
        const complete = Object.entries({ ...configFor(listening), ...config });
        const known = Object.fromEntries(complete.filter(([, value]) => value !== undefined));
        return {
            simulator,
            config: known,
            stack: await engine.stack({
                config: known,
                ...(env && { env }),
                ...(plugins && { plugins }),
            }),
        };
    };
}

/** The vault that the resource of that name has to itself, so that the simulator can tell the resources apart. */
export function vaultOf(name: string): string {
    return `v-${name}`;
}

/** A world with a vault for each of these resources. */
export function vaultsOf(...names: readonly string[]): { vaults: string[] } {
    return { vaults: names.map(vaultOf) };
}

export type InstanceSpec = string | Record<string, unknown>;

/** A resource; an instance given by its id alone belongs to `CLUSTER`. */
export function fleet(
    name: string,
    instances: readonly InstanceSpec[],
    args: Record<string, unknown> = {},
    opts?: ResourceOptionsSpec,
): ResourceSpec {
    const declared = instances.map((instance) =>
        typeof instance === "string" ? { instanceId: instance, clusterId: CLUSTER } : instance,
    );
    return { name, args: { vaultId: vaultOf(name), instances: declared, ...args }, ...(opts && { opts }) };
}

/** The output `clients` in the state. */
export function clientsOf(state: StackState, name: string): Record<string, ClientResult> {
    return state.resource(name).outputs?.clients as Record<string, ClientResult>;
}

/** The status of every client in the state, by instance. */
export function statusesOf(state: StackState, name: string): Record<string, string> {
    return Object.fromEntries(Object.entries(clientsOf(state, name)).map(([id, { status }]) => [id, status]));
}

/** The instances that the resource reports as failed, in the state. */
export function failedIn(state: StackState, name: string): unknown {
    return state.resource(name).outputs?.failedInstanceIds;
}

interface Diagnostic {
    readonly urn?: string;
    readonly message: string;
    readonly severity: string;
    readonly ephemeral?: boolean;
}

/** What a run said to the user about a resource and what stays of it, by severity: `info: plan: …`. */
export function saidOf(result: Result, name: string): string[] {
    return diagnosticsOf(result)
        .filter(({ urn }) => urn?.endsWith(`::${name}`))
        .map(({ severity, message }) => `${severity}: ${message.trim()}`);
}

/** The live status on the row of a resource: what it showed, in order. */
export function statusesShown(result: Result, name: string): string[] {
    return allDiagnosticsOf(result)
        .filter(({ severity, ephemeral }) => severity !== "debug" && ephemeral === true)
        .filter(({ urn }) => urn?.endsWith(`::${name}`))
        .map(({ message }) => message.trim());
}

function diagnosticsOf(result: Result): Diagnostic[] {
    return allDiagnosticsOf(result).filter(
        ({ severity, ephemeral }) => severity !== "debug" && ephemeral !== true,
    );
}

function allDiagnosticsOf({ events }: Result): Diagnostic[] {
    return events.flatMap(({ diagnosticEvent }) => (diagnosticEvent ? [diagnosticEvent as Diagnostic] : []));
}

/** The plan line of a resource. */
export function planOf(result: Result, name: string): string | undefined {
    return saidOf(result, name)
        .find((text) => text.startsWith("info: plan: "))
        ?.slice("info: ".length);
}

/** What the engine did with each of our resources: `same`, `create`, `update`, …; several words for a replacement. */
export function operationsOf(result: Result): Record<string, string> {
    const steps = result.events.flatMap(({ resourcePreEvent }) => {
        const { metadata } = (resourcePreEvent ?? {}) as { metadata?: { op: string; urn: string } };
        return metadata?.urn.includes(":BackupClients::") ? [metadata] : [];
    });
    const byName = Map.groupBy(steps, ({ urn }) => urn.split("::").at(-1) ?? "");
    return Object.fromEntries(
        [...byName].map(([name, own]) => [name, [...new Set(own.map(({ op }) => op))].join(" ")]),
    );
}

/** The instances that were acted on, sorted. */
export interface Touched {
    readonly installed: readonly string[];
    readonly uninstalled: readonly string[];
    readonly deleted: readonly string[];
}

export const NOTHING: Touched = { installed: [], uninstalled: [], deleted: [] };

/** Whom the changing calls were about, in the vault of the resource of that name. */
export function touchedBy(simulator: Simulator, name: string): Touched {
    const instanceOf = instancesByClient(simulator);
    const calls = simulator.requests().log.filter(({ parameters }) => parameters.VaultId === vaultOf(name));
    const named = (action: string): string[] =>
        calls
            .filter((call) => call.action === action)
            .map(({ parameters }) => instanceOf.get(parameters.ClientId ?? "") ?? "(unknown)")
            .sort();
    const installed = calls
        .filter(({ action }) => action === "CreateClients")
        .flatMap(({ parameters }) => JSON.parse(parameters.ClientInfo ?? "[]") as { instanceId: string }[]);
    return {
        installed: installed.map(({ instanceId }) => instanceId).sort(),
        uninstalled: named("UninstallClient"),
        deleted: named("DeleteClient"),
    };
}

/** A record can be gone; the tasks still know whose it was. */
function instancesByClient(simulator: Simulator): ReadonlyMap<string, string> {
    const { clients, tasks } = simulator.world();
    const results = tasks.flatMap(({ result }) => result);
    return new Map([
        ...results.map((item): [string, string] => [item.clientId ?? "", item.instanceId ?? ""]),
        ...clients.map(({ clientId, instanceId }): [string, string] => [clientId, instanceId]),
    ]);
}

/** The statuses of the clients that the simulator has in the vault of the resource of that name, by instance. */
export function recordsOf(simulator: Simulator, name: string): Record<string, string> {
    const clients = simulator.world().clients.filter(({ vaultId }) => vaultId === vaultOf(name));
    return Object.fromEntries(clients.map(({ instanceId, status }) => [instanceId, status]));
}

/** The clients that have an agent, or may have one; what a removal keeps are records without. */
export function agentsIn(simulator: Simulator): ReturnType<Simulator["world"]>["clients"] {
    return simulator.world().clients.filter(({ status }) => status !== "NOT_INSTALLED");
}

/** The id of the one client that the simulator has for an instance. */
export function clientIdOf(simulator: Simulator, instanceId: string): string {
    const found = simulator.world().clients.filter((client) => client.instanceId === instanceId);
    const [client] = found;
    if (!client || found.length > 1)
        throw new Error(`${String(found.length)} clients on ${instanceId}, and not one`);
    return client.clientId;
}

/** How often an action was called since the counters were reset. */
export function countOf(simulator: Simulator, action: string): number {
    return simulator.requests().byAction[action] ?? 0;
}
