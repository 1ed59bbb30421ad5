import type { Failure } from "../fleet/outcome";
import { errorClassOf, HbrError, subjectOf } from "../hbr/errors";

/** The service refused every call so far with the same error, so it would refuse the others too. */
export class AllRefused extends Error {
    constructor(readonly refusal: HbrError) {
        super("every call was refused with the same error");
        this.name = "AllRefused";
    }
}

/** More instances have failed than `rollout.maxFailures` allows. */
export class TooManyFailures extends Error {
    constructor() {
        super("too many failures: no further batch was started (rollout.maxFailures)");
        this.name = "TooManyFailures";
    }
}

/** A failure of some instances that others would meet as well. */
export interface CommonFailure {
    readonly instanceIds: readonly string[];
    readonly failure: Failure;
}

/** Healthy clients keep their agents, because reinstalling others has failed. */
export class AgentsKept extends Error {
    constructor(
        readonly instanceIds: readonly string[],
        readonly because: CommonFailure,
    ) {
        super("healthy clients keep their agents");
        this.name = "AgentsKept";
    }
}

/** What ends the work of a run, besides Ctrl-C and the time-out. */
export type StopReason = HbrError | AllRefused | TooManyFailures;

/** What a run no longer does. Everything that cannot be undone asks here first. */
export class Halt {
    private reason: StopReason | undefined;
    private kept: CommonFailure | undefined;
    private readonly doubts = new Set<Promise<undefined>>();
    /** Batches of healthy clients that failed as a whole, one after the other. */
    private failedInARow = 0;
    /** What the service has said in refusals so far. */
    private readonly refusals = new Set<string>();

    /** Why nothing further is started; the first reason counts. */
    get stopped(): StopReason | undefined {
        return this.reason;
    }

    stop(reason: StopReason): void {
        this.reason ??= reason;
    }

    /** Why no further healthy client is uninstalled. */
    get keepsAgents(): CommonFailure | undefined {
        return this.kept;
    }

    keepAgents(because: CommonFailure): void {
        this.kept ??= because;
    }

    /**
     * Hears how a batch of healthy clients has ended. When two in a row fail as a whole, the reason is not in their instances.
     *
     * @param failure why it failed as a whole, if it did
     */
    replacedIn(instanceIds: readonly string[], failure: Failure | undefined): void {
        this.failedInARow = failure ? this.failedInARow + 1 : 0;
        if (failure && this.failedInARow > 1) this.keepAgents({ instanceIds, failure });
    }

    /** Hears what was refused in a batch, by what the service said. The same in two batches is not about their instances. */
    refusedIn(instanceIds: readonly string[], refusals: ReadonlyMap<string, Failure>): void {
        for (const [text, failure] of refusals) {
            if (this.refusals.has(text)) this.keepAgents({ instanceIds, failure });
            this.refusals.add(text);
        }
    }

    /** Whether a healthy client may be uninstalled; waits until all doubts are resolved. */
    async mayReplaceAgents(): Promise<boolean> {
        while (this.doubts.size > 0) await Promise.all(this.doubts);
        return this.replacesAgents;
    }

    /** The same without waiting, for the moment before the call. */
    get replacesAgents(): boolean {
        return this.reason === undefined && this.kept === undefined;
    }

    /** Whether what is under way ends too. After too many failures it goes on, and only nothing further is started. */
    get endsAll(): boolean {
        return this.reason !== undefined && !(this.reason instanceof TooManyFailures);
    }

    /**
     * Whether nothing more is submitted, not even for a batch that is under way. An account that may not uninstall may still
     * install where agents have been taken away already.
     */
    get endsInstallations(): boolean {
        const isOfRemoval = this.reason instanceof HbrError && !isOfInstall(this.reason);
        return this.endsAll && !isOfRemoval;
    }

    /** A call was refused, and it is open whether the others would be. The answer says that it is settled. */
    doubt(): () => void {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        this.doubts.add(promise);
        return () => {
            this.doubts.delete(promise);
            resolve(undefined);
        };
    }
}

/** Error code of an instance that the service calls invalid without saying why. */
export const INVALID_INSTANCE = "InvalidInstance";

/**
 * One batch, and whether its failures are those of its own instances. They are where others of the batch got through; in a
 * batch of one the error code decides. Any other failure would meet the next instances as well, so no further healthy client
 * is uninstalled then.
 */
export class Batch {
    private isTaken = false;
    private isOver = false;
    private endDoubt: (() => void) | undefined;

    /** @param replaces whether healthy clients of it are uninstalled */
    constructor(
        private readonly halt: Halt,
        private readonly instanceIds: readonly string[],
        private readonly replaces: boolean,
    ) {}

    /** The service has taken a call for some of the batch. */
    taken(): void {
        this.isTaken = true;
        this.settleDoubt();
    }

    /** A call was refused; until one is taken, that may be about all instances. */
    refused(): void {
        // A probe may go on after its batch is over, which then ends no doubt any more.
        if (!this.isTaken && !this.isOver) this.endDoubt ??= this.halt.doubt();
    }

    /** Every call for the batch is answered, and every submission has an outcome, as far as the list and the tasks tell. */
    ended(failures: ReadonlyMap<string, Failure>): void {
        const { instanceIds } = this;
        const failed = instanceIds.flatMap((instanceId) => failures.get(instanceId) ?? []);
        const [failure] = failed;
        this.isOver = true;
        const isWhole = failure !== undefined && failed.length === instanceIds.length;
        if (isWhole && !this.isOwn(failure)) this.halt.keepAgents({ instanceIds, failure });
        this.halt.refusedIn(instanceIds, this.refusals(failures));
        if (this.replaces) this.halt.replacedIn(instanceIds, isWhole ? failure : undefined);
        this.settleDoubt();
    }

    private isOwn({ code }: Failure): boolean {
        return this.instanceIds.length === 1 && isOfInstance(code);
    }

    /** The refusals that name no instance, by what the service said. */
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
    return code === INVALID_INSTANCE || subjectOf(code) === "instance";
}

function isOfInstall({ operation }: { readonly operation?: string }): boolean {
    return operation === "CreateClients";
}

/** A text without what differs from answer to answer: the ids of requests and tasks. */
export function withoutIds(text: string): string {
    return text
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "…")
        .replace(/\bt-[0-9a-z]{8,}\b/gi, "…");
}
