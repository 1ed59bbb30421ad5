import { type ClientStatus, cutShort, isOver, stepAt, type Step } from "./lifecycle";

/** The two families: agents of SAP HANA nodes, which belong to a vault, and file clients, which do not. */
export type ClientType = "ECS_AGENT" | "ECS_CLIENT";

/** What names a client, and never changes. */
export interface ClientIdentity {
    readonly clientId: string;
    readonly clientType: ClientType;
    /** Empty for a file client. */
    readonly vaultId: string;
    readonly instanceId: string;
    /** Empty where the client belongs to no SAP HANA instance. */
    readonly clusterId: string;
    readonly createdAt: number;
}

/** What can change on a client besides its status. */
export interface ClientSettings {
    readonly clientName: string;
    readonly clientVersion: string;
    readonly maxVersion: string;
    readonly statusMessage: string;
    readonly useHttps: boolean;
    readonly alertSetting: string;
    readonly instanceName: string;
    readonly networkType: string;
    readonly sourceTypes: readonly string[];
}

/** Everything the service says of a client from one moment on. */
export type ClientState = Step & ClientSettings;

/** What a task does to one instance. */
export interface TaskItem {
    readonly instanceId: string;
    readonly clientId: string;
    readonly failedStatus: ClientStatus;
    steps: readonly Step[];
}

/** More history than any `listLag` looks back on. */
const KEPT_STATES = 30;

/**
 * A client as the course of its states, past and planned. What it is at a time is read off, so no timer drives it and
 * a list that lags behind is only a read at an earlier time.
 */
export class Client {
    /** When its record vanished. */
    goneAt = Infinity;
    readonly createdAt: number;
    /** Those of its latest state; at hand, because a list of 10,000 clients is filtered by them for every page. */
    sourceTypes: readonly string[];
    #states: readonly ClientState[];
    #openItems: readonly TaskItem[] = [];

    constructor(
        readonly identity: ClientIdentity,
        settings: ClientSettings,
        steps: readonly Step[],
    ) {
        this.createdAt = identity.createdAt;
        this.sourceTypes = settings.sourceTypes;
        this.#states = steps.map((step) => ({ ...settings, ...step }));
    }

    isListed(time: number): boolean {
        return this.createdAt <= time && time < this.goneAt;
    }

    stateAt(time: number): ClientState {
        return stepAt(this.#states, time);
    }

    /** The steps still to come, and the present one. */
    stepsFrom(time: number): readonly Step[] {
        return [this.stateAt(time), ...this.#states.filter((state) => state.at > time)];
    }

    /** Replaces what was planned. A task that is still at work on this client is interrupted by it. */
    plan(now: number, steps: readonly Step[], changes: Partial<ClientSettings>): void {
        this.interrupt(now);
        this.#replace(now, steps, changes);
    }

    /** A change from outside: a task that is at work on this client sees it too. */
    overrule(now: number, steps: readonly Step[], changes: Partial<ClientSettings>): void {
        for (const item of this.#openItems) {
            if (isOver(item.steps, now)) continue;
            item.steps = [...item.steps.filter((step) => step.at < now), ...steps];
        }
        this.#replace(now, steps, changes);
    }

    /** Changes settings now, whatever is planned. */
    change(now: number, changes: Partial<ClientSettings>): void {
        const ahead = this.#states
            .filter((state) => state.at > now)
            .map((state) => ({ ...state, ...changes }));
        this.#states = [...this.#past(now), { ...this.stateAt(now), ...changes, at: now }, ...ahead];
        this.sourceTypes = changes.sourceTypes ?? this.sourceTypes;
    }

    /** Ends what is planned at a time to come. */
    endAt(end: Step): void {
        this.#states = cutShort(this.#states, end);
    }

    /** Lets a task see changes from outside, until its work here is over. */
    watchedBy(item: TaskItem, now: number): void {
        this.#openItems = [...this.#openItems.filter((open) => !isOver(open.steps, now)), item];
    }

    /** Ends every task item that is still at work on this client. */
    interrupt(now: number): void {
        for (const item of this.#openItems) {
            if (isOver(item.steps, now)) continue;
            item.steps = cutShort(item.steps, {
                at: now,
                status: item.failedStatus,
                errorCode: "Interrupted",
            });
        }
        this.#openItems = [];
    }

    #replace(now: number, steps: readonly Step[], changes: Partial<ClientSettings>): void {
        const present = this.stateAt(now);
        this.#states = [
            ...this.#past(now),
            ...steps.map((step) => ({ ...present, statusMessage: "", ...changes, ...step })),
        ];
        this.sourceTypes = changes.sourceTypes ?? this.sourceTypes;
    }

    #past(now: number): readonly ClientState[] {
        return this.#states.filter((state) => state.at <= now).slice(-KEPT_STATES);
    }
}
