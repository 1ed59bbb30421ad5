import { stillNotTaken } from "../fleet/differences";
import type { ObservedClient } from "../fleet/model";
import { type Failure, upgradeOutcome } from "../fleet/outcome";
import type { PlannedAction } from "../fleet/plan";
import { LIST_LAG_MS } from "../fleet/status";
import { failureOf, HbrError } from "../hbr/errors";
import { clientOutcome } from "./clientOutcome";
import type { RunContext } from "./context";
import type { Batch } from "./halt";
import type { Planner } from "./planner";
import { MAX_SUBMISSIONS } from "./vault";
import { Writes } from "./writes";

/**
 * Why an upgrade was not submitted. `untried`: the run makes no such call any more. `again`: the list shows something else
 * than the preview, so the instance has to be planned again.
 */
type NotSubmitted = "untried" | "again";

type Submission = { readonly taskId?: string } | NotSubmitted | Failure;

/** Upgrades healthy clients to the latest version of the agent. If that fails, the client keeps the agent that it has. */
export class Upgrader {
    private readonly writes: Writes;

    constructor(
        private readonly run: RunContext,
        private readonly planner: Planner,
    ) {
        this.writes = new Writes(run.halt);
    }

    /** Upgrades a client, and waits for the outcome. */
    async upgrade(batch: Batch, action: PlannedAction): Promise<"judged" | NotSubmitted> {
        const { client, instanceId } = action;
        if (!client) return "again";
        const submission = await this.submit(batch, action, client);
        if (typeof submission === "string") return submission;
        if ("code" in submission) {
            this.fail(instanceId, submission, this.run.watch.latest.get(client.clientId) ?? client);
            return "judged";
        }
        const { record, reporter } = this.run;
        record.upgrading(instanceId, submission.taskId);
        reporter.show();
        const end = await clientOutcome(this.run, client, submission.taskId, upgradeOutcome);
        if (end.failure || !end.client)
            this.fail(instanceId, end.failure ?? GONE, end.client ?? { ...client, status: "NOT_INSTALLED" });
        else this.succeed(action, end.client);
        reporter.show();
        return "judged";
    }

    private async submit(batch: Batch, action: PlannedAction, client: ObservedClient): Promise<Submission> {
        const { halt, vault, record, lanes } = this.run;
        for (let submission = 1; ; submission += 1) {
            try {
                const answer = await this.writes.make(
                    () => halt.changesHealthy && this.isStillPlanned(action),
                    () => vault.upgrade(client),
                );
                if (answer === "untried") return halt.changesHealthy ? "again" : answer;
                lanes.answered();
                record.taskSubmitted(answer.taskId);
                batch.taken();
                return answer;
            } catch (error) {
                if (!(error instanceof HbrError)) throw error;
                batch.refused();
                if (error.about === "vault") {
                    halt.stop(error);
                    return "untried";
                }
                const mayHaveActed = error.errorClass === "unavailable";
                if (mayHaveActed && (await this.hasBegun(client))) return {};
                if (!mayHaveActed || submission >= MAX_SUBMISSIONS) return failureOf(error);
            }
        }
    }

    /**
     * Whether the preview has shown what the call would do now. Time may have passed since the batch was planned: the first
     * call goes alone, and an answer may have been lost.
     */
    private isStillPlanned({ declared }: PlannedAction): boolean {
        const now = declared && this.planner.planInstance(declared, this.run.watch.latest);
        return now?.kind === "upgrade";
    }

    /** Whether the list shows an upgrade although the answer was lost, allowing for the lag of the list. */
    private async hasBegun(before: ObservedClient): Promise<boolean> {
        const { clock, watch } = this.run;
        const since = clock.now();
        return watch.until(({ index, takenAt }) => {
            const now = index.get(before.clientId);
            if (now?.status !== before.status || now.clientVersion !== before.clientVersion) return true;
            return takenAt - since >= LIST_LAG_MS ? false : undefined;
        });
    }

    private succeed(action: PlannedAction, client: ObservedClient): void {
        const { record, reporter } = this.run;
        const { declared, instanceId } = action;
        const compared = this.planner.compared({ ...action, client });
        if (!declared || !compared) return;
        const isUnchanged = client.clientVersion === action.client?.clientVersion;
        const latestVersion = isUnchanged ? action.upgradeTo : undefined;
        record.healthy(declared, client, {
            settingsNotTaken: {
                ...stillNotTaken(compared),
                ...(latestVersion !== undefined && { latestVersion }),
            },
        });
        record.count(isUnchanged ? "not upgraded" : "upgraded", instanceId);
        if (latestVersion !== undefined) reporter.notUpgraded(client, latestVersion);
        else if (client.clientVersion !== action.upgradeTo) {
            const text = `the upgrade brought version ${client.clientVersion ?? "(unknown)"} and not ${action.upgradeTo ?? ""}, as its preview showed; the service decides what it brings`;
            reporter.remark("warning", instanceId, text);
        }
    }

    private fail(instanceId: string, failure: Failure, client: ObservedClient): void {
        this.run.record.failed(instanceId, failure, "upgrade", client);
    }
}

const GONE: Failure = { code: "NOT_INSTALLED", message: "its client is gone" };
