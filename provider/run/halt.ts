import type { Failure } from "../fleet/outcome";
import { errorClassOf, HbrError, subjectOf } from "../hbr/errors";
import type { Room } from "./inFlight";

/** The service refused every call so far with the same error, so it would refuse the rest too. */
export class AllRefused extends Error {
    constructor(readonly refusal: HbrError) {
        super("every call was refused with the same error");
        this.name = "AllRefused";
    }
}

/** More instances have failed than `rollout.maxFailures` allows. */
export class TooManyFailures extends Error {
    constructor(failed: number, allowed: number, isDefault = false) {
        const origin = isDefault ? " (the default with waves or soak)" : "";
        super(
            `${failed} failed, and rollout.maxFailures is ${allowed}${origin}: no further batch was started`,
        );
        this.name = "TooManyFailures";
    }
}

/** A failure that would affect other instances too. */
export interface CommonFailure {
    readonly instanceIds: readonly string[];
    readonly failure: Failure;
}

/** Healthy clients stay as they are, because reinstalling or upgrading others failed. */
export class AgentsKept extends Error {
    constructor(
        readonly instanceIds: readonly string[],
        readonly because: CommonFailure,
    ) {
        super("healthy clients keep their agents");
        this.name = "AgentsKept";
    }
}

/** Why a run stops early, apart from Ctrl-C and the time-out. */
export type StopReason = HbrError | AllRefused | TooManyFailures;

/** Decides what a run may still do. Every call that cannot be undone checks here first. */
export class Halt {
    private readonly controller = new AbortController();
    /** Aborted once nothing further is started. */
    readonly signal: AbortSignal = this.controller.signal;
    private reason: StopReason | undefined;
    private kept: CommonFailure | undefined;
    private readonly doubts = new Set<Promise<undefined>>();
    /** The number of consecutive batches of healthy clients that failed as a whole. */
    private failedInARow = 0;
    /** The texts of the refusals so far, without IDs. */
    private readonly refusals = new Set<string>();

    /** Why nothing further is started. Only the first reason is kept. */
    get stopped(): StopReason | undefined {
        return this.reason;
    }

    stop(reason: StopReason): void {
        this.reason ??= reason;
        this.controller.abort();
    }

    /** Does a part of the run. An error that ends it ends the whole run, so the other parts start nothing more. */
    async part<T>(work: Promise<T>): Promise<T> {
        try {
            return await work;
        } catch (error) {
            if (error instanceof HbrError) this.stop(error);
            throw error;
        }
    }

    /** Why no further healthy client is uninstalled or upgraded. */
    get keepsAgents(): CommonFailure | undefined {
        return this.kept;
    }

    keepAgents(because: CommonFailure): void {
        this.kept ??= because;
    }

    /**
     * Notes the end of a batch of healthy clients. If two in a row fail as a whole, the cause is not in their instances.
     *
     * @param failure why the batch failed as a whole; undefined if it did not
     */
    changedIn(instanceIds: readonly string[], failure: Failure | undefined): void {
        this.failedInARow = failure ? this.failedInARow + 1 : 0;
        if (failure && this.failedInARow > 1) this.keepAgents({ instanceIds, failure });
    }

    /** Notes the refusals in a batch, by their text. The same text in two batches is not about their instances. */
    refusedIn(instanceIds: readonly string[], refusals: ReadonlyMap<string, Failure>): void {
        for (const [text, failure] of refusals) {
            if (this.refusals.has(text)) this.keepAgents({ instanceIds, failure });
            this.refusals.add(text);
        }
    }

    /** Waits until no doubt is left, then tells whether a healthy client may be uninstalled or upgraded. */
    async mayChangeHealthy(): Promise<boolean> {
        while (this.doubts.size > 0) await Promise.all(this.doubts);
        return this.changesHealthy;
    }

    /** Whether a healthy client may be uninstalled or upgraded, without waiting; for the moment before the call. */
    get changesHealthy(): boolean {
        return this.reason === undefined && this.kept === undefined;
    }

    /** Whether work in progress ends too. After too many failures it continues, and only new work is not started. */
    get endsAll(): boolean {
        return this.reason !== undefined && !(this.reason instanceof TooManyFailures);
    }

