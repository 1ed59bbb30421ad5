import * as pulumi from "@pulumi/pulumi";
import { BackupClients, type BackupClientsArgs } from "pulumi-alicloud-hbr";
import { fleetOf } from "./fleet";

/** The program that the engine runs: a number of resources with a number of instances each, of this package or bare. */
const config = new pulumi.Config();
const kind = config.require("kind");
const size = config.requireNumber("size");
const vaultId = config.require("vaultId");

class BareClients extends pulumi.dynamic.Resource {
    constructor(name: string, args: BackupClientsArgs) {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- the exports object, as in backupClients.ts
        const provider = require("bench-bare") as pulumi.dynamic.ResourceProvider;
        const outputs = { clients: undefined, taskIds: undefined, failedInstanceIds: undefined };
        const __urn = pulumi.createUrn(name, "pulumi-nodejs:dynamic/alicloud-hbr:BareClients");
        super(provider, name, { ...outputs, ...args, __urn }, undefined, "alicloud-hbr", "BareClients");
    }
}

for (let number = 0; number < config.requireNumber("resources"); number += 1) {
    const args = { vaultId, instances: fleetOf(size, number * size) };
    if (kind === "ours") new BackupClients(`fleet-${number}`, args);
    else new BareClients(`fleet-${number}`, args);
}
