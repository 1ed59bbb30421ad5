import {
    Client,
    type ClientIdentity,
    type ClientSettings,
    type ClientState,
    type DataPlaneSettings,
} from "./client";
import { ControlError } from "./errors";
import type { ClientChange, InstanceChange, NewClient, VaultPatch, WorldRecords } from "./input";
import { Heartbeats } from "./heartbeats";
import { INSTANCE_STATES } from "./input";
import { stepsFrom, type ClientStatus, type Course } from "./lifecycle";
import { ClientRegistry } from "./registry";
import type { Task } from "./tasks";

export interface Instance {
    readonly instanceId: string;
    readonly state: (typeof INSTANCE_STATES)[number];
    readonly cloudAssistant: boolean;
    readonly failInstall?: string;
    readonly failUpgrade?: string;
    readonly installTime?: number;
    readonly fallOverAfter?: number;
    /** False if its agents are silent although they are ACTIVATED. */
    readonly heartbeat?: false;
    readonly instanceName?: string;
}

export interface Vault {
    readonly vaultId: string;
    readonly vaultName: string;
    readonly vaultType: string;
    readonly vaultRegionId: string;
    readonly status: string;
}

type VaultInput = Exclude<NonNullable<WorldRecords["vaults"]>[number], string>;

export type HanaInstance = NonNullable<WorldRecords["hanaInstances"]>[number];

/** A role of another account that the service can assume. */
export type Role = NonNullable<WorldRecords["roles"]>[number];

/** Why nothing can be installed on an instance. */
export type Unfitness = "InstanceNotExists" | "InstanceNotRunning" | "CloudAssistNotRunningOnInstance";

/** The versions of a client: its own, and the one that it can be upgraded to, if it is not the latest. */
export type ClientVersions = Pick<ClientState, "clientVersion" | "maxVersion">;

/** What becomes of a client that does not come from a request, and whose work starts now. */
export interface Outlook {
    readonly latestVersion: string;
    courseOf(instanceId: string, client: ClientVersions & { status: ClientStatus }, world: World): Course;
}

const DEFAULT_VAULT = "v-simulator";
/** Initial records are older than the longest lag, so that every list shows them. */
const AGE_OF_FIRST_RECORDS_MS = 3_600_000;
const DEFAULT_SOURCE_TYPES = ["HANA"] as const;
const TASKS_KEPT_MS = 24 * 3_600_000;

/** All vaults, instances, clients, SAP HANA instances and tasks. */
export class World {
    /** Also the creation time of its vaults. */
    readonly createdAt: number;
    readonly strict: boolean;
    /** Only the listed ones. */
    readonly hanaInstances: readonly HanaInstance[];
    readonly roles: readonly Role[];
    readonly clients = new ClientRegistry();
    readonly heartbeats = new Heartbeats();
    readonly #instances = new Map<string, Instance>();
    readonly #vaults: Map<string, Vault>;
    readonly #tasks = new Map<string, Task>();
    #clientNumber = 0;

