import * as v from "valibot";

import { type ObservedClient } from "../fleet/model";
import { isClientStatus, type ClientStatus } from "../fleet/status";
import { failedCall, type HbrError, OWN_CODES } from "./errors";
import type {
    CheckRoleAnswer,
    ClientPage,
    CreateClientsAnswer,
    HanaInstancePage,
    InstanceFitness,
    UninstallAnswer,
} from "./port";
import { flag, id, integer, rawText, requestId as requestIdField, seconds, text } from "./fields";
import { redact, type Redactor, shownWord } from "./secrets";
/*
 * Here foreign JSON becomes our records, once. A field that describes something and is of the wrong type is left out;
 * an answer whose frame cannot be read is an error (`UnreadableAnswer`), never an empty list: a client that is
 * overlooked would be installed again.
 */

/** Code values of a success; the documentation's samples have it as text and as number, and sometimes as a word. */
const SUCCESS_CODES = new Set(["200", "OK", "SUCCESS"]);

const envelopeSchema = v.object({
    RequestId: requestIdField,
    Success: flag,
    Code: v.optional(v.unknown()),
    Message: rawText,
});

/** The frame of an answer that says of itself that it is a success. */
export interface Envelope {
    readonly body: Readonly<Record<string, unknown>>;
    readonly requestId?: string;
}

/** Checks the frame of an answer: `Success: false` arrives with HTTP 200, and is an error all the same. */
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
    const code =
        typeof rawCode === "string" || typeof rawCode === "number" ? shownWord(String(rawCode)) : undefined;
    const codeIsFine = code === undefined || code === "" || SUCCESS_CODES.has(code.toUpperCase());
    if (success === false || (success !== true && !codeIsFine)) {
        throw failedCall({
            operation,
            code: codeIsFine ? OWN_CODES.unreadable : redacted(code),
            text: message === undefined ? "the service reports no success" : redacted(message),
            requestId,
        });
    }
    return { body: record, ...(requestId === undefined ? {} : { requestId }) };
}

/** An answer that cannot be understood; nobody knows what the call did. */
export function unreadable(operation: string, reason: string, requestId?: string): HbrError {
    return failedCall({ operation, code: OWN_CODES.unreadable, text: reason, requestId });
}

/** Lists come as an array or wrapped in an object under the name of their element; `undefined` where it is neither. */
function listOf(value: unknown, elementName: string): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value as unknown[];
    if (typeof value !== "object" || value === null) return undefined;
    const inner: unknown = Object.hasOwn(value, elementName) ? Reflect.get(value, elementName) : undefined;
    if (inner === undefined || inner === null) return Object.keys(value).length === 0 ? [] : undefined;
    // A list of one, as gateways that speak XML inside like to give it.
    return Array.isArray(inner) ? (inner as unknown[]) : typeof inner === "object" ? [inner] : undefined;
}

const fitnessSchema = v.object({ InstanceId: id, ValidInstance: flag, ErrorCode: text });
const taskIdSchema = v.object({ TaskId: v.fallback(v.optional(id), undefined) });

/** Reads the answer of CreateClients. */
export function parseCreateClients(body: unknown, redacted: Redactor = redact): CreateClientsAnswer {
    const envelope = parseEnvelope("CreateClients", body, redacted);
    const { TaskId: taskId } = v.parse(taskIdSchema, envelope.body);
    // The task id is what matters; a list that cannot be read says nothing against any instance.
    const statuses = listOf(envelope.body["InstanceStatuses"], "InstanceStatus") ?? [];
    return {
        ...withoutUndefined({ taskId, requestId: envelope.requestId }),
        instanceStatuses: statuses.flatMap((element) => {
            const parsed = v.safeParse(fitnessSchema, element);
            return parsed.success ? [fitnessOf(parsed.output)] : [];
        }),
    };
}

function fitnessOf(status: v.InferOutput<typeof fitnessSchema>): InstanceFitness {
    return {
        instanceId: status.InstanceId,
        // Without a verdict an instance counts as unfit only where a reason is given.
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
    InstanceName: text,
    NetworkType: text,
    UseHttps: flag,
    AlertSetting: text,
    CreatedTime: seconds,
});