    /**
     * Whether nothing more is submitted, not even for a batch in progress. An account that may not uninstall, or read a task,
     * may still install on instances whose agents are already gone.
     */
    get endsInstallations(): boolean {
        const isOfOther = this.reason instanceof HbrError && !isOfInstall(this.reason);
        return this.endsAll && !isOfOther;
    }

    /** Notes a refusal that may apply to all instances. Call the returned function once that is known. */
    doubt(): () => void {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        this.doubts.add(promise);
        return () => {
            this.doubts.delete(promise);
            resolve(undefined);
        };
    }
}

/** What a batch does beyond installing where there is no agent. */
interface BatchKind {
    /** It reinstalls or upgrades healthy clients. */
    readonly changesHealthy?: boolean;
    /** It upgrades them. */
    readonly upgrades?: boolean;
}

/**
 * One batch. It decides whether its failures are due to its own instances: they are if others of the batch got through; in a
 * batch of one, the error code decides. Any other failure would affect the next instances too, so no further healthy client
 * is uninstalled.
 */
export class Batch {
    private isTaken = false;
    private isOver = false;
    private endDoubt: (() => void) | undefined;

    constructor(
        private readonly halt: Halt,
        private readonly instanceIds: readonly string[],
        private readonly room: Room,
        private readonly kind: BatchKind = {},
    ) {}

    /** Gives up the room of an instance that waits to boot. One of another batch, which a probe has tried, has none here. */
    leave(instanceId: string): void {
        if (this.instanceIds.includes(instanceId)) this.room.leave();
    }

    /** Notes that the service accepted a call for some of the batch. */
    taken(): void {
        this.isTaken = true;
        this.settleDoubt();
    }

    /** Notes a refused call. Until a call is accepted, the refusal may apply to all instances. */
    refused(): void {
        // A probe may outlive its batch. A doubt raised then would never end.
        if (!this.isTaken && !this.isOver) this.endDoubt ??= this.halt.doubt();
    }

    /**
     * Ends the batch: every call is answered, and every submission has an outcome according to the list and the tasks.
     *
     * @param booting the instances that are not up yet, with their refusals. They say nothing about the others, unless they
     *   have just lost their agents, which takes a running instance
     */
    ended(failed: ReadonlyMap<string, Failure>, booting: ReadonlyMap<string, Failure>): void {
        const { changesHealthy = false } = this.kind;
        const instanceIds = this.instanceIds.filter((id) => changesHealthy || !booting.has(id));
        const failures = new Map(
            instanceIds.flatMap((id) => {
                const failure = failed.get(id) ?? booting.get(id);
                return failure ? [[id, failure] as const] : [];
            }),
        );
        const [failure] = failures.values();
        this.isOver = true;
        const isWhole = failure !== undefined && failures.size === instanceIds.length;
        if (isWhole && !(instanceIds.length === 1 && this.isOwn(failure)))
            this.halt.keepAgents({ instanceIds, failure });
        this.halt.refusedIn(instanceIds, this.refusals(failures));
        if (changesHealthy) this.halt.changedIn(instanceIds, isWhole ? failure : undefined);
        this.settleDoubt();
    }

    private isOwn({ code, operation }: Failure): boolean {
        // A failed upgrade leaves the agent in place, so one alone proves nothing about the others.
        const isAlone = this.kind.upgrades === true && operation === undefined;
        return isAlone || isOfInstance(code);
    }

    /** The refusals that name no instance, by their text without IDs. */
    private refusals(failures: ReadonlyMap<string, Failure>): ReadonlyMap<string, Failure> {
        const refusals = this.instanceIds.flatMap((instanceId) => {
            const failure = failures.get(instanceId);
            if (!failure || !isOfInstall(failure) || isOfInstance(failure.code)) return [];
            if (errorClassOf(failure.code) === "unavailable") return [];
            const text = withoutIds(`${failure.code} ${failure.message}`).replaceAll(instanceId, "…");
            return [[text, failure] as const];
        });
        return new Map(refusals);
    }

    private settleDoubt(): void {
        this.endDoubt?.();
        this.endDoubt = undefined;
    }
}

function isOfInstance(code: string): boolean {
    return subjectOf(code) === "instance";
}

function isOfInstall({ operation }: { readonly operation?: string }): boolean {
    return operation === "CreateClients";
}

/** A text without what differs between answers: the IDs of requests and tasks. */
export function withoutIds(text: string): string {
    return text
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "…")
        .replace(/\bt-[0-9a-z]{8,}\b/gi, "…");
}
