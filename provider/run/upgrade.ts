import { stillNotTaken } from "../fleet/differences";
import type { ObservedClient } from "../fleet/model";
import { type Failure, upgradeOutcome } from "../fleet/outcome";
import type { PlannedAction } from "../fleet/plan";
import { LIST_LAG_MS } from "../fleet/status";
import { isBehind } from "../fleet/version";
import { failureOf, HbrError } from "../hbr/errors";
import { clientOutcome } from "./clientOutcome";
import type { RunContext } from "./context";
import type { Batch } from "./halt";
import type { Planner } from "./planner";
import { MAX_SUBMISSIONS } from "./vault";
import { Writes } from "./writes";

/** How an upgrade was submitted. `untried`: the run makes no such call any more. */
type Submission = { readonly taskId?: string } | "untried" | Failure;

/** Upgrades healthy clients to the latest version of the agent. If that fails, the client keeps the agent that it has. */
export class Upgrader {
    private readonly writes: Writes;

    constructor(
        private readonly run: RunContext,
        private readonly planner: Planner,
    ) {
        this.writes = new Writes(run.halt);
    }

    /** @returns whether it was tried */
    async upgrade(batch: Batch, action: PlannedAction): Promise<boolean> {
        const { client, declared, instanceId } = action;
        if (!client || !declared) return false;
        const submission = await this.submit(batch, client);
        if (submission === "untried") return false;
        if ("code" in submission) {
            this.fail(instanceId, submission, this.run.watch.latest.get(client.clientId) ?? client);
            return true;
        }
        const { record, reporter } = this.run;
        record.upgrading(instanceId, submission.taskId);
        reporter.show();
        const end = await clientOutcome(this.run, client, submission.taskId, upgradeOutcome);
        if (end.failure || !end.client)
            this.fail(instanceId, end.failure ?? GONE, end.client ?? { ...client, status: "NOT_INSTALLED" });
        else this.succeed(action, end.client);
        reporter.show();
        return true;
    }

    private async submit(batch: Batch, client: ObservedClient): Promise<Submission> {
        const { halt, vault, record } = this.run;
        for (let submission = 1; ; submission += 1) {
            try {
                const answer = await this.writes.make(
                    () => halt.changesHealthy,
                    () => vault.upgrade(client),
                );
                if (answer === "untried") return answer;
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
        const { clientVersion, maxVersion } = client;
        const isUnchanged =
            clientVersion === action.client?.clientVersion && isBehind(clientVersion, maxVersion);
        record.healthy(declared, client, {
            settingsNotTaken: {
                ...stillNotTaken(compared),
                ...(isUnchanged && maxVersion !== undefined && { latestVersion: maxVersion }),
            },
        });
        record.count(isUnchanged ? "not upgraded" : "upgraded", instanceId);
        if (isUnchanged) reporter.notUpgraded(client);
    }

    private fail(instanceId: string, failure: Failure, client: ObservedClient): void {
        this.run.record.failed(instanceId, failure, "upgrade", client);
    }
}

const GONE: Failure = { code: "NOT_INSTALLED", message: "its client is gone" };
