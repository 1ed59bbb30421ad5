import { WallClock, type Clock } from "./clock";
import { FaultSchema, type FaultInput, type StandingFault } from "./faults";
import { HttpServer } from "./server";
import {
    ClientPatchSchema,
    ClientRecord,
    InstancePatchSchema,
    VaultPatchSchema,
    WorldSchema,
    parseInput,
    type ClientInput,
    type ClientPatch,
    type InstancePatch,
    type VaultPatch,
    type WorldInput,
} from "./input";
import { KillSchema, type KillInput } from "./kill";
import { LimitsSchema, type Limits, type LimitsInput } from "./limits";
import { OPERATIONS } from "./operations";
import { changeClient, changeInstance, deleteClient, describeClient, describeWorld } from "./outside";
import { Repeatable } from "./repeatable";
import type { RequestReport } from "./requests";
import { Service, type RequestHook } from "./service";
import { SwitchesSchema, type SwitchesInput } from "./switchInput";
import type { Switches } from "./switches";
import { tlsFault, type TlsOptions } from "./tls";
import type { Instance, Vault } from "./world";
import { ControlError } from "./errors";

/** Options of a simulator. All are optional. */
export interface SimulatorOptions {
    readonly accessKeyId?: string;
    readonly accessKeySecret?: string;
    /** If set, every request must carry it, as with temporary credentials. */
    readonly securityToken?: string;
    /** The longest installation in milliseconds (default 2000). Each instance takes 80 to 100 % of it. */
    readonly installTime?: number;
    /** The delay before every answer in milliseconds (default 0). */
    readonly latency?: number;
    /** The same seed gives the same IDs, install times and random choices (default 1). */
    readonly seed?: number;
    readonly world?: WorldInput;
    /** If set, the simulator serves HTTPS and no HTTP. */
    readonly tls?: TlsOptions;
    /** Replaces the machine's clock, for example with a virtual one. */
    readonly clock?: Clock;
}

/** Where a simulator listens, and the access key that it accepts. */
export interface Listening {
    /** Host and port: `127.0.0.1:40123`. */
    readonly endpoint: string;
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
}

/** The answer to a call in process. */
export interface CallAnswer {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: string;
}

/** A parameter of a call in process. Non-strings are encoded as API clients do it; lists become JSON. */
export type CallParameter = string | number | boolean | readonly unknown[] | undefined;

/** The error of a call that got no answer, as a client sees it. */
class ConnectionResetError extends Error {
    readonly code = "ECONNRESET";
}

const DEFAULT_INSTALL_TIME_MS = 2000;

/**
 * A simulated Cloud Backup service for tests and trials: over HTTP for any client of that API, and in process for tests
 * that need their own clock. Invalid input throws an error that gives the reason.
 */
export class Simulator {
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
    readonly #service: Service;
    readonly #server: HttpServer;
    readonly #wallClock: WallClock | undefined;

