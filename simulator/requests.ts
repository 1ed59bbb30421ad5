/** One request in the log. A request that got no answer has status 0. */
export interface LoggedRequest {
    readonly at: number;
    readonly action: string;
    readonly status: number;
    readonly code: string;
    readonly parameters: Readonly<Record<string, string>>;
}

export interface RequestReport {
    readonly total: number;
    readonly byAction: Readonly<Record<string, number>>;
    /** How often an installation was started on an instance. */
    readonly installs: Readonly<Record<string, number>>;
    /** How many of them hit an instance whose client for that cluster was installing or healthy. */
    readonly duplicateInstalls: number;
    /** The last 10,000 requests, oldest first. */
    readonly log: readonly LoggedRequest[];
}

const LOG_LENGTH = 10_000;
const MASK = "***";
const SECRET_PARAMETERS = new Set(["Signature", "SecurityToken", "Token", "BearerToken"]);
const SECRET_KEY = /^access_?key_?(id|secret)$/i;

/** What was asked: counted in full, logged to a bound. */
export class RequestLog {
    #total = 0;
    #byAction = new Map<string, number>();
    #installs = new Map<string, number>();
    #duplicateInstalls = 0;
    #log: LoggedRequest[] = [];
    /** Where the oldest entry of a full log is. */
    #oldest = 0;

    add(request: LoggedRequest): void {
        this.#total += 1;
        this.#byAction.set(request.action, (this.#byAction.get(request.action) ?? 0) + 1);
        if (this.#log.length < LOG_LENGTH) {
            this.#log.push(request);
            return;
        }
        this.#log[this.#oldest] = request;
        this.#oldest = (this.#oldest + 1) % LOG_LENGTH;
    }

    countInstall(instanceId: string, isDuplicate: boolean): void {
        this.#installs.set(instanceId, (this.#installs.get(instanceId) ?? 0) + 1);
        if (isDuplicate) this.#duplicateInstalls += 1;
    }

    report(): RequestReport {
        const log = [...this.#log.slice(this.#oldest), ...this.#log.slice(0, this.#oldest)];
        return {
            total: this.#total,
            byAction: Object.fromEntries(this.#byAction),
            installs: Object.fromEntries(this.#installs),
            duplicateInstalls: this.#duplicateInstalls,
            // Masked when somebody reads it, so that the requests themselves stay quick.
            log: log.map((request) => ({ ...request, parameters: maskParameters(request.parameters) })),
        };
    }

    reset(): void {
        this.#total = 0;
        this.#byAction = new Map();
        this.#installs = new Map();
        this.#duplicateInstalls = 0;
        this.#log = [];
        this.#oldest = 0;
    }
}

function maskParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
    const masked = Object.entries(parameters).map(([name, value]): [string, string] => {
        if (SECRET_PARAMETERS.has(name)) return [name, MASK];
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
        // What cannot be read cannot be searched for secrets either.
        return MASK;
    }
}
