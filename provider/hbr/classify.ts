import { OWN_CODES } from "../fleet/codes";
import { failedCall, HbrError } from "./errors";
import { redact, type Redactor, requestIdOf, stackOf } from "./secrets";
import { isTlsFailure, tlsFailureOf } from "./tls";

const TIMEOUT_CODES = new Set(["ETIMEDOUT", "ESOCKETTIMEDOUT", "ERR_SOCKET_TIMEOUT"]);
/** Any other code of Node (ECONNRESET, EAI_AGAIN, HPE_… for what is not HTTP): the service may have acted. */
const NODE_CODES = /^(E[A-Z\d]|HPE_)[A-Z\d_/]+$/;

/** Texts for network errors without a code of Node, which only those of TLS always have. */
const NETWORK_ERRORS: ReadonlyMap<string, string> = new Map([
    [OWN_CODES.timeout, "no answer in time"],
    [OWN_CODES.connection, "the connection was cut"],
]);

/** What the SDKs' errors have in common, as far as an error has it. */
interface ThrownParts {
    readonly name: string;
    readonly message: string;
    readonly code: string | undefined;
    readonly statusCode: number | undefined;
    readonly requestId: string | undefined;
    readonly retryAfterMs: number | undefined;
    /** The service's message, without what the SDK adds to it. */
    readonly serviceMessage: string | undefined;
}

/**
 * Turns anything that a call throws into an {@link HbrError}. All errors enter here, so they are classified and freed of
 * secrets here. `redacted` knows the secrets of the call; `host` is the endpoint, for network errors.
 */
export function classify(
    thrown: unknown,
    operation: string,
    redacted: Redactor = redact,
    host?: string,
): HbrError {
    if (thrown instanceof HbrError) return thrown;
    const parts = partsOf(thrown);
    const code = redacted(codeOf(parts, thrown));
    return failedCall({
        operation,
        code,
        text: redacted(wordsOf(parts, code, host)),
        requestId: parts.requestId,
        statusCode: parts.statusCode,
        retryAfterMs: parts.retryAfterMs,
        trace: code === OWN_CODES.unexpected ? stackOf(thrown, redacted) : undefined,
    });
}

/** The service's message; else the network error; else the SDK's message, without the frame around it. */
function wordsOf(parts: ThrownParts, code: string, host: string | undefined): string {
    const { serviceMessage, message } = parts;
    if (serviceMessage !== undefined) return serviceMessage;
    const networkError = isTlsFailure(code) ? parts.code : NETWORK_ERRORS.get(code);
    // In place of Node's message, to which httpx adds the URL with all parameters.
    if (networkError !== undefined)
        return `${parts.code ?? networkError}${host === undefined ? "" : ` (${host})`}`;
    const inFrame = /^(?:[\w.]+: )?code: \d{3}, (.*?) request id: \S*$/s.exec(message)?.[1];
    return inFrame === "undefined" ? "" : (inFrame ?? message);
}

function codeOf(parts: ThrownParts, thrown: unknown): string {
    const { code, name, message, statusCode } = parts;
    if (code !== undefined) {
        if (TIMEOUT_CODES.has(code)) return OWN_CODES.timeout;
        return tlsFailureOf(code) ?? (NODE_CODES.test(code) ? OWN_CODES.connection : code);
    }
    if (/timeout/i.test(name) || /^(Read|Connect)Timeout/.test(message)) return OWN_CODES.timeout;
    if (/socket hang up|network|aborted/i.test(message) || name === "AbortError") return OWN_CODES.connection;
    // The official SDK, for an answer whose fields are not of the declared types.
    if (/ is mismatch\b|can not cast/i.test(message)) return OWN_CODES.refusedBySdk;
    // What the SDKs throw for an answer that is no JSON object.
    if (thrown instanceof SyntaxError || name === "SyntaxError" || statusCode !== undefined) {
        // The page of a gateway: the endpoint is right, and the service behind it is in trouble.
        return statusCode !== undefined && statusCode >= 500 ? "ServiceUnavailable" : OWN_CODES.unreadable;
    }
    if (/not a object/i.test(message)) return OWN_CODES.unreadable;
    return OWN_CODES.unexpected;
}

function partsOf(thrown: unknown): ThrownParts {
    const error = recordOf(thrown);
    const data = recordOf(field(error, "data"));
    const name = textOf(field(error, "name")) ?? "";
    const code = codeText(field(error, "code")) ?? codeText(field(data, "Code"));
    return {
        name,
        message: textOf(field(error, "message")) ?? (typeof thrown === "string" ? thrown : ""),
        code,
        statusCode: statusOf(field(error, "statusCode")) ?? statusOf(field(data, "statusCode")),
        requestId: requestIdOf(field(error, "requestId")) ?? requestIdOf(field(data, "RequestId")),
        retryAfterMs: waitOf(field(error, "retryAfter")),
        serviceMessage: textOf(field(data, "Message")) ?? textOf(field(data, "message")),
    };
}

/** A field of a foreign object, whose getter may throw. */
function field(record: object | undefined, name: string): unknown {
    try {
        return record === undefined ? undefined : (Reflect.get(record, name) as unknown);
    } catch {
        return undefined;
    }
}

function recordOf(value: unknown): object | undefined {
    return typeof value === "object" && value !== null ? value : undefined;
}

function textOf(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}

/** A code, which is a single word. The SDKs write a missing one as the text "undefined". */
function codeText(value: unknown): string | undefined {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string" || text === "undefined" || text === "null") return undefined;
    // OpenSSL's names may have slashes: ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC.
    return /^([\w.:-]{1,100}|ERR_SSL_[A-Z\d_/]{1,90})$/.test(text) ? text : undefined;
}

function statusOf(value: unknown): number | undefined {
    const status = typeof value === "string" ? Number(value) : value;
    return typeof status === "number" && Number.isInteger(status) && status >= 100 && status < 600
        ? status
        : undefined;
}

/** Milliseconds, at most five minutes. */
function waitOf(value: unknown): number | undefined {
    const ms = typeof value === "string" && value !== "" ? Number(value) : value;
    return typeof ms === "number" && Number.isFinite(ms) && ms >= 0 ? Math.min(ms, 300_000) : undefined;
}
