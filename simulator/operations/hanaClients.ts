import * as v from "valibot";
import type { Client, ClientSettings } from "../client";
import {
    ServiceError,
    invalidParameter,
    missingParameter,
    unknownClient,
    unknownRole,
    unknownVault,
} from "../errors";
import { pageOf, parseJson, type Parameters } from "../parameters";
import { seconds } from "../outside";
import type { ClientPair } from "../registry";
import { newSettings } from "../world";
import { deleteRecord } from "./deletion";
import { isAccepted, rejectSingleUnfit, type Fitness } from "./fitness";
import { lastBeat } from "./heartbeat";
import type { AnswerBody, OperationContext } from "./operation";
import { rowsOf, timeOfPage } from "./rows";
import { installOn, refuseWhileInstalling, startTask, uninstall, upgrade, type InstallTarget } from "./work";

const Absent = v.optional(v.nullable(v.string()));

/** An element of ClientInfo. Unlike all other parameters, its keys are camelCase. Unknown keys are ignored. */
const ClientInfo = v.array(
    v.looseObject({
        instanceId: v.pipe(v.string(), v.minLength(1)),
        clusterId: Absent,
        sourceTypes: v.optional(v.nullable(v.array(v.string()))),
        accessKeyId: Absent,
        accessKeySecret: Absent,
    }),
);

export function createClients(parameters: Parameters, context: OperationContext): AnswerBody {
    const vaultId = knownVault(parameters.required("VaultId"), context);
    const targets = installTargets(parameters, vaultId, context);
    checkCrossAccount(parameters, context);
    checkVault(vaultId, context);
    const { maxClientInfo } = context.switches;
    if (maxClientInfo !== null && targets.length > maxClientInfo)
        throw invalidParameter("ClientInfo", `it may have at most ${maxClientInfo} elements`);
    const fitness: Fitness[] = targets.map(({ instanceId }) => {
        return { instanceId, unfitness: context.world.unfitness(instanceId) };
    });
    rejectSingleUnfit(fitness, context);
    const InstanceStatus = fitness.map(({ instanceId, unfitness }) => {
        const isNamed = unfitness !== undefined && context.switches.namesUnfitness;
        return {
            InstanceId: instanceId,
            ValidInstance: unfitness === undefined,
            ...(isNamed && { ErrorCode: unfitness }),
        };
    });
    const answer = { InstanceStatuses: { InstanceStatus } };
    if (!isAccepted(fitness, context)) return answer;
    const fit = targets.filter((_, index) => fitness[index]?.unfitness === undefined);
    const works = fit.map((target) => installOn(context, target));
    return { TaskId: startTask(context, "InstallClientsTask", works), ...answer };
}

export function describeClients(parameters: Parameters, context: OperationContext): AnswerBody {
    const vaultId = knownVault(parameters.required("VaultId"), context);
    const clientType = parameters.required("ClientType");
    if (clientType !== "ECS_AGENT") throw invalidParameter("ClientType", "it must be ECS_AGENT");
    const page = parameters.page();
    const time = timeOfPage(context);
    const clientId = parameters.text("ClientId");
    const sourceType = parameters.text("SourceType");
    const query = { clientType, vaultId, clusterId: parameters.text("ClusterId") } as const;
    const clients = context.world.clients.list(query, time).filter((client) => {
        if (clientId !== undefined && client.identity.clientId !== clientId) return false;
        return sourceType === undefined || client.sourceTypes.includes(sourceType);
    });
    const { head, records } = pageOf(rowsOf(clients, context), page);
    return { ...head, Clients: { Client: records.map((client) => hanaClient(client, time, context)) } };
}

export function uninstallClient(parameters: Parameters, context: OperationContext): AnswerBody {
    const client = namedClient(parameters, context);
    refuseWhileInstalling([client], context);
    return { TaskId: startTask(context, "UninstallClientsTask", [uninstall(context, client)]) };
}

export function deleteClient(parameters: Parameters, context: OperationContext): AnswerBody {
    deleteRecord(namedClient(parameters, context), context);
    return {};
}

export function upgradeClient(parameters: Parameters, context: OperationContext): AnswerBody {
    const client = namedClient(parameters, context);
    const { status } = client.stateAt(context.now);
    if (status !== "ACTIVATED" && status !== "UPGRADE_FAILED") {
        throw new ServiceError(
            400,
            "ClientIsNotActive",
            `The client is ${status}: ${client.identity.clientId}.`,
        );
    }
    return { TaskId: startTask(context, "UpgradeClientsTask", [upgrade(context, client)]) };
}

/** CrossAccountType and the parameters that belong to it. */
export function checkCrossAccount(parameters: Parameters, context: OperationContext): void {
    const type = parameters.oneOf("CrossAccountType", ["SELF_ACCOUNT", "CROSS_ACCOUNT"]);
    const userId = parameters.text("CrossAccountUserId");
    if (userId !== undefined && !/^\d{1,19}$/.test(userId)) {
        throw invalidParameter("CrossAccountUserId", "it must be an account id");
    }
    if (type === "CROSS_ACCOUNT") knownRole(parameters, context);
}

