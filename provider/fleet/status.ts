import type { ClientStatus } from "./model";

/** What DescribeClients shows for an instance: a status, or no record at all. */
export type Observation = ClientStatus | "absent";

/**
 * How an instance stands to the program: declared and not yet in the state, declared and in the state, or no longer
 * declared.
 */
export type Standing = "new" | "recorded" | "removed";

/**
 * What a status asks for.
 *
 * - `install`: CreateClients.
 * - `reinstall`: UninstallClient, wait, CreateClients.
 * - `adopt`, `adoptAndWarn`: take a client over as it is.
 * - `keep`, `keepAndReport`: leave it as it is.
 * - `wait`: something is under way; look again and decide then.
 * - `grace`: may pass by itself; look again, for {@link STATUS_GRACE_MS} at most, then it has failed.
 * - `uninstall`: UninstallClient, wait.
 * - `deleteRecord`: DeleteClient, unless the record is to stay.
 * - `done`: nothing is left to do.
 */
export type Decision =
    | "install"
    | "reinstall"
    | "adopt"
    | "adoptAndWarn"
    | "keep"
    | "keepAndReport"
    | "wait"
    | "grace"
    | "uninstall"
    | "deleteRecord"
    | "done";

/** The service gives an asynchronous task 15 minutes. */
export const TASK_LIMIT_MS = 15 * 60_000;

/** How long a status that may pass by itself (UNKNOWN, DEACTIVATED, STOPPED during an install) is borne. */
export const STATUS_GRACE_MS = 2 * 60_000;

/** How far DescribeClients may be behind what a call has started. */
export const LIST_LAG_MS = 10_000;

/**
 * A record without an agent (NOT_INSTALLED, INSTALL_FAILED) that is no longer declared is deleted only with the removal
 * `UninstallAndDelete`: `Uninstall` is there to keep records, and keeps this one as well.
 */
const TABLE: Readonly<Record<Observation, Readonly<Record<Standing, Decision>>>> = {
    absent: { new: "install", recorded: "install", removed: "done" },
    NOT_INSTALLED: { new: "install", recorded: "install", removed: "deleteRecord" },
    INSTALLING: { new: "wait", recorded: "wait", removed: "wait" },
    REGISTERED: { new: "wait", recorded: "wait", removed: "wait" },
    ACTIVATED: { new: "adopt", recorded: "keep", removed: "uninstall" },
    INSTALL_FAILED: { new: "install", recorded: "install", removed: "deleteRecord" },
    DEACTIVATED: { new: "reinstall", recorded: "reinstall", removed: "uninstall" },
    UNINSTALLING: { new: "wait", recorded: "wait", removed: "wait" },
    UNINSTALL_FAILED: { new: "reinstall", recorded: "reinstall", removed: "uninstall" },
    UPGRADING: { new: "wait", recorded: "keepAndReport", removed: "wait" },
    UPGRADE_FAILED: { new: "adoptAndWarn", recorded: "keepAndReport", removed: "uninstall" },
    UNKNOWN: { new: "grace", recorded: "keepAndReport", removed: "uninstall" },
    STOPPED: { new: "grace", recorded: "keepAndReport", removed: "uninstall" },
};

/** The table of statuses: what a status asks for, by how the instance stands to the program. */
export function decide(observation: Observation, standing: Standing): Decision {
    return TABLE[observation][standing];
}

/** Whether something is under way on the client, so that its status is about to change. */
export function isInProgress(observation: Observation): boolean {
    switch (observation) {
        case "INSTALLING":
        case "REGISTERED":
        case "UPGRADING":
        case "UNINSTALLING":
            return true;
        case "absent":
        case "NOT_INSTALLED":
        case "ACTIVATED":
        case "INSTALL_FAILED":
        case "DEACTIVATED":
        case "UNINSTALL_FAILED":
        case "UPGRADE_FAILED":
        case "UNKNOWN":
        case "STOPPED":
            return false;
    }
}

/** Whether an agent may be on the instance, as far as the status tells (`installed` of the outputs). */
export function isInstalled(observation: Observation): boolean {
    switch (observation) {
        case "ACTIVATED":
        case "DEACTIVATED":
        case "UPGRADING":
        case "UPGRADE_FAILED":
        case "UNINSTALL_FAILED":
        case "UNKNOWN":
        case "STOPPED":
            return true;
        case "absent":
        case "NOT_INSTALLED":
        case "INSTALLING":
        case "REGISTERED":
        case "INSTALL_FAILED":
        case "UNINSTALLING":
            return false;
    }
}
