import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { BackupClients } from "pulumi-alicloud-hbr";

// The SDK calls a hook outside of the context in which the program has its engine.
const say = AsyncResource.bind((text: string) => pulumi.log.info(text));

const always = new pulumi.ErrorHook("always", async ({ errors }) => {
    await say(`failed ${errors.length}: ${errors.map((error) => error.replace(/\s+/g, " ")).join(" | ")}`);
    return true;
});

// The constructor does not see a hook that a transform adds, and so cannot limit it.
export const fleet = new BackupClients(
    "hana",
    { vaultId: "v-hana", instances: [{ instanceId: "i-1", clusterId: "cl-000aaa" }] },
    {
        transforms: [
            ({ props, opts }): pulumi.ResourceTransformResult => ({
                props,
                opts: { ...opts, hooks: { onError: [always] } },
            }),
        ],
    },
);
