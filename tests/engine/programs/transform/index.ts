import * as pulumi from "@pulumi/pulumi";
import { BackupClients } from "pulumi-alicloud-hbr";

// Both work on what the engine is told; the provider gets its time-outs from the constructor.
export const fleet = new BackupClients(
    "hana",
    { vaultId: "v-hana", instances: [{ instanceId: "i-a1", clusterId: "cl-000aaa" }] },
    {
        transforms: [
            ({ props, opts }): pulumi.ResourceTransformResult => ({
                props: { ...props, resourceGroupId: "rg-1" },
                opts: { ...opts, customTimeouts: { create: "7m" } },
            }),
        ],
        transformations: [
            ({ props, opts }): pulumi.ResourceTransformationResult => ({
                props: { ...props, removal: "Retain" },
                opts: { ...opts, protect: true },
            }),
        ],
    },
);