    constructor(options: SimulatorOptions = {}) {
        this.accessKeyId = options.accessKeyId ?? "simulator-access-key-id";
        this.accessKeySecret = options.accessKeySecret ?? "simulator-access-key-secret";
        this.#wallClock = options.clock === undefined ? new WallClock() : undefined;
        this.#service = new Service({
            clock: options.clock ?? this.#wallClock ?? new WallClock(),
            repeatable: new Repeatable(options.seed ?? 1),
            installTime: options.installTime ?? DEFAULT_INSTALL_TIME_MS,
            latency: options.latency ?? 0,
            world: parseInput(WorldSchema, options.world ?? {}),
        });
        const fault = options.tls && tlsFault(options.tls);
        if (fault !== undefined) throw new ControlError(400, `tls.${fault.of}: ${fault.reason}`);
        const { accessKeyId, accessKeySecret } = this;
        this.#server = new HttpServer(
            this.#service,
            { accessKeyId, accessKeySecret, securityToken: options.securityToken },
            this,
            options.tls,
        );
    }

    /** Starts to listen, only on 127.0.0.1. Without a port, it uses any free one. */
    async listen(port = 0): Promise<Listening> {
        const { accessKeyId, accessKeySecret } = this;
        return { endpoint: await this.#server.listen(port), accessKeyId, accessKeySecret };
    }

    /** Closes all connections at once. */
    async close(): Promise<void> {
        this.#wallClock?.wakeAll();
        await this.#server.close();
    }

    /** Makes one request without HTTP and signature. Everything else is the same. */
    async call(
        action: string,
        parameters: Readonly<Record<string, CallParameter>> = {},
    ): Promise<CallAnswer> {
        const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
            value === undefined
                ? []
                : [[name, typeof value === "object" ? JSON.stringify(value) : String(value)]],
        );
        const reply = await this.#service.handle({ action, parameters: new Map(given) });
        if (reply.delivery === "cut") throw new ConnectionResetError("the connection was reset");
        if (reply.delivery === "slow") await this.#service.clock.sleep(reply.slowMs);
        return { status: reply.status, headers: { ...reply.headers }, body: reply.body };
    }

    /** The whole world, in the format that `setWorld` takes. */
    world(): ReturnType<typeof describeWorld> {
        return describeWorld(this.#service.world, this.#service.clock.now(), this.#service.switches);
    }

    /** Replaces the whole world: vaults, instances, clients, HANA instances, roles and tasks. Throws a ControlError for an invalid one. */
    setWorld(world: WorldInput): void {
        this.#service.replaceWorld(parseInput(WorldSchema, world));
    }

    /** Changes the status of a vault from outside. */
    patchVault(vaultId: string, change: VaultPatch): Vault {
        return this.#service.world.changeVault(vaultId, parseInput(VaultPatchSchema, change));
    }

    /** Changes an instance from outside, or adds it if it is not listed yet. */
    patchInstance(instanceId: string, change: InstancePatch): Instance {
        const { world, clock } = this.#service;
        return changeInstance(world, instanceId, parseInput(InstancePatchSchema, change), clock.now());
    }

    /** Changes a client from outside. Throws a ControlError if no client has this ID. */
    patchClient(clientId: string, change: ClientPatch): ReturnType<typeof describeClient> {
        const { world, clock } = this.#service;
        const parsed = parseInput(ClientPatchSchema, change);
        const client = changeClient(world, clientId, parsed, clock.now(), this.#service);
        return describeClient(client, clock.now());
    }

    /** Adds a client as if another program had installed it. This does not count as a request or an installation. */
    addClient(record: ClientInput): ReturnType<typeof describeClient> {
        const { world, clock } = this.#service;
        const parsed = parseInput(ClientRecord, record);
        const client = world.addClient(parsed, this.#service, clock.now());
        return describeClient(client, clock.now());
    }

    /** Deletes the record without uninstalling anything. */
    deleteClient(clientId: string): void {
        deleteClient(this.#service.world, clientId, this.#service.clock.now());
    }

    /**
     * Registers a function that is called before each request is handled, so that the world can change between two
     * requests of a program. It replaces the previous function; undefined removes it.
     */
    onRequest(hook: RequestHook | undefined): void {
        this.#service.onRequest = hook;
    }

    /** What was asked for since the start, or since `resetRequests`. */
    requests(): RequestReport {
        this.#service.catchUp();
        return this.#service.requests.report();
    }

    /** Starts the counts and the log of `requests` again. */
    resetRequests(): void {
        this.#service.requests.reset();
    }

    /** Lets requests fail: those of the action that it names, as often as it says. It comes after the faults that stand already. */
    addFault(fault: FaultInput): void {
        this.#service.faults.add(parseInput(FaultSchema, fault), (action) => OPERATIONS.get(action));
    }

    /** The active faults, each with how often it may still strike (`times`). */
    faults(): readonly StandingFault[] {
        return this.#service.faults.list();
    }

    /** Removes all faults. What they have done stays. */
    clearFaults(): void {
        this.#service.faults.clear();
    }

    /** Replaces all limits. */
    setLimits(limits: LimitsInput): void {
        const parsed = parseInput(LimitsSchema, limits);
        const unknown = Object.keys(parsed).find((action) => action !== "*" && !OPERATIONS.has(action));
        if (unknown !== undefined) throw new ControlError(400, `${unknown}: there is no such action`);
        this.#service.throttle.set(parsed, this.#service.clock.now());
    }

    /** The limits that throttle requests, by action; `*` is for all actions together. */
    limits(): Limits {
        return this.#service.throttle.limits();
    }

    /** Sets the given switches and leaves the others as they are. */
    setSwitches(switches: SwitchesInput): void {
        const parsed = parseInput(SwitchesSchema, switches);
        const named = Object.entries(parsed).filter(([, value]) => value !== undefined);
        this.#service.switches = {
            ...this.#service.switches,
            ...(Object.fromEntries(named) as Partial<Switches>),
        };
    }

    /** All switches, with their present values. */
    switches(): Switches {
        return this.#service.switches;
    }

    /** Kills a process at the n-th API request from now. That request gets no answer. */
    killAfter(kill: KillInput): void {
        this.#service.kill.arm(parseInput(KillSchema, kill));
    }
}
