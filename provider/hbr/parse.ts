import * as v from "valibot";

import { type ObservedClient } from "../fleet/model";
import { isClientStatus, type ClientStatus } from "../fleet/status";
import { OWN_CODES } from "../fleet/codes";
import { failedCall, type HbrError } from "./errors";
import { count, flag, id, orAbsent, rawText, requestId as requestIdField, seconds, text } from "./fields";
import type {
    CheckRoleAnswer,
    ClientPage,
    CreateClientsAnswer,
    HanaInstancePage,
    InstanceFitness,
    StartedTask,
} from "./port";
import { redact, type Redactor, shownWord } from "./secrets";

/*
 * Here JSON of the service becomes records of this provider, once. A descriptive field of the wrong type is left out. An
 * answer whose frame cannot be read is an error (`UnreadableAnswer`) and never an empty list, because a client that is
 * overlooked would be installed again.
 */

/** Values of Code in a success; the documentation shows it as text and as number, and sometimes as a word. */
const SUCCESS_CODES = new Set(["", "200", "OK", "SUCCESS"]);

const envelopeSchema = v.object({
    RequestId: requestIdField,
    Success: flag,
    Code: v.optional(v.unknown()),
    Message: rawText,
});

/** The frame of an answer that reports success. */
interface Envelope {
    readonly body: Readonly<Record<string, unknown>>;
    readonly requestId: string | undefined;
}

/**
 * Checks the frame of an answer.
 *
 * @throws HbrError for what is no JSON object, and for `Success: false`, which arrives with HTTP 200
 */
export function parseEnvelope(operation: string, body: unknown, redacted: Redactor = redact): Envelope {
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
        throw unreadable(operation, "the answer is not a JSON object");
    }
    const record = body as Record<string, unknown>;
    const {
        RequestId: requestId,
        Success: success,
        Code: rawCode,
        Message: message,
    } = v.parse(envelopeSchema, record);
    const isCode = typeof rawCode === "string" || typeof rawCode === "number";
    const code = isCode ? shownWord(String(rawCode)) : "";
    const codeIsFine = SUCCESS_CODES.has(code.toUpperCase());
    if (success === false || (success !== true && !codeIsFine)) {
        throw failedCall({
            operation,
            code: codeIsFine ? OWN_CODES.unreadable : redacted(code),
            text: message === undefined ? "the service reports no success" : redacted(message),
            requestId,
        });
    }
    return { body: record, requestId };
}

/** The error of an answer that cannot be understood; the call may have acted. */
export function unreadable(operation: string, reason: string, requestId?: string): HbrError {
    return failedCall({ operation, code: OWN_CODES.unreadable, text: reason, requestId });
}

/** A list, as an array or inside an object under the name of its elements; `undefined` if it is neither. */
function listOf(value: unknown, elementName: string): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value as unknown[];
    if (typeof value !== "object" || value === null) return undefined;
    const inner: unknown = Object.hasOwn(value, elementName) ? Reflect.get(value, elementName) : undefined;
    if (inner === undefined || inner === null) return Object.keys(value).length === 0 ? [] : undefined;
    // A gateway that uses XML internally gives a list of one as its only element.
    return Array.isArray(inner) ? (inner as unknown[]) : typeof inner === "object" ? [inner] : undefined;
}

/** The list under `name`, which may be missing if the answer counts no elements. */
function countedList(
    operation: string,
    { body, requestId }: Envelope,
    name: string,
    elementName: string,
): readonly unknown[] {
    const value = body[name] ?? undefined;
    if (value === undefined && totalCountOf(body) === 0) return [];
    const elements = listOf(value, elementName);
    if (elements === undefined) throw unreadable(operation, `${name} is missing or not a list`, requestId);
    return elements;
}

function totalCountOf(body: Envelope["body"]): number | undefined {
    return v.parse(count, body["TotalCount"]);
}

/** The elements that fit the schema. */
function fitting<T>(schema: v.GenericSchema<unknown, T>, elements: readonly unknown[]): readonly T[] {
    return elements.flatMap((element) => {
        const parsed = v.safeParse(schema, element);
        return parsed.success ? [parsed.output] : [];
    });
}

const fitnessSchema = v.object({ InstanceId: id, ValidInstance: flag, ErrorCode: text });
const taskIdSchema = v.object({ TaskId: orAbsent(id) });

