import { failedCall, HbrError, OWN_CODES } from "./errors";
import { redact, type Redactor, requestIdOf } from "./secrets";
/**
 * A certificate or a protocol that does not fit: the request was never sent, and will not be the next time. What fails
 * a handshake comes as EPROTO; most of ERR_SSL_… comes on an open connection, where the request may have been sent.
 */
const TLS_CODES =
    /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA)|EPROTO$)/;
const TIMEOUT_CODES = new Set(["ETIMEDOUT", "ESOCKETTIMEDOUT", "ERR_SOCKET_TIMEOUT"]);
/** Any other code of Node's (ECONNRESET, EAI_AGAIN; HPE_…: no HTTP): not the service's word, so it may have acted. */
const NODE_CODES = /^(E[A-Z\d]|HPE_)[A-Z\d_/]+$/;

/** What to say of trouble on the way for which Node has no code. */
const ON_THE_WAY: ReadonlyMap<string, string> = new Map([
    [OWN_CODES.timeout, "no answer in time"],
    [OWN_CODES.connection, "the connection was cut"],
    [OWN_CODES.tls, "the handshake failed"],
]);

/** The parts that the SDKs' errors have in common; every one may be missing or of any type. */
interface ThrownParts {
    readonly name: string;
    readonly message: string;
    readonly code: string | undefined;
    readonly statusCode: number | undefined;
    readonly requestId: string | undefined;
    readonly retryAfterMs: number | undefined;
    /** The service's own message, without what the SDK wraps around it. */
    readonly serviceMessage: string | undefined;
}

/**
 * Turns anything that a call can throw into an {@link HbrError}: the one place where errors enter, so the one place where
 * they are classified and freed of secrets. `redacted` knows the secrets of this call, `host` is the endpoint that was
 * called.
 */
export function classify(
    thrown: unknown,
    operation: string,
    redacted: Redactor = redact,
    host?: string,
): HbrError {
    if (thrown instanceof HbrError) return thrown;
    const parts = partsOf(thrown);
    const code = codeOf(parts, thrown);
    return failedCall({
        operation,
        code,
        text: redacted(wordsOf(parts, code, host)),
        requestId: parts.requestId,
        statusCode: parts.statusCode,
        retryAfterMs: parts.retryAfterMs,
    });
}

/** The service's own words; else ours for trouble on the way; else those of the SDK, without its frame around them. */
function wordsOf(parts: ThrownParts, code: string, host: string | undefined): string {
    const { serviceMessage, message } = parts;
    if (serviceMessage !== undefined) return serviceMessage;
    const onTheWay = ON_THE_WAY.get(code);
    // Node's message, to which httpx adds the whole request, says nothing that its code and the host do not.
    if (onTheWay !== undefined) return `${parts.code ?? onTheWay}${host === undefined ? "" : ` (${host})`}`;
    return /^(?:[\w.]+: )?code: \d{3}, (.*?) request id: \S*$/s.exec(message)?.[1] ?? message;
}

function codeOf(parts: ThrownParts, thrown: unknown): string {
    const { code, name, message, statusCode } = parts;
    if (code !== undefined) {
        if (TIMEOUT_CODES.has(code)) return OWN_CODES.timeout;
        if (TLS_CODES.test(code)) return OWN_CODES.tls;
        return NODE_CODES.test(code) ? OWN_CODES.connection : code;
    }
    if (/timeout/i.test(name) || /^(Read|Connect)Timeout/.test(message)) return OWN_CODES.timeout;
    if (/socket hang up|network|aborted/i.test(message) || name === "AbortError") return OWN_CODES.connection;
    // The SDKs report an answer that is no JSON object, or not of the declared types, as one of these.
    if (thrown instanceof SyntaxError || name === "SyntaxError" || statusCode !== undefined)
        return OWN_CODES.unreadable;
    if (/is mismatch|not a object|can not cast/i.test(message)) return OWN_CODES.unreadable;
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

/** Read behind a guard: a getter of a foreign object may throw. */
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

/** The SDKs write a missing code as the text "undefined". Anything that is no plain word is not a code. */
function codeText(value: unknown): string | undefined {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string" || text === "undefined" || text === "null") return undefined;
    // OpenSSL's own names have slashes: ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC.
    return /^([\w.:-]{1,100}|ERR_SSL_[A-Z\d_/]{1,90})$/.test(text) ? text : undefined;
}

function statusOf(value: unknown): number | undefined {
    const status = typeof value === "string" ? Number(value) : value;
    return typeof status === "number" && Number.isInteger(status) && status >= 100 && status < 600
        ? status
        : undefined;
}

function waitOf(value: unknown): number | undefined {
    const ms = typeof value === "string" && value !== "" ? Number(value) : value;
    return typeof ms === "number" && Number.isFinite(ms) && ms >= 0 ? Math.min(ms, 300_000) : undefined;
}
