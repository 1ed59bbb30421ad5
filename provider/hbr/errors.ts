import type { Failure } from "../fleet/outcome";
/**
 * How a failed call is to be treated; decided once, where the error enters.
 *
 * - `throttled`: refused before it acted; wait and call again.
 * - `unavailable`: nobody knows whether it acted (5xx, reset, time-out, unreadable answer); reads are repeated,
 *   writes are followed by a look at the clients before anything is submitted again.
 * - `booting`: the instance is not ready yet; wait for it, within a bound.
 * - `notFound`: what was named does not exist.
 * - `rejected`: the service will not do it, for this request; repeating does not help.
 * - `account`: nothing of this kind will work until somebody changes the account, the rights or the credentials.
 */
export type ErrorClass = "throttled" | "unavailable" | "booting" | "notFound" | "rejected" | "account";

/** What an error is about, as far as its code tells. */
export type ErrorSubject = "instance" | "client" | "vault" | "task" | "cluster" | "role";

/** What is known of a failed call. */
export interface HbrErrorDetails {
    readonly operation: string;
    readonly errorClass: ErrorClass;
    readonly code: string;
    /** Without it the message is all there is to say. */
    readonly text?: string;
    readonly requestId?: string | undefined;
    readonly statusCode?: number | undefined;
    readonly retryAfterMs?: number | undefined;
}

/** A failed call of the Cloud Backup API, classified, its text free of secrets. */
export class HbrError extends Error {
    readonly operation: string;
    readonly errorClass: ErrorClass;
    /** Error code of the service, or a word of ours for trouble on the way (see {@link OWN_CODES}). */
    readonly code: string;
    /** What the service says, or a sentence of ours, without operation, HTTP status and request id: two can be compared. */
    readonly text: string;
    readonly about?: ErrorSubject;
    readonly requestId?: string;
    readonly statusCode?: number;
    readonly retryAfterMs?: number;

    constructor(message: string, details: HbrErrorDetails) {
        super(message);
        this.name = "HbrError";
        this.operation = details.operation;
        this.errorClass = details.errorClass;
        this.code = details.code;
        this.text = details.text ?? message;
        const about = subjectOf(details.code);
        if (about !== undefined) this.about = about;
        if (details.requestId !== undefined) this.requestId = details.requestId;
        if (details.statusCode !== undefined) this.statusCode = details.statusCode;
        if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    }
}

/**
 * The error of a call that failed, its message made of what is known:
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

/** Error codes of our own, for what goes wrong before or after the service speaks. */
export const OWN_CODES = {
    timeout: "Timeout",
    connection: "ConnectionFailed",
    tls: "TlsFailed",
    unreadable: "UnreadableAnswer",
    unexpected: "UnexpectedError",
    noCredentials: "CredentialsNotFound",
    badCredentials: "CredentialsRefused",
    noSdk: "SdkNotInstalled",
} as const;

/** What is known of an error code: its class, what it is about, and what a user can do. */
interface KnownError {
    readonly errorClass: ErrorClass;
    /** Missing where the code names nothing (`ResourceNotFound`). */
    readonly about?: ErrorSubject;
    readonly advice?: string;
}

const CHECK_KEYS = "check the access key ID and the access key secret that the provider uses";
const SAME_REGION = "check the id, and that it lies in the region that the provider talks to";