    constructor(records: WorldRecords, now: number, outlook: Outlook) {
        this.createdAt = now - AGE_OF_FIRST_RECORDS_MS;
        this.strict = records.strict ?? false;
        this.#vaults = vaultsOf(records.vaults ?? [DEFAULT_VAULT]);
        this.hanaInstances = records.hanaInstances ?? [];
        this.roles = records.roles ?? [];
        for (const { instanceId, ...change } of records.instances ?? []) {
            if (this.#instances.has(instanceId))
                throw new ControlError(400, `instances: ${instanceId} is there twice`);
            // Agents that are silent in a new world have been so since they became active.
            this.changeInstance(instanceId, change, -Infinity);
        }
        for (const [index, client] of (records.clients ?? []).entries()) {
            this.addClient(client, outlook, this.createdAt, `clients.${index}.`);
        }
    }

    get vaults(): ReadonlyMap<string, Vault> {
        return this.#vaults;
    }

    changeVault(vaultId: string, change: VaultPatch): Vault {
        const vault = this.#vaults.get(vaultId);
        if (vault === undefined) throw new ControlError(404, `there is no vault ${vaultId}`);
        this.#vaults.set(vaultId, { ...vault, ...change });
        return { ...vault, ...change };
    }

    listedInstances(): Instance[] {
        return [...this.#instances.values()];
    }

    /** Undefined if there is no such instance. In a world that is not strict, any ID is a running instance. */
    instance(instanceId: string): Instance | undefined {
        const listed = this.#instances.get(instanceId);
        if (listed !== undefined) return listed.state === "Released" ? undefined : listed;
        return this.strict ? undefined : { instanceId, state: "Running", cloudAssistant: true };
    }

    /**
     * The listed SAP HANA instances with that ID. A world that is not strict and lists none has every instance that is
     * asked for, in the requested vault or in the first one. So simple programs need no world of their own.
     */
    hanaInstancesOf(clusterId: string, wantedVault: string | undefined): readonly HanaInstance[] {
        if (this.strict || this.hanaInstances.length > 0) {
            return this.hanaInstances.filter((instance) => instance.clusterId === clusterId);
        }
        const vaultId = wantedVault ?? [...this.vaults.keys()][0];
        return vaultId === undefined ? [] : [{ vaultId, clusterId }];
    }

    /** In a world that lists no role, every role exists. */
    hasRole({ crossAccountUserId, crossAccountRoleName }: Role): boolean {
        return (
            this.roles.length === 0 ||
            this.roles.some(
                (role) =>
                    role.crossAccountUserId === crossAccountUserId &&
                    role.crossAccountRoleName === crossAccountRoleName,
            )
        );
    }

    unfitness(instanceId: string): Unfitness | undefined {
        const instance = this.instance(instanceId);
        if (instance === undefined) return "InstanceNotExists";
        if (instance.state !== "Running") return "InstanceNotRunning";
        return instance.cloudAssistant ? undefined : "CloudAssistNotRunningOnInstance";
    }

    changeInstance(instanceId: string, change: InstanceChange, now: number): Instance {
        const before: Instance = this.#instances.get(instanceId) ?? {
            instanceId,
            state: "Running",
            cloudAssistant: true,
        };
        const failInstall = changed(before.failInstall, change.failInstall);
        const failUpgrade = changed(before.failUpgrade, change.failUpgrade);
        const installTime = changed(before.installTime, change.installTime);
        const fallOverAfter = changed(before.fallOverAfter, change.fallOverAfter);
        const instanceName = changed(before.instanceName, change.instanceName);
        const heartbeat = changed(before.heartbeat ?? true, change.heartbeat);
        const instance: Instance = {
            instanceId,
            state: change.state ?? before.state,
            cloudAssistant: change.cloudAssistant ?? before.cloudAssistant,
            ...(failInstall !== undefined && { failInstall }),
            ...(failUpgrade !== undefined && { failUpgrade }),
            ...(installTime !== undefined && { installTime }),
            ...(fallOverAfter !== undefined && { fallOverAfter }),
            ...(heartbeat === false && { heartbeat }),
            ...(instanceName !== undefined && { instanceName }),
        };
        this.heartbeats.change(instanceId, instance.heartbeat !== false, now);
        this.#instances.set(instanceId, instance);
        return instance;
    }

    task(taskId: string): Task | undefined {
        return this.#tasks.get(taskId);
    }

    tasks(): Task[] {
        return [...this.#tasks.values()];
    }

    addTask(task: Task): void {
        this.#tasks.set(task.taskId, task);
        for (const old of this.#tasks.values()) {
            if (old.createdAt >= task.createdAt - TASKS_KEPT_MS) break;
            this.#tasks.delete(old.taskId);
        }
    }

    /** @param path where the record is, for error messages */
    addClient(input: NewClient, outlook: Outlook, createdAt: number, path = ""): Client {
        const identity = this.#identityOf(input, createdAt, path);
        const status: ClientStatus = input.status ?? "ACTIVATED";
        const isInstalled = !["NOT_INSTALLED", "INSTALL_FAILED", "INSTALLING"].includes(status);
        const settings = newSettings(input.instanceName ?? input.instanceId, {
            clientVersion: isInstalled ? outlook.latestVersion : "",
            ...settingsIn(input),
        });
        const course = outlook.courseOf(input.instanceId, { ...settings, status }, this);
        const steps = stepsFrom(status, input.errorCode ?? "", course);
        const at = input.updatedTime === undefined ? identity.createdAt : input.updatedTime * 1000;
        const client = new Client(
            identity,
            settings,
            steps.map((step, index) =>
                index === 0 ? { ...step, at, clientVersion: settings.clientVersion } : step,
            ),
        );
        this.clients.add(client);
        return client;
    }

    #identityOf(input: NewClient, createdAt: number, path: string): ClientIdentity {
        const clientType = input.clientType ?? "ECS_AGENT";
        const vaultId = input.vaultId ?? "";
        if (clientType === "ECS_AGENT" && !this.vaults.has(vaultId)) {
            throw new ControlError(
                400,
                `${path}vaultId: ${vaultId === "" ? "is missing" : `there is no ${vaultId}`}`,
            );
        }
        const clientId = input.clientId ?? `c-${input.instanceId}-${this.#clientNumber}`;
        this.#clientNumber += 1;
        if (this.clients.knows(clientId))
            throw new ControlError(400, `${path}clientId: ${clientId} is there twice`);
        return {
            clientId,
            clientType,
            vaultId: clientType === "ECS_AGENT" ? vaultId : "",
            instanceId: input.instanceId,
            clusterId: input.clusterId ?? "",
            createdAt: input.createdTime === undefined ? createdAt : input.createdTime * 1000,
        };
    }
}

/** The settings of a new client. */
export function newSettings(instanceName: string, known: Partial<ClientSettings>): ClientSettings {
    return {
        clientName: `client-${instanceName}`,
        clientVersion: "",
        maxVersion: undefined,
        statusMessage: "",
        useHttps: false,
        alertSetting: "INHERITED",
        instanceName,
        networkType: "VPC",
        sourceTypes: DEFAULT_SOURCE_TYPES,
        settings: {},
        ...known,
    };
}

/** The settings in a change from outside. Those of the data plane are added to the present ones. */
export function settingsIn(change: ClientChange, present: DataPlaneSettings = {}): Partial<ClientSettings> {
    const { clientName, clientVersion, maxVersion, statusMessage, useHttps } = change;
    const { alertSetting, instanceName, networkType, sourceTypes, settings } = change;
    return {
        ...(clientName !== undefined && { clientName }),
        ...(clientVersion !== undefined && { clientVersion }),
        ...(maxVersion !== undefined && { maxVersion }),
        ...(statusMessage !== undefined && { statusMessage }),
        ...(useHttps !== undefined && { useHttps }),
        ...(alertSetting !== undefined && { alertSetting }),
        ...(instanceName !== undefined && { instanceName }),
        ...(networkType !== undefined && { networkType }),
        ...(sourceTypes !== undefined && { sourceTypes }),
        ...(settings !== undefined && { settings: { ...present, ...settings } }),
    };
}

/** A value after a change; null resets it. */
function changed<T>(before: T | undefined, change: T | null | undefined): T | undefined {
    return change === undefined ? before : (change ?? undefined);
}

function vaultsOf(records: NonNullable<WorldRecords["vaults"]>): Map<string, Vault> {
    const vaults = records.map((record): Vault => {
        const given: VaultInput = typeof record === "string" ? { vaultId: record } : record;
        return {
            vaultId: given.vaultId,
            vaultName: given.vaultName ?? given.vaultId,
            vaultType: given.vaultType ?? "STANDARD",
            vaultRegionId: given.vaultRegionId ?? "cn-hangzhou",
            status: given.status ?? "CREATED",
        };
    });
    return new Map(vaults.map((vault) => [vault.vaultId, vault]));
}
