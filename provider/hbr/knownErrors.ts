import { OWN_CODES, type OwnCode } from "../fleet/codes";
import type { KnownError } from "./errorClasses";
import { OUTCOME_ERRORS, STATUS_ERRORS } from "./resultErrors";

/** Otherwise the engine gives them the configuration from the state. The page on errors says it once for all codes. */
export const WITH_PROGRAM =
    "; `pulumi refresh`, `pulumi destroy` and `--refresh` take a changed configuration only with --run-program";
export const CHECK_KEYS = `check the access key ID and the access key secret that the provider uses${WITH_PROGRAM}`;
const CHECK_ARGUMENTS = "check the arguments of the resource";
export const SAME_REGION = "check the id, and that it lies in the region that the provider talks to";
const TOKEN_OF_KEY = `check that alicloud:securityToken is the STS token of the access key that the provider uses${WITH_PROGRAM}`;
const BUILTIN_CLIENT = "remove alicloud-hbr:client from the configuration to use the built-in client";
const PAY = "settle the account's overdue payment";

function refusedFor(means: string): KnownError {
    return { errorClass: "rejected", means, advice: CHECK_ARGUMENTS };
}

/** The error codes of the service that are treated on their own. */
export const SERVICE_ERRORS: Readonly<Record<string, KnownError>> = {
    // About an instance.
    CloudAssistNotRunningOnInstance: {
        errorClass: "booting",
        means: "Cloud Assistant is not up on the instance",
        advice: "install or start the Cloud Assistant agent on the instance, then run the command again",
        about: "instance",
    },
    InstanceNotRunning: {
        errorClass: "booting",
        means: "the instance is stopped, or not up yet",
        advice: "start the instance, then run the command again",
        about: "instance",
    },
    InstanceNotExists: {
        errorClass: "notFound",
        means: "there is no such instance",
        advice: SAME_REGION,
        about: "instance",
    },
    // About what the request names.
    VaultNotExist: {
        errorClass: "notFound",
        means: "there is no such vault",
        advice: SAME_REGION,
        about: "vault",
    },
    ResourceNotFound: { errorClass: "notFound", means: "something is not there", advice: SAME_REGION },
    ObjectNotExist: { errorClass: "notFound", means: "something is not there", advice: SAME_REGION },
    BadRequest: refusedFor("the service does not accept the request"),
    MissingParameter: refusedFor("the service misses a parameter"),
    InvalidParameter: refusedFor("the service does not accept a parameter"),
    TaskTypeNotSupported: {
        errorClass: "rejected",
        means: "the service does not do such a task here",
        advice: "ask Alibaba Cloud support with the request id",
    },
    "InvalidApi.NotFound": {
        errorClass: "rejected",
        means: "the endpoint does not know the operation",
        advice: "check that alicloud:endpoints names a Cloud Backup (HBR) endpoint",
    },
    // About the account.
    RoleNotExist: {
        errorClass: "account",
        means: "a role that Cloud Backup needs is missing",
        advice: "authorize Cloud Backup: its roles AliyunHBRDefaultRole and AliyunECSAccessingHBRRole must exist (the console offers it)",
        about: "role",
    },
    AssumeRoleFail: {
        errorClass: "account",
        means: "Cloud Backup cannot assume the role in the source account",
        advice: "check the role's name and trust policy in the source account (crossAccountRoleName)",
        about: "role",
    },
    InDebt: { errorClass: "account", means: "the account has an overdue payment", advice: PAY },
    InDebtOverdue: { errorClass: "account", means: "the account has an overdue payment", advice: PAY },
    ServiceNotActivated: {
        errorClass: "account",
        means: "Cloud Backup is not activated",
        advice: "activate Cloud Backup in the console",
    },
    RiskControlProhibited: {
        errorClass: "account",
        means: "Alibaba Cloud has restricted the account",
        advice: "ask Alibaba Cloud support to lift the restriction",
    },
    AccountNotEnableRdTrustedService: {
        errorClass: "account",
        means: "Cloud Backup is not a trusted service of the resource directory",
        advice: "enable Cloud Backup as a trusted service of the resource directory",
    },
    BackupAccountNotInSpecifiedRd: {
        errorClass: "account",
        means: "the two accounts are not in one resource directory",
        advice: "check that both accounts are in the same resource directory",
    },
    NoPermission: { errorClass: "account", means: "the identity lacks a permission" },
    "Forbidden.RAM": { errorClass: "account", means: "the identity lacks a permission" },
    "InvalidAccessKeyId.NotFound": {
        errorClass: "account",
        means: "there is no such access key",
        advice: CHECK_KEYS,
    },
    "InvalidAccessKeyId.Inactive": {
        errorClass: "account",
        means: "the access key is disabled",
        advice: `enable the access key, or use another one${WITH_PROGRAM}`,
    },
    InvalidAccessKeyId: { errorClass: "account", means: "the access key is not valid", advice: CHECK_KEYS },
    SignatureDoesNotMatch: {
        errorClass: "account",
        means: "the secret does not belong to the access key",
        advice: CHECK_KEYS,
    },
    IncompleteSignature: {
        errorClass: "account",
        means: "a part of the signature is missing",
        advice: CHECK_KEYS,
    },
    MissingSecurityToken: {
        errorClass: "account",
        means: "the access key is a temporary one, and its token is missing",
        advice: `the access key is a temporary one: set alicloud:securityToken too${WITH_PROGRAM}`,
    },
    "InvalidSecurityToken.Expired": {
        errorClass: "account",
        means: "the STS token has expired",
        advice: `get a new STS token (alicloud:securityToken)${WITH_PROGRAM}`,
    },
    "InvalidSecurityToken.Malformed": {
        errorClass: "account",
        means: "the STS token is not one",
        advice: `check the STS token (alicloud:securityToken)${WITH_PROGRAM}`,
    },
    "InvalidSecurityToken.MismatchWithAccessKey": {
        errorClass: "account",
        means: "the STS token belongs to another access key",
        advice: TOKEN_OF_KEY,
    },
    InvalidSecurityToken: {
        errorClass: "account",
        means: "the STS token is not valid",
        advice: TOKEN_OF_KEY,
    },
    "InvalidTimeStamp.Expired": {
        errorClass: "account",
        means: "this machine's clock is wrong by more than a quarter of an hour",
        advice: "set this machine's clock",
    },
    // About the rate of calls.
    Throttling: { errorClass: "throttled", means: "too many calls" },
    "Throttling.User": { errorClass: "throttled", means: "too many calls of the account" },
    "Throttling.Api": { errorClass: "throttled", means: "too many calls of the operation" },
    // About the service.
    SignatureNonceUsed: {
        errorClass: "unavailable",
        // So the first one may have acted.
        means: "the same request has arrived twice",
    },
    ServiceUnavailable: { errorClass: "unavailable", means: "the service is not available" },
    InternalError: { errorClass: "unavailable", means: "the service has failed" },
    EcsClientError: { errorClass: "unavailable", means: "the service has failed to reach ECS" },
    InitVaultError: {
        errorClass: "unavailable",
        means: "the service has failed to set up the vault, or is still at it",
        advice: "wait until the vault's status is CREATED, then run the command again",
    },
    BrowseFileError: { errorClass: "unavailable", means: "the service has failed to read the vault" },
    AccessVaultFail: { errorClass: "unavailable", means: "the service has failed to reach the vault" },
};