/** A page, with the number of its records that name no client or no instance and were left out. */
export interface CountedClientPage extends ClientPage {
    readonly ignored: number;
}

/** Reads a page of DescribeClients; `vaultId` is the one asked for, which a record may leave out. */
export function parseClientPage(
    body: unknown,
    vaultId: string,
    redacted: Redactor = redact,
): CountedClientPage {
    const operation = "DescribeClients";
    const { body: record, requestId } = parseEnvelope(operation, body, redacted);
    const total = v.safeParse(v.pipe(integer, v.minValue(0)), record["TotalCount"]);
    if (!total.success) throw unreadable(operation, "TotalCount is missing or not a number", requestId);
    const listed = record["Clients"];
    const missing = listed === undefined || listed === null;
    const elements = missing && total.output === 0 ? [] : listOf(listed, "Client");
    if (elements === undefined) throw unreadable(operation, "Clients is missing or not a list", requestId);
    const clients = elements.flatMap((element) => {
        const parsed = v.safeParse(clientSchema, element);
        return parsed.success ? [clientOf(parsed.output, vaultId, redacted)] : [];
    });
    return {
        clients,
        totalCount: total.output,
        ignored: elements.length - clients.length,
        ...withoutUndefined({ requestId }),
    };
}

function clientOf(
    record: v.InferOutput<typeof clientSchema>,
    vaultId: string,
    redacted: Redactor,
): ObservedClient {
    const message = record.StatusMessage;
    return {
        clientId: record.ClientId,
        instanceId: record.InstanceId,
        vaultId: record.VaultId ?? vaultId,
        status: statusOf(record.Status),
        ...withoutUndefined({
            clusterId: record.ClusterId,
            statusMessage: message === undefined ? undefined : redacted(message),
            clientVersion: record.ClientVersion,
            instanceName: record.InstanceName,
            networkType: record.NetworkType,
            useHttps: record.UseHttps,
            alertSetting: record.AlertSetting,
            createdTime: record.CreatedTime,
        }),
    };
}

function statusOf(value: string | undefined): ClientStatus {
    const status = value?.toUpperCase();
    return isClientStatus(status) ? status : "UNKNOWN";
}

/** Reads the answer of UninstallClient. */
export function parseUninstall(body: unknown, redacted: Redactor = redact): UninstallAnswer {
    const { body: record, requestId } = parseEnvelope("UninstallClient", body, redacted);
    const { TaskId: taskId } = v.parse(taskIdSchema, record);
    return withoutUndefined({ taskId, requestId });
}

/** Reads the answer of CheckRole. */
export function parseCheckRole(body: unknown, redacted: Redactor = redact): CheckRoleAnswer {
    return withoutUndefined({ requestId: parseEnvelope("CheckRole", body, redacted).requestId });
}

const hanaSchema = v.object({ ClusterId: id });

/** Reads the answer of DescribeHanaInstances. */
export function parseHanaInstances(body: unknown, redacted: Redactor = redact): HanaInstancePage {
    const operation = "DescribeHanaInstances";
    const { body: record, requestId } = parseEnvelope(operation, body, redacted);
    const listed = record["Hanas"];
    const missing = listed === undefined || listed === null;
    const total = v.safeParse(integer, record["TotalCount"]);
    const elements = missing && total.success && total.output === 0 ? [] : listOf(listed, "Hana");
    if (elements === undefined) throw unreadable(operation, "Hanas is missing or not a list", requestId);
    const clusterIds = elements.flatMap((element) => {
        const parsed = v.safeParse(hanaSchema, element);
        return parsed.success ? [parsed.output.ClusterId] : [];
    });
    return { clusterIds, ...withoutUndefined({ requestId }) };
}

/** The same record without its undefined fields, which `exactOptionalPropertyTypes` keeps apart from absent ones. */
export function withoutUndefined<T extends object>(record: T): { [K in keyof T]?: NonNullable<T[K]> } {
    return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
        [K in keyof T]?: NonNullable<T[K]>;
    };
}
