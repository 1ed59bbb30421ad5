import type { Failure } from "../fleet/outcome";
/**
 * How a failed call is treated; decided once, where the error enters.
 *
 * - `throttled`: refused before it acted. Wait and repeat it.
 * - `unavailable`: it may have acted (5xx, connection reset, time-out, unreadable answer). Repeat reads; after a write,
 *   look at the clients before submitting anything again.
 * - `booting`: the instance is not ready yet. Wait for it, up to a limit.
 * - `notFound`: something that the request names does not exist.
 * - `rejected`: the service refuses this request. Repeating it does not help.
 * - `account`: nothing of the kind works until the account, its rights or the credentials are changed.
 */
export type ErrorClass = "throttled" | "unavailable" | "booting" | "notFound" | "rejected" | "account";

/** What an error is about, as far as its code tells. */
export type ErrorSubject = "instance" | "client" | "vault" | "task" | "cluster" | "role";

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
}

/** A failed call of the Cloud Backup API, classified and free of secrets. */
export class HbrError extends Error {
    readonly operation: string;
    readonly errorClass: ErrorClass;
    /** Error code of the service, or one of {@link OWN_CODES}. */
    readonly code: string;
    /** The cause alone, without operation, HTTP status and request ID, so that two errors can be compared. */
    readonly text: string;
    readonly about: ErrorSubject | undefined;
    readonly requestId: string | undefined;
    readonly statusCode: number | undefined;
    /** Time that the service, or a gateway before it, asks to wait (`x-acs-retry-after`, `retry-after`). */
    readonly retryAfterMs: number | undefined;

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

/** Error codes of this provider, for what fails before or after the service speaks. */
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

/** What is known of an error code. */
interface KnownError {
    readonly errorClass: ErrorClass;
    readonly advice: string | undefined;
    /** Missing if the code does not say (`ResourceNotFound`). */
    readonly about: ErrorSubject | undefined;
}

function known(
    code: string,
    errorClass: ErrorClass,
    advice?: string,
    about?: ErrorSubject,
): readonly [string, KnownError] {
    return [code, { errorClass, advice, about }];
}

const CHECK_KEYS = "check the access key ID and the access key secret that the provider uses";
const CHECK_ARGUMENTS = "check the arguments of the resource";
const SAME_REGION = "check the id, and that it lies in the region that the provider talks to";
const PAY = "settle the account's overdue payment";

/** Every error code that is treated on its own, in the order of `docs/errors.md`. */
const KNOWN_ERRORS: ReadonlyMap<string, KnownError> = new Map([
    // About an instance.
    known(
        "CloudAssistNotRunningOnInstance",
        "booting",
        "install or start the Cloud Assistant agent on the instance, then run the command again",
        "instance",
    ),
    known("InstanceNotRunning", "booting", "start the instance, then run the command again", "instance"),
    known("InstanceNotExists", "notFound", `${SAME_REGION} (instance)`, "instance"),
    // About what the request names.
    known("VaultNotExist", "notFound", `${SAME_REGION} (vault)`, "vault"),
    known("ResourceNotFound", "notFound", SAME_REGION),
    known("ObjectNotExist", "notFound", SAME_REGION),
    known("TaskNotFound", "notFound", "run the command again: it looks what has become of it", "task"),
    known("BadRequest", "rejected", CHECK_ARGUMENTS),
    known("MissingParameter", "rejected", CHECK_ARGUMENTS),
    known("InvalidParameter", "rejected", CHECK_ARGUMENTS),
    known("TaskTypeNotSupported", "rejected"),
    known(
        "InvalidApi.NotFound",
        "rejected",
        "check that alicloud:endpoints names a Cloud Backup (HBR) endpoint",
    ),
    // About the account.
    known(
        "RoleNotExist",
        "account",
        "authorize Cloud Backup: its roles AliyunHBRDefaultRole and AliyunECSAccessingHBRRole must exist (the console offers it)",
        "role",
    ),
    known(
        "AssumeRoleFail",
        "account",
        "check the role's name and trust policy in the source account (crossAccountRoleName)",
        "role",
    ),
    known("InDebt", "account", PAY),
    known("InDebtOverdue", "account", PAY),
    known("ServiceNotActivated", "account", "activate Cloud Backup in the console"),
    known("RiskControlProhibited", "account", "ask Alibaba Cloud support to lift the restriction"),
    known(
        "AccountNotEnableRdTrustedService",
        "account",
        "enable Cloud Backup as a trusted service of the resource directory",
    ),
    known(
        "BackupAccountNotInSpecifiedRd",
        "account",
        "check that both accounts are in the same resource directory",
    ),
    known("NoPermission", "account"),
    known("InvalidAccessKeyId.NotFound", "account", CHECK_KEYS),
    known("InvalidAccessKeyId.Inactive", "account", "enable the access key, or use another one"),
    known("InvalidAccessKeyId", "account", CHECK_KEYS),
    known("SignatureDoesNotMatch", "account", CHECK_KEYS),
    known("IncompleteSignature", "account", CHECK_KEYS),
    known("InvalidSecurityToken.Expired", "account", "get a new STS token"),
    known("InvalidSecurityToken.Malformed", "account", "check the STS token"),
    known("InvalidTimeStamp.Expired", "account", "set this machine's clock"),
    // About the service. A used nonce means that the same request has arrived twice, so the first one may have acted.
    known("SignatureNonceUsed", "unavailable"),
    known("ServiceUnavailable", "unavailable"),
    known("InternalError", "unavailable"),
    known("EcsClientError", "unavailable"),
    known(
        "InitVaultError",
        "unavailable",
        "wait until the vault's status is CREATED, then run the command again",
    ),
    known("BrowseFileError", "unavailable"),
    known("AccessVaultFail", "unavailable"),
    // This provider's own.
    known(OWN_CODES.timeout, "unavailable", "the service is slow or out of reach: run the command again"),
    known(OWN_CODES.connection, "unavailable", "check the network, the region and the endpoint"),
    known(OWN_CODES.unreadable, "unavailable", "check that the endpoint is Cloud Backup's own"),
    known(OWN_CODES.unexpected, "unavailable"),
    known(OWN_CODES.noCredentials, "account", "set credentials in one of the places named"),
    known(OWN_CODES.badCredentials, "account"),
    known(
        OWN_CODES.noSdk,
        "account",
        "install it beside pulumi-alicloud-hbr (`npm install @alicloud/hbr20170908@2`), or remove " +
            "alicloud-hbr:client from the configuration to use the built-in client",
    ),
]);

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
