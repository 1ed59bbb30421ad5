import { Client, type ClientSettings, type ClientType, type TaskItem } from "../client";
import { ServiceError } from "../errors";
import {
    installSteps,
    isInstallingOrHealthy,
    uninstallSteps,
    upgradeSteps,
    workIn,
    type ClientStatus,
    type Course,
    type Step,
} from "../lifecycle";
import type { ClientPair } from "../registry";
import { fateOf, giveUpAtTimeout, strike, type Task, type TaskWork } from "../tasks";
import { newSettings, type ClientVersions } from "../world";
import type { OperationContext } from "./operation";

/** A client to install: its pair and its settings. */
export interface InstallTarget extends ClientPair {
    readonly settings: Partial<ClientSettings>;
}

type CourseContext = Pick<OperationContext, "world" | "now" | "repeatable" | "switches" | "installTime">;

/** The shortest installation, as a fraction of the install time. The spread lets instances finish one by one. */
const SHORTEST_INSTALL = 0.8;

/** Starts a task for the given work, and returns its ID. */
export function startTask(context: OperationContext, name: string, works: readonly TaskWork[]): string {
    const { now, repeatable, taskFault } = context;
    const timeout = giveUpAtTimeout(works, now);
    const items = works.map(({ item }) => item);
    const fate =
        taskFault === undefined || taskFault === "result-object" ? undefined : fateOf(taskFault, items, now);
    if (fate !== undefined) strike(works, fate);
    const task: Task = {
        taskId: repeatable.id("t", "task", context.nextTaskNumber()),
        name,
        createdAt: now,
        items,
        fate: fate ?? timeout,
        resultIsObject: taskFault === "result-object",
    };
    context.world.addTask(task);
    return task.taskId;
}

/** Installs or reinstalls the client of a pair. */
export function installOn(context: OperationContext, target: InstallTarget): TaskWork {
    const { world, now, switches } = context;
    const existing = world.clients.forPair(target, now);
    const status = existing?.stateAt(now).status;
    const isDuplicate = status !== undefined && isInstallingOrHealthy(status);
    context.requests.countInstall(target.instanceId, isDuplicate);
    context.requests.countWrite(target.instanceId);
    if (existing !== undefined) {
        if (isDuplicate && switches.createOnActive === "ignore") {
            return follow(existing, now, existing.stepsFrom(now), "INSTALL_FAILED");
        }
        if (isDuplicate && switches.createOnActive === "conflict")
            return refuse(existing, "ClientAlreadyInstalled", now);
        if (status === "UPGRADING" || status === "UNINSTALLING") return refuse(existing, "ClientIsBusy", now);
    }
    return install(context, target, existing);
}

/** Refuses to uninstall clients that are being installed, if the switch says so. */
export function refuseWhileInstalling(clients: readonly Client[], context: OperationContext): void {
    if (context.switches.uninstallWhileInstalling === "interrupt") return;
    for (const client of clients) {
        const { status } = client.stateAt(context.now);
        if (status === "INSTALLING" || status === "REGISTERED")
            throw new ServiceError(
                400,
                "ClientIsBusy",
                `The client is ${status}: ${client.identity.clientId}.`,
            );
    }
}

export function uninstall(context: OperationContext, client: Client): TaskWork {
    const { world, now } = context;
    const { instanceId } = client.identity;
    context.requests.countWrite(instanceId);
    const { status } = client.stateAt(now);
    if (status === "UNINSTALLING") return follow(client, now, client.stepsFrom(now), "UNINSTALL_FAILED");
    if (status === "NOT_INSTALLED") {
        return follow(client, now, [{ at: now, status: "NOT_INSTALLED", errorCode: "" }], "UNINSTALL_FAILED");
    }
    const course = uninstallCourse(context, instanceId);
    const failure = world.unfitness(instanceId);
    const steps = uninstallSteps({ ...course, duration: course.duration / 2, failure });
    return setCourse(client, now, steps, "UNINSTALL_FAILED", {});
}

export function upgrade(context: OperationContext, client: Client): TaskWork {
    const { instanceId } = client.identity;
    context.requests.countUpgrade(instanceId);
    context.requests.countWrite(instanceId);
    const course = upgradeCourse(context, instanceId, client.stateAt(context.now));
    const failure = context.world.unfitness(instanceId) ?? course.failure;
    const steps = upgradeSteps({ ...course, duration: course.duration / 2, failure });
    return setCourse(client, context.now, steps, "UPGRADE_FAILED", {});
}

