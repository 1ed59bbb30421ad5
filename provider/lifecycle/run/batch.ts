import type { Failure } from "../../fleet/judge";
import { errorClassOf, subjectOf } from "../../hbr/errors";
import type { Halt } from "./halt";
import { comparable } from "./refusals";

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
