const FLEET = `{
    vaultId: "v-simulator",
    instances: [{ instanceId: "i-1", clusterId: "cl-1" }, { instanceId: "i-2", clusterId: "cl-1" }],
}`;

/** The same fleet in every kind of program; its output says what has become of the instances. */
export const COMMON_JS = `
const hbr = require("pulumi-alicloud-hbr");
const fleet = new hbr.BackupClients("hana", ${FLEET});
exports.statuses = fleet.clients.apply((clients) => Object.values(clients).map((client) => client.status));
`;

export const ES_MODULE = `
import { BackupClients } from "pulumi-alicloud-hbr";
const fleet = new BackupClients("hana", ${FLEET});
export const statuses = fleet.clients.apply((clients) => Object.values(clients).map((client) => client.status));
`;

/** Type-checked where it is compiled: by the loader too. */
export const TYPE_SCRIPT = `
import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";
const args: hbr.BackupClientsArgs = ${FLEET};
const fleet = new hbr.BackupClients("hana", args, { customTimeouts: { create: "5m" } });
export const statuses: pulumi.Output<hbr.ClientStatus[]> = fleet.clients.apply((clients) =>
    Object.values(clients).map((client) => client.status),
);
`;
