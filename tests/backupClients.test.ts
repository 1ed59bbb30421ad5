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

describe("the option `provider`", () => {
    class Provider extends pulumi.ProviderResource {}
    /** The provider that each resource has got, by the name of the resource. */
    const providers = new Map<string, string | undefined>();
    const args = { vaultId: "v-1", instances: [{ instanceId: "i-1" }] };

    beforeAll(() =>
        pulumi.runtime.setMocks({
            newResource: ({ name, inputs, provider }) => {
                providers.set(name, provider);
                return { id: name, state: inputs as Record<string, unknown> };
            },
            call: () => ({}),
        }),
    );

    it("is an error if Pulumi would ignore it, because it is the provider of another package", () => {
        const make = (): BackupClients =>
            new BackupClients("hana", args, { provider: new Provider("alicloud", "beijing") });
        expect(make).toThrow(pulumi.RunError);
        expect(make).toThrow(
            /^The option provider of BackupClients \("hana"\) is one for alicloud, and Pulumi would ignore/,
        );
    });

    it("takes one for dynamic resources", async () => {
        const fleet = new BackupClients("hana", args, {
            provider: new Provider("pulumi-nodejs", "quality", { "alicloud:region": "cn-beijing" }),
        });
        const vaultId = await new Promise((resolve) => fleet.vaultId.apply(resolve));
        expect(vaultId).toBe("v-1");
    });

    it("is inherited from the option `providers` of a component", async () => {
        const account = new Provider("pulumi-nodejs", "inherited");
        const parent = new pulumi.ComponentResource(
            "test:Component",
            "component",
            {},
            { providers: [account] },
        );
        const fleet = new BackupClients("below", args, { parent });
        await new Promise((resolve) => fleet.urn.apply(resolve));
        expect(providers.get("below")).toMatch(/::pulumi:providers:pulumi-nodejs::inherited::/);
    });
});
