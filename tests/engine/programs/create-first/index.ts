import * as pulumi from "@pulumi/pulumi";
import { BackupClients } from "pulumi-alicloud-hbr";

// Each run replaces the fleet, and a transform makes the engine create the new one first.
export const fleet = new BackupClients(
    "hana",
    { vaultId: "v-hana", instances: [{ instanceId: "i-a1" }, { instanceId: "i-a2" }] },
    {
        replacementTrigger: `${process.hrtime.bigint()}`,
        transforms: [
            ({ props, opts }): pulumi.ResourceTransformResult => ({
                props,
                opts: { ...opts, deleteBeforeReplace: false } as pulumi.CustomResourceOptions,
            }),
        ],
    },
);