/** This provider's own codes for calls. */
export const OWN_ERRORS: Readonly<Record<OwnCode, KnownError>> = {
    [OWN_CODES.timeout]: {
        errorClass: "unavailable",
        means: "there was no answer in time",
        advice: "the service is slow or out of reach: run the command again",
    },
    [OWN_CODES.connection]: {
        errorClass: "unavailable",
        means: "the endpoint was not reached, or the connection was cut",
        advice: "check the network, the region and the endpoint",
    },
    [OWN_CODES.untrusted]: {
        errorClass: "account",
        means: "this machine does not trust the endpoint's certificate, so nothing was sent",
        advice:
            "where `pulumi` runs, set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of the authority that issued " +
            "that of the endpoint, or of the proxy before it",
    },
    [OWN_CODES.outOfDate]: {
        errorClass: "account",
        means: "the endpoint's certificate has expired, or is not valid yet, so nothing was sent",
        advice: "check this machine's clock; where it is right, the endpoint needs a new certificate",
    },
    [OWN_CODES.otherHost]: {
        errorClass: "account",
        means: "the endpoint's certificate is for another host, so nothing was sent",
        advice: "set alicloud:endpoints to a host that the endpoint's certificate names",
    },
    [OWN_CODES.tls]: {
        errorClass: "account",
        means: "the TLS handshake failed, so nothing was sent",
        advice: "check that the endpoint speaks HTTPS; for one that speaks HTTP, set alicloud:protocol to HTTP",
    },
    [OWN_CODES.unreadable]: {
        errorClass: "unavailable",
        means: "the answer cannot be understood",
        advice: "check that the endpoint is Cloud Backup's own",
    },
    [OWN_CODES.unexpected]: { errorClass: "unavailable", means: "an error that this provider does not know" },
    [OWN_CODES.noCredentials]: {
        errorClass: "account",
        means: "no credentials were found",
        advice:
            "set alicloud:accessKey and alicloud:secretKey with `pulumi config set --secret`, or ALICLOUD_ACCESS_KEY and " +
            `ALICLOUD_SECRET_KEY in the environment${WITH_PROGRAM}`,
    },
    [OWN_CODES.badCredentials]: {
        errorClass: "account",
        means: "the credentials cannot be used, or the role cannot be assumed",
        advice: CHECK_KEYS,
    },
    [OWN_CODES.noSdk]: {
        errorClass: "account",
        means: "the official SDK was asked for and is not installed",
        advice: `install it beside pulumi-alicloud-hbr (\`npm install @alicloud/hbr20170908@2\`), or ${BUILTIN_CLIENT}`,
    },
    [OWN_CODES.sdkIncomplete]: {
        errorClass: "account",
        means: "the official SDK is installed without a module that it needs",
        advice: `install the packages of the program again (\`npm install\`), or ${BUILTIN_CLIENT}`,
    },
    [OWN_CODES.refusedBySdk]: {
        // A write has acted, so its effect is looked for.
        errorClass: "unavailable",
        means: "the official SDK refuses the answer of the service as a whole",
        advice: "set alicloud-hbr:client to builtin, which reads what the official SDK refuses",
    },
    [OWN_CODES.noTask]: {
        errorClass: "unavailable",
        means: "the service has accepted an installation and named no task, and the list shows no client",
        advice: "run the command again; if it goes on, ask Alibaba Cloud support with the request id",
    },
};

/** Everything that is known, by code. */
export const KNOWN_ERRORS: ReadonlyMap<string, KnownError> = new Map(
    [SERVICE_ERRORS, OWN_ERRORS, OUTCOME_ERRORS, STATUS_ERRORS].flatMap((errors) => Object.entries(errors)),
);