/** The call must name an existing role of the other account, because the service assumes it. */
export function knownRole(parameters: Parameters, { world }: OperationContext): void {
    const crossAccountUserId = parameters.required("CrossAccountUserId");
    const crossAccountRoleName = parameters.required("CrossAccountRoleName");
    if (!world.hasRole({ crossAccountUserId, crossAccountRoleName })) throw unknownRole();
}

/** What the error is of a vault that is not ready is not known, so a switch gives its code. */
function checkVault(
    vaultId: string,
    { world, switches: { initializingVault: code } }: OperationContext,
): void {
    if (code === null || world.vaults.get(vaultId)?.status !== "INITIALIZING") return;
    const status = { InitVaultError: 500, VaultNotExist: 404 }[code] ?? 400;
    throw new ServiceError(status, code, `The vault is being initialized: ${vaultId}.`);
}

export function knownVault(vaultId: string, context: OperationContext): string {
    if (!context.world.vaults.has(vaultId)) throw unknownVault(vaultId);
    return vaultId;
}

function installTargets(parameters: Parameters, vaultId: string, context: OperationContext): InstallTarget[] {
    const alertSetting = parameters.oneOf("AlertSetting", ["INHERITED"]) ?? "INHERITED";
    const useHttps = parameters.flag("UseHttps") ?? false;
    return clientInfoOf(parameters).map(({ instanceId, clusterId, sourceTypes }) => {
        const pair = { clientType: "ECS_AGENT", vaultId, instanceId, clusterId: clusterId ?? "" } as const;
        const settings = { alertSetting, useHttps, ...(sourceTypes && { sourceTypes }) };
        return { ...pair, settings: { ...settings, ...insteadOfIgnored(pair, context) } };
    });
}

/** The elements of ClientInfo; empty if it is absent. */
export function clientInfoOf(parameters: Parameters): v.InferOutput<typeof ClientInfo> {
    const text = parameters.text("ClientInfo");
    if (text === undefined) return [];
    const parsed = v.safeParse(ClientInfo, parseJson("ClientInfo", text));
    if (parsed.success) return parsed.output;
    const [issue] = parsed.issues;
    throw invalidParameter("ClientInfo", `${v.getDotPath(issue) ?? "it"} does not fit`);
}

/** The values of ignored settings: an existing client keeps its own, a new one gets the default. */
function insteadOfIgnored(pair: ClientPair, context: OperationContext): Partial<ClientSettings> {
    const { ignoreSettings, keepClientId } = context.switches;
    if (ignoreSettings.length === 0) return {};
    const existing = keepClientId ? context.world.clients.forPair(pair, context.now) : undefined;
    const { useHttps, alertSetting } = existing?.stateAt(context.now) ?? newSettings(pair.instanceId, {});
    return {
        ...(ignoreSettings.includes("UseHttps") && { useHttps }),
        ...(ignoreSettings.includes("AlertSetting") && { alertSetting }),
    };
}

function namedClient(parameters: Parameters, context: OperationContext): Client {
    const vaultId = parameters.text("VaultId");
    const clientId = parameters.text("ClientId");
    if (clientId === undefined) throw missingParameter("ClientId");
    if (vaultId !== undefined) knownVault(vaultId, context);
    const client = context.world.clients.find(clientId, context.now);
    if (client?.identity.clientType !== "ECS_AGENT") throw unknownClient(clientId);
    if (vaultId !== undefined && client.identity.vaultId !== vaultId) throw unknownClient(clientId);
    return client;
}

function hanaClient(client: Client, time: number, context: OperationContext): AnswerBody {
    const { latestVersion, hideSettings, hideHeartbeats } = context.switches;
    const { identity } = client;
    const state = client.stateAt(time);
    return {
        ClientId: identity.clientId,
        ClientName: state.clientName,
        ClientType: identity.clientType,
        ClientVersion: state.clientVersion,
        MaxVersion: state.maxVersion ?? latestVersion,
        ClusterId: identity.clusterId,
        VaultId: identity.vaultId,
        InstanceId: identity.instanceId,
        InstanceName: state.instanceName,
        ...(!hideSettings.includes("AlertSetting") && { AlertSetting: state.alertSetting }),
        ...(!hideSettings.includes("UseHttps") && { UseHttps: state.useHttps }),
        NetworkType: state.networkType,
        Status: state.status,
        StatusMessage: state.statusMessage === "" ? state.errorCode : state.statusMessage,
        CreatedTime: seconds(identity.createdAt),
        UpdatedTime: seconds(state.at),
        ...(!hideHeartbeats && { HeartBeatTime: seconds(lastBeat(client, time, context)) }),
    };
}
