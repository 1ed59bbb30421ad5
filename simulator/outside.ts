import type { Client } from "./client";
import { ControlError } from "./errors";
import type { ClientChange, InstanceChange } from "./input";
import { stepsFrom, type ClientStatus } from "./lifecycle";
import { resultOf, viewTask } from "./tasks";
import type { Switches } from "./switches";
import { settingsIn, type Instance, type Outlook, type World } from "./world";

/** Changes an instance. When it stops or starts, the service loses or regains the heartbeat of its clients. */
export function changeInstance(
    world: World,
    instanceId: string,
    change: InstanceChange,
    now: number,
): Instance {
    const wasRunning = world.instance(instanceId)?.state === "Running";
    const instance = world.changeInstance(instanceId, change, now);
    const isRunning = instance.state === "Running";
    if (wasRunning === isRunning) return instance;
    for (const client of world.clients.ofInstance(instanceId, now)) {
        const status = client.stateAt(now).status;
        const next = isRunning ? afterStart(status) : afterStop(status);
        if (next === undefined) continue;
        const errorCode = next.endsWith("_FAILED") ? (world.unfitness(instanceId) ?? "") : "";
        client.overrule(now, [{ at: now, status: next, errorCode }], {});
    }
    return instance;
}

/** Changes a client as if another program had done it. */
export function changeClient(
    world: World,
    clientId: string,
    change: ClientChange,
    now: number,
    outlook: Outlook,
): Client {
    const client = findClient(world, clientId, now);
    const settings = settingsIn(change, client.stateAt(now).settings);
    const { status } = change;
    if (status === undefined) {
        client.change(now, settings);
        return client;
    }
    const changed = { ...client.stateAt(now), ...settings, status };
    const course = outlook.courseOf(client.identity.instanceId, changed, world);
    client.overrule(now, stepsFrom(status, change.errorCode ?? "", course), settings);
    return client;
}

export function deleteClient(world: World, clientId: string, now: number): void {
    world.clients.remove(findClient(world, clientId, now), now);
}

/** The whole world, in the format of `PUT /_simulator/world`. */
export function describeWorld(world: World, now: number, switches: Switches) {
    return {
        strict: world.strict,
        vaults: [...world.vaults.values()],
        instances: world.listedInstances(),
        clients: world.clients.all(now).map((client) => describeClient(client, now)),
        hanaInstances: world.hanaInstances,
        roles: world.roles,
        tasks: world.tasks().map((task) => {
            const view = viewTask(task, now, switches);
            return {
                taskId: task.taskId,
                name: task.name,
                createdTime: seconds(task.createdAt),
                description: view?.description ?? "vanished",
                ...(view !== undefined && { progress: view.progress }),
                result: resultOf(task, now),
            };
        }),
    };
}

export function describeClient(client: Client, now: number) {
    const { clientId, clientType, vaultId, instanceId, clusterId, createdAt } = client.identity;
    const { at, maxVersion, settings, ...state } = client.stateAt(now);
    return {
        clientId,
        clientType,
        vaultId,
        instanceId,
        clusterId,
        ...state,
        ...(maxVersion !== undefined && { maxVersion }),
        ...(Object.keys(settings).length > 0 && { settings }),
        createdTime: seconds(createdAt),
        updatedTime: seconds(at),
    };
}

export function seconds(ms: number): number {
    return Math.floor(ms / 1000);
}

function findClient(world: World, clientId: string, now: number): Client {
    const client = world.clients.find(clientId, now);
    if (client === undefined) throw new ControlError(404, `there is no client ${clientId}`);
    return client;
}

function afterStop(status: ClientStatus): ClientStatus | undefined {
    switch (status) {
        case "ACTIVATED":
            return "UNKNOWN";
        case "INSTALLING":
        case "REGISTERED":
            return "INSTALL_FAILED";
        case "UPGRADING":
            return "UPGRADE_FAILED";
        case "UNINSTALLING":
            return "UNINSTALL_FAILED";
        case "DEACTIVATED":
        case "INSTALL_FAILED":
        case "NOT_INSTALLED":
        case "STOPPED":
        case "UNINSTALL_FAILED":
        case "UNKNOWN":
        case "UPGRADE_FAILED":
            return undefined;
    }
}

function afterStart(status: ClientStatus): ClientStatus | undefined {
    return status === "UNKNOWN" ? "ACTIVATED" : undefined;
}
