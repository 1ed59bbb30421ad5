import { HbrError } from "../../provider/hbr/errors";
import type { HbrApi } from "../../provider/hbr/port";
import type { VirtualClock } from "../support/virtualClock";

/** How a service may count calls: in seconds of the clock, or as a token bucket. */
export type Counting = "window" | "bucket";

interface Limit {
    readonly perSecond: number;
    tokens: number;
    at: number;
}

/** A service with limits: one for the calls that change something, one for the others. */
export class ThrottledService implements HbrApi {
    refused = 0;
    served = 0;
    readonly #writes: Limit;
    readonly #reads: Limit;

    constructor(
        private readonly clock: VirtualClock,
        private readonly options: {
            readonly writes: number;
            readonly reads: number;
            readonly counting: Counting;
            readonly code?: string;
            readonly retryAfterMs?: number;
            readonly latencyMs?: number;
        },
    ) {
        const at = clock.now();
        this.#writes = { perSecond: options.writes, tokens: options.writes, at };
        this.#reads = { perSecond: options.reads, tokens: options.reads, at };
    }

    async createClients(): ReturnType<HbrApi["createClients"]> {
        await this.#serve("CreateClients", this.#writes);
        return { taskId: "t-1", instanceStatuses: [] };
    }

    async uninstallClient(): ReturnType<HbrApi["uninstallClient"]> {
        await this.#serve("UninstallClient", this.#writes);
        return { taskId: "t-2" };
    }

    async upgradeClient(): ReturnType<HbrApi["upgradeClient"]> {
        await this.#serve("UpgradeClient", this.#writes);
        return {};
    }

    async deleteClient(): Promise<void> {
        await this.#serve("DeleteClient", this.#writes);
    }

    async describeTask(taskId: string): ReturnType<HbrApi["describeTask"]> {
        await this.#serve("DescribeTask", this.#reads);
        return { taskId, state: "running", results: [] };
    }

    async describeClients(): ReturnType<HbrApi["describeClients"]> {
        await this.#serve("DescribeClients", this.#reads);
        return { clients: [], totalCount: 0 };
    }

    async checkRole(): ReturnType<HbrApi["checkRole"]> {
        await this.#serve("CheckRole", this.#reads);
        return {};
    }

    async describeHanaInstances(): ReturnType<HbrApi["describeHanaInstances"]> {
        await this.#serve("DescribeHanaInstances", this.#reads);
        return { clusterIds: [] };
    }

    async #serve(operation: string, limit: Limit): Promise<void> {
        const { latencyMs = 80, code = "Throttling", retryAfterMs } = this.options;
        await this.clock.sleep(latencyMs / 2);
        if (!this.#take(limit)) {
            this.refused += 1;
            throw new HbrError(`${operation} failed: ${code}`, {
                operation,
                code,
                errorClass: "throttled",
                retryAfterMs,
            });
        }
        this.served += 1;
        await this.clock.sleep(latencyMs / 2);
    }

    #take(limit: Limit): boolean {
        const now = this.clock.now();
        if (this.options.counting === "bucket") {
            limit.tokens = Math.min(
                limit.perSecond,
                limit.tokens + ((now - limit.at) / 1_000) * limit.perSecond,
            );
        } else if (Math.floor(now / 1_000) !== Math.floor(limit.at / 1_000)) {
            limit.tokens = limit.perSecond;
        }
        limit.at = now;
        if (limit.tokens < 1) return false;
        limit.tokens -= 1;
        return true;
    }
}
