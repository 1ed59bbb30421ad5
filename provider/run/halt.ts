import type { Failure } from "../fleet/outcome";
import { errorClassOf, HbrError, subjectOf } from "../hbr/errors";
import { comparable } from "./refusals";

/** Every call so far was refused alike, so that the others would be too. */
export class AllRefused extends Error {
    constructor(readonly refusal: HbrError) {
        super("every call was refused alike");
        this.name = "AllRefused";
    }
}

/** What has failed for some, and would meet others as well. */
export interface CommonFailure {
    readonly instanceIds: readonly string[];
    readonly failure: Failure;
}

/** Healthy clients keep their agents: for others, what follows the uninstallation has failed. */
export class AgentsKept extends Error {
    constructor(
        readonly instanceIds: readonly string[],
        readonly because: CommonFailure,
    ) {
        super("healthy clients keep their agents");
        this.name = "AgentsKept";
    }
}

/** What ends the work of a run, beside Ctrl-C and the time-out: an error that concerns all of it, or too many failures. */
export type StopReason = HbrError | AllRefused | "too many failures";

/** What a run no longer does. Whoever is about to do something irreversible asks here first. */
export class Halt {
    private reason: StopReason | undefined;
    private kept: CommonFailure | undefined;
    private readonly doubts = new Set<Promise<undefined>>();
    /** Batches of formerly healthy clients that failed as a whole, one after the other. */
    private failedInARow = 0;
    /** What was refused so far, by what the service said. */
    private readonly refusals = new Set<string>();

    /** Why nothing further is started; the first reason counts. */
    get stopped(): StopReason | undefined {
        return this.reason;
    }

    stop(reason: StopReason): void {
        this.reason ??= reason;
    }

    /** Why no further healthy client is uninstalled: what would follow it has failed for others. */
    get keepsAgents(): CommonFailure | undefined {
        return this.kept;
    }

    keepAgents(because: CommonFailure): void {
        this.kept ??= because;
    }

    /**
     * Tells how a batch of formerly healthy clients has ended. A second one that fails as a whole right after another is no
     * bad luck of its instances.
     *
     * @param failure why it failed as a whole, if it did
     */
    replacedIn(instanceIds: readonly string[], failure: Failure | undefined): void {
        this.failedInARow = failure ? this.failedInARow + 1 : 0;
        if (failure && this.failedInARow > 1) this.keepAgents({ instanceIds, failure });
    }

    /** Tells what was refused in a batch, by what the service said; the same in a second one is about more than its instances. */
    refusedIn(instanceIds: readonly string[], refusals: ReadonlyMap<string, Failure>): void {
        for (const [text, failure] of refusals) {
            if (this.refusals.has(text)) this.keepAgents({ instanceIds, failure });
            this.refusals.add(text);
        }
    }

    /** Whether a healthy client may be uninstalled, once everything that speaks against it is decided. */
    async mayReplaceAgents(): Promise<boolean> {
        while (this.doubts.size > 0) await Promise.all(this.doubts);
        return this.replacesAgents;
    }

    /** The same without waiting, for the moment before the call. */
    get replacesAgents(): boolean {
        return this.reason === undefined && this.kept === undefined;
    }

    /** Whether what is under way ends too: after too many failures only nothing further is started. */
    get endsAll(): boolean {
        return this.reason !== undefined && this.reason !== "too many failures";
    }

    /**
     * Whether nothing more is submitted, for a batch that is under way either. An account that may not uninstall may still
     * install, where agents have been taken away already.
     */
    get endsInstallations(): boolean {
        const isOfRemoval = this.reason instanceof HbrError && this.reason.operation !== "CreateClients";
        return this.endsAll && !isOfRemoval;
    }

    /** A call was refused, and whom that is about is not known yet. Gives what says that it is. */
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
 * What has become of one batch: whether a failure is an instance's own. It is where others of the batch got through; in
 * a batch of one the error code decides. Anything else would meet the other instances as well, so no further healthy
 * client is uninstalled for it. Nor is one where batch after batch fails, or is refused for the same reason.
 */
export class Batch {
    /** Installations that their tasks report as done, still to be read back. */
    readonly unconfirmed: (() => Promise<void>)[] = [];
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
        this.decided();
    }

    /** A call was refused; as long as none is taken, that may be about all instances. */
    refused(): void {
        // A probe may go on for a batch that is over: nobody would end its doubt.
        if (!this.isTaken && !this.isOver) this.endDoubt ??= this.halt.doubt();
    }

    /** Every call for the batch is answered, and what was submitted is over, as far as that is known. */
    ended(failures: ReadonlyMap<string, Failure>): void {
        const { instanceIds } = this;
        const failed = instanceIds.flatMap((instanceId) => failures.get(instanceId) ?? []);
        const [failure] = failed;
        this.isOver = true;
        const isWhole = failure !== undefined && failed.length === instanceIds.length;
        if (isWhole && !this.isOwn(failure)) this.halt.keepAgents({ instanceIds, failure });
        this.halt.refusedIn(instanceIds, this.refusals(failures));
        if (this.replaces) this.halt.replacedIn(instanceIds, isWhole ? failure : undefined);
        this.decided();
    }

    private isOwn({ code }: Failure): boolean {
        return this.instanceIds.length === 1 && isOfInstance(code);
    }

    /** What was refused of the batch for a reason that does not name an instance, by what the service said. */
    private refusals(failures: ReadonlyMap<string, Failure>): ReadonlyMap<string, Failure> {
        const refusals = this.instanceIds.flatMap((instanceId) => {
            const failure = failures.get(instanceId);
            if (failure?.operation !== "CreateClients" || isOfInstance(failure.code)) return [];
            if (errorClassOf(failure.code) === "unavailable") return [];
            const text = comparable(`${failure.code} ${failure.message}`).replaceAll(instanceId, "…");
            return [[text, failure] as const];
        });
        return new Map(refusals);
    }

    private decided(): void {
        this.endDoubt?.();
        this.endDoubt = undefined;
    }
}

function isOfInstance(code: string): boolean {
    return code === INVALID_INSTANCE || subjectOf(code) === "instance";
}

/** Lets the first call of a kind go alone: an account that may not make it is told so once, and not for each client. */
export class FirstAlone {
    private first: Promise<unknown> | undefined;

    async do<T>(call: () => Promise<T>): Promise<T> {
        if (this.first !== undefined) {
            await this.first;
            return call();
        }
        const answer = call();
        this.first = answer.catch(() => undefined);
        return answer;
    }
}