/** When an installation that is started now on an instance ends, and how. */
export function installCourse(context: CourseContext, instanceId: string): Course {
    const { world, now, repeatable, switches } = context;
    const instance = world.instance(instanceId);
    const fallOverAfter = instance?.fallOverAfter ?? switches.fallOverAfter;
    const spread = SHORTEST_INSTALL + (1 - SHORTEST_INSTALL) * repeatable.fraction("install", instanceId);
    return {
        start: now,
        duration: instance?.installTime ?? Math.round(context.installTime * spread),
        version: switches.latestVersion,
        failure: instance?.failInstall,
        stuck: switches.stuckInstalling,
        fall: fallOverAfter === null ? undefined : { after: fallOverAfter, as: switches.fallOverAs },
    };
}

/** When an uninstallation that is started now on an instance ends, if it took as long as an installation. */
export function uninstallCourse(context: CourseContext, instanceId: string): Course {
    return { ...installCourse(context, instanceId), stuck: context.switches.stuckUninstalling };
}

/** When an upgrade that is started now on an instance ends, and how, if it took as long as an installation. */
export function upgradeCourse(
    context: CourseContext,
    instanceId: string,
    { clientVersion, maxVersion }: ClientVersions,
): Course {
    const { world, switches } = context;
    return {
        ...installCourse(context, instanceId),
        version: switches.ignoreUpgrade ? clientVersion : (maxVersion ?? switches.latestVersion),
        failure: world.instance(instanceId)?.failUpgrade,
        stuck: switches.stuckUpgrading,
    };
}

function install(context: OperationContext, target: InstallTarget, existing: Client | undefined): TaskWork {
    const { world, now, switches } = context;
    const steps = installSteps(installCourse(context, target.instanceId));
    const instanceName = world.instance(target.instanceId)?.instanceName ?? target.instanceId;
    const kept = switches.keepClientId ? existing?.stateAt(now) : undefined;
    const settings = newSettings(instanceName, {
        // What UpdateClientSettings has set belongs to the record.
        ...(kept !== undefined && { settings: kept.settings, useHttps: kept.useHttps }),
        ...target.settings,
    });
    if (existing !== undefined && switches.keepClientId) {
        return setCourse(existing, now, steps, "INSTALL_FAILED", settings);
    }
    if (existing !== undefined) world.clients.remove(existing, now);
    const client = new Client(
        {
            clientId: newClientId(context, target),
            clientType: target.clientType,
            vaultId: target.vaultId,
            instanceId: target.instanceId,
            clusterId: target.clusterId,
            createdAt: now,
        },
        settings,
        steps,
    );
    world.clients.add(client);
    return { item: itemFor(client, now, steps, "INSTALL_FAILED"), client };
}

function newClientId(context: OperationContext, pair: ClientPair): string {
    const { clientType, vaultId, instanceId, clusterId } = pair;
    for (let attempt = 1; ; attempt += 1) {
        const id = context.repeatable.id("c", clientType, vaultId, instanceId, clusterId, attempt);
        if (!context.world.clients.knows(id)) return id;
    }
}

function setCourse(
    client: Client,
    now: number,
    steps: readonly Step[],
    failedStatus: ClientStatus,
    changes: Partial<ClientSettings>,
): TaskWork {
    client.plan(now, steps, changes);
    return { item: itemFor(client, now, steps, failedStatus), client };
}

/** The item of a task that only follows what happens to the client anyway. */
function follow(client: Client, now: number, steps: readonly Step[], failedStatus: ClientStatus): TaskWork {
    return { item: itemFor(client, now, steps, failedStatus), client: undefined };
}

/** The item of a task that reports a failure immediately. The client stays as it is. */
function refuse({ identity }: Client, errorCode: string, now: number): TaskWork {
    const { instanceId, clientId } = identity;
    const steps: Step[] = [{ at: now, status: "INSTALL_FAILED", errorCode }];
    return { item: { instanceId, clientId, failedStatus: "INSTALL_FAILED", steps }, client: undefined };
}

function itemFor(client: Client, now: number, steps: readonly Step[], failedStatus: ClientStatus): TaskItem {
    const { instanceId, clientId } = client.identity;
    const item: TaskItem = { instanceId, clientId, failedStatus, steps: workIn(steps) };
    client.watchedBy(item, now);
    return item;
}

export function fileClientPair(instanceId: string): ClientPair {
    return { clientType: "ECS_CLIENT" satisfies ClientType, vaultId: "", instanceId, clusterId: "" };
}
