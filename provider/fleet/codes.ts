/*
 * Every error code of this provider that a run, an output or the state may show, beside the codes of the service and the
 * statuses of clients. `hbr/knownErrors.ts` and `hbr/resultErrors.ts` say for each what it means and what a user can do; what
 * is missing there does not compile.
 */

/** Codes for a call that fails before or after the service speaks. */
export const OWN_CODES = {
    timeout: "Timeout",
    connection: "ConnectionFailed",
    untrusted: "CertificateNotTrusted",
    outOfDate: "CertificateDateInvalid",
    otherHost: "CertificateNameMismatch",
    tls: "TlsFailed",
    unreadable: "UnreadableAnswer",
    unexpected: "UnexpectedError",
    noCredentials: "CredentialsNotFound",
    badCredentials: "CredentialsRefused",
    noSdk: "SdkNotInstalled",
    sdkIncomplete: "SdkIncomplete",
    refusedBySdk: "AnswerRefusedBySdk",
    noTask: "NoTaskId",
} as const;

export type OwnCode = (typeof OWN_CODES)[keyof typeof OWN_CODES];

/** Codes for the result of an instance, if neither the service nor a status names the reason. */
export const OUTCOME_CODES = {
    /** An existing client that `adoptExisting: false` forbids to adopt. */
    clientExists: "ClientAlreadyExists",
    /** An existing client that is not adopted because it is not healthy. */
    clientNotHealthy: "ClientNotHealthy",
    /** A client that may be this resource's, which only a task that cannot be asked any more could tell. */
    originUnknown: "ClientOfUnknownOrigin",
    /** The new cluster of an instance, which the vault does not know. */
    noCluster: "ClusterNotFound",
    /** An instance that the service calls invalid without a reason. */
    invalidInstance: "InvalidInstance",
    taskFailed: "TaskFailed",
    taskExpired: "TaskExpired",
    taskCancelled: "TaskCancelled",
    taskNotFound: "TaskNotFound",
} as const;

export type OutcomeCode = (typeof OUTCOME_CODES)[keyof typeof OUTCOME_CODES];
