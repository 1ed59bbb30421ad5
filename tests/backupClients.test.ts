import * as pulumi from "@pulumi/pulumi";
import { BackupClients } from "../provider";

test.each([
    ["id", /^id is not an argument of BackupClients \("hana"\): .*vaultId/],
    ["urn", /^urn is not an argument of BackupClients \("hana"\): Pulumi makes it/],
    ["credentials", /^credentials is not an argument .*: access keys belong in the elements of instances$/],
])("%s, which check would never see, is an error that does not say its value", (argument, message) => {
    const args = { vaultId: "v-1", instances: [{ instanceId: "i-1" }], [argument]: "hush-hush" };
    const make = (): BackupClients => new BackupClients("hana", args);
    expect(make).toThrow(pulumi.RunError);
    expect(make).toThrow(message);
    expect(make).not.toThrow(/hush/);
});
