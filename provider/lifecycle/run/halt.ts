import type { Failure } from "../../fleet/judge";
import { HbrError } from "../../hbr/errors";

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