/** The one table of error codes. */
const KNOWN_ERRORS: ReadonlyMap<string, KnownError> = new Map<string, KnownError>([
    // Of one instance.
    [
        "CloudAssistNotRunningOnInstance",
        {
            errorClass: "booting",
            about: "instance",
            advice: "install or start the Cloud Assistant agent on the instance, then run the command again",
        },
    ],
    [
        "InstanceNotRunning",
        {
            errorClass: "booting",
            about: "instance",
            advice: "start the instance, then run the command again",
        },
    ],
    ["InstanceNotExists", { errorClass: "notFound", about: "instance", advice: `${SAME_REGION} (instance)` }],
    // Of what the request names.
    ["VaultNotExist", { errorClass: "notFound", about: "vault", advice: `${SAME_REGION} (vault)` }],
    ["ResourceNotFound", { errorClass: "notFound", advice: SAME_REGION }],
    ["ObjectNotExist", { errorClass: "notFound", advice: SAME_REGION }],
    [
        "TaskNotFound",
        {
            errorClass: "notFound",
            about: "task",
            advice: "run the command again: it looks what has become of it",
        },
    ],
    ["BadRequest", { errorClass: "rejected", advice: "check the arguments of the resource" }],
    ["MissingParameter", { errorClass: "rejected", advice: "check the arguments of the resource" }],
    ["InvalidParameter", { errorClass: "rejected", advice: "check the arguments of the resource" }],
    ["TaskTypeNotSupported", { errorClass: "rejected" }],
    [
        "InvalidApi.NotFound",
        {
            errorClass: "rejected",
            advice: "check that alicloud:endpoints names a Cloud Backup (HBR) endpoint",
        },
    ],
    // Of the account.
    [
        "RoleNotExist",
        {
            errorClass: "account",
            about: "role",
            advice: "authorize Cloud Backup: its roles AliyunHBRDefaultRole and AliyunECSAccessingHBRRole must exist (the console offers it)",
        },
    ],
    [
        "AssumeRoleFail",
        {
            errorClass: "account",
            about: "role",
            advice: "check the role's name and trust policy in the source account (crossAccountRoleName)",
        },
    ],
    ["InDebt", { errorClass: "account", advice: "settle the account's overdue payment" }],
    ["InDebtOverdue", { errorClass: "account", advice: "settle the account's overdue payment" }],
    ["ServiceNotActivated", { errorClass: "account", advice: "activate Cloud Backup in the console" }],
    [
        "RiskControlProhibited",
        { errorClass: "account", advice: "ask Alibaba Cloud support to lift the restriction" },
    ],
    [
        "AccountNotEnableRdTrustedService",
        {
            errorClass: "account",
            advice: "enable Cloud Backup as a trusted service of the resource directory",
        },
    ],
    [
        "BackupAccountNotInSpecifiedRd",
        { errorClass: "account", advice: "check that both accounts are in the same resource directory" },
    ],
    ["NoPermission", { errorClass: "account" }],
    ["InvalidAccessKeyId.NotFound", { errorClass: "account", advice: CHECK_KEYS }],
    [
        "InvalidAccessKeyId.Inactive",
        { errorClass: "account", advice: "enable the access key, or use another one" },
    ],
    ["InvalidAccessKeyId", { errorClass: "account", advice: CHECK_KEYS }],
    ["SignatureDoesNotMatch", { errorClass: "account", advice: CHECK_KEYS }],
    ["IncompleteSignature", { errorClass: "account", advice: CHECK_KEYS }],
    ["InvalidSecurityToken.Expired", { errorClass: "account", advice: "get a new STS token" }],
    ["InvalidSecurityToken.Malformed", { errorClass: "account", advice: "check the STS token" }],
    ["InvalidTimeStamp.Expired", { errorClass: "account", advice: "set this machine's clock" }],
    // Of the service or the way to it. A nonce counts as used when the same request arrived twice, so it may have acted.
    ["SignatureNonceUsed", { errorClass: "unavailable" }],
    ["ServiceUnavailable", { errorClass: "unavailable" }],
    ["InternalError", { errorClass: "unavailable" }],
    ["EcsClientError", { errorClass: "unavailable" }],
    ["InitVaultError", { errorClass: "unavailable" }],
    ["BrowseFileError", { errorClass: "unavailable" }],
    ["AccessVaultFail", { errorClass: "unavailable" }],
    // Of our own.
    [
        OWN_CODES.timeout,
        { errorClass: "unavailable", advice: "the service is slow or out of reach: run the command again" },
    ],
    [
        OWN_CODES.connection,
        { errorClass: "unavailable", advice: "check the network, the region and the endpoint" },
    ],
    [
        OWN_CODES.unreadable,
        { errorClass: "unavailable", advice: "check that the endpoint is Cloud Backup's own" },
    ],
    [OWN_CODES.unexpected, { errorClass: "unavailable" }],
    [
        OWN_CODES.noCredentials,
        { errorClass: "account", advice: "set credentials in one of the places named" },
    ],
    [OWN_CODES.badCredentials, { errorClass: "account" }],
    [
        OWN_CODES.noSdk,
        {
            errorClass: "account",
            advice:
                "install it beside pulumi-alicloud-hbr (`npm install @alicloud/hbr20170908@2`), or remove " +
                "alicloud-hbr:client from the configuration to use the built-in client",
        },
    ],
]);

