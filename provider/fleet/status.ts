/** Every status that DescribeClients documents, in the order of its page. */
export const CLIENT_STATUSES = [
    "REGISTERED",
    "ACTIVATED",
    "DEACTIVATED",
    "INSTALLING",
    "INSTALL_FAILED",
    "NOT_INSTALLED",
    "UPGRADING",
    "UPGRADE_FAILED",
    "UNINSTALLING",
    "UNINSTALL_FAILED",
    "STOPPED",
    "UNKNOWN",
] as const;

/** Status of a client, as DescribeClients reports it. */
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** Whether a text is one of the documented statuses. */
export function isClientStatus(text: unknown): text is ClientStatus {
    return (CLIENT_STATUSES as readonly unknown[]).includes(text);
}

/** What DescribeClients reports for an instance: a status, or no record at all. */
export type Observation = ClientStatus | "absent";

/**
 * How a client relates to the program and the state.
 *
 * - `new`: declared, and not this resource's; it may be adopted.
 * - `guarded`: declared, and not this resource's; `adoptExisting: false` forbids to adopt it.
 * - `recorded`: declared, and this resource's.
 * - `removed`: this resource's, and no longer declared.
 */
export type Standing = "new" | "guarded" | "recorded" | "removed";

/**
 * What to do about a status.
 *
 * - `install`: CreateClients.
 * - `reinstall`: UninstallClient, wait, CreateClients.
 * - `adopt`, `adoptAndWarn`: make the client this resource's, as it is.
 * - `refuse`: a client that may have an agent exists, and must not be adopted.
 * - `keep`, `keepAndReport`: leave it as it is.
 * - `wait`: work is in progress; decide when it has ended.
 * - `grace`: the status may pass on its own; wait for {@link STATUS_GRACE_MS} at most, then the instance has failed.
 * - `uninstall`: UninstallClient, wait.
 * - `deleteRecord`: DeleteClient, unless the record is to stay.
 * - `done`: nothing is left to do.
 */
export type Decision = DeclaredDecision | RemovedDecision;

/** What to do about the status of a declared instance's client. */
type DeclaredDecision =
    | "install"
    | "reinstall"
    | "adopt"
    | "adoptAndWarn"
    | "refuse"
    | "keep"
    | "keepAndReport"
    | "wait"
    | "grace";

/** What to do about the status of a client that is no longer declared. */
type RemovedDecision = "wait" | "uninstall" | "deleteRecord" | "done";

/** What a status means, and what to do about it for each standing of the client. */
interface Row extends Readonly<Record<Exclude<Standing, "removed">, DeclaredDecision>> {
    readonly removed: RemovedDecision;
    readonly isInstalled: boolean;
    /** Only for a status in progress: what it counts as once it is overdue. */
    readonly overdueAs?: ClientStatus;
}

/** The service's limit for an asynchronous task: 15 minutes. */
const TASK_LIMIT_MS = 15 * 60_000;

/** How long to wait for a status to pass on its own (UNKNOWN, DEACTIVATED, STOPPED during an installation). */
export const STATUS_GRACE_MS = 2 * 60_000;

/** After how long work counts as stuck (ms): the service's limit for a task, plus a grace period. */
export const OVERDUE_MS = TASK_LIMIT_MS + STATUS_GRACE_MS;

/** How far DescribeClients may lag behind the effects of a call. */
export const LIST_LAG_MS = 10_000;

const NO_AGENT = { isInstalled: false };
const AGENT = { isInstalled: true };
const COMING = { ...NO_AGENT, overdueAs: "INSTALL_FAILED" } as const;
const GOING = { ...NO_AGENT, overdueAs: "UNINSTALL_FAILED" } as const;
const UPGRADING = { ...AGENT, overdueAs: "UPGRADE_FAILED" } as const;

// The columns: new, guarded, recorded, removed. `deleteRecord` applies only if the removal is `UninstallAndDelete`:
// `Uninstall` keeps records, with or without an agent.
const TABLE: Readonly<Record<Observation, Row>> = {
    absent: row("install", "install", "install", "done", NO_AGENT),
    NOT_INSTALLED: row("install", "install", "install", "deleteRecord", NO_AGENT),
    INSTALLING: row("wait", "refuse", "wait", "wait", COMING),
    REGISTERED: row("wait", "refuse", "wait", "wait", COMING),
    ACTIVATED: row("adopt", "refuse", "keep", "uninstall", AGENT),
    INSTALL_FAILED: row("install", "install", "install", "deleteRecord", NO_AGENT),
    DEACTIVATED: row("reinstall", "refuse", "reinstall", "uninstall", AGENT),
    UNINSTALLING: row("wait", "wait", "wait", "wait", GOING),
    UNINSTALL_FAILED: row("reinstall", "refuse", "reinstall", "uninstall", AGENT),
    UPGRADING: row("wait", "refuse", "keepAndReport", "wait", UPGRADING),
    UPGRADE_FAILED: row("adoptAndWarn", "refuse", "keepAndReport", "uninstall", AGENT),
    UNKNOWN: row("grace", "refuse", "keepAndReport", "uninstall", AGENT),
    STOPPED: row("grace", "refuse", "keepAndReport", "uninstall", AGENT),
};

function row(
    isNew: DeclaredDecision,
    guarded: DeclaredDecision,
    recorded: DeclaredDecision,
    removed: RemovedDecision,
    meaning: Pick<Row, "isInstalled" | "overdueAs">,
): Row {
    return { new: isNew, guarded, recorded, removed, ...meaning };
}

/** Whether a recorded client in this status is left alone. That includes UNKNOWN and STOPPED, which prove nothing broken. */
export function isHealthy(observation: Observation): boolean {
    const decision = decide(observation, "recorded");
    return decision === "keep" || decision === "keepAndReport";
}

/** Whether the service upgrades a client in this status. An agent whose upgrade failed still runs in its old version. */
export function isUpgradable(observation: Observation): boolean {
    return observation === "ACTIVATED" || observation === "UPGRADE_FAILED";
}

/** Whether there may be an agent that a removal has to uninstall. Otherwise only the record is left. */
export function mayHaveAgent(status: ClientStatus): boolean {
    return decide(status, "removed") !== "deleteRecord";
}

/** Looks up in the table what to do about a status. */
export function decide<S extends Standing>(observation: Observation, standing: S): Row[S] {
    return TABLE[observation][standing];
}

/** Whether work is in progress on the client, so that its status will change. */
export function isInProgress(observation: Observation): boolean {
    return TABLE[observation].overdueAs !== undefined;
}

/** The failed status that a client in progress has once it is overdue. Any other status stays what it is. */
export function overdueStatus(status: ClientStatus): ClientStatus {
    return TABLE[status].overdueAs ?? status;
}

/** Whether an agent may be on the instance, according to the status (`installed` of the outputs). */
export function isInstalled(observation: Observation): boolean {
    return TABLE[observation].isInstalled;
}
