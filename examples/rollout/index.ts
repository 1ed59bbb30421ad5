import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

const config = new pulumi.Config();

/** The ECS instance IDs of each SAP HANA instance (cluster), by cluster ID. */
const clusters = config.requireObject<Record<string, string[]>>("clusters");

const fleet = new hbr.BackupClients(
    "hana",
    {
        vaultId: config.require("vaultId"),
        instances: Object.entries(clusters).flatMap(([clusterId, instanceIds]) =>
            instanceIds.map((instanceId) => ({ instanceId, clusterId })),
        ),
        // An upgrade cannot be undone. The default, "Manual", upgrades nothing.
        upgrades: "Latest",
        rollout: {
            // One instance first, then a quarter of the fleet, then the rest.
            waves: [1, "25%", "100%"],
            // The clients of a wave must stay healthy for so long before the next wave starts.
            soak: config.require("soak"),
            // The run ends after the first wave. The next `pulumi up` goes on.
            pauseAfter: "firstWave",
            // One failed instance in a run is only a warning. A second one stops the rollout.
            maxFailures: 1,
        },
    },
    // They leave time for the soaks.
    { customTimeouts: { create: "2h", update: "2h" } },
);

/** The version of each client, as soon as it is installed. */
export const versions = fleet.clients.apply((clients) =>
    Object.fromEntries(
        Object.values(clients).flatMap(({ instanceId, clientVersion }) =>
            clientVersion === undefined ? [] : [[instanceId, clientVersion]],
        ),
    ),
);

/** What is left to do on each instance. Empty when the rollout is through. */
export const pending = fleet.clients.apply((clients) =>
    Object.fromEntries(
        Object.values(clients).flatMap(({ instanceId, pendingAction }) =>
            pendingAction === undefined ? [] : [[instanceId, pendingAction]],
        ),
    ),
);

/** Empty if nothing failed. The next `pulumi up` retries these instances. */
export const failedInstanceIds = fleet.failedInstanceIds;
