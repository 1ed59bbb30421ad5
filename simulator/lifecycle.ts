/** Every client status of the service. */
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

/** The status of a client, in the words of the API. */
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** From `at` on, the client has this status. A plan is a list of steps; the last step is its end. */
export interface Step {
    readonly at: number;
    readonly status: ClientStatus;
    /** Empty if there is no error. */
    readonly errorCode: string;
    readonly clientVersion?: string;
}

/** The fraction of an installation after which the agent is registered. */
const REGISTERED_AFTER = 0.8;

/** Whether the status is transitional: something is in progress on the client. */
export function isPassing(status: ClientStatus): boolean {
    return (
        status === "INSTALLING" ||
        status === "REGISTERED" ||
        status === "UPGRADING" ||
        status === "UNINSTALLING"
    );
}

/** Whether another installation would be a duplicate. */
export function isInstallingOrHealthy(status: ClientStatus): boolean {
    return status === "INSTALLING" || status === "REGISTERED" || status === "ACTIVATED";
}

/** What a healthy agent can become by itself. */
export const FALL_OVER_AS = ["UNKNOWN", "STOPPED", "DEACTIVATED"] as const;

/** How an agent falls over after it became ACTIVATED: when, and what it becomes. */
export interface Fall {
    readonly after: number;
    readonly as: (typeof FALL_OVER_AS)[number];
}

export interface Course {
    readonly start: number;
    readonly duration: number;
    /** The version that an installation or an upgrade brings. */
    readonly version: string;
    /** The error code it ends with; undefined if it succeeds. */
    readonly failure?: string | undefined;
    /** Whether it stays at its first step forever. */
    readonly stuck?: boolean;
    /** What happens after it succeeded; undefined if the agent stays healthy. */
    readonly fall?: Fall | undefined;
}

export function installSteps(course: Course): Step[] {
    const { start, duration, failure, stuck } = course;
    const installing: Step = { at: start, status: "INSTALLING", errorCode: "" };
    if (stuck === true) return [installing];
    const end = start + duration;
    if (failure !== undefined) return [installing, { at: end, status: "INSTALL_FAILED", errorCode: failure }];
    return [installing, ...registrationSteps(course, start + duration * REGISTERED_AFTER, end)];
}

export function uninstallSteps({ start, duration, failure, stuck }: Course): Step[] {
    const uninstalling: Step = { at: start, status: "UNINSTALLING", errorCode: "" };
    if (stuck === true) return [uninstalling];
    const end: Step =
        failure === undefined
            ? { at: start + duration, status: "NOT_INSTALLED", errorCode: "" }
            : { at: start + duration, status: "UNINSTALL_FAILED", errorCode: failure };
    return [uninstalling, end];
}

export function upgradeSteps(course: Course): Step[] {
    const { start, duration, failure, stuck } = course;
    const upgrading: Step = { at: start, status: "UPGRADING", errorCode: "" };
    if (stuck === true) return [upgrading];
    const end = start + duration;
    if (failure !== undefined) return [upgrading, { at: end, status: "UPGRADE_FAILED", errorCode: failure }];
    return [upgrading, ...activeSteps(course, end)];
}

/** The steps of a client set to a status from outside. A transitional status continues to its normal end. */
export function stepsFrom(status: ClientStatus, errorCode: string, course: Course): Step[] {
    switch (status) {
        case "INSTALLING":
            return installSteps(course);
        case "REGISTERED":
            return registrationSteps(
                course,
                course.start,
                course.start + course.duration * (1 - REGISTERED_AFTER),
            ).slice(0, course.stuck === true ? 1 : undefined);
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

/** The step in effect at a time: the latest one that has started, or the first if none has. */
export function stepAt<T extends Step>(steps: readonly T[], time: number): T {
    for (let index = steps.length - 1; index > 0; index -= 1) {
        const step = steps[index];
        if (step !== undefined && step.at <= time) return step;
    }
    return firstOf(steps);
}

/** The part of a plan that is a task's work: it ends with the first step that is not transitional. */
export function workIn(steps: readonly Step[]): readonly Step[] {
    const end = steps.findIndex(({ status }) => !isPassing(status));
    return end < 0 ? steps : steps.slice(0, end + 1);
}

/** Whether a plan has reached its end. */
export function isOver(steps: readonly Step[], time: number): boolean {
    const last = steps.at(-1);
    return last !== undefined && last.at <= time && !isPassing(last.status);
}

/** The steps before `end.at`, followed by `end`. */
export function cutShort<T extends Step>(steps: readonly T[], end: Step): T[] {
    const before = steps.filter((step) => step.at < end.at);
    return [...before, { ...(before.at(-1) ?? firstOf(steps)), ...end }];
}

function registrationSteps(course: Course, registered: number, activated: number): Step[] {
    const { version } = course;
    return [
        { at: registered, status: "REGISTERED", errorCode: "", clientVersion: version },
        ...activeSteps(course, activated),
    ];
}

/** The agent is active, and stays so unless it is to fall over. */
function activeSteps({ version, fall }: Course, activated: number): Step[] {
    const agent = { errorCode: "", clientVersion: version };
    const active: Step = { at: activated, status: "ACTIVATED", ...agent };
    return fall === undefined
        ? [active]
        : [active, { at: activated + fall.after, status: fall.as, ...agent }];
}

function firstOf<T>(steps: readonly T[]): T {
    const [first] = steps;
    if (first === undefined) throw new Error("a plan has at least one step");
    return first;
}
