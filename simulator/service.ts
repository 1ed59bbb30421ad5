import { checkAccess, withSkew } from "./access";
import type { Clock } from "./clock";
import { missingParameter, ServiceError, unknownAction } from "./errors";
import { Faults } from "./faults";
import { KillAfter } from "./kill";
import type { ClientStatus, Course } from "./lifecycle";
import { Throttle } from "./limits";
import { OPERATIONS } from "./operations";
import { installCourse, uninstallCourse, upgradeCourse } from "./operations/work";
import type { AnswerBody, OperationContext, TaskFault } from "./operations/operation";
import { Parameters } from "./parameters";
import { cut, failure, replyUnderFault, success, type Reply } from "./replies";
import type { Repeatable } from "./repeatable";
import { RequestLog } from "./requests";
import { DEFAULT_SWITCHES, type Switches } from "./switches";
import { World, type ClientVersions, type Outlook } from "./world";
import type { WorldRecords } from "./input";

/** A request over HTTP or in process. */
export interface ApiRequest {
    readonly action: string | undefined;
    readonly parameters: ReadonlyMap<string, string>;
    /** Throws the service's error if the request is not signed correctly. */
    readonly verify?: () => void;
}

/** Called before each request is handled, with its action and its raw parameters. */
export type RequestHook = (action: string, parameters: Readonly<Record<string, string>>) => void;

/** A request that takes effect at a later time. */
interface LateRequest {
    readonly at: number;
    readonly perform: () => void;
}

export interface ServiceOptions {
    readonly clock: Clock;
    readonly repeatable: Repeatable;
    readonly installTime: number;
    readonly latency: number;
    readonly world: WorldRecords;
}

/** The Cloud Backup service, for requests over HTTP and in process. */
export class Service implements Outlook {
    switches: Switches = DEFAULT_SWITCHES;
    onRequest: RequestHook | undefined;
    readonly clock: Clock;
    readonly requests = new RequestLog();
    readonly throttle = new Throttle();
    readonly kill = new KillAfter();
    readonly faults: Faults;
    readonly #options: ServiceOptions;
    #world: World;
    /** Requests that take effect later than they were made. */
    #late: readonly LateRequest[] = [];
    #requestNumber = 0;
    #taskNumber = 0;

    constructor(options: ServiceOptions) {
        this.#options = options;
        this.clock = options.clock;
        this.faults = new Faults(options.repeatable);
        this.#world = this.#newWorld(options.world);
    }

    replaceWorld(records: WorldRecords): void {
        this.#late = [];
        this.#world = this.#newWorld(records);
    }

    get world(): World {
        this.catchUp();
        return this.#world;
    }

    /** Lets requests take effect that were made earlier, and whose time has come. */
    catchUp(): void {
        const now = this.clock.now();
        const due = this.#late.filter(({ at }) => at <= now).sort((one, other) => one.at - other.at);
        this.#late = this.#late.filter(({ at }) => at > now);
        for (const { perform } of due) perform();
    }

    get latestVersion(): string {
        return this.switches.latestVersion;
    }

    courseOf(instanceId: string, client: ClientVersions & { status: ClientStatus }, world: World): Course {
        const { repeatable, installTime } = this.#options;
        const context = { world, now: this.clock.now(), repeatable, installTime, switches: this.switches };
        if (client.status === "UPGRADING") return upgradeCourse(context, instanceId, client);
        if (client.status === "UNINSTALLING") return uninstallCourse(context, instanceId);
        return installCourse(context, instanceId);
    }

    /** Handles a request. The effect is immediate; the answer comes after the latency. */
    async handle(request: ApiRequest): Promise<Reply> {
        this.onRequest?.(request.action ?? "", Object.fromEntries(request.parameters));
        const kill = this.kill.count();
        if (kill?.effect === "before") KillAfter.strike(kill.pid);
        const outcome = kill?.effect === "before" ? cut(0) : this.#answer(request);
        if (kill?.effect === "after") KillAfter.strike(kill.pid);
        const reply = kill === undefined ? outcome : cut(0);
        this.requests.add({
            at: this.clock.now(),
            action: OPERATIONS.has(request.action ?? "") ? (request.action ?? "") : "(unknown)",
            status: reply.delivery === "cut" ? 0 : reply.status,
            code: reply.code,
            parameters: Object.fromEntries(request.parameters),
        });
        const wait = this.#options.latency + this.#tail() + reply.waitMs;
        if (wait > 0) await this.clock.sleep(wait);
        return reply;
    }

    #answer(request: ApiRequest): Reply {
        this.#requestNumber += 1;
        const requestId = this.#options.repeatable.requestId(this.#requestNumber);
        try {
            request.verify?.();
            checkAccess(this.switches);
            const { action } = request;
            if (action === undefined || action === "") throw missingParameter("Action");
            const operation = OPERATIONS.get(action);
            if (operation === undefined) throw unknownAction(action);
            this.throttle.take(action, this.clock.now());
            const parameters = new Parameters(request.parameters);
            const fault = this.faults.strike(action, operation, parameters, this.world);
            if (fault) this.requests.countStrike(action, fault.kind);
            const perform = (at: number, taskFault?: TaskFault): AnswerBody => {
                const body = operation.run(parameters, this.#context(at, taskFault));
                return { ...this.#head(requestId), ...withSkew(body, this.switches.clockSkew) };
            };
            const run = (taskFault?: TaskFault): AnswerBody => perform(this.clock.now(), taskFault);
            if (fault === undefined) return success(requestId, run());
            const later = (ms: number): void => {
                const at = this.clock.now() + ms;
                this.#late = [...this.#late, { at, perform: silent(() => perform(at)) }];
            };
            return replyUnderFault(fault, requestId, Object.assign(run, { later }));
        } catch (error) {
            return failure(requestId, error);
        }
    }

    /** What an answer takes beyond the latency: mostly next to nothing, and for one in a hundred most of the tail. */
    #tail(): number {
        const { latencyTail } = this.switches;
        if (latencyTail === 0) return 0;
        return Math.round(latencyTail * this.#options.repeatable.fraction("tail", this.#requestNumber) ** 50);
    }

    #newWorld(records: WorldRecords): World {
        return new World(records, this.clock.now(), this);
    }

    #head(requestId: string): AnswerBody {
        const Code = this.switches.numericCode ? 200 : "200";
        return { RequestId: requestId, Success: true, Code, Message: "successful" };
    }

    #context(now: number, taskFault: TaskFault | undefined): OperationContext {
        return {
            world: this.world,
            now,
            switches: this.switches,
            repeatable: this.#options.repeatable,
            requests: this.requests,
            installTime: this.#options.installTime,
            taskFault,
            requestNumber: this.#requestNumber,
            nextTaskNumber: () => (this.#taskNumber += 1),
        };
    }
}

/** A request that no caller waits for, so that no one hears of its error. */
function silent(perform: () => unknown): () => void {
    return () => {
        try {
            perform();
        } catch (error) {
            if (!(error instanceof ServiceError)) throw error;
        }
    };
}
