import * as pulumi from "@pulumi/pulumi";
import * as hbr from "pulumi-alicloud-hbr";
import { taggedInstances } from "./taggedInstances";

const config = new pulumi.Config();

// Pulumi awaits a program that is an async function. What it returns are the outputs of the stack.
export = async () => {
    const instances = await taggedInstances({
        tags: config.requireObject("tags"),
        clusterTag: config.require("clusterTag"),
        exclude: config.requireObject("exclude"),
        minimum: config.requireNumber("minimum"),
    });
    const fleet = new hbr.BackupClients("tagged", {
        vaultId: config.require("vaultId"),
        instances,
        removal: config.require<hbr.Removal>("removal"),
    });
    return { clients: fleet.clients, failedInstanceIds: fleet.failedInstanceIds };
};
