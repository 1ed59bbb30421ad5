import type { Client } from "../client";
import { invalidParameter, missingParameter, unknownClient } from "../errors";
import { seconds } from "../outside";
import { pageOf, type Parameters } from "../parameters";
import type { Unfitness } from "../world";
import { reportedSettings } from "./clientSettings";
import { deleteRecord } from "./deletion";
import { isAccepted, rejectSingleUnfit, type Fitness } from "./fitness";
import { checkCrossAccount } from "./hanaClients";
import { lastBeat } from "./heartbeat";
import type { AnswerBody, OperationContext } from "./operation";
import { rowsOf, timeOfPage } from "./rows";
import { fileClientPair, installOn, refuseWhileInstalling, startTask, uninstall } from "./work";

/** The most instances that one call may name. */
const LARGEST_BATCH = 20;

export function installBackupClients(parameters: Parameters, context: OperationContext): AnswerBody {
    const instanceIds = parameters.idList("InstanceIds");
    if (instanceIds === undefined) throw missingParameter("InstanceIds");
    checkBatch("InstanceIds", instanceIds);
    checkCrossAccount(parameters, context);
    const fitness: Fitness[] = [...new Set(instanceIds)].map((instanceId) => {
        return { instanceId, unfitness: context.world.unfitness(instanceId) };
    });
    rejectSingleUnfit(fitness, context);
    const answer = { InstanceStatuses: instanceStatuses(fitness) };
    if (!isAccepted(fitness, context)) return answer;
    const works = fitness
        .filter(({ unfitness }) => unfitness === undefined)
        .map(({ instanceId }) =>
            installOn(context, { ...fileClientPair(instanceId), settings: { sourceTypes: [] } }),
        );
    return { TaskId: startTask(context, "InstallBackupClientsTask", works), ...answer };
}

export function uninstallBackupClients(parameters: Parameters, context: OperationContext): AnswerBody {
    const { world, now } = context;
    const named = (parameters.idList("ClientIds") ?? []).map((clientId) => fileClient(clientId, context));
    const instanceIds = parameters.idList("InstanceIds") ?? [];
    if (named.length + instanceIds.length === 0) throw missingParameter("InstanceIds");
    checkBatch("InstanceIds", [...named, ...instanceIds]);
    checkCrossAccount(parameters, context);
    const clients = new Map(named.map((client): [string, Client] => [client.identity.instanceId, client]));
    for (const instanceId of instanceIds) {
        const client = world.clients.forPair(fileClientPair(instanceId), now);
        if (client !== undefined) clients.set(instanceId, client);
    }
    const fitness = [...new Set([...clients.keys(), ...instanceIds])].map((instanceId): Fitness => {
        // The service has no error code for an instance without a client.
        const unfitness: Unfitness | undefined = clients.has(instanceId)
            ? world.unfitness(instanceId)
            : "InstanceNotExists";
        return { instanceId, unfitness };
    });
    rejectSingleUnfit(fitness, context);
    const answer = { InstanceStatuses: instanceStatuses(fitness) };
    if (!isAccepted(fitness, context)) return answer;
    refuseWhileInstalling([...clients.values()], context);
    const works = fitness.flatMap(({ instanceId, unfitness }) => {
        const client = clients.get(instanceId);
        return unfitness === undefined && client !== undefined ? [uninstall(context, client)] : [];
    });
    return { TaskId: startTask(context, "UninstallBackupClientsTask", works), ...answer };
}

export function describeBackupClients(parameters: Parameters, context: OperationContext): AnswerBody {
    parameters.required("ClientType");
    const clientType = parameters.oneOf("ClientType", ["ECS_CLIENT", "CONTAINER_CLIENT", "LOCAL_CLIENT"]);
    checkCrossAccount(parameters, context);
    const page = parameters.page();
    const clientIds = parameters.idList("ClientIds");
    const instanceIds = parameters.idList("InstanceIds");
    const time = timeOfPage(context);
    // The simulator has only file clients of ECS instances. They have no tags and belong to no cluster.
    const hasNone =
        clientType !== "ECS_CLIENT" ||
        parameters.text("Tag.1.Key") !== undefined ||
        parameters.text("ClusterId") !== undefined;
    const clients = hasNone
        ? []
        : context.world.clients.list({ clientType: "ECS_CLIENT", vaultId: "" }, time);
    const wanted = clients.filter(({ identity }) => {
        if (clientIds !== undefined && !clientIds.includes(identity.clientId)) return false;
        return instanceIds === undefined || instanceIds.includes(identity.instanceId);
    });
    const { head, records } = pageOf(rowsOf(wanted, context), page);
    return { ...head, Clients: records.map((client) => backupClient(client, time, context)) };
}

export function deleteBackupClient(parameters: Parameters, context: OperationContext): AnswerBody {
    deleteRecord(fileClient(parameters.required("ClientId"), context), context);
    return {};
}

function checkBatch(name: string, ids: readonly unknown[]): void {
    if (ids.length === 0) throw missingParameter(name);
    if (ids.length > LARGEST_BATCH) throw invalidParameter(name, `it may name at most ${LARGEST_BATCH}`);
}

function fileClient(clientId: string, context: OperationContext): Client {
    const client = context.world.clients.find(clientId, context.now);
    if (client?.identity.clientType !== "ECS_CLIENT") throw unknownClient(clientId);
    return client;
}

/** Unlike that of CreateClients, this list is flat and gives the reason. */
function instanceStatuses(fitness: readonly Fitness[]): AnswerBody[] {
    return fitness.map(({ instanceId, unfitness }) => ({
        InstanceId: instanceId,
        ValidInstance: unfitness === undefined,
        ErrorCode: unfitness ?? "",
    }));
}

function backupClient(client: Client, time: number, context: OperationContext): AnswerBody {
    const { latestVersion, hideHeartbeats } = context.switches;
    const { identity } = client;
    const state = client.stateAt(time);
    return {
        ClientId: identity.clientId,
        ClientType: identity.clientType,
        ClientVersion: state.clientVersion,
        MaxClientVersion: state.maxVersion ?? latestVersion,
        InstanceId: identity.instanceId,
        InstanceName: state.instanceName,
        Hostname: state.instanceName,
        OsType: "linux",
        ArchType: "amd64",
        PrivateIpV4: "192.168.0.1",
        ZoneId: "cn-hangzhou-h",
        Status: state.status,
        BackupStatus: "UNPROTECTED",
        ...(!hideHeartbeats && { LastHeartBeatTime: seconds(lastBeat(client, time, context)) }),
        CreatedTime: seconds(identity.createdAt),
        UpdatedTime: seconds(state.at),
        Appliance: false,
        Tags: [],
        Settings: reportedSettings(state),
    };
}
