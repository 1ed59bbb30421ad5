import { HbrClient } from "../../provider/hbr/client";
import { RateLimiter } from "../../provider/hbr/rateLimiter";
import { listClients } from "../../provider/hbr/listClients";
import type { HbrApi } from "../../provider/hbr/port";
import { type CallReport, resilient } from "../../provider/hbr/retry";
import { Simulator } from "../../simulator";
import { seededRandom, VirtualClock } from "../support/virtualClock";
import { simulatorTransport } from "./simulatorTransport";

const VAULT = "v-throttled";
const RESOURCES = 4;
const INSTANCES = 100;
const BATCH = 20;

/** One resource as it works: lists, installs batch by batch, looks at each task until it is over, then takes all away. */
async function installAndRemove(api: HbrApi, clock: VirtualClock, resource: number): Promise<void> {
    const clusterId = `cl-${resource}`;
    await listClients(api, { vaultId: VAULT, clusterId });
    const batches = Array.from({ length: INSTANCES / BATCH }, (_, batch) =>
        Array.from({ length: BATCH }, (__, index) => ({
            instanceId: `i-${resource}-${batch}-${index}`,
            clusterId,
            sourceTypes: ["HANA"],
        })),
    );
    await Promise.all(
        batches.map(async (targets) => {
            const { taskId = "" } = await api.createClients({ vaultId: VAULT, targets });
            while ((await api.describeTask(taskId)).state === "running") await clock.sleep(2_000);
        }),
    );
    const clients = await listClients(api, { vaultId: VAULT, clusterId });
    expect(clients).toHaveLength(INSTANCES);
    await Promise.all(clients.map((client) => api.uninstallClient(client)));
    await clock.sleep(20_000);
    await Promise.all(clients.map((client) => api.deleteClient(client)));
    expect(await listClients(api, { vaultId: VAULT, clusterId })).toEqual([]);
}

test.each([false, true])(
    "4 resources of 100 instances against the simulator's limits (retry-after: %s)",
    async (retryAfter) => {
        const clock = new VirtualClock();
        const random = seededRandom(7);
        const simulator = new Simulator({ clock, installTime: 5_000, world: { vaults: [VAULT] } });
        const writes = { perSecond: 5, retryAfter };
        const reads = { perSecond: 20, retryAfter };
        simulator.setLimits({
            CreateClients: writes,
            UninstallClient: writes,
            DeleteClient: writes,
            DescribeTask: reads,
            DescribeClients: reads,
        });
        const limiter = new RateLimiter(clock, random);
        const reports: CallReport[] = [];
        const start = clock.now();
        const api = () =>
            resilient(new HbrClient(simulatorTransport(simulator)), {
                limiter,
                clock,
                random,
                onCall: (report) => reports.push(report),
            });
        await Promise.all(
            Array.from({ length: RESOURCES }, (_, resource) => installAndRemove(api(), clock, resource)),
        );
        const seconds = (clock.now() - start) / 1_000;
        // 20 installs, 400 uninstalls and 400 deletions at 5 a second, and what is waited for in between.
        const needed = (20 + 400 + 400) / 5;
        expect(seconds - 30).toBeLessThan(1.5 * needed);
        expect(simulator.requests().duplicateInstalls).toBe(0);
        expect(
            reports.filter(({ outcome }) => outcome !== "ok" && !outcome.startsWith("Throttling")),
        ).toEqual([]);
    },
);
