import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";

// These two are what `npx hbr-import v-000existing --program` prints. A destroy or a replacement needs `protect` taken out.
const prd = new hbr.BackupClients(
    "hana-cl-000prd",
    {
        vaultId: "v-000existing",
        instances: [
            { instanceId: "i-bp1prd1", clusterId: "cl-000prd" },
            { instanceId: "i-bp1prd2", clusterId: "cl-000prd" },
        ],
        alertSetting: "INHERITED",
        useHttps: false,
    },
    { protect: true },
);

const qas = new hbr.BackupClients(
    "hana-cl-000qas",
    {
        vaultId: "v-000existing",
        instances: [{ instanceId: "i-bp1qas1", clusterId: "cl-000qas" }],
        alertSetting: "INHERITED",
        useHttps: false,
    },
    { protect: true },
);

/** The client of each instance. Those that were adopted have the IDs that they had before. */
export const clientIds = pulumi
    .all([prd.clients, qas.clients])
    .apply((all) =>
        Object.fromEntries(
            all.flatMap((clients) =>
                Object.values(clients).map(({ instanceId, clientId }) => [instanceId, clientId]),
            ),
        ),
    );