/** Codes of the gateway that come with many suffixes; looked at in this order, after the table. */
const CODE_PATTERNS: readonly (readonly [RegExp, ErrorClass])[] = [
    [/Throttling|FlowControl|TooManyRequests/i, "throttled"],
    [
        /^(Forbidden|NoPermission|Unauthorized|InvalidAccessKeyId|InvalidSecurityToken|InvalidTimeStamp)\b/,
        "account",
    ],
    [/^Missing(AccessKeyId|SecurityToken)$/, "account"],
    // Only what is ours to name: a 404 of the gateway (unknown action, unknown access key) must never read as "gone".
    [/^(Invalid)?(Vault|Client|Instance|Task|Resource)(Id)?\.?(NotExists?|NotFound)$/, "notFound"],
    [/^(Missing|Invalid)[A-Z]/, "rejected"],
];

/** Says of something that it does not exist, by a name; whether that makes it gone is for the class to say. */
const NOT_FOUND_OF =
    /^(?:Invalid)?(Vault|Client|Instance|HanaInstance|Task|Cluster|Role)(?:Id|Name)?\.?(?:NotExists?|NotFound)$/;

/** What an error code is about; `undefined` where it does not tell. */
export function subjectOf(code: string): ErrorSubject | undefined {
    const known = KNOWN_ERRORS.get(code);
    if (known !== undefined) return known.about;
    const name = NOT_FOUND_OF.exec(code)?.[1]?.toLowerCase();
    return name === "hanainstance" ? "cluster" : (name as ErrorSubject | undefined);
}

/**
 * Whether a refused UninstallClient or DeleteClient says that there is nothing to remove: the client does not exist, or
 * its vault. That its instance does not exist says nothing of the client, whose record outlives it; and of a "resource"
 * nobody knows which it is, so the list has to say.
 */
export function isGone(error: HbrError): boolean {
    if (error.errorClass !== "notFound") return false;
    return error.about === "client" || error.about === "vault";
}

/** The class of an error code; an unknown code is judged by the HTTP status. */
export function errorClassOf(code: string, statusCode?: number): ErrorClass {
    const known = KNOWN_ERRORS.get(code);
    if (known !== undefined) return known.errorClass;
    for (const [pattern, errorClass] of CODE_PATTERNS) {
        if (pattern.test(code)) return errorClass;
    }
    return classOfStatus(statusCode ?? Number(code));
}

function classOfStatus(statusCode: number): ErrorClass {
    if (statusCode === 429) return "throttled";
    if (statusCode === 401 || statusCode === 403) return "account";
    if (statusCode === 408 || statusCode >= 500) return "unavailable";
    // A 404 with a code that we do not know is unclear, and an unclear error must not make anybody forget a client.
    return "rejected";
}

/**
 * What a user can do about an error code; `undefined` where we have nothing better to say than the service.
 * For missing rights it names the RAM action, which is the API action with the prefix `hbr:`.
 */
export function adviceFor(code: string, operation?: string): string | undefined {
    const known = KNOWN_ERRORS.get(code);
    if (known?.advice !== undefined) return known.advice;
    if (/^(NoPermission|Forbidden)\b/.test(code)) {
        const action = operation === undefined ? "the hbr: action of the call" : `hbr:${operation}`;
        return `grant ${action} to the RAM user or role that the provider uses`;
    }
    switch (errorClassOf(code)) {
        case "throttled":
            return "run fewer changes at once, or ask Alibaba Cloud for a higher rate";
        case "unavailable":
            return "run the command again; if it goes on, ask Alibaba Cloud support with the request id";
        case "booting":
            return "wait until the instance is up, then run the command again";
        case "account":
            return CHECK_KEYS;
        case "notFound":
            return SAME_REGION;
        case "rejected":
            return undefined;
    }
}

/** Every code of the table, for the documentation and for tests. */
export function knownErrorCodes(): readonly string[] {
    return [...KNOWN_ERRORS.keys()];
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
