/** A logged request. One that got no answer has status 0. */
export interface LoggedRequest {
    readonly at: number;
    readonly action: string;
    readonly status: number;
    readonly code: string;
    readonly parameters: Readonly<Record<string, string>>;
}

/** What the simulator was asked for. */
export interface RequestReport {
    readonly total: number;
    readonly byAction: Readonly<Record<string, number>>;
    /** How many installations were started on each instance. */
    readonly installs: Readonly<Record<string, number>>;
    /** How many of them hit an instance whose client for that cluster was installing or healthy. */
    readonly duplicateInstalls: number;
    /** How many upgrades were started on each instance. */
    readonly upgrades: Readonly<Record<string, number>>;
    /** How often a call that changes clients took effect on each instance. Missing instances were left alone. */
    readonly writesTo: Readonly<Record<string, number>>;
    /** How many requests of each action each kind of fault struck. */
    readonly strikes: Readonly<Record<string, Readonly<Record<string, number>>>>;
    /** The last 10,000 requests, oldest first. */
    readonly log: readonly LoggedRequest[];
}

const LOG_LENGTH = 10_000;
/** Limits the memory of the log, however long the parameters are. */
const LOG_CHARACTERS = 32_000_000;
const MASK = "***";
/** AccessKeyId is a parameter of requests with the older RPC signature. */
const SECRET_PARAMETER = /^(AccessKeyId|Signature|\w*Token|\w*Password)$/;
const SECRET_KEY = /^access_?key_?(id|secret)$/i;

/** Counts all requests, and logs the latest ones. */
export class RequestLog {
    #total = 0;
    #byAction = new Map<string, number>();
    #installs = new Map<string, number>();
    #duplicateInstalls = 0;
    #upgrades = new Map<string, number>();
    #writesTo = new Map<string, number>();
    #strikes = new Map<string, Map<string, number>>();
    #log: LoggedRequest[] = [];
    /** The index of the oldest entry. Earlier entries are dropped in bulk. */
    #oldest = 0;
    #characters = 0;

    add(request: LoggedRequest): void {
        this.#total += 1;
        increment(this.#byAction, request.action);
        this.#log.push(request);
        this.#characters += lengthOf(request);
        while (this.#log.length - this.#oldest > LOG_LENGTH || this.#characters > LOG_CHARACTERS)
            this.#dropOldest();
    }

    countInstall(instanceId: string, isDuplicate: boolean): void {
        increment(this.#installs, instanceId);
        if (isDuplicate) this.#duplicateInstalls += 1;
    }

    countUpgrade(instanceId: string): void {
        increment(this.#upgrades, instanceId);
    }

    countWrite(instanceId: string): void {
        increment(this.#writesTo, instanceId);
    }

    countStrike(action: string, kind: string): void {
        const kinds = this.#strikes.get(action) ?? new Map<string, number>();
        increment(kinds, kind);
        this.#strikes.set(action, kinds);
    }

    report(): RequestReport {
        return {
            total: this.#total,
            byAction: Object.fromEntries(this.#byAction),
            installs: Object.fromEntries(this.#installs),
            duplicateInstalls: this.#duplicateInstalls,
            upgrades: Object.fromEntries(this.#upgrades),
            writesTo: Object.fromEntries(this.#writesTo),
            strikes: Object.fromEntries(
                [...this.#strikes].map(([action, kinds]) => [action, Object.fromEntries(kinds)]),
            ),
            // Masked only when the log is read, so that requests stay fast.
            log: this.#log
                .slice(this.#oldest)
                .map((request) => ({ ...request, parameters: maskParameters(request.parameters) })),
        };
    }

    reset(): void {
        this.#total = 0;
        this.#byAction = new Map();
        this.#installs = new Map();
        this.#duplicateInstalls = 0;
        this.#upgrades = new Map();
        this.#writesTo = new Map();
        this.#strikes = new Map();
        this.#log = [];
        this.#oldest = 0;
        this.#characters = 0;
    }

    #dropOldest(): void {
        const oldest = this.#log[this.#oldest];
        if (oldest !== undefined) this.#characters -= lengthOf(oldest);
        this.#oldest += 1;
        if (this.#oldest <= LOG_LENGTH) return;
        this.#log = this.#log.slice(this.#oldest);
        this.#oldest = 0;
    }
}

function increment(counts: Map<string, number>, key: string): void {
    counts.set(key, (counts.get(key) ?? 0) + 1);
}

function lengthOf({ parameters }: LoggedRequest): number {
    return Object.entries(parameters).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

function maskParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
    const masked = Object.entries(parameters).map(([name, value]): [string, string] => {
        if (SECRET_PARAMETER.test(name)) return [name, MASK];
        return [name, name.startsWith("ClientInfo") ? maskClientInfo(value) : value];
    });
    return Object.fromEntries(masked);
}

function maskClientInfo(text: string): string {
    try {
        return JSON.stringify(JSON.parse(text), (key, value: unknown) =>
            SECRET_KEY.test(key) && value !== "" ? MASK : value,
        );
    } catch {
        // Text that cannot be parsed cannot be searched for secrets either.
        return MASK;
    }
}
