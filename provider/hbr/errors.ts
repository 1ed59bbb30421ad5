import { OWN_CODES } from "../fleet/codes";
import type { Failure } from "../fleet/outcome";
import type { ErrorClass, ErrorSubject } from "./errorClasses";
import { CHECK_KEYS, KNOWN_ERRORS, SAME_REGION } from "./knownErrors";

export type { ErrorClass, ErrorSubject };

/** What is known of a failed call. */
interface HbrErrorDetails {
    readonly operation: string;
    readonly errorClass: ErrorClass;
    readonly code: string;
    /** The message if missing. */
    readonly text?: string;
    readonly requestId?: string | undefined;
    readonly statusCode?: number | undefined;
    readonly retryAfterMs?: number | undefined;
    readonly trace?: string | undefined;
}

/** A failed call of the Cloud Backup API, classified and free of secrets. */
export class HbrError extends Error {
    readonly operation: string;
    readonly errorClass: ErrorClass;
    /** Error code of the service, or one of `OWN_CODES`. */
    readonly code: string;
    /** The cause alone, without operation, HTTP status and request ID, so that two errors can be compared. */
    readonly text: string;
    readonly about: ErrorSubject | undefined;
    readonly requestId: string | undefined;
    readonly statusCode: number | undefined;
    /** Time that the service, or a gateway before it, asks to wait (`x-acs-retry-after`, `retry-after`). */
    readonly retryAfterMs: number | undefined;
    /** What helps to find the cause, for the debug log: the stack of an unexpected error, for example. */
    readonly trace: string | undefined;

    constructor(message: string, details: HbrErrorDetails) {
        super(message);
        this.name = "HbrError";
        this.operation = details.operation;
        this.errorClass = details.errorClass;
        this.code = details.code;
        this.text = details.text ?? message;
        this.about = subjectOf(details.code);
        this.requestId = details.requestId;
        this.statusCode = details.statusCode;
        this.retryAfterMs = details.retryAfterMs;
        this.trace = details.trace;
    }

    /** Whether the same call may succeed a little later. The official SDK refuses the same answer each time. */
    get mayPass(): boolean {
        return this.errorClass === "unavailable" && this.code !== OWN_CODES.refusedBySdk;
    }
}

/**
 * Makes the error of a failed call:
 * `CreateClients failed: VaultNotExist: The vault does not exist. (HTTP 404, request id …)`
 */
export function failedCall(
    details: Omit<HbrErrorDetails, "errorClass"> & { readonly text: string },
): HbrError {
    const { operation, code, text, statusCode, requestId } = details;
    const facts = [
        ...(statusCode === undefined ? [] : [`HTTP ${statusCode}`]),
        ...(requestId === undefined || text.includes(requestId) ? [] : [`request id ${requestId}`]),
    ];
    const suffix = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
    const words = text === "" || text === code ? code : `${code}: ${text}`;
    return new HbrError(`${operation} failed: ${words}${suffix}`, {
        ...details,
        errorClass: errorClassOf(code, statusCode),
    });
}

/** Error codes of the API gateway, which have many suffixes. Tried in this order, after the table. */
const CODE_PATTERNS: readonly (readonly [RegExp, ErrorClass])[] = [
    [/Throttling|FlowControl|TooManyRequests/i, "throttled"],
    [
        /^(Forbidden|NoPermission|Unauthorized|InvalidAccessKeyId|InvalidSecurityToken|InvalidTimeStamp)\b/,
        "account",
    ],
    [/^Missing(AccessKeyId|SecurityToken)$/, "account"],
    // Only what this provider names in a request: a gateway's 404 (unknown action, unknown key) must not read as "gone".
    [/^(Invalid)?(Vault|Client|Instance|Task|Resource)(Id)?\.?(NotExists?|NotFound)$/, "notFound"],
    [/^(Missing|Invalid)[A-Z]/, "rejected"],
];

/** A code that says of something by name that it does not exist, whatever the class of the error is. */
const NOT_FOUND_OF =
    /^(?:Invalid)?(Vault|Client|Instance|HanaInstance|Task|Cluster|Role)(?:Id|Name)?\.?(?:NotExists?|NotFound)$/;

/** What an error code is about; `undefined` if it does not say. */
export function subjectOf(code: string): ErrorSubject | undefined {
    const entry = KNOWN_ERRORS.get(code);
    if (entry !== undefined) return entry.about;
    const name = NOT_FOUND_OF.exec(code)?.[1]?.toLowerCase();
    return name === "hanainstance" ? "cluster" : (name as ErrorSubject | undefined);
}

/**
 * Whether a refused UninstallClient or DeleteClient means that there is nothing to remove: the client does not exist, or
 * its vault does not. A missing instance says nothing about the client, whose record outlives it. A missing "resource"
 * may be anything, so the list has to tell.
 */
export function isGone(error: HbrError): boolean {
    return error.errorClass === "notFound" && (error.about === "client" || error.about === "vault");
}

/** The class of an error code. An unknown code is judged by the HTTP status. */
export function errorClassOf(code: string, statusCode?: number): ErrorClass {
    const errorClass =
        KNOWN_ERRORS.get(code)?.errorClass ?? CODE_PATTERNS.find(([pattern]) => pattern.test(code))?.[1];
    return errorClass ?? classOfStatus(statusCode ?? Number(code));
}

function classOfStatus(statusCode: number): ErrorClass {
    if (statusCode === 429) return "throttled";
    if (statusCode === 401 || statusCode === 403) return "account";
    if (statusCode === 408 || statusCode >= 500) return "unavailable";
    // A 404 with an unknown code too: what is unclear must not make this provider forget a client.
    return "rejected";
}

/** Advice where the table has none. */
const GENERAL_ADVICE: Readonly<Record<ErrorClass, string | undefined>> = {
    throttled: "run fewer changes at once, or ask Alibaba Cloud for a higher rate",
    unavailable: "run the command again; if it goes on, ask Alibaba Cloud support with the request id",
    booting: "wait until the instance is up, then run the command again",
    account: CHECK_KEYS,
    notFound: SAME_REGION,
    rejected: undefined,
};

/**
 * What a user can do about an error code; `undefined` if the service's message says all there is to say.
 * For a missing permission it names the RAM action, which is the API operation with the prefix `hbr:`.
 */
export function adviceFor(code: string, operation?: string): string | undefined {
    const advice = KNOWN_ERRORS.get(code)?.advice;
    if (advice !== undefined) return advice;
    if (/^(NoPermission|Forbidden)\b/.test(code)) {
        const action = operation === undefined ? "the hbr: action of the call" : `hbr:${operation}`;
        return `grant ${action} to the RAM user or role that the provider uses`;
    }
    return GENERAL_ADVICE[errorClassOf(code)];
}

/** The failure of an instance whose API call ended in this error. */
export function failureOf(error: HbrError): Failure {
    return {
        code: error.code,
        message: error.message,
        operation: error.operation,
        ...(error.requestId !== undefined && { requestId: error.requestId }),
    };
}
