/** Every word the service has for the state of a client. */
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

export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** One point of a client's way: from `at` on it has this status. A plan is a list of steps, the last one its end. */
export interface Step {
    readonly at: number;
    readonly status: ClientStatus;
    /** Empty while nothing is wrong. */
    readonly errorCode: string;
    readonly clientVersion?: string;
}

/** The version an installation or an upgrade brings. */
export const LATEST_VERSION = "2.10.3";

/** When an installation of a given length registers the agent. */
const REGISTERED_AFTER = 0.8;

/** A passing status: something is being done to the client. */
export function isPassing(status: ClientStatus): boolean {
    return (
        status === "INSTALLING" ||
        status === "REGISTERED" ||
        status === "UPGRADING" ||
        status === "UNINSTALLING"
    );
}

/** Installing, or installed and well: a further installation hits it. */
export function isInstallingOrHealthy(status: ClientStatus): boolean {
    return status === "INSTALLING" || status === "REGISTERED" || status === "ACTIVATED";
}

export interface Course {
    readonly start: number;
    readonly duration: number;
    /** Error code it ends with; undefined where it goes well. */
    readonly failure?: string | undefined;
    /** Never gets beyond its first step. */
    readonly stuck?: boolean;
}

export function installSteps({ start, duration, failure, stuck }: Course): Step[] {
    const installing: Step = { at: start, status: "INSTALLING", errorCode: "" };
    if (stuck === true) return [installing];
    const end = start + duration;
    if (failure !== undefined) return [installing, { at: end, status: "INSTALL_FAILED", errorCode: failure }];
    return [installing, ...registrationSteps(start + duration * REGISTERED_AFTER, end)];
}

export function uninstallSteps({ start, duration, failure }: Course): Step[] {
    const end: Step =
        failure === undefined
            ? { at: start + duration, status: "NOT_INSTALLED", errorCode: "" }
            : { at: start + duration, status: "UNINSTALL_FAILED", errorCode: failure };
    return [{ at: start, status: "UNINSTALLING", errorCode: "" }, end];
}

export function upgradeSteps({ start, duration, failure }: Course): Step[] {
    const at = start + duration;
    const end: Step =
        failure === undefined
            ? { at, status: "ACTIVATED", errorCode: "", clientVersion: LATEST_VERSION }
            : { at, status: "UPGRADE_FAILED", errorCode: failure };
    return [{ at: start, status: "UPGRADING", errorCode: "" }, end];
}

/** What becomes of a client that is set to a status from outside: a passing one goes on to its normal end. */
export function stepsFrom(status: ClientStatus, errorCode: string, course: Course): Step[] {
    switch (status) {
        case "INSTALLING":
            return installSteps(course);
        case "REGISTERED":
            return registrationSteps(
                course.start,
                course.start + course.duration * (1 - REGISTERED_AFTER),
            ).slice(0, course.stuck === true ? 1 : 2);
        case "UNINSTALLING":
            return uninstallSteps(course);
        case "UPGRADING":
            return upgradeSteps(course);
        case "ACTIVATED":
        case "DEACTIVATED":
        case "INSTALL_FAILED":
        case "NOT_INSTALLED":
        case "STOPPED":
        case "UNINSTALL_FAILED":
        case "UNKNOWN":
        case "UPGRADE_FAILED":
            return [{ at: course.start, status, errorCode }];
    }
}

/** The step that holds at a time: the last one begun, or the first where none has. */
export function stepAt<T extends Step>(steps: readonly T[], time: number): T {
    for (let index = steps.length - 1; index > 0; index -= 1) {
        const step = steps[index];
        if (step !== undefined && step.at <= time) return step;
    }
    return firstOf(steps);
}

/** Whether a plan has reached its end. */
export function isOver(steps: readonly Step[], time: number): boolean {
    const last = steps.at(-1);
    return last !== undefined && last.at <= time && !isPassing(last.status);
}

/** The same steps up to `end.at`, and there the given end. */
export function cutShort<T extends Step>(steps: readonly T[], end: Step): T[] {
    const before = steps.filter((step) => step.at < end.at);
    return [...before, { ...(before.at(-1) ?? firstOf(steps)), ...end }];
}

function registrationSteps(registered: number, activated: number): Step[] {
    const version = { errorCode: "", clientVersion: LATEST_VERSION };
    return [
        { at: registered, status: "REGISTERED", ...version },
        { at: activated, status: "ACTIVATED", ...version },
    ];
}

function firstOf<T>(steps: readonly T[]): T {
    const [first] = steps;
    if (first === undefined) throw new Error("a plan has at least one step");
    return first;
}
