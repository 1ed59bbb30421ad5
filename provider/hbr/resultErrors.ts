import { OUTCOME_CODES, type OutcomeCode } from "../fleet/codes";
import type { ClientStatus } from "../fleet/status";
import type { KnownError } from "./errorClasses";

const LOOK_AT_AGENT = "look at the agent on the instance";
const ASK_SUPPORT = "run the command again; if it goes on, ask Alibaba Cloud support with the task id";

/** This provider's own codes for the results of instances. */
export const OUTCOME_ERRORS: Readonly<Record<OutcomeCode, KnownError>> = {
    [OUTCOME_CODES.clientExists]: {
        errorClass: "rejected",
        means: "there is a client already, and `adoptExisting` is false",
        advice: "set adoptExisting to true to take the client over, or take the instance out of the program",
        about: "client",
    },
    [OUTCOME_CODES.clientNotHealthy]: {
        errorClass: "rejected",
        means: "there is a client already, and it is not healthy, so it was not adopted",
        advice: `${LOOK_AT_AGENT}, then run the command again`,
        about: "client",
    },
    [OUTCOME_CODES.originUnknown]: {
        errorClass: "rejected",
        means: "a client is there that only a lost task could tell to be this resource's, so it was not removed",
        advice: "declare the instance and run `pulumi up` to take the client over, or remove it yourself",
        about: "client",
    },
    [OUTCOME_CODES.noCluster]: {
        errorClass: "rejected",
        means: "the vault does not know the cluster that an instance is to move to, so it keeps its client",
        advice: "register the SAP HANA instance in the vault, or correct clusterId",
        about: "cluster",
    },
    [OUTCOME_CODES.invalidInstance]: {
        errorClass: "rejected",
        means: "the service calls the instance invalid and gives no reason",
        advice: "check that the instance exists in the region, runs, and has Cloud Assistant",
        about: "instance",
    },
    [OUTCOME_CODES.taskFailed]: {
        errorClass: "rejected",
        means: "the task failed, and names no reason for this instance",
        advice: ASK_SUPPORT,
    },
    [OUTCOME_CODES.taskExpired]: {
        errorClass: "rejected",
        means: "the task took longer than the service allows (15 minutes)",
        advice: "check that the instance is up and reaches Cloud Backup, then run the command again",
    },
    [OUTCOME_CODES.taskCancelled]: {
        errorClass: "rejected",
        means: "somebody has cancelled the task",
        advice: "run the command again",
    },
    [OUTCOME_CODES.taskNotFound]: {
        errorClass: "notFound",
        means: "the task cannot be asked any more, and its work is not done",
        advice: "run the command again: it looks what has become of it",
        about: "task",
    },
};

function failedStatus(means: string, advice: string): KnownError {
    return { errorClass: "rejected", means, advice };
}

const STUCK = failedStatus("the work on the client did not end within the service's limit", ASK_SUPPORT);

/** The statuses of clients as error codes: how the work on an instance ended, if nothing names a better reason. */
export const STATUS_ERRORS: Readonly<Record<ClientStatus, KnownError>> = {
    INSTALL_FAILED: failedStatus(
        "the installation failed; the service gives no code for it",
        `${LOOK_AT_AGENT} (disk space, network), then run the command again`,
    ),
    NOT_INSTALLED: failedStatus("the client is gone, or none was installed", "run the command again"),
    UNINSTALL_FAILED: failedStatus(
        "the agent was not uninstalled",
        "check that the instance runs and has Cloud Assistant, then run the command again",
    ),
    UPGRADE_FAILED: failedStatus(
        "the upgrade failed; the client keeps the agent that it has",
        `${LOOK_AT_AGENT}, then run the command again`,
    ),
    DEACTIVATED: failedStatus("the agent is there and does not work", LOOK_AT_AGENT),
    UNKNOWN: failedStatus("the service has lost contact with the agent", LOOK_AT_AGENT),
    STOPPED: failedStatus("the agent is stopped", LOOK_AT_AGENT),
    ACTIVATED: failedStatus("the agent is still there after its removal", ASK_SUPPORT),
    INSTALLING: STUCK,
    REGISTERED: STUCK,
    UPGRADING: STUCK,
    UNINSTALLING: STUCK,
};