/** Reads the answer of CreateClients. */
export function parseCreateClients(body: unknown, redacted: Redactor = redact): CreateClientsAnswer {
    const envelope = parseEnvelope("CreateClients", body, redacted);
    const { TaskId: taskId } = v.parse(taskIdSchema, envelope.body);
    // The task ID is what matters. A list that cannot be read says nothing against any instance.
    const statuses = listOf(envelope.body["InstanceStatuses"], "InstanceStatus") ?? [];
    return {
        ...withoutUndefined({ taskId, requestId: envelope.requestId }),
        instanceStatuses: fitting(fitnessSchema, statuses).map(fitnessOf),
    };
}

function fitnessOf(status: v.InferOutput<typeof fitnessSchema>): InstanceFitness {
    return {
        instanceId: status.InstanceId,
        // Without ValidInstance, an instance is unfit only if there is a reason.
        valid: status.ValidInstance ?? status.ErrorCode === undefined,
        ...withoutUndefined({ errorCode: status.ErrorCode }),
    };
}

const clientSchema = v.object({
    ClientId: id,
    InstanceId: id,
    VaultId: text,
    ClusterId: text,
    Status: text,
    StatusMessage: rawText,
    ClientVersion: text,
    MaxVersion: text,
    InstanceName: text,
    NetworkType: text,
    UseHttps: flag,
    AlertSetting: text,
    CreatedTime: seconds,
    HeartBeatTime: seconds,
});

/** Reads a page of DescribeClients. A record without a vault is in the one that was asked for, `vaultId`. */
export function parseClientPage(body: unknown, vaultId: string, redacted: Redactor = redact): ClientPage {
    const operation = "DescribeClients";
    const envelope = parseEnvelope(operation, body, redacted);
    const { requestId } = envelope;
    const totalCount = totalCountOf(envelope.body);
    if (totalCount === undefined)
        throw unreadable(operation, "TotalCount is missing or not a number", requestId);
    const elements = countedList(operation, envelope, "Clients", "Client");
    const clients = fitting(clientSchema, elements).map((record) => clientOf(record, vaultId, redacted));
    return {
        clients,
        totalCount,
        ignored: elements.length - clients.length,
        ...withoutUndefined({ requestId }),
    };
}

function clientOf(
    record: v.InferOutput<typeof clientSchema>,
    vaultId: string,
    redacted: Redactor,
): ObservedClient {
    return {
        clientId: record.ClientId,
        instanceId: record.InstanceId,
        vaultId: record.VaultId ?? vaultId,
        status: statusOf(record.Status),
        ...withoutUndefined({
            clusterId: record.ClusterId,
            statusMessage: record.StatusMessage && redacted(record.StatusMessage),
            clientVersion: record.ClientVersion,
            maxVersion: record.MaxVersion,
            instanceName: record.InstanceName,
            networkType: record.NetworkType,
            useHttps: record.UseHttps,
            alertSetting: record.AlertSetting,
            createdTime: record.CreatedTime,
            heartbeatTime: record.HeartBeatTime,
        }),
    };
}

function statusOf(value: string | undefined): ClientStatus {
    const status = value?.toUpperCase();
    return isClientStatus(status) ? status : "UNKNOWN";
}

/** Reads the answer of UninstallClient and UpgradeClient. */
export function parseStartedTask(operation: string, body: unknown, redacted: Redactor = redact): StartedTask {
    const { body: record, requestId } = parseEnvelope(operation, body, redacted);
    const { TaskId: taskId } = v.parse(taskIdSchema, record);
    return withoutUndefined({ taskId, requestId });
}

/** Reads the answer of CheckRole. */
export function parseCheckRole(body: unknown, redacted: Redactor = redact): CheckRoleAnswer {
    return withoutUndefined({ requestId: parseEnvelope("CheckRole", body, redacted).requestId });
}

/** Reads the answer of DescribeHanaInstances. */
export function parseHanaInstances(body: unknown, redacted: Redactor = redact): HanaInstancePage {
    const operation = "DescribeHanaInstances";
    const envelope = parseEnvelope(operation, body, redacted);
    const elements = countedList(operation, envelope, "Hanas", "Hana");
    const clusterIds = fitting(v.object({ ClusterId: id }), elements).map(({ ClusterId }) => ClusterId);
    return { clusterIds, ...withoutUndefined({ requestId: envelope.requestId }) };
}

/** The record without its undefined fields, which `exactOptionalPropertyTypes` tells from absent ones. */
export function withoutUndefined<T extends object>(record: T): { [K in keyof T]?: NonNullable<T[K]> } {
    return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
        [K in keyof T]?: NonNullable<T[K]>;
    };
}
