import { type ClientStatus, cutShort, isOver, stepAt, type Step, workIn } from "./lifecycle";

/** `ECS_AGENT`: the agent of a SAP HANA node, in a vault. `ECS_CLIENT`: a file client, in no vault. */
export type ClientType = "ECS_AGENT" | "ECS_CLIENT";

/** What identifies a client; it never changes. */
export interface ClientIdentity {
    readonly clientId: string;
    readonly clientType: ClientType;
    /** Empty for a file client. */
    readonly vaultId: string;
    readonly instanceId: string;
    /** Empty if the client belongs to no SAP HANA instance. */
    readonly clusterId: string;
    readonly createdAt: number;
}

export const DATA_NETWORK_TYPES = ["PUBLIC", "VPC", "CLASSIC"] as const;
export const DATA_PROXY_SETTINGS = ["DISABLE", "USE_CONTROL_PROXY", "CUSTOM"] as const;

/** What UpdateClientSettings sets besides UseHttps. A value that was never set is missing. */
export interface DataPlaneSettings {
    readonly alertOnPartialComplete?: boolean | undefined;
    readonly dataNetworkType?: (typeof DATA_NETWORK_TYPES)[number] | undefined;
    readonly dataProxySetting?: (typeof DATA_PROXY_SETTINGS)[number] | undefined;
    /** 0 means unlimited, as for the other maxima. */
    readonly maxCpuCore?: number | undefined;
    /** In bytes. */
    readonly maxMemory?: number | undefined;
    readonly maxWorker?: number | undefined;
    readonly proxyHost?: string | undefined;
    readonly proxyPassword?: string | undefined;
    readonly proxyPort?: number | undefined;
    readonly proxyUser?: string | undefined;
}

/** What can change about a client besides its status. */
export interface ClientSettings {
    readonly clientName: string;
    readonly clientVersion: string;
    /** Its own; undefined if it is the latest version of the service. */
    readonly maxVersion: string | undefined;
    readonly statusMessage: string;
    readonly useHttps: boolean;
    readonly alertSetting: string;
    readonly instanceName: string;
    readonly networkType: string;
    readonly sourceTypes: readonly string[];
    readonly settings: DataPlaneSettings;
}

/** Everything the service reports about a client from a certain time on. */
export type ClientState = Step & ClientSettings;

/** What a task does to one instance. */
export interface TaskItem {
    readonly instanceId: string;
    readonly clientId: string;
    readonly failedStatus: ClientStatus;
    steps: readonly Step[];
}

/** A time from `from` on, until `to`. */
export interface Period {
    readonly from: number;
    readonly to: number;
}

/** Enough history for the longest `listLag`. */
const KEPT_STATES = 30;

/**
 * A client as a sequence of past and planned states. Its state at any time is a lookup, so it needs no timer, and a
 * list that lags is a lookup at an earlier time.
 */
export class Client {
    /** When its record was deleted. */
    goneAt = Infinity;
    readonly createdAt: number;
    /** Copied from the latest state for speed: every page of a list filters all clients by source type. */
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

    /** When the client was last ACTIVATED, up to the given time. Undefined if it never was. */
    lastActive(time: number): Period | undefined {
        const states = this.#states;
        const present = Math.max(
            0,
            states.findLastIndex((state) => state.at <= time),
        );
        const last = states.findLastIndex(({ status }, index) => index <= present && status === "ACTIVATED");
        let first = last;
        while (states[first - 1]?.status === "ACTIVATED") first -= 1;
        const from = states[first]?.at;
        if (from === undefined) return undefined;
        const to = last === present ? time : (states[last + 1]?.at ?? time);
        return { from, to: Math.max(from, to) };
    }

    /** The current step and all later ones. */
    stepsFrom(time: number): readonly Step[] {
        return [this.stateAt(time), ...this.#states.filter((state) => state.at > time)];
    }

    /** Replaces the planned steps and interrupts any task that is still working on this client. */
    plan(now: number, steps: readonly Step[], changes: Partial<ClientSettings>): void {
        this.interrupt(now);
        this.#replace(now, steps, changes);
    }

    /** Applies a change from outside. A task that is working on this client sees it too. */
    overrule(now: number, steps: readonly Step[], changes: Partial<ClientSettings>): void {
        for (const item of this.#openItems) {
            if (isOver(item.steps, now)) continue;
            item.steps = [...item.steps.filter((step) => step.at < now), ...workIn(steps)];
        }
        this.#replace(now, steps, changes);
    }

    /** Changes settings now, without changing the planned steps. */
    change(now: number, changes: Partial<ClientSettings>): void {
        const ahead = this.#states
            .filter((state) => state.at > now)
            .map((state) => ({ ...state, ...changes }));
        this.#states = [...this.#past(now), { ...this.stateAt(now), ...changes, at: now }, ...ahead];
        this.sourceTypes = changes.sourceTypes ?? this.sourceTypes;
    }

    /** Replaces the planned steps from `end.at` on with `end`. */
    endAt(end: Step): void {
        this.#states = cutShort(this.#states, end);
    }

    /** Lets a task see changes from outside until its work on this client is over. */
    watchedBy(item: TaskItem, now: number): void {
        this.#openItems = [...this.#openItems.filter((open) => !isOver(open.steps, now)), item];
    }

    /** Ends every task item that is still working on this client. */
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
